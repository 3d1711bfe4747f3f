#!/usr/bin/env bash
# What Bulkhead costs where many containers start or are probed at once, over the plain runtime in the same run, in
# turn: CPU time with hook and gate included, the time of a start as its caller sees it, memory. Prints a table and
# writes BUILD/bench-scale.json. Exit code 1 when a goal is missed.
#
#   tests/bench/scale.sh [--quick]     fewer of all: for trying the bench, not for judging
#
# Environment: RUNTIME (runc).
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
# What the watcher costs can be measured in the machine's own pid namespace only.
if [ "$(id -u)" = 0 ] && [ -z "${BULKHEAD_NODE_ID:-}${BULKHEAD_INSIDE:-}" ]; then
  echo "# the watcher and 1,000 containers" >&2
  BENCH_WATCHING=$("$(dirname "${BASH_SOURCE[0]}")/watching.sh" "$@") || BENCH_WATCHING=failed
  export BENCH_WATCHING
fi
private_node "$@"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$ROOT/tests/bench/lib.sh"
STARTS=200 LANES=20 ROUNDS=3 JOINED=100 PROBES=1200
QUICK=
[[ " $* " != *" --quick "* ]] || QUICK=1 STARTS=40 LANES=20 ROUNDS=1 JOINED=10 PROBES=60
RUNTIME=${RUNTIME:-runc}
PLAIN=$(readlink -f "$(command -v "$RUNTIME")")
RESULTS=$NODE/results.jsonl
DOORS=(plain shim ready)

program_of() { if [ "$1" = plain ]; then echo "$PLAIN"; else echo "$SHIM"; fi; }  # DOOR
policy_of() { # DOOR
  local loader=runtime
  [ "$1" != ready ] || loader=gate
  write_policy <<<"{\"version\": 1, \"runtimes\": [\"$PLAIN\"], \"seccomp\": {\"loader\": \"$loader\"}}"
}
ratio() { awk "BEGIN { printf \"%.3f\", ($1) / ($2) }"; }
# percentile SHARE <numbers
percentile() { sort -n | awk -v share="$1" '{ all[NR] = $1 } END { i = int(NR * share + 0.999999); print all[i < 1 ? 1 : i] }'; }

# ---- many starts at once ----------------------------------------------------------------------------------

one_lane() { # DOOR LANE
  local number start program
  program=$(program_of "$1")
  for ((number = $2; number < STARTS; number += LANES)); do
    start=${EPOCHREALTIME/./}
    "$program" run --bundle "$NODE/scale/$number" "scale-$number" </dev/null >/dev/null 2>&1 || return
    echo $((${EPOCHREALTIME/./} - start))
  done
}
in_lanes() { # DOOR
  local lane lanes=() status=0
  for ((lane = 0; lane < LANES; ++lane)); do
    one_lane "$1" "$lane" &
    lanes+=($!)
  done
  for lane in "${lanes[@]}"; do wait "$lane" || status=1; done
  return "$status"
}
lay_bundles() {
  local number
  for ((number = 0; number < STARTS; ++number)); do
    mkdir -p "$NODE/scale/$number"
    jq --arg cgroup "/$NODE_ID/scale-$number" '.linux.cgroupsPath = $cgroup' "$NODE/asked.json" \
      >"$NODE/scale/$number/config.json"
  done
}
# What all of it took in CPU time: microseconds, with what was left behind.
cost_of() { # WORD…
  BULKHEAD_INSIDE=$NODE_ID "$(helper whole_cost)" "$BASH" "$SCRIPT" "$@" ${QUICK:+--quick} |
    tail -n 1 | awk '$1 == 0 { print $2; done = 1 } END { exit !done }'
}
many_starts() {
  local round door start
  note "$STARTS starts in $LANES lanes"
  lay_bundles
  for ((round = 0; round < ROUNDS; ++round)); do
    for door in "${DOORS[@]}"; do
      policy_of "$door"
      start=${EPOCHREALTIME/./}
      cost_of starts "$door" >>"$NODE/cpu.$door" || return
      echo $((${EPOCHREALTIME/./} - start)) >>"$NODE/wall.$door"
    done
  done
  for door in shim ready; do
    result "scale-cpu-$door" "$(ratio "$(percentile 0.5 <"$NODE/cpu.$door")" "$(percentile 0.5 <"$NODE/cpu.plain")")" \
      "$([ $door = shim ] && echo 1.10 || echo 0.80)" "x CPU time of $STARTS starts"
    result "scale-wall-$door" "$(ratio "$(percentile 0.5 <"$NODE/wall.$door")" "$(percentile 0.5 <"$NODE/wall.plain")")" \
      "$([ $door = shim ] && echo 1.15 || echo 0.80)" "x time of $STARTS starts"
    result "scale-p50-$door" "$(ratio "$(percentile 0.5 <"$NODE/times.$door")" "$(percentile 0.5 <"$NODE/times.plain")")" \
      "$([ $door = shim ] && echo 1.15 || echo 0.80)" "x a start, median"
    result "scale-p99-$door" "$(ratio "$(percentile 0.99 <"$NODE/times.$door")" "$(percentile 0.99 <"$NODE/times.plain")")" \
      "$([ $door = shim ] && echo 1.15 || echo 0.80)" "x a start, 99th percentile"
  done
}

# As many starts of a profile that nobody has compiled yet, over the same with a warm cache.
same_new_program() {
  local cold warm
  note "$STARTS starts that want the same new program"
  policy_of ready
  rm -rf /var/cache/bulkhead/programs
  cold=$(cost_of starts ready) && warm=$(cost_of starts ready) || return
  result scale-new-program "$(ratio "$cold" "$warm")" 1.10 "x CPU time of a warm cache"
}

# ---- many probes ------------------------------------------------------------------------------------------

# Twenty a second, each into the next container.
probe_all() { # DOOR
  local number program begin
  program=$(program_of "$1")
  begin=${EPOCHREALTIME/./}
  for ((number = 0; number < PROBES; ++number)); do
    "$program" exec "joined-$1-$((number % JOINED))" /bin/true </dev/null >/dev/null 2>>"$NODE/said" || touch "$NODE/failed" &
    while ((${EPOCHREALTIME/./} - begin < (number + 1) * 50000)); do sleep 0.005; done
  done
  wait
  [ ! -e "$NODE/failed" ] || { tail -n 5 "$NODE/said" >&2; return 1; }
}
probes() {
  local door number
  note "$PROBES execs at 20 a second into $JOINED containers"
  for door in "${DOORS[@]}"; do
    policy_of "$door"
    for ((number = 0; number < JOINED; ++number)); do
      make_bundle "$NODE/joined" "$(args /bin/sleep 3000)" '.process.noNewPrivileges = true' \
        ".linux.seccomp = $(jq -c .linux.seccomp "$NODE/asked.json")" ".linux.cgroupsPath = \"/$NODE_ID/joined-$door-$number\""
      "$(program_of "$door")" run --detach --bundle "$NODE/joined" "joined-$door-$number" </dev/null >/dev/null 2>&1
    done
    cost_of probes "$door" >"$NODE/probes.$door" || return
    for ((number = 0; number < JOINED; ++number)); do "$PLAIN" delete --force "joined-$door-$number"; done
  done
  for door in shim ready; do
    result "scale-probes-$door" "$(ratio "$(<"$NODE/probes.$door")" "$(<"$NODE/probes.plain")")" \
      "$([ $door = shim ] && echo 1.10 || echo 0.70)" "x CPU time of $PROBES execs"
  done
}

case ${BULKHEAD_INSIDE:+$1} in
  starts)
    need_shim
    in_lanes "$2" >>"$NODE/times.$2"
    exit
    ;;
  probes)
    need_shim
    probe_all "$2"
    exit
    ;;
esac
need_shim
build_tools || exit
mkdir -p "$NODE/scale"
make_bundle "$NODE/cycle" "$(args /bin/true)" '.process.noNewPrivileges = true'
cp "$NODE/cycle/config.json" "$NODE/none.json"
resulting_config "$NODE/none.json" "$NODE/asked.json" || exit
if [ "$BENCH_WATCHING" = failed ] || ! many_starts || ! same_new_program || ! probes; then
  note "a bench could not be run"
  exit 1
fi
echo "$BENCH_WATCHING" >>"$RESULTS"
jq -s . "$RESULTS" >"$BUILD/bench-scale.json"
table "$BUILD/bench-scale.json"
jq -e 'all(.ratio <= .goal)' "$BUILD/bench-scale.json" >/dev/null
