#!/usr/bin/env bash
# Brings the versions of runc and crun that Debian's other suites offer, beside the machine's own.
#
#   tests/matrix/fetch.sh [DIRECTORY]
#
# DIRECTORY (default: build/matrix) then holds one directory for each version, and this prints the path of
# each as one ordinary program, which finds its libraries itself and can stand wherever a runtime's path is
# expected:
#
#   build/matrix/crun-1.28/crun
#   build/matrix/runc-1.4.3/runc
#
# apt works on a configuration, lists and a cache below DIRECTORY: the machine's own are not touched, and no
# root is needed. What is there is not asked for again; REFRESH=1 asks what the suites offer today. Where
# nothing can be had it prints no path, says why on stderr and ends with 0: who calls it skips.

set -euo pipefail

HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DIRECTORY=$(realpath -m "${1:-$HERE/../../build/matrix}")
PACKAGES=(runc crun)
# shellcheck source-path=SCRIPTDIR source=suites.sh
. "$HERE/suites.sh"

give_up() {
  echo "no other versions of the runtimes: $*" >&2
  exit 0
}

programs() { find "$DIRECTORY" -mindepth 2 -maxdepth 2 -type f \( -name runc -o -name crun \) | sort -V; }

# ---- one ordinary program ----------------------------------------------------------------------------

loader() { echo "$1"/usr/lib64/ld-linux-*.so.?; }
library_path() { echo "$1/usr/lib/$(basename "$(dirname "$(find "$1/usr/lib" -name libc.so.6 | head -n 1)")")"; }

need_patchelf() {
  PATCHELF=$APT/patchelf
  [ -x "$PATCHELF/usr/bin/patchelf" ] || closure trixie patchelf | unpack "$PATCHELF"
}

# A runtime executes itself again, so neither a script nor a call of its loader can stand for it.
make_program() { # ROOT FILE PROGRAM
  local loader
  loader=$(loader "$PATCHELF")
  cp "$2" "$3.new"
  "$loader" --library-path "$(library_path "$PATCHELF")" "$PATCHELF/usr/bin/patchelf" \
    --set-interpreter "$(loader "$1")" --force-rpath --set-rpath "$(library_path "$1")" "$3.new"
  mv "$3.new" "$3"
}

bring() { # PACKAGE VERSION SUITE
  local home=$DIRECTORY/$1-${2%%[+-]*}
  [ ! -x "$home/$1" ] || return 0
  closure "$3" "$1=$2" | unpack "$home/root"
  make_program "$home/root" "$(find "$home/root/usr" -path "*bin/$1" -type f)" "$home/$1"
  "$home/$1" --version >/dev/null || { echo "$1 $2 does not run" >&2; rm -f "$home/$1"; }
}

# ------------------------------------------------------------------------------------------------------

if [ -z "${REFRESH:-}" ] && [ -n "$(programs 2>/dev/null)" ]; then
  programs
  exit 0
fi
command -v apt-get dpkg-deb >/dev/null || give_up "this is not Debian or Ubuntu"
suites_in "$DIRECTORY"
why=$(reached) || give_up "$why"
need_patchelf
for package in "${PACKAGES[@]}"; do
  while read -r version suite; do bring "$package" "$version" "$suite"; done < <(offered "$package")
done
[ -n "$(programs)" ] || give_up "the suites ${SUITES[*]} offer none"
programs
