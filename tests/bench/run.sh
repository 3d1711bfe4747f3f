#!/usr/bin/env bash
# All benches but those of filters: what Bulkhead costs, over baselines of the same run. Prints a table
# and writes BUILD/bench.json, [{"name","ratio","goal","unit"}…]. Exit code 1 when a goal is missed.
#
#   tests/bench/run.sh [--quick]     fewer rounds: for trying the bench, not for judging
#
# Needs root. Bundles lie on a tmpfs, as they do on a node where engines keep them below /run: on a
# disk, flushing config.json costs what the disk takes.
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
# What watching costs can be measured in the machine's own pid namespace only.
if [ "$(id -u)" = 0 ] && [ -z "${BULKHEAD_NODE_ID:-}" ]; then
  echo "# what the watcher costs" >&2
  BENCH_DENIALS=$("$(dirname "${BASH_SOURCE[0]}")/denials.sh" "$@") || BENCH_DENIALS=failed
  BENCH_RECORD=$("$(dirname "${BASH_SOURCE[0]}")/record.sh" "$@") || BENCH_RECORD=failed
  export BENCH_DENIALS BENCH_RECORD
fi
private_node "$@"

ROUNDS_RUNC=60 ROUNDS_CRUN=150
[ "${1:-}" = --quick ] && ROUNDS_RUNC=8 ROUNDS_CRUN=15
RESULTS=$NODE/results
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# bench COMMAND…: adds what it prints to the results; one that fails fails the whole run.
BROKEN=0
bench() { "$@" >>"$RESULTS" || BROKEN=1; }

# create_added NAME GOAL, of `shim` before `runc`
create_added() {
  # shellcheck disable=SC2154  # the caller's
  bench with_noop "$TOOLS/bench" create --name="$1" --goal="$2" --shim="$shim" --runtime="$runc" \
    --hello="$TOOLS/hello" --bundle="$NODE/kube" --config="$ROOT/tests/data/kubernetes-config.json"
}

shim_benches() {
  local shim runc
  shim=$(link_shim runc)
  runc=$(readlink -f "$(command -v runc)")
  mkdir -p "$NODE/kube"
  note "the shim in front of a runtime that does nothing"
  bench with_noop "$TOOLS/bench" pass-through --shim="$shim" --wrapper="$TOOLS/exec_wrapper" \
    --runtime="$runc" --goal=1.25
  # The policy says what the built-in one says; the profile that it leads to is the fallback.
  write_policy <<<'{"version": 1, "seccomp": {"unset": "runtime-default"}}'
  create_added shim-create-added 1.5
  bench with_noop "$TOOLS/bench" memory --shim="$shim" --peak-rss="$TOOLS/peak_rss" \
    --bundle="$NODE/kube" --config="$ROOT/tests/data/kubernetes-config.json" --goal=2
  jq -c '{ociVersion, process: (.process | {user, args, env: .env[:1], cwd, capabilities}), root,
    annotations: {a: "b"}, linux: (.linux | {namespaces})}' \
    "$ROOT/tests/data/kubernetes-config.json" >"$NODE/small.json"
  bench with_noop "$TOOLS/bench" linear --shim="$shim" --bundle="$NODE/kube" \
    --config="$NODE/small.json" --goal=1.5
  mkdir -p /etc/bulkhead/seccomp
  cp "$ROOT/tests/data/node-profile.json" /etc/bulkhead/seccomp/node.json
  write_policy <<<'{"version": 1, "rules": [
    {"name": "shop", "match": {"namespace": "shop"}, "seccomp": {"profile": "localhost/node.json"}}]}'
  create_added shim-create-added-localhost 1.6
  # Without a gate, as the first shim was.
  write_policy <<<'{"version": 1, "prove": "never", "seccomp": {"unset": "runtime-default"}}'
  create_added shim-create-added-unproved 1.5
  remove_policy
}

rounds_of() { if [ "$1" = runc ]; then echo "$ROUNDS_RUNC"; else echo "$ROUNDS_CRUN"; fi; }

# cycle RUNTIME NAME GOAL PROGRAM_A CONFIG_A PROGRAM_B CONFIG_B
cycle() {
  bench in_view "$1" "$TOOLS/bench" cycle --name="$2" --goal="$3" --bundle="$NODE/cycle" \
    --program-a="$4" --config-a="$5" --program-b="$6" --config-b="$7" --rounds="$(rounds_of "$1")"
}

# What logging costs where a runtime does not log by itself is a row of its own (logging_benches).
proof_alone() { write_policy <<<'{"version": 1, "seccomp": {"log_denials": true}}'; }

shim_cycles() {
  local runtime goal
  note "whole containers through the shim and its gate"
  proof_alone
  make_bundle "$NODE/cycle" "$(args /bin/true)" '.process.noNewPrivileges = true'
  cp "$NODE/cycle/config.json" "$NODE/original.json"
  resulting_config "$NODE/original.json" "$NODE/resulting.json" || BROKEN=1
  for runtime in $(runtimes); do
    if [ "$runtime" = runc ]; then goal=1.05; else goal=1.08; fi
    cycle "$runtime" "shim-cycle-$runtime" "$goal" "$(link_shim "$runtime")" "$NODE/original.json" \
      "$(command -v "$runtime")" "$NODE/resulting.json"
    exec_cycle "$runtime"
  done
  remove_policy
}

# An exec that the shim's gate proves, over the runtime's own into the same container.
exec_cycle() { # RUNTIME
  local goal shim
  shim=$(link_shim "$1")
  if [ "$1" = runc ]; then goal=1.06; else goal=1.30; fi
  make_bundle "$NODE/joined" "$(args /bin/sleep 1000)" '.process.noNewPrivileges = true'
  in_view "$1" "$shim" run --detach --bundle "$NODE/joined" joined >/dev/null 2>&1 </dev/null
  bench in_view "$1" "$TOOLS/bench" exec --name="shim-gate-exec-$1" --goal="$goal" --id-a=joined --id-b=joined \
    --program-a="$shim" --program-b="$(command -v "$1")" --rounds="$(rounds_of "$1")"
  in_view "$1" "$1" delete --force joined
}

# A start and an exec whose filter the gate installs from its cache, over the runtime's own with the same profile.
loader_benches() {
  local runtime
  note "filters that the gate installs"
  write_policy <<<'{"version": 1, "seccomp": {"loader": "gate"}}'
  for runtime in $(runtimes); do
    cycle "$runtime" "shim-loader-run-$runtime" "$([ "$runtime" = runc ] && echo 0.65 || echo 0.42)" \
      "$(link_shim "$runtime")" "$NODE/resulting.json" "$(command -v "$runtime")" "$NODE/resulting.json"
  done
  loader_exec
  remove_policy
}
# crun keeps the filter of a container, and its exec compiles nothing.
loader_exec() {
  local shim id
  shim=$(link_shim runc)
  for id in loaded asked; do
    make_bundle "$NODE/$id" "$(args /bin/sleep 1000)" '.process.noNewPrivileges = true' \
      ".linux.seccomp = $(jq -c .linux.seccomp "$NODE/resulting.json")"
  done
  "$shim" run --detach --bundle "$NODE/loaded" loaded >/dev/null 2>&1 </dev/null
  runc run --detach --bundle "$NODE/asked" asked >/dev/null 2>&1 </dev/null
  bench "$TOOLS/bench" exec --name=shim-loader-exec-runc --goal=0.55 --id-a=loaded --id-b=asked \
    --program-a="$shim" --program-b="$(command -v runc)" --rounds="$(rounds_of runc)"
  runc delete --force loaded
  runc delete --force asked
}

# config_of NAMESPACE NO-NEW-PRIVILEGES: what the shim makes of a config.json, as of a pod of that namespace.
config_of() {
  jq -c --arg namespace "$1" --argjson nnp "$2" '.process.noNewPrivileges = $nnp | .annotations += {
    "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-name": "bench",
    "io.kubernetes.cri.sandbox-namespace": $namespace}' "$NODE/resulting.json"
}
# A start under runc 1.1 with the filter of the gate's that logs, which is the default, over the same without.
logging_benches() {
  local nnp name goal
  if ! runc --version 2>/dev/null | grep -qE '^runc version 1\.[01]\.'; then note "this runc takes flags, or is not here"; return; fi
  note "a filter that logs beside the runtime's own"
  write_policy <<<'{"version": 1, "rules": [
    {"name": "quiet", "match": {"namespace": "quiet"}, "seccomp": {"log_denials": true}}]}'
  for nnp in true false; do
    if [ $nnp = true ]; then name=logging-beside-runc goal=1.10; else name=logging-beside-runc-new-privileges goal=1.50; fi
    config_of loud $nnp >"$NODE/loud.json"
    config_of quiet $nnp >"$NODE/quiet.json"
    cycle runc $name $goal "$(link_shim runc)" "$NODE/loud.json" "$(link_shim runc)" "$NODE/quiet.json"
  done
  remove_policy
}

# stop_median RUNTIME CONFIG: how long the gate stopped the init at its exec, in ms, median of 50.
stop_median() {
  local record=/run/bulkhead/containers/stop.json round
  cp "$2" "$NODE/cycle/config.json"
  for ((round = 0; round < 50; round++)); do
    "$1" create --bundle "$NODE/cycle" stop >/dev/null 2>&1 </dev/null || return 1
    "$1" start stop
    eventually 5 grep -qE '"state":"(proved|installed)"' "$record" && jq .stopped_us "$record"
    "$1" delete --force stop
  done | sort -n | awk '{ us[NR] = $1 } END { print us[int((NR + 1) / 2)] / 1000 }'
}
stop_time() { # RUNTIME NAME CONFIG GOAL
  local median
  # A shell between here and there keeps no functions.
  median=$(in_view "$1" "$BASH" -c "$(declare -f eventually stop_median); stop_median \"\$@\"" sh "$1" "$3")
  [ -n "$median" ] || BROKEN=1
  result "$2" "${median:-0}" "$4" "ms stopped at exec, median of 50"
}
stop_times() {
  note "how long the gate stops the init of $1 at its exec"
  stop_time "$1" "gate-stopped-$1" "$NODE/filtered-hook.json" 0.3
  stop_time "$1" "gate-stopped-installing-$1" "$NODE/plain.json" 0.5
}

# The gate proving a filter that the config asks for, over the same config without a hook; beside it the
# same with hooks that do nothing, which is what a runtime takes for having any; and the gate installing
# the fallback, over the runtime building it from config.json.
gate_cycles() {
  local runtime goal plain="$NODE/plain.json"
  note "whole containers through hook and gate"
  proof_alone
  jq -c . "$NODE/resulting.json" >"$NODE/filtered.json"
  with_hook "$HOOK" "$NODE/filtered.json" >"$NODE/filtered-hook.json"
  with_hook "$TOOLS/noop_hook" "$NODE/filtered.json" >"$NODE/filtered-noop.json"
  for runtime in $(runtimes); do
    if [ "$runtime" = runc ]; then goal=1.08; else goal=1.20; fi
    cycle "$runtime" "hook-noop-$runtime" "$goal" "$(command -v "$runtime")" \
      "$NODE/filtered-noop.json" "$(command -v "$runtime")" "$NODE/filtered.json"
    cycle "$runtime" "hook-gate-$runtime" "$goal" "$(command -v "$runtime")" \
      "$NODE/filtered-hook.json" "$(command -v "$runtime")" "$NODE/filtered.json"
    with_hook "$HOOK" "$NODE/original.json" >"$plain"
    cycle "$runtime" "gate-install-$runtime" 0.85 "$(command -v "$runtime")" "$plain" \
      "$(command -v "$runtime")" "$NODE/filtered.json"
    jq '.process.noNewPrivileges = false' "$plain" >"$plain.suid"
    jq '.process.noNewPrivileges = false' "$NODE/filtered.json" >"$NODE/filtered-suid.json"
    cycle "$runtime" "gate-install-$runtime-new-privileges" 1.0 "$(command -v "$runtime")" \
      "$plain.suid" "$(command -v "$runtime")" "$NODE/filtered-suid.json"
  done
  for runtime in $(runtimes); do
    bench in_view "$runtime" "$TOOLS/bench" gate-memory --name="hook-gate-memory-$runtime" --goal=2 \
      --bundle="$NODE/cycle" --program="$(command -v "$runtime")" --config="$NODE/filtered-hook.json"
    stop_times "$runtime"
  done
  local proved
  proved=$(grep -cE '"(proved|installed)"' /var/log/bulkhead/events.jsonl)
  note "the event log tells of $proved proofs and installations"
  [ "$proved" -gt 0 ] || BROKEN=1
  remove_policy
}

microseconds_of() { # COMMAND…
  local start=${EPOCHREALTIME/./}
  "$@" >/dev/null 2>&1
  echo $((${EPOCHREALTIME/./} - start))
}
# Asking the kernel about 200 containers; and how long a process is stopped for a look: one that no other keeps from
# running meanwhile.
verify_benches() {
  local runtime shim count=200 i
  install_program bulkhead
  runtime=$(runtimes | tail -n 1) shim=$(link_shim "$(runtimes | tail -n 1)")
  note "verify over $count containers"
  make_bundle "$NODE/asked" "$(args /bin/sleep 1000)"
  for ((i = 0; i < count; i++)); do
    in_view "$runtime" "$shim" run --detach --bundle "$NODE/asked" "asked-$i" >/dev/null 2>&1 </dev/null
  done
  eventually 10 test "$(find /run/bulkhead/containers -name '*.json' | wc -l)" = $count || BROKEN=1
  for i in 1 2 3 4 5; do microseconds_of "$NODE/bin/bulkhead" verify --all; done | sort -n >"$NODE/asking"
  result verify-all "$(awk 'NR == 3 { print $1 / 1e6 }' "$NODE/asking")" 0.5 "s over $count containers"
  for ((i = 0; i < count; i++)); do in_view "$runtime" "$shim" delete --force "asked-$i" >/dev/null 2>&1; done
  for ((i = 0; i < 30; i++)); do
    chrt --fifo 1 "$TOOLS/largest_gap" 150 >>"$NODE/gaps" &
    "$NODE/bin/bulkhead" verify --pid $! >/dev/null 2>&1
    wait $!
  done
  result verify-stopped "$(sort -n "$NODE/gaps" | awk '{ us[NR] = $1 } END { print us[int((NR + 1) / 2)] / 1000 }')" \
    1 "ms stopped, median of 30"
}

need_shim
[ ! -x "$BUILD/bulkhead-hook" ] || need_hook
build_tools || exit 1
as_installed || exit 1
: >"$RESULTS"
shim_benches
shim_cycles
loader_benches
logging_benches
if [ -n "${HOOK:-}" ]; then
  gate_cycles
else
  note "hook-gate, gate-install: $BUILD/bulkhead-hook is not built"
fi
if [ -x "$BUILD/bulkhead" ]; then verify_benches; else note "verify: $BUILD/bulkhead is not built"; fi
note "the exact analysis of filters, over one build by libseccomp"
if [ -x "$TOOLS/bench_filters" ]; then
  bench "$TOOLS/bench_filters"
else
  note "analyse, compare, gate-proof: $TOOLS/bench_filters is not built (make bench builds it)"
fi
bench "$TOOLS/bench_denials"
note "calls under the ready filter, over libseccomp's own arrangement"
bench "$TOOLS/bench_calls"
for rows in "$BENCH_DENIALS" "$BENCH_RECORD"; do
  if [ "$rows" = failed ]; then BROKEN=1; else echo "$rows" >>"$RESULTS"; fi
done
if [ "$BROKEN" = 1 ]; then
  note "a bench could not be run"
  exit 1
fi
jq -s . "$RESULTS" >"$BUILD/bench.json"
echo "Bundles on tmpfs, as below /run on a node. CPU time counts every process of the container."
table "$BUILD/bench.json"
jq -e 'all(.ratio <= .goal)' "$BUILD/bench.json" >/dev/null
