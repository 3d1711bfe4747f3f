#!/bin/bash
# What `bulkhead watch` costs and how fast it is: CPU per record and losses in a storm, time from the
# denied call to the line in the log, CPU under forks, memory. One JSON object on standard output.
#
# The time of a line is taken where `--print` writes it, right before the log. Like
# tests/integration/denials.sh it needs the initial pid namespace. Other work on the machine shows in
# latencies, little in CPU times.
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"

if [ "$(id -u)" = 0 ] && [ -z "${BULKHEAD_NODE_ID:-}" ]; then
  NODE_ID=bulkhead-test-$$
  node_enter
  BULKHEAD_NODE_ID=$NODE_ID unshare --mount --propagation private -- "$BASH" "$SCRIPT" "$@" \
    {NODE_LOCK_FD}>&- {NODE_MUTEX_FD}>&- &
  status=0
  wait $! || status=$?
  node_leave
  exit "$status"
fi
private_node "$@"
need_shim
need_hook
make_rootfs
cp "$(helper denied_caller)" "$NODE/rootfs/bin/denied_caller"

"$BUILD/bulkhead" watch --print --backlog-limit 16384 2>"$NODE/watch.err" > >(
  while IFS= read -r line; do printf '%s %s\n' "$EPOCHREALTIME" "$line"; done >"$NODE/printed") &
WATCHER=$!
trap 'kill $WATCHER 2>/dev/null' EXIT
eventually 10 grep -q watching "$NODE/watch.err" || { echo '{"skipped": "no audit records here"}'; exit 0; }

# ticks: CPU of the watcher so far, in 1/100 s. peak: its resident set, at most, in KiB.
ticks() { sed 's/.*) //' "/proc/$WATCHER/stat" | awk '{ print $12 + $13 }'; }
peak() { awk '/^VmHWM/ { print $2 }' "/proc/$WATCHER/status"; }

# denied NAME FILTER ARGUMENT…: runs the caller in a container; its output is in NODE/out.
denied() {
  local name=$1 filter=$2
  shift 2
  make_bundle "$NODE/$name" "$(args /bin/denied_caller "$@")" "$filter"
  in_view crun "$(link_shim crun)" run --bundle "$NODE/$name" "bench-$name-$$" </dev/null >"$NODE/out" 2>&1
}
# shellcheck disable=SC2016  # a name of jq
DENY='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
  flags: ["SECCOMP_FILTER_FLAG_LOG"], syscalls: [{action: "SCMP_ACT_ERRNO", names: $names}]}'
names() { jq -nc '$ARGS.positional' --args -- "$@"; }

before=$(ticks)
denied storm "${DENY/\$names/$(names getppid)}" storm 5
records=$(tail -n 1 "$NODE/out")
sleep 1
storm_ticks=$(($(ticks) - before))

# Calls from 203 on that nothing needs, each a first denial of its kind.
denied latency "${DENY/\$names/$(names sched_setaffinity sched_getaffinity io_setup io_destroy \
  io_getevents io_submit io_cancel lookup_dcookie epoll_create remap_file_pages)}" numbers 206 5
sleep 0.3
latency=$(while read -r nr time; do
  awk -v nr="\"nr\":$nr," -v sent="$time" -v id="bench-latency-$$" \
    'index($0, nr) && index($0, id) { printf "%.3f\n", ($1 - sent) * 1000; exit }' "$NODE/printed"
done <"$NODE/out" | sort -n | awk '{ all[NR] = $1 } END { print NR ? all[int((NR + 1) / 2)] : "null" }')

before=$(ticks)
"$(helper denied_caller)" forks 2000 5
forks_ticks=$(($(ticks) - before))

before=$(ticks)
idle_switches=$(awk '/^voluntary/ { print $2 }' "/proc/$WATCHER/status")
sleep 5
idle_switches=$(($(awk '/^voluntary/ { print $2 }' "/proc/$WATCHER/status") - idle_switches))
idle_ticks=$(($(ticks) - before))
memory=$(peak)
kill "$WATCHER"
wait "$WATCHER" 2>/dev/null

jq -n --argjson records "${records:-0}" --argjson storm "$storm_ticks" --argjson latency "${latency:-null}" \
  --argjson forks "$forks_ticks" --argjson idle "$idle_ticks" --argjson switches "$idle_switches" \
  --argjson peak "${memory:-0}" \
  --argjson counted "$(jq -s --arg id "bench-storm-$$" 'map(select(.id == $id).count) | add // 0' \
    /var/log/bulkhead/denials.jsonl)" \
  '{storm_records: $records, storm_counted: $counted, records_per_second: ($records / 5 | floor),
    cpu_us_per_record: ($storm * 10000 / $records * 100 | round / 100), latency_ms_median: $latency,
    cpu_percent_at_2000_forks_per_second: ($forks / 5), cpu_ticks_in_5_quiet_seconds: $idle,
    wakeups_in_5_quiet_seconds: $switches, peak_kib: $peak}'
