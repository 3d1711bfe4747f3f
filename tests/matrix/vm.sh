# shellcheck shell=bash
# Virtual machines with a suite's kernel and its AppArmor. To be sourced after nodes.sh and tests/vm/machines.sh, in the
# checkout's directory.
#
#   machine SUITE          prints a directory for tests/vm/boot.sh; makes it where it is missing or older than its sources
#   kernel_in DIRECTORY    the kernel's version
#   run_in_machine DIRECTORY TREE LOG COMMAND…   TREE is that of tests/vm/checkout.sh; what the command printed is in LOG
#   why_no_machine         says what is missing to boot one; nothing where all is there

why_no_machine() {
  local tool
  [ "$(uname -m)" = x86_64 ] || { echo "it is an x86-64 machine, this one is $(uname -m)" && return; }
  for tool in qemu-system-x86_64 cpio lz4 strip; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed (packaging/dependencies.sh vm)" && return; }
  done
}

machine() {
  local directory=$NODES/vm-$1 source
  for source in tests/matrix/make_machine.sh tests/vm/tree.sh tests/vm/init; do
    [ "$directory/.packages" -nt "$source" ] && continue
    tests/matrix/make_machine.sh "$1" "$NODES" >&2 || return
  done
  echo "$directory"
}

kernel_in() { sed -nE 's/^linux-image-[^_]*_([0-9.]+).*/\1/p' "$1/.packages"; }

boot_machine() { # DIRECTORY TREE LOG COMMAND…
  rm -f "$3".{raw,console}
  VM_SECONDS=600 tests/vm/boot.sh "$1" "$2" "$3.console" "$3.raw" "${@:4}"
}
run_in_machine() {
  local log=$3
  boot_machine "$@" || { emulator_erred "$log.console" && boot_machine "$@"; } ||
    echo "the machine did not come to its end; its console is $log.console" >>"$log.raw"
  tr -d '\r' <"$log.raw" >"$log"
}
