#!/usr/bin/env bash
# The validation programs of runtime-tools, from Debian's source package, built with Debian's Go and its packages of
# libraries. One of them Debian does not have, the writer of TAP: tests/conformance/tap stands in for it.
#
#   fetch_runtime_tools.sh DIRECTORY    prints where the programs are; they run in its parent
#
# Environment: DEBIAN_MIRROR, see tests/matrix/suites.sh.
set -euo pipefail
ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../matrix/suites.sh
. "$ROOT/tests/matrix/suites.sh"
PACKAGE=golang-github-opencontainers-runtime-tools
LIBRARIES=("$PACKAGE-dev" golang-github-google-uuid-dev golang-github-mrunalp-fileutils-dev golang-github-urfave-cli-dev)

mkdir -p "$1"
DIRECTORY=$(cd "$1" && pwd)
SOURCE=$DIRECTORY/gopath/src/github.com/opencontainers/runtime-tools
programs() { (cd "$SOURCE/validation" && find . -mindepth 2 -name '*.go' -printf '%h\n' | sort -u | grep -vx ./util); }
[ ! -s "$SOURCE/programs/process" ] || { echo "$SOURCE/programs"; exit; }

suites_in "$DIRECTORY"
sed 'p; s/^deb /deb-src /' "$APT/sources.list" >"$APT/both" && mv "$APT/both" "$APT/sources.list"
reached >&2
# Beside the libraries their packages need much that is not Go's.
closure trixie "${LIBRARIES[@]}" | grep '/golang-' | unpack "$DIRECTORY/root"
(cd "$DIRECTORY" && apt get -qq --tar-only -t trixie source "$PACKAGE/trixie" >/dev/null)
mkdir -p "$SOURCE" "$DIRECTORY/gopath/src/github.com/mndrix/tap-go"
tar -C "$SOURCE" --strip-components=1 -xf "$DIRECTORY"/"$PACKAGE"_*.orig.tar.*
cp "$ROOT/tests/conformance/tap/tap.go" "$DIRECTORY/gopath/src/github.com/mndrix/tap-go/"

cd "$SOURCE"
export GO111MODULE=off GOFLAGS='' GOCACHE=$DIRECTORY/cache GOPATH=$DIRECTORY/gopath:$DIRECTORY/root/usr/share/gocode
go build -tags 'netgo osusergo' -ldflags '-extldflags -static' -o runtimetest ./cmd/runtimetest >&2
mkdir -p programs
programs | sed 's,^\.,./validation,' | xargs go build -o programs/ >&2
echo "$SOURCE/programs"
