#!/bin/bash
# docs/tutorial.md, walked: every command of it on a node with AppArmor, Podman and Bulkhead, and what it
# prints compared with what the page says.
#
# Not in a pid namespace of its own, as tests/integration/denials.sh says. With WALK_RECORD=FILE the page is
# written there with what was printed.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source=../walk.sh
. "$(dirname "${BASH_SOURCE[0]}")/../walk.sh"
NODE=/run/tutorial
TREE=/srv/debian
mkdir -p "$NODE" "$TREE"
if ! mount -t ext4 -o ro /dev/vda "$TREE" 2>/dev/null; then
  skip "the tutorial" "its root tree is not built (tests/integration/rootfs.sh)"
  finish
fi

# What the page takes for given: the package is installed, and its service runs.
for program in bulkhead bulkhead-shim bulkhead-hook; do cp "$BUILD/$program" /usr/bin/; done
for runtime in runc crun; do ln -sf bulkhead-shim "/usr/bin/bulkhead-$runtime"; done
rm -rf /etc/bulkhead /var/log/bulkhead /etc/cni
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
bulkhead watch --interval 1 --backlog-limit 8192 2>"$NODE/watch.err" &
WATCHER=$!
eventually 20 grep -q watching "$NODE/watch.err" || not_ok "the watcher runs" "$(cat "$NODE/watch.err")"
dmesg -n 1

walk "$ROOT/docs/tutorial.md"

kill "$WATCHER"
podman rm --force --all --time 0 >/dev/null 2>&1
umount -l "$TREE"
finish
