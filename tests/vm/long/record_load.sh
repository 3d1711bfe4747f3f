#!/bin/bash
# What the kernel counts, under load and over time: a table that fills is emptied and nothing is lost, a hundred
# containers at once in one instance of tracefs and what that takes of the kernel's memory, a container beside another
# one's fork storm, and real software under profiles of what was counted.
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
cp "$BUILD/tests/helpers/ways_to_call" "$NODE/rootfs/bin/"
start_watch --backlog-limit 8192
soon() { eventually 60 "$@"; }

# ---- a table that fills ------------------------------------------------------------------------------------

"$BULKHEAD" record start values --container web >/dev/null
web_bundle values /bin/ways_to_call values
check "a container with more values than half a table holds does its work" run_container "$RUNTIME" values "$NODE/values"
soon ended values 1
same "the table was emptied meanwhile, and every call before and behind that is counted" 4000 "$(calls values 16)"
same "which the values add up to as far as a record holds them" true \
  "$(record values '[.containers[].arguments[] | select(.number == 16)] | all(.more == true)')"
same "with no loss" '[]' "$(losses values)"
check "what was taken out of it is kept" test -s /run/bulkhead/record/.counted.json
"$BULKHEAD" record stop values

# ---- a hundred at once --------------------------------------------------------------------------------------

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

# ---- real software ----------------------------------------------------------------------------------------------

stop_watch
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
