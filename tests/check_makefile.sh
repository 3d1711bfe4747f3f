#!/bin/bash
# What the Makefile would do, without doing it: which flags are whose, and what `make clean` removes.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

passed=0 failed=0
NOWHERE=build/nowhere

# would TARGET [VARIABLE=VALUE…]: the commands that make would run for it in a build directory of its own.
would() { make --no-print-directory -n V=1 BUILD="$NOWHERE" "$@" 2>&1; }
# compiles OBJECT [VARIABLE=VALUE…]: the command that compiles it.
compiles() { would "$NOWHERE/obj/$1" "${@:2}" | grep -e " -c -o $NOWHERE/obj/$1 "; }

check() { # sentence command…
  local sentence=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok - $sentence"
  else
    failed=$((failed + 1))
    echo "not ok - $sentence"
  fi
}

# has TEXT WORD…: every word is one of the text's.
has() {
  local text=" $1 " word
  for word in "${@:2}"; do [[ $text == *" $word "* ]] || { echo "#   no $word in: $text"; return 1; }; done
}
has_none() {
  local text=" $1 " word
  for word in "${@:2}"; do [[ $text != *" $word "* ]] || { echo "#   $word in: $text"; return 1; }; done
}

SHIPPED=(-O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fcf-protection -Wall -Wextra -Wconversion -Werror)
SANITIZE='SAN=address,undefined'
check "what ships is optimised and hardened" has "$(compiles shim/main.o)" "${SHIPPED[@]}"
check "the exact analysis that ships, too" has "$(compiles policy/analysis/filter_compare.o)" "${SHIPPED[@]}"
check "benches measure what ships" has "$(compiles tests/bench/bench_filters.o)" "${SHIPPED[@]}"
check "tests are compiled quickly" has "$(compiles tests/unit/base/text_test.o)" -O0 -Wall -Wextra -Wconversion -Werror
check "tests are not fortified, which needs the optimiser" has_none "$(compiles tests/unit/base/text_test.o)" -D_FORTIFY_SOURCE=2
check "what the sanitizers watch is compiled quickly" \
  has "$(compiles shim/main.o "$SANITIZE")" -O0 -fsanitize=address,undefined -Werror
check "but for the exact analysis, which computes" \
  has "$(compiles policy/analysis/filter_compare.o "$SANITIZE")" -O1 -fsanitize=address,undefined -Werror
# A compiler that nobody has tried this code with.
LATER=$(mktemp -d)
trap 'rm -rf "$LATER"' EXIT
printf '#!/bin/sh\necho 99\n' >"$LATER/g++"
chmod 755 "$LATER/g++"
check "what a later compiler warns of does not end the build" \
  has_none "$(PATH=$LATER:$PATH compiles shim/main.o)" -Werror
# What is built for another machine: its compiler and flags, in a directory of its own.
check "arm64 is built by its own compiler, and what ships is hardened there, too" \
  has "$(compiles shim/main.o ARCH=arm64)" aarch64-linux-gnu-g++ -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
  -mbranch-protection=standard -fsigned-char -Wall -Wextra -Wconversion
check "nothing of x86's is asked of it" has_none "$(compiles shim/main.o ARCH=arm64)" -fcf-protection
check "an architecture is also known by the machine's name" \
  has "$(compiles shim/main.o ARCH=aarch64)" aarch64-linux-gnu-g++
NATIVE=$(compiles shim/main.o HOST_MACHINE=aarch64)
check "on an arm64 machine its own compiler builds it, with the same flags" \
  has "$NATIVE" g++ -O2 -mbranch-protection=standard -fsigned-char
check "and no cross compiler" has_none "$NATIVE" aarch64-linux-gnu-g++ -fcf-protection
check "it has a build directory of its own" test "$(env -u BUILD make --no-print-directory -n ARCH=arm64 clean)" = "rm -rf build-arm64"
check "no program of another machine is run by the build" has_none \
  "$(would "$NOWHERE/gen/syscall_tables.inc" ARCH=arm64 | grep -o "^[^ ]*generate_syscall_tables")" "$NOWHERE/generate_syscall_tables"
refused() { ! make --no-print-directory -n ARCH=m68k all >"$LATER/said" 2>&1 && grep -q "ARCH=m68k is none of amd64 arm64: docs/porting.md" "$LATER/said"; }
check "one that nobody has ported to is refused, and the page is named" refused
check "make clean removes the build directory that it is given" test "$(would clean)" = "rm -rf $NOWHERE"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
