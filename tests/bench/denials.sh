#!/bin/bash
# What `bulkhead watch` costs and how fast it is: records kept up with and lost in a storm, CPU per
# record, time from the denied call to the line in the log, CPU under forks, wake-ups when nothing
# happens, memory. One JSON line for each on standard output, {"name","ratio","goal","unit"}, as
# tests/bench/run.sh wants them.
#
# The time of a line is taken where `--print` writes it, right before the log. Other work on the machine
# shows in latencies and wake-ups, little in CPU times.
# shellcheck disable=SC2119,SC2317  # options are for some; functions that trap and eventually call
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
. "$ROOT/tests/integration/helpers/denials.sh"
exec 3>&1 >&2  # what is not a result goes to standard error
denials_node "$@"
STORM_SECONDS=5 FORKS_SECONDS=5 IDLE_SECONDS=60
[ "${1:-}" = --quick ] && IDLE_SECONDS=10

result() { # NAME VALUE GOAL UNIT
  jq -nc --arg name "$1" --argjson ratio "$2" --argjson goal "$3" --arg unit "$4" \
    '{name: $name, ratio: ($ratio * 1000 | round / 1000), goal: $goal, unit: $unit}' >&3
}
compute() { awk "BEGIN { print $1 }"; }

"$BULKHEAD" watch --print --backlog-limit 16384 2>"$NODE/watch.err" > >(
  while IFS= read -r line; do printf '%s %s\n' "$EPOCHREALTIME" "$line"; done >"$NODE/printed") &
WATCHER=$!
eventually 10 grep -q watching "$NODE/watch.err" || { echo "# no audit records here"; exit 1; }

# ticks: CPU of the watcher so far, in 1/100 s. switches: how often it went to sleep.
ticks() { sed 's/.*) //' "/proc/$WATCHER/stat" | awk '{ print $12 + $13 }'; }

# denied NAME CALLS ARGUMENT…: runs the caller in a container; its output is in NODE/out.
denied() {
  local name=$1 calls
  read -ra calls <<<"$2"
  shift 2
  make_bundle "$NODE/$name" "$(args /bin/denied_caller "$@")" "$(denying SCMP_ACT_ERRNO "${calls[@]}")"
  run_container "$RUNTIME" "bench-$name-$$" "$NODE/$name"
}

before=$(ticks)
denied storm getppid storm $STORM_SECONDS
records=$(tail -n 1 "$NODE/out")
sleep 1
storm_ticks=$(($(ticks) - before))
echo "# $records records, $((records / STORM_SECONDS)) a second"
result denials-rate "$(compute "50000 / ($records / $STORM_SECONDS)")" 1 "50,000/s over the records/s made"
result denials-cpu "$(compute "$storm_ticks * 10000 / $records")" 6 "us CPU a record"

# Calls from 206 on that nothing needs, each a first denial of its kind.
denied latency "io_setup io_destroy io_getevents io_submit io_cancel" numbers 206 5
sleep 0.3
latency=$(while read -r nr time; do
  awk -v nr="\"nr\":$nr," -v sent="$time" -v id="bench-latency-$$" \
    'index($0, nr) && index($0, id) { printf "%.3f\n", ($1 - sent) * 1000; exit }' "$NODE/printed"
done <"$NODE/out" | sort -n | awk '{ all[NR] = $1 } END { print NR ? all[int((NR + 1) / 2)] : "null" }')
result denials-latency "$latency" 5 "ms from the call to its line, median"

before=$(ticks)
"$(helper denied_caller)" forks 2000 $FORKS_SECONDS
result denials-forks "$(compute "($(ticks) - $before) / $FORKS_SECONDS")" 2 "% of a core at 2000 forks/s"

# Only of seconds in which nobody forked: what others do on the machine wakes it rightly. Nothing here
# forks either: builtins only.
sleep 1
exec {PAUSE}<> <(:)
forks_so_far() { while read -r key forks _; do [ "$key" != processes ] || return 0; done </proc/stat; }
switches_so_far() {
  while read -r key switches; do [ "$key" != voluntary_ctxt_switches: ] || return 0; done <"/proc/$WATCHER/status"
}
quiet=0 woken=0
for ((i = 0; i < IDLE_SECONDS; i++)); do
  forks_so_far; forks_before=$forks
  switches_so_far; switches_before=$switches
  read -rt 1 -u "$PAUSE"
  forks_so_far; switches_so_far
  [ "$forks" = "$forks_before" ] || continue
  quiet=$((quiet + 1)) woken=$((woken + switches - switches_before))
done
echo "# $woken wake-ups in $quiet quiet seconds"
if [ "$quiet" -ge 5 ]; then
  result denials-idle "$(compute "$woken * 60 / ($quiet > 60 ? $quiet : 60)")" 1 "wake-ups in a quiet minute"
else
  echo "# denials-idle: the machine is too busy to tell"
fi

result denials-resident "$(awk '/^VmHWM/ { print $2 / 1024 }' "/proc/$WATCHER/status")" 32 "MiB of the watcher, at most"
stop_watch
counted=$(counted ".id == \"bench-storm-$$\"")
result denials-lost $((records - counted)) 0 "records of $records lost"
