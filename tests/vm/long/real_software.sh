#!/bin/bash
# The software of tests/integration/real_software.sh under bulkhead-default as well: it answers, and the
# kernel denied it nothing, not even silently.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

TREE=$BUILD/rootfs
mkdir -p "$TREE"
if ! mount -t ext4 -o ro /dev/vda "$TREE" 2>/dev/null; then
  skip "real software under bulkhead-default" "its root tree is not built (tests/integration/rootfs.sh)"
  finish
fi
# Plain `deny` rules leave no record otherwise.
echo -n noquiet >/sys/module/apparmor/parameters/audit
dmesg -c >/dev/null

RESULTS=/run/real-software
REAL_SOFTWARE_SECONDS=120 REAL_SOFTWARE_RUNTIMES=runc bash "$ROOT/tests/integration/real_software.sh" >"$RESULTS" 2>&1
mapfile -t lines <"$RESULTS"
for line in "${lines[@]}"; do
  case $line in
    "ok - "*) ok "${line#ok - }" ;;
    "not ok - "*) not_ok "${line#not ok - }" "$(grep -A 12 -F "$line" "$RESULTS" | tail -n +2)" ;;
  esac
done

check "the fallback was loaded and enforced for it" grep -qF 'bulkhead-default (enforce)' "$APPARMOR/profiles"
same "nothing was denied in normal work" "" \
  "$(dmesg | grep -F 'apparmor="DENIED"' | sed -E 's/.*(operation=)/\1/; s/ pid=[0-9]+//' | sort | uniq -c | head -n 20)"
aa-exec -p bulkhead-default -- sh -c 'echo x >/proc/sys/kernel/hostname' 2>/dev/null
contains "and a denial would have been seen" 'name="/proc/sys/kernel/hostname"' "$(dmesg | grep -F DENIED)"
echo -n normal >/sys/module/apparmor/parameters/audit
umount "$TREE"
finish
