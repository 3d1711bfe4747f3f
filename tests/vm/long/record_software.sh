#!/bin/bash
# Real software under profiles of what the kernel counted of it (tests/integration/record_software.sh).
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
TREE=$BUILD/rootfs
mkdir -p "$TREE"
if ! mount -t ext4 -o ro /dev/vda "$TREE" 2>/dev/null; then
  skip "real software under profiles of what was counted" "its root tree is not built (tests/integration/rootfs.sh)"
  finish
fi
RESULTS=/run/record-software
SOFTWARE_SECONDS=240 SOFTWARE_RUNTIMES=${SOFTWARE_RUNTIMES:-crun} FULL=1 bash "$ROOT/tests/integration/record_software.sh" >"$RESULTS" 2>&1
mapfile -t lines <"$RESULTS"
for line in "${lines[@]}"; do
  case $line in
    "ok - "*) ok "${line#ok - }" ;;
    "not ok - "*) not_ok "${line#not ok - }" "$(grep -A 12 -F "$line" "$RESULTS" | tail -n +2)" ;;
  esac
done
finish
