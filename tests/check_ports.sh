#!/bin/bash
# What an architecture has to provide (docs/porting.md): with any of it taken away, for this machine, nothing is compiled,
# and the compiler names that page.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

BUILD=${BUILD:-build} passed=0 failed=0
case $(uname -m) in
  x86_64) NAME=x86_64 MACRO=__x86_64__ ;;
  aarch64) NAME=aarch64 MACRO=__aarch64__ ;;
  *) echo "# SKIP nothing is built for $(uname -m)"; echo "0 passed, 0 failed, 1 skipped"; exit ;;
esac
[ -s "$BUILD/gen/syscall_tables.inc" ] || { echo "# SKIP nothing is built in $BUILD"; echo "0 passed, 0 failed, 1 skipped"; exit; }
CHANGED=$(mktemp -d)
trap 'rm -rf "$CHANGED"' EXIT

# compiled FILE [FLAG…]: as the build does, with what lies in CHANGED in place of ours.
compiled() {
  "${CXX:-g++}" -std=c++23 -fsyntax-only -D_GNU_SOURCE -DFMT_HEADER_ONLY -I"$CHANGED" -I. -I"$BUILD/gen" -x c++ "${@:2}" "$1" 2>"$CHANGED/said"
}
tell() { # status sentence
  if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"
  else failed=$((failed + 1)); echo "not ok - $2"; sed 's/^/#   /' "$CHANGED/said" | head -n 5; fi
}
# without WHAT FILE EDIT [USER]: FILE, or USER that includes it, is compiled as it is, and as sed's EDIT leaves it.
without() {
  local what=$1 file=$2 edit=$3 user=${4:-$2} place=$CHANGED/$2
  compiled "$user"
  tell $? "$file compiles"
  mkdir -p "${place%/*}" && sed -E "$edit" "$file" >"$place"
  ! cmp -s "$file" "$place" || echo "'$edit' changes nothing in $file" >"$CHANGED/said"
  [ "$user" != "$file" ] || user=$place
  ! cmp -s "$file" "$place" && ! compiled "$user" && grep -q 'docs/porting.md' "$CHANGED/said"
  tell $? "without $what it does not, and the page is named"
  rm "$place"
}

without "a row of machines" policy/syscalls/machines.cc "/^ *Machine\(SeccompArch::$NAME,/d"
without "a table of its calls" policy/syscalls/syscalls.cc "/^ *\{SeccompArch::$NAME,.*kByName/d"
without "the name that audit has for it" audit/denials/interpreted_record.cc "/\{\"$NAME\",/d"
for member in kNativeAuditArch kRedZone kLowMappingFlags kCallEntry kArgumentOffsets "using Registers"; do
  without "${member#using }" "kernel/arch/$NAME.h" "/$member/d" kernel/arch/architecture.h
done
for header in kernel/arch/architecture.h oci-config/native_arch.h; do
  without "a case for this machine" "$header" "s/$MACRO/__nothing_like_it__/"
done

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
