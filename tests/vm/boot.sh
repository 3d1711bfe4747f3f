#!/bin/bash
# Boots the test node once.
#
#   tests/vm/boot.sh DIRECTORY TREE CONSOLE RESULTS COMMAND…   runs /bulkhead/COMMAND inside
#   tests/vm/boot.sh DIRECTORY TREE --shell                    a shell inside, on this terminal
#
# DIRECTORY is made by make_root.sh. TREE becomes /bulkhead in the node. CONSOLE gets what the kernel
# and init print, RESULTS what the command prints and then "exit code N". Fails when the node did not
# come to its end.
#
# Environment: VM_APPEND, words for the kernel's command line; VM_DISK, a disk image, read-only, or with
# VM_DISK_OPTIONS=snapshot=on one that the node can write to and that stays as it is;
# ARCH, the node's architecture (machines.sh); VM_SECONDS, after which the node is switched off (1800); VM_MEMORY in MiB (1536).
# Software emulation: the machines that run this need not offer virtualisation.

set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=machines.sh
. "$(dirname "${BASH_SOURCE[0]}")/machines.sh"
DIRECTORY=$1 TREE=$2
SCRATCH=$(mktemp -d)
RUNNING=
# Who ends this ends the node.
leave() {
  [ -z "$RUNNING" ] || kill "$RUNNING" 2>/dev/null || true
  rm -rf "$SCRATCH"
}
trap leave EXIT

# Archives may follow one another in an initrd, each at a multiple of 4 bytes; a compressed one ends
# anywhere (Documentation/driver-api/early-userspace/buffer-format.rst).
mkdir -p "$SCRATCH/top"
ln -s "$(realpath "$TREE")" "$SCRATCH/top/bulkhead"
(cd "$SCRATCH/top" && find -L . -print0 | cpio --null -L -o -H newc --quiet -R 0:0 >"$SCRATCH/tree.cpio")
cp "$DIRECTORY/root.cpio.lz4" "$SCRATCH/initrd"
# What ends it is a block of length 0 (lib/decompress_unlz4.c): without that the next archive is taken for a block of it.
head -c 4 /dev/zero >>"$SCRATCH/initrd"
truncate -s %512 "$SCRATCH/initrd"
cat "$SCRATCH/tree.cpio" >>"$SCRATCH/initrd"

# Both processors in one thread of qemu, by turns. Where they run at the same time, qemu 7.2 of Debian 12 lets one come upon
# the breakpoint by which the other changed the kernel's text, after it was taken away: a node whose one processor writes
# 1 and 0 to /proc/sys/kernel/sched_schedstats while the other works panics within seconds ("Oops: int3"), and by turns it
# never did. Two nodes run beside each other, so it takes no longer.
MACHINE=("$EMULATOR" "${BOARD[@]}" -accel "tcg,thread=single" -smp 2 -m "${VM_MEMORY:-1536}"
  -nodefaults -no-user-config -no-reboot -display none
  -kernel "$DIRECTORY/vmlinuz" -initrd "$SCRATCH/initrd")
[ -z "${VM_DISK:-}" ] || MACHINE+=(-drive "file=$VM_DISK,if=virtio,format=raw,${VM_DISK_OPTIONS:-readonly=on}")
# A kernel that spins for a minute will not come back: it panics, which ends the machine.
KERNEL_WORDS="$KERNEL_QUIRKS console=$CONSOLE_DEVICE panic=-1 loglevel=3 watchdog_thresh=30 softlockup_panic=1 ${VM_APPEND:-}"

if [ "$3" = --shell ]; then
  "${MACHINE[@]}" -append "$KERNEL_WORDS" -serial mon:stdio
  exit
fi

CONSOLE=$3 RESULTS=$4
shift 4
RUN=$(IFS=,; echo "$*")
# Without -k, a machine that hangs in a way that SIGTERM does not end would hold the stage up. timeout leads a process
# group of its own, which no signal to this one reaches.
timeout -k 5 "${VM_SECONDS:-1800}" "${MACHINE[@]}" -append "$KERNEL_WORDS bulkhead.results=$RESULTS_DEVICE bulkhead.run=$RUN" \
  -serial "file:$CONSOLE" "${SECOND_LINE[@]/%RESULTS/$RESULTS}" </dev/null &
RUNNING=$!
wait "$RUNNING" || true
RUNNING=
grep -q '^exit code ' "$RESULTS"
