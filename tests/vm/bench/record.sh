#!/bin/bash
# tests/bench/record.sh where the kernel counts calls, inside the test node. Prints its rows behind "BENCH ".
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
TREE=$BUILD/rootfs
mkdir -p "$TREE"
if ! mount -t ext4 -o ro /dev/vda "$TREE" 2>/dev/null; then
  skip "what a record costs" "the tree with real software is not built (tests/integration/rootfs.sh)"
  finish
fi
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
bash "$ROOT/tests/bench/record.sh" --emulated >/run/record-rows 2>/run/record-notes && ok "the benches of records ran"
grep '^#' /run/record-notes
sed 's/^/BENCH /' /run/record-rows
finish
