#!/usr/bin/env bash
# Brings the AppArmor parsers of Debian's suites, with the descriptions of kernels that each has.
#
#   tests/matrix/parsers.sh [DIRECTORY]
#
# DIRECTORY (default: build/matrix) then holds a small root for each version, in which the parser runs by
# chroot; this prints the path of each, the oldest first:
#
#   build/matrix/apparmor-3.0.8
#
# What is there is not asked for again; REFRESH=1 asks what the suites offer today. Where nothing can be had it
# prints no path, says why on stderr and ends with 0: who calls it skips.
set -euo pipefail

HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DIRECTORY=$(realpath -m "${1:-$HERE/../../build/matrix}")
# shellcheck source-path=SCRIPTDIR source=suites.sh
. "$HERE/suites.sh"
SUITES=(bookworm trixie sid)

give_up() {
  echo "no other parsers of AppArmor: $*" >&2
  exit 0
}

roots() { find "$DIRECTORY" -mindepth 1 -maxdepth 1 -type d -name 'apparmor-[0-9]*' | sort -V; }

# Only what the parser reads: a virtual machine takes these roots, too.
bring() { # SUITE
  local root=$DIRECTORY/new-parser version
  rm -rf "$root"
  closure "$1" apparmor | unpack "$root"
  version=$(chroot "$root" apparmor_parser --version | sed -n 's/.* version //p')
  find "$root/usr/share" -mindepth 1 -maxdepth 1 ! -name 'apparmor*' -exec rm -rf {} +
  find "$root/usr/lib" -name gconv -prune -exec rm -rf {} +
  mkdir -p "$root/dev" && cp -a /dev/null "$root/dev/"
  rm -rf "${DIRECTORY:?}/apparmor-$version"
  mv "$root" "$DIRECTORY/apparmor-$version"
}

if [ -z "${REFRESH:-}" ] && [ -n "$(roots 2>/dev/null)" ]; then
  roots
  exit 0
fi
command -v apt-get dpkg-deb >/dev/null || give_up "this is not Debian or Ubuntu"
[ "$(id -u)" = 0 ] || give_up "they run by chroot, which takes root"
suites_in "$DIRECTORY/parsers"
why=$(reached) || give_up "$why"
for suite in "${SUITES[@]}"; do bring "$suite" >&2; done
roots
