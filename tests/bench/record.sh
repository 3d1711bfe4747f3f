#!/bin/bash
# What a record costs (`bulkhead record`): the throughput of Redis and nginx in a first run and when the record is
# complete, a start, what is not recorded while something is, and a profile of a hundred containers. One JSON line for each
# on standard output, {"name","ratio","goal","unit"}, as tests/bench/run.sh wants them. Throughput counts by the
# best of some rounds of the same container with and without, one after the other.
#
# Where the kernel counts no calls, as without CONFIG_HIST_TRIGGERS, what that would cost is skipped, and told.
# shellcheck disable=SC2153,SC2034,SC2317  # variables of the helpers; functions that trap and eventually call
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
. "$ROOT/tests/integration/helpers/denials.sh"
. "$ROOT/tests/integration/helpers/record.sh"
. "$ROOT/tests/integration/helpers/software.sh"
# What is not a result goes to standard error. The script runs itself again in its node, where that is so already.
[ -n "${BULKHEAD_NODE_ID:-}" ] || exec 3>&1 >&2
need_software_tree
denials_node "$@"
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -x "$TOOLS/bench" ] || build_tools || exit 1
# A container is asked ASKS times, and its best counts: in the first seconds of a first run the watcher teaches AppArmor
# what the program uses, which where one asks for a second only is all that is measured.
ROUNDS=5 ASKS=3 REQUESTS_REDIS=100000 REQUESTS_NGINX=10000 CYCLES=60
case "${1:-}" in
  --quick) ROUNDS=2 REQUESTS_REDIS=20000 REQUESTS_NGINX=2000 CYCLES=8 ;;
  --emulated) ROUNDS=3 REQUESTS_REDIS=40000 REQUESTS_NGINX=1500 CYCLES=8 ;;  # of a processor that is twenty times slower
esac
start_watch --backlog-limit 16384

result() { # NAME VALUE GOAL UNIT
  jq -nc --arg name "$1" --argjson ratio "$2" --argjson goal "$3" --arg unit "$4" \
    '{name: $name, ratio: ($ratio * 1000 | round / 1000), goal: $goal, unit: $unit}' >&3
}
compute() { awk "BEGIN { print $1 }"; }
cannot() { note "SKIP $1: $2"; }

# ---- throughput -------------------------------------------------------------------------------------------------

# Who serves and who asks each have a CPU of their own, where there are two. Left to the scheduler they share one in some
# runs and not in others, which is a quarter of the throughput.
CPUS=$(awk '/^Cpus_allowed_list:/ { print $2 }' /proc/self/status)
SERVING=${CPUS%%[-,]*} ASKING=${CPUS##*[-,]}

# software_named NAME SOFTWARE: the bundle NODE/NAME, a container called so, in which it serves.
software_named() {
  software_bundle "$1" root /bin/bash "/bench/$2.sh" serve "$SERVING"
  jq --arg name "$1" --arg bench "$HERE/record" '.annotations = {"io.kubernetes.cri.container-type": "container",
      "io.kubernetes.cri.sandbox-id": "pod", "io.kubernetes.cri.container-name": $name}
    | .process.noNewPrivileges = true
    | .mounts += [{destination: "/bench", type: "bind", source: $bench, options: ["bind", "ro"]}]' \
    "$NODE/$1/config.json" >"$NODE/$1/.new" && mv "$NODE/$1/.new" "$NODE/$1/config.json"
}
best() { sort -g | tail -n 1; }
# rate NAME SOFTWARE REQUESTS: what somebody gets who asks a new container of that name, and is in none himself.
rate() {
  local id="bench-$1-$RANDOM" init ask
  start_container "$RUNTIME" "$id" "$NODE/$1"
  init=$(in_view "$RUNTIME" "$RUNTIME" state "$id" | jq .pid)
  [ -n "$init" ] || { note "$1 does not start: $(cat "$NODE/out")"; touch "$NODE/failed"; return; }
  for ((ask = 0; ask < ASKS; ask++)); do
    nsenter --target "$init" --net --mount /bin/bash "/bench/$2.sh" ask "$ASKING" "$3"
  done | best
  in_view "$RUNTIME" "$RUNTIME" delete --force "$id"
}
counts_calls_here() { [ "$(record first-try '.containers[0].how' 2>/dev/null)" = histogram ]; }

throughput() { # SOFTWARE REQUESTS
  local round plain=() recorded=() first=()
  software_named "plain-$1" "$1"
  software_named "recorded-$1" "$1"
  for ((round = 0; round < ROUNDS; round++)); do
    plain+=("$(rate "plain-$1" "$@")")
    [ "$COUNTS" = yes ] || continue
    "$BULKHEAD" record start "first-$1-$round" --container "recorded-$1" >/dev/null
    first+=("$(rate "recorded-$1" "$@")")
    "$BULKHEAD" record stop "first-$1-$round"
  done
  if [ "$COUNTS" = yes ]; then
    result "record-first-$1" "$(compute "$(printf '%s\n' "${plain[@]}" | best) / $(printf '%s\n' "${first[@]}" | best)")" 1.176 \
      "throughput without a record over that of its first run"
  else
    cannot "record-first-$1" "this kernel does not count calls (CONFIG_HIST_TRIGGERS); tests/vm/run.sh --bench has a node that does"
  fi
  "$BULKHEAD" record start "whole-$1" --container "recorded-$1" >/dev/null
  rate "recorded-$1" "$@" >/dev/null
  rate "recorded-$1" "$@" >/dev/null
  eventually 30 ended "whole-$1" 2
  plain=()
  for ((round = 0; round < ROUNDS; round++)); do
    plain+=("$(rate "plain-$1" "$@")")
    recorded+=("$(rate "recorded-$1" "$@")")
  done
  "$BULKHEAD" record stop "whole-$1"
  result "record-complete-$1" "$(compute "$(printf '%s\n' "${plain[@]}" | best) / $(printf '%s\n' "${recorded[@]}" | best)")" 1.02 \
    "throughput without a record over that with a complete one"
}

# ---- what is not recorded, and a start ------------------------------------------------------------------------------

# microseconds COMMAND…: the least of some rounds.
microseconds() {
  local round begun
  for ((round = 0; round < ROUNDS; round++)); do
    begun=${EPOCHREALTIME/./}
    "$@" >/dev/null
    echo $((${EPOCHREALTIME/./} - begun))
  done | sort -n | head -n 1
}
beside() {
  local before with
  if [ "$COUNTS" = no ]; then
    cannot record-beside "this kernel does not count calls, so that nobody else's cost more"
    return
  fi
  before=$(microseconds "$(helper denied_caller)" getppid 2000000)
  "$BULKHEAD" record start beside --container web >/dev/null
  web_bundle beside /bin/sleep 600
  start_container "$RUNTIME" beside "$NODE/beside"
  with=$(microseconds "$(helper denied_caller)" getppid 2000000)
  "$BULKHEAD" record stop beside
  result record-beside "$(compute "$with / $before")" 1.25 "getppid of who is not recorded, while somebody is"
}
# Of the kernel's tables, which are one set for all containers.
memory() {
  local before
  if [ "$COUNTS" = no ]; then cannot record-memory "this kernel does not count calls"; return; fi
  free_kb() { sync; echo 3 >/proc/sys/vm/drop_caches; awk '/^MemFree:/ { print $2 }' /proc/meminfo; }
  before=$(free_kb)
  "$BULKHEAD" record start memory --container web >/dev/null
  result record-memory "$(compute "($before - $(free_kb)) / 1024")" 64 "MiB of the kernel's, for all containers"
  "$BULKHEAD" record stop memory
}
starts() {
  local runtime name
  for name in plain recorded; do
    web_bundle "cycle-$name" /bin/true
    jq --arg name "$name" '.annotations["io.kubernetes.cri.container-name"] = $name | .process.noNewPrivileges = true' \
      "$NODE/cycle-$name/config.json" >"$NODE/$name.json"
  done
  mkdir -p "$NODE/cycle"
  for runtime in $(runtimes); do
    "$BULKHEAD" record start "starts-$runtime" --container recorded >/dev/null
    in_view "$runtime" "$TOOLS/bench" cycle --name="record-start-$runtime" --goal=1.10 --bundle="$NODE/cycle" \
      --program-a="$(link_shim "$runtime")" --config-a="$NODE/recorded.json" \
      --program-b="$(link_shim "$runtime")" --config-b="$NODE/plain.json" --rounds="$CYCLES" >&3
    "$BULKHEAD" record stop "starts-$runtime"
  done
}

# ---- a profile of many containers --------------------------------------------------------------------------------------

profile_of_hundred() {
  jq -c '.name = "hundred" | .containers[0] as $one
    | .containers = [range(100) | . as $at | $one | .id = "c\($at)" | .started += $at | .ended = .started + 1000 + $at]' \
    "/var/log/bulkhead/record/whole-redis.json" >"$NODE/hundred.record"
  "$BULKHEAD" record import "$NODE/hundred.record" >/dev/null || return 1
  result record-profile "$(compute "$(microseconds "$BULKHEAD" record profile hundred --incomplete -o "$NODE/hundred.json") / 1000000")" 0.2 \
    "s for a profile of 100 containers"
}

COUNTS=no
"$BULKHEAD" record start first-try --container web >/dev/null
web_bundle first-try /bin/true
run_container "$RUNTIME" first-try "$NODE/first-try"
if counts_calls_here; then COUNTS=yes; fi
"$BULKHEAD" record stop first-try

note "what a record costs"
throughput redis $REQUESTS_REDIS
throughput nginx $REQUESTS_NGINX
beside
memory
starts
profile_of_hundred || note "no profile of a hundred containers"
cannot record-over-bpf-hook "tests/vm/run.sh --bench has a kernel whose headers can be had, from which it compiles its program"
stop_watch
[ ! -e "$NODE/failed" ]
