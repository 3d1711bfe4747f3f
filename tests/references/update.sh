#!/usr/bin/env bash
# Makes tests/data/references again: what the default profiles of the field say today, as facts. Prints what
# changed, a line a call.
#
#   tests/references/update.sh [DIRECTORY]     DIRECTORY (default: build/matrix) keeps the packages
#
# The newest version that Debian's suites offer of each, and what the projects themselves have by now. A
# repository that cannot be reached leaves its file as it is, and says so.
#
# Environment: MOBY_GIT, CONTAINERD_GIT: repositories to read in place of the projects' own.
set -euo pipefail

HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DIRECTORY=$(realpath -m "${1:-$HERE/../../build/matrix}")
DATA=$HERE/../data/references
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../matrix/suites.sh
. "$HERE/../matrix/suites.sh"

# keep FORM PROFILE NAME SOURCE VERSION DATE
keep() { "$HERE/facts.py" "$@" "$DATA/$3.json"; }

newest() { offered "$1" | sort -V | tail -n 1; }

# changelog_date FILE: of its newest entry.
changelog_date() { date -d "$(dpkg-parsechangelog -l "$1" -S Date)" +%F; }

# from_package NAME FORM PACKAGE FILE [SUITE]: FILE of the newest version, or of SUITE's.
from_package() {
  local version suite tree=$WORK/$1 source
  read -r version suite < <(newest "$3")
  suite=${5:-$suite}
  dpkg-deb -x "$(package "$suite" "$3")" "$tree"
  source=$(apt cache show "$3/$suite" | sed -n 's/^Source: \([^ ]*\).*/\1/p' | head -n 1)
  [ -z "${5:-}" ] || version=$(apt cache show "$3/$suite" | sed -n 's/^Version: //p' | head -n 1)
  gunzip -c "$tree/usr/share/doc/$3/changelog.Debian.gz" >"$WORK/changelog"
  keep "$2" "$tree/$4" "$1" "${source:-$3} of Debian" "$version" "$(changelog_date "$WORK/changelog")"
}

# source_file PACKAGE SUITE ENDING: downloads one file of the source package; prints its path.
source_file() {
  local uri name _ hash
  read -r uri name _ hash < <(apt get -qq --print-uris --download-only source "$1/$2" | tr -d "'" | grep "$3 ")
  [ -f "$APT/archives/$name" ] ||
    /usr/lib/apt/apt-helper -qq download-file "$uri" "$APT/archives/$name" "$hash" >&2
  echo "$APT/archives/$name"
}

# from_source NAME FORM PACKAGE PATTERN: the file of the source whose path matches.
from_source() {
  local version suite
  read -r version suite < <(apt cache madison "$3" | awk -F' *[|] *' '/Sources/ { print $2, $3 }' |
    sed 's/ [^ ]* / /; s/\/main.*//' | sort -V | tail -n 1)
  suite=$(basename "$suite")
  tar -xOf "$(source_file "$3" "$suite" '\.orig\.tar\.[a-z]*')" --wildcards "$4" >"$WORK/profile"
  tar -xOf "$(source_file "$3" "$suite" '\.debian\.tar\.[a-z]*')" debian/changelog >"$WORK/changelog"
  keep "$2" "$WORK/profile" "$1" "$3 of Debian" "$version" "$(changelog_date "$WORK/changelog")"
}

# from_git NAME FORM PROJECT FILE [REPOSITORY]
from_git() {
  local tree=$WORK/$1.git
  timeout 300 git clone -q --bare --depth 1 --filter=blob:none "${5:-https://$3}" "$tree" 2>"$WORK/log" ||
    { echo "$1: left as it is: $(tail -n 1 "$WORK/log")"; return; }
  git -C "$tree" show "HEAD:$4" >"$WORK/profile"
  keep "$2" "$WORK/profile" "$1" "$3" "$(git -C "$tree" log -1 --format=%h HEAD --)" \
    "$(git -C "$tree" log -1 --format=%cs HEAD --)"
}

CONTAINERD_FILE=contrib/seccomp/seccomp_default.go

SUITES+=(bookworm)
suites_in "$DIRECTORY"
printf "deb-src [signed-by=$KEYRING] $MIRROR %s main\n" trixie sid experimental >>"$APT/sources.list"
why=$(reached) || { echo "the references are left as they are: $why" >&2; exit 1; }
mkdir -p "$DATA"
from_package containers-common-bookworm json golang-github-containers-common usr/share/containers/seccomp.json bookworm
from_package containers-common json golang-github-containers-common usr/share/containers/seccomp.json
from_source moby json docker.io '*/moby/profiles/seccomp/default.json'
from_package containerd go golang-github-containerd-containerd-dev \
  usr/share/gocode/src/github.com/containerd/containerd/v2/$CONTAINERD_FILE
from_git moby-upstream json github.com/moby/profiles seccomp/default.json "${MOBY_GIT:-}"
from_git containerd-upstream go github.com/containerd/containerd $CONTAINERD_FILE "${CONTAINERD_GIT:-}"
