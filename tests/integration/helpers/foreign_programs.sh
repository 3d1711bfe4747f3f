# shellcheck shell=bash
# Packages for arm64 on a machine of another architecture: nothing of them is run. To be sourced after lib.sh.
#
#   FOREIGN_BUILD        the build directory of its programs: BUILD_ARM64, or build-arm64
#   have_foreign WHAT    whether they were built; else skips WHAT, with the reason
#   is_foreign PROGRAM   whether it is for that architecture, static and stripped
#   made_foreign WHERE GOAL    makes a package of them in the build directory WHERE

FOREIGN_BUILD=${BUILD_ARM64:-$ROOT/build-arm64}

have_foreign() {
  if [ ! -x "$FOREIGN_BUILD/bulkhead" ]; then skip "$1" "$FOREIGN_BUILD is not there: make ARCH=arm64"
  elif ! command -v aarch64-linux-gnu-strip >/dev/null; then skip "$1" "aarch64-linux-gnu-strip is not installed"
  else return 0; fi
  return 1
}
is_foreign() {
  readelf --file-header "$1" | grep -q 'Machine:.*AArch64' && ! readelf --program-headers "$1" | grep -q INTERP &&
    ! readelf --sections "$1" | grep -q '\.debug_info'
}
made_foreign() {
  mkdir -p "$1" && ln -sfn "$FOREIGN_BUILD"/bulkhead{,-shim,-hook} "$1" && (cd "$ROOT" && env -u MAKEFLAGS -u MAKELEVEL \
    SOURCE_DATE_EPOCH=1795478400 make --no-print-directory "$2" ARCH=arm64 BUILD="$1" BULKHEAD_PROGRAMS="$1")
}
