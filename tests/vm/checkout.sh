# shellcheck shell=bash
# What becomes /bulkhead in a test node: the programs, stripped, and the tests at their places, so that scripts find each
# other as they do in a checkout. To be sourced in the checkout's directory after machines.sh, with BUILD.
#
#   make_checkout TREE

make_helpers() {
  export CC
  # shellcheck source=../integration/lib.sh
  bash -c '. tests/integration/lib.sh && helper probe && helper tracer && helper edit_image &&
    helper filter_flags && helper bare -nostdlib && helper count_calls -nostdlib && helper threads -pthread &&
    helper denied_caller && helper ways_to_call && helper witness &&
    compile "$BUILD/tests/helpers/witness_dynamic" tests/integration/helpers/witness.c "$CC" -std=c17 -D_GNU_SOURCE -O2 &&
    compile "$BUILD/tests/helpers/first_call" tests/integration/helpers/first_call.c "$CC" -O2 -static -nostdlib &&
    { compile "$BUILD/tests/helpers/calls_32" tests/integration/helpers/calls_32.c "$CC" -m32 -nostdlib -static -O2 \
      -fno-stack-protector -fno-pic -no-pie 2>/dev/null || true; } &&
    { [ "$CC" = gcc ] || { . tests/startup/subjects.sh && build_programs; }; } &&
    { [ "$CC" != gcc ] || compile "$BUILD/tests/helpers/threads_musl" tests/integration/helpers/threads.c musl-gcc -std=c17 -O2 -static || true; } &&
    compile "$BUILD/tests/helpers/attempt" tests/vm/helpers/attempt.c \
      "$CC" -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static' >/dev/null
}

# What a test says of the architecture is tried on it: where this machine is another one, the unit tests are run in the node.
copy_programs() {
  local tree=$1 program
  local -a wanted=("$BUILD"/bulkhead "$BUILD"/bulkhead-{shim,hook} "$BUILD"/tests/live-*)
  for program in "${wanted[@]}"; do
    [ ! -x "$program" ] || "$STRIP" -o "$tree/build/${program#"$BUILD/"}" "$program"
  done
  [ -n "$FOREIGN" ] || return 0
  for program in "${UNIT_BUILD:-$BUILD}"/tests/unit-*; do
    [ ! -x "$program" ] || "$STRIP" -o "$tree/build/tests/${program##*/}" "$program"
  done
}

make_checkout() {
  local tree=$1
  mkdir -p "$tree/build/tests" "$tree/packaging"
  copy_programs "$tree"
  make_helpers
  cp -a "$BUILD/tests/helpers" "$tree/build/tests/helpers"
  if [ -n "$FOREIGN" ]; then
    cp -a --parents tests docs packaging examples policy admission hook shim conformance README.md CHANGELOG.md "$tree/"
  else
    cp -a --parents tests/run.sh tests/one.sh tests/vm tests/matrix tests/integration tests/conformance tests/data conformance/base.json \
      conformance/parts conformance/cases/apparmor conformance/known conformance/apparmor docs/findings docs/tutorial.md "$tree/"
    [ ! -d packaging/apparmor ] || cp -a packaging/apparmor "$tree/packaging/"
    cp -a packaging/image "$tree/packaging/"
  fi
  # Newer than their sources, so that nothing is compiled in the node.
  find "$tree/build" -type f -exec touch {} +
}
