#!/bin/bash
# The tests that need an AppArmor kernel and every privilege, in the test node.
#
#   tests/vm/run.sh [SUITE…]     suites are the scripts in tests/vm/with_apparmor/ and without_apparmor/,
#                                by name without .sh; all of them when none is named
#   tests/vm/run.sh --bench      what AppArmor costs, as ratios; writes $BUILD/bench-vm.json
#   tests/vm/run.sh --shell      a shell in the node, with everything that the tests have
#
# Every kernel of tests/vm/kernels is booted twice: with AppArmor, and with apparmor=0. Ends with
# "N passed, N failed, N skipped" over all boots. Logs are kept in ${LOGS:-build/test-logs}; those of
# a boot that failed are shown.
#
# Environment: BUILD, the build directory; VM_KERNELS, names of kernels to use instead of all.

set -euo pipefail

ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"
BUILD=$(realpath -m "${BUILD:-build}")
export BUILD
LOGS=$(realpath -m "${LOGS:-$BUILD/test-logs}")
PASSED=0 FAILED=0 SKIPPED=0

cannot() {
  echo "# SKIP the test node: $*"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}

for tool in qemu-system-x86_64 cpio lz4 dpkg-deb busybox; do
  command -v "$tool" >/dev/null || cannot "$tool is not installed (packaging/dependencies.sh vm)"
done
[ "$(uname -m)" = x86_64 ] || cannot "it is an x86-64 machine, this one is $(uname -m)"

# ---- what goes into the node -------------------------------------------------------------------------

make_helpers() {
  # shellcheck source=../integration/lib.sh
  bash -c '. tests/integration/lib.sh && helper probe &&
    compile "$BUILD/tests/helpers/attempt" tests/vm/helpers/attempt.c \
      gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static' >/dev/null
}

# Sources of the tests keep their places, so that scripts find each other as they do in a checkout.
make_tree() {
  TREE=$(mktemp -d)
  trap 'rm -rf "$TREE"' EXIT
  mkdir -p "$TREE/build/tests" "$TREE/packaging"
  local program
  for program in bulkhead bulkhead-shim bulkhead-hook; do
    strip -o "$TREE/build/$program" "$BUILD/$program"
  done
  for program in "$BUILD"/tests/live-*; do
    [ ! -x "$program" ] || strip -o "$TREE/build/tests/$(basename "$program")" "$program"
  done
  make_helpers
  cp -a "$BUILD/tests/helpers" "$TREE/build/tests/helpers"
  cp -a --parents tests/run.sh tests/one.sh tests/vm tests/integration tests/data "$TREE/"
  [ ! -d packaging/apparmor ] || cp -a packaging/apparmor "$TREE/packaging/"
  # Newer than their sources, so that nothing is compiled in the node.
  if [ "${1:-}" = bench ]; then
    mkdir -p "$TREE/build/tests/bench"
    g++ -std=c++23 -O2 -static -o "$TREE/build/tests/bench/bench" tests/bench/bench.cc tests/bench/measure.cc
    g++ -std=c++23 -O2 -static -I. -o "$TREE/build/tests/bench/load_profile" tests/vm/bench/load_profile.cc \
      "$BUILD"/lib/lib{kernel,policy,oci-config,base}.a -lseccomp -lapparmor -lcap -lmd
  fi
  find "$TREE/build" -type f -exec touch {} +
}

# The tree of tests/integration/rootfs.sh as a disk; without one the suite that wants it is skipped.
make_disk() {
  local tree=$BUILD/rootfs image=$BUILD/vm/rootfs.ext4
  DISK=
  ! command -v debootstrap >/dev/null || tests/integration/rootfs.sh "$tree" || true
  [ -f "$tree/.bulkhead-rootfs" ] && command -v mke2fs >/dev/null || return 0
  if [ ! "$image" -nt "$tree/.bulkhead-rootfs" ]; then
    mkdir -p "$BUILD/vm" && rm -f "$image"
    mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$tree" "$image" 1200M || return 0
  fi
  DISK=$image
}

# ---- boots -------------------------------------------------------------------------------------------

suites_in() { # directory, wanted suites…: "tests/vm/…/x.sh" of each
  local directory=$1 script name
  shift
  for script in "tests/vm/$directory"/*.sh; do
    name=$(basename "$script" .sh)
    [ "$#" -gt 0 ] && [[ " $* " != *" $name "* ]] && continue
    echo "$script"
  done
}

add_counts() { # results
  local line passed failed skipped
  line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$1" | tail -n 1 | tr -d '\r,')
  [ -n "$line" ] || return 1
  read -r passed _ failed _ skipped _ <<<"$line"
  PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
}

run_node() { # kernel, log, the kernel's words, suites…
  local kernel=$1 log=$2 words=$3
  shift 3
  rm -f "$log.results" "$log.console"
  VM_APPEND=$words VM_DISK=$DISK tests/vm/boot.sh "$BUILD/vm/$kernel" "$TREE" "$log.console" "$log.results" \
    tests/vm/inside.sh "$@"
}

# Software emulation of two processors loses an interrupt between them now and then (seen: both spin in
# the kernel for minutes, in runs that pass otherwise). The node's kernel panics on that, nothing of
# what it printed is counted, and it is booted once more. Any other failure is one.
locked_up() { grep -aqE 'soft lockup|rcu.*detected stalls' "$1.console"; }

boot() { # kernel, directory of suites, the kernel's words, suites…
  local kernel=$1 directory=$2 words=$3
  shift 3
  [ "$#" -gt 0 ] || return 0
  local log="$LOGS/vm-$kernel-$directory" started=$SECONDS status=0
  echo "# $kernel, $directory: $*"
  run_node "$kernel" "$log" "$words" "$@" || status=$?
  if [ "$status" != 0 ] && locked_up "$log"; then
    echo "# the emulated processors locked up after $((SECONDS - started)) s: booting once more"
    cp "$log.console" "$log.lockup.console"
    status=0
    run_node "$kernel" "$log" "$words" "$@" || status=$?
  fi
  if [ "$status" = 0 ] && add_counts "$log.results"; then
    tr -d '\r' <"$log.results" | grep -avE '^[0-9]+ passed|^exit code'
  else
    FAILED=$((FAILED + 1))
    echo "not ok - the test node '$kernel' came to its end ($directory)"
    tail -n 60 "$log.results" 2>/dev/null | sed 's/^/#   /'
    echo "#   the console:"
    tail -n 60 "$log.console" 2>/dev/null | sed 's/^/#   /'
  fi
  echo "# $((SECONDS - started)) s"
}

kernels() {
  if [ -n "${VM_KERNELS:-}" ]; then tr ' ' '\n' <<<"$VM_KERNELS"
  else awk '!/^#/ && NF { print $1 }' tests/vm/kernels; fi
}

mkdir -p "$LOGS"
if [ "${1:-}" = --bench ]; then
  make_tree bench
  DISK=
  kernel=$(kernels | head -n 1)
  tests/vm/make_root.sh "$kernel" "$BUILD/vm/$kernel"
  tests/vm/boot.sh "$BUILD/vm/$kernel" "$TREE" "$LOGS/vm-bench.console" "$LOGS/vm-bench.results" \
    tests/vm/bench/apparmor.sh || cat "$LOGS/vm-bench.console"
  tr -d '\r' <"$LOGS/vm-bench.results" | sed -n 's/^BENCH //p' | tee "$BUILD/bench-vm.json"
  grep -a '^#' "$LOGS/vm-bench.results" || true
  exit
fi
make_tree
make_disk
for kernel in $(kernels); do
  tests/vm/make_root.sh "$kernel" "$BUILD/vm/$kernel"
  if [ "${1:-}" = --shell ]; then
    VM_DISK=$DISK tests/vm/boot.sh "$BUILD/vm/$kernel" "$TREE" --shell
    exit
  fi
  mapfile -t with < <(suites_in with_apparmor "$@")
  mapfile -t without < <(suites_in without_apparmor "$@")
  boot "$kernel" with_apparmor "" "${with[@]}"
  boot "$kernel" without_apparmor "apparmor=0" "${without[@]}"
done
echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
[ "$FAILED" = 0 ]
