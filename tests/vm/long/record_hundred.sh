#!/bin/bash
# A hundred containers whose calls the kernel counts at once, in one instance of tracefs, and what that takes of its memory.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source=../../integration/helpers/denials.sh
. "$ROOT/tests/integration/helpers/denials.sh"
# shellcheck source=../../integration/helpers/record.sh
. "$ROOT/tests/integration/helpers/record.sh"
denials_node "$@"
TRACING=/sys/kernel/tracing
mountpoint -q $TRACING || mount -t tracefs tracefs $TRACING
start_watch --backlog-limit 8192
soon() { eventually 60 "$@"; }

kernel_kb() { awk '/^(Slab|VmallocUsed|Percpu|KernelStack|PageTables):/ { sum += $2 } END { print sum }' /proc/meminfo; }
free_kb() { sync; echo 3 >/proc/sys/vm/drop_caches; awk '/^MemFree:/ { print $2 }' /proc/meminfo; }
web_bundle many /bin/sh -c 'cd /tmp; sleep 600'
before=$(free_kb)
"$BULKHEAD" record start many --container web >/dev/null
tables=$((before - $(free_kb)))
for ((i = 0; i < 100; i++)); do
  start_container "$RUNTIME" "many-$i" "$NODE/many" || { not_ok "a hundred containers start under record" "$(cat "$NODE/out")"; break; }
done
all_seen() { [ "$(record many '[.containers[] | select(any(.calls[]; .number == 80))] | length')" = 100 ]; }
check "a hundred containers at once are each counted" soon all_seen
same "by the kernel" histogram "$(record many '[.containers[].how] | unique | join(" ")')"
same "in one instance" bulkhead "$(ls $TRACING/instances)"
same "with no loss" '[]' "$(losses many)"
with=$(kernel_kb)
"$BULKHEAD" record stop many
check "when nothing is recorded any more the kernel's tables are gone" test ! -e $TRACING/instances/bulkhead
taken=$((with - $(kernel_kb)))
echo "# the tables took $tables kB of the node's memory when they were made; $taken kB of the kernel's came back at the end"
check "all of which takes no more than 64 MiB of the kernel's memory" test "$tables" -le 65536 -a "$taken" -le 65536

finish
