#!/bin/bash
# What oci-seccomp-bpf-hook takes to record one container, inside the test node, whose disk is that of bpf_hook_disk.sh.
# Prints "BPF_HOOK", the CPU time in microseconds until it records, and what stays resident of it then, in KiB (Pss).
#
# Its tracer is started as its hook starts it, for a process that only sleeps: the hook itself gives it ten seconds, which
# an emulated processor does not do it in.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
PLACE=/run/bpf-hook TREE=/run/bpf-hook/tree
READY=

mkdir -p $PLACE/{disk,above} $TREE
mount -t ext4 -o ro /dev/vda $PLACE/disk
mount -t tmpfs tmpfs $PLACE/above && mkdir $PLACE/above/{upper,work}
mount -t overlay -o lowerdir=$PLACE/disk,upperdir=$PLACE/above/upper,workdir=$PLACE/above/work overlay $TREE
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
mount --bind /proc $TREE/proc && mount --rbind /sys $TREE/sys && mount --rbind /dev $TREE/dev
ulimit -l unlimited

cpu_us() { awk '{ print ($14 + $15) * 10000 }' "/proc/$1/stat"; }  # it counts hundredths of a second (proc(5), USER_HZ)
is_ready() { [ -n "$READY" ]; }
sleep 3600 &
traced=$!
trap 'READY=1' USR1  # it tells its parent
chroot $TREE /usr/libexec/oci/hooks.d/oci-seccomp-bpf-hook -r $traced -o /tmp/recorded.json >/run/bpf-hook/said 2>&1 &
tracer=$!
if eventually 600 is_ready; then
  ok "oci-seccomp-bpf-hook records"
  echo "BPF_HOOK $(cpu_us $tracer) $(awk '/^Pss:/ { print $2 }' /proc/$tracer/smaps_rollup)"
else
  not_ok "oci-seccomp-bpf-hook records" "$(tail -n 5 /run/bpf-hook/said)"
fi
kill $traced
finish
