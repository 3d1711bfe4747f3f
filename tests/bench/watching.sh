#!/bin/bash
# What `bulkhead watch` takes on a node with 1,000 containers: memory, CPU time when it begins, while nothing changes,
# and while they end. One JSON line for each on standard output, {"name","ratio","goal","unit"}, as tests/bench/scale.sh
# wants them. The containers are one real record of Bulkhead's, written a thousand times with the id and the process
# of each; the processes are real.
# shellcheck disable=SC2119,SC2153,SC2317  # options are for some; variables of the helpers; functions that eventually calls
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
. "$ROOT/tests/integration/helpers/denials.sh"
exec 3>&1 >&2  # what is not a result goes to standard error
denials_node "$@"
CONTAINERS=1000 IDLE_SECONDS=30
[ "${1:-}" != --quick ] || CONTAINERS=100 IDLE_SECONDS=5
RECORDS=/run/bulkhead/containers

result() { # NAME VALUE GOAL UNIT
  jq -nc --arg name "$1" --argjson ratio "$2" --argjson goal "$3" --arg unit "$4" \
    '{name: $name, ratio: ($ratio * 1000 | round / 1000), goal: $goal, unit: $unit}' >&3
}
compute() { awk "BEGIN { print $1 }"; }
# CPU of the watcher so far, in 1/100 s.
ticks() { sed 's/.*) //' "/proc/$WATCHER/stat" | awk '{ print $12 + $13 }'; }
memory() { awk -v field="$1:" '$1 == field { print $2 / 1024 }' "/proc/$WATCHER/status"; }
known() { "$BULKHEAD" ps --json | jq ".containers | length"; }

# A record as the gate writes it.
template() {
  make_bundle "$NODE/one" "$(args /bin/sleep 3000)"
  start_container "$RUNTIME" "one-$$" "$NODE/one" &&
    eventually 10 grep -q '"state":"\(proved\|installed\)"' "$RECORDS/one-$$.json" &&
    cp "$RECORDS/one-$$.json" "$NODE/template.json"
}
begin_containers() {
  local i pid stat record
  for ((i = 0; i < CONTAINERS; ++i)); do
    sleep 3000 &
    pid=$!
    OTHERS+=("$pid")
    read -r stat <"/proc/$pid/stat"
    echo "$i $pid $(awk '{ print $20 }' <<<"${stat##*) }")"
  done >"$NODE/processes"
  jq -c --rawfile processes "$NODE/processes" '. as $record | $processes | split("\n")[] | select(. != "") | split(" ")
    | . as [$i, $pid, $start] | $record | .id = "many-\($i)" | .pid = ($pid | tonumber) | .start_time = ($start | tonumber)
    | .cgroup += "-\($i)"' "$NODE/template.json" >"$NODE/records"
  i=0
  while IFS= read -r record; do
    printf '%s\n' "$record" >"$RECORDS/many-$i.json"
    i=$((i + 1))
  done <"$NODE/records"
}
end_containers() {
  local one
  for one in "${OTHERS[@]}"; do kill "$one"; done 2>/dev/null
  wait "${OTHERS[@]}" 2>/dev/null
  find "$RECORDS" -name 'many-*' -delete
  OTHERS=()
}

template || { echo "# no record can be had"; exit 1; }
start_watch
alone=$(memory VmRSS)
stop_watch
begin_containers
[ "$(known)" = $((CONTAINERS + 1)) ] || { echo "# $(known) containers are known of $CONTAINERS"; exit 1; }
start_watch
sleep 1
result watch-begin "$(compute "$(ticks) * 10 / $CONTAINERS")" 1 "ms CPU a container that it finds"
before=$(ticks)
sleep "$IDLE_SECONDS"
result watch-idle "$(compute "($(ticks) - $before) / $IDLE_SECONDS")" 1 "% of a core while nothing changes"
before=$(ticks)
end_containers
sleep 2
result watch-end "$(compute "($(ticks) - $before) * 10 / $CONTAINERS")" 1 "ms CPU a container that ends"
result watch-memory "$(memory VmHWM)" 32 "MiB of the watcher, at most"
echo "# $CONTAINERS containers: $(memory VmHWM) MiB, with one $alone"
stop_watch
