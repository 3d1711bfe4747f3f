#!/usr/bin/env bash
# A container that Bulkhead did not start: what joins it through the shim gets the policy's answer, never less.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
RUNTIME='' R='' ID=other CODE=0

is() { same "$RUNTIME: $1" "$2" "$3"; }
told() { jq -r --arg event "$1" 'select(.event == $event) | [.. | strings] | join(" ")' "$EVENTS"; }

# start [JQ-FILTER…]: a container that only sleeps, through the runtime itself.
start() {
  make_bundle "$NODE/c" "$(args /bin/sleep 1000)" "$@"
  "$RUNTIME" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
}
stop() { "$RUNTIME" delete --force "$ID" >/dev/null 2>&1; }

# What exec's program says is in $NODE/out, its exit code in CODE, the shim's words in $NODE/err.
joined() {
  CODE=0
  rm -f "$EVENTS"
  "$R" exec "$ID" /bin/probe seccomp </dev/null >"$NODE/out" 2>"$NODE/err" || CODE=$?
}
is_told() { grep -q "\"event\":\"$1\"" "$EVENTS"; }

without_a_filter() {
  start
  joined
  is "without a filter: who joins has the fallback" "0 seccomp=2" "$CODE $(cat "$NODE/out")"
  check "$RUNTIME: without a filter: it is told to be installed" eventually 5 is_told installed
  contains "$RUNTIME: without a filter: and why" "runtime/default: config.json asks for no seccomp profile" \
    "$(told installed)"
  is "the event names the user" 0:0 "$(jq -r 'select(.stage == "gate exec") | .user' "$EVENTS")"
  is "the container itself stays as it is" 0 \
    "$(sed -n 's/^Seccomp:\t//p' "/proc/$("$RUNTIME" state "$ID" | jq .pid)/status")"
  write_policy <<<'{"version": 1, "seccomp": {"unset": "keep"}}'
  joined
  is "without a filter, which the policy keeps: who joins has none" "0 seccomp=0" "$CODE $(cat "$NODE/out")"
  write_policy <<<'{"version": 1, "seccomp": {"unset": "refuse"}}'
  joined
  is "without a filter, which the policy refuses: nobody joins" "3 " "$CODE $(cat "$NODE/out")"
  contains "$RUNTIME: and the sentence is about the exec" "exec into container 'other' is refused: config.json asks for" \
    "$(cat "$NODE/err")"
  remove_policy
  stop
}

without_no_new_privileges() {
  start '.process.noNewPrivileges = false'
  joined
  is "without a filter and no_new_privileges: who joins has the fallback" "0 seccomp=2" "$CODE $(cat "$NODE/out")"
  stop
}

above_the_floor() {
  start '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}'
  joined
  is "with a filter: who joins has it" "0 seccomp=2" "$CODE $(cat "$NODE/out")"
  write_policy <<<'{"version": 1, "seccomp": {"floor": "runtime-default"}}'
  joined
  is "with a filter above the floor: nobody joins" "3 " "$CODE $(cat "$NODE/out")"
  remove_policy
  stop
}

# What Bulkhead started it knows: the policy's later words are for what starts later.
of_known_origin() {
  make_bundle "$NODE/c" "$(args /bin/sleep 1000)"
  write_policy <<<'{"version": 1, "seccomp": {"unset": "keep"}}'
  "$R" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
  remove_policy
  joined
  is "Bulkhead started it without a filter: who joins has none" "0 seccomp=0" "$CODE $(cat "$NODE/out")"
  stop
}

all_of() {
  RUNTIME=$1
  R=$(link_shim "$RUNTIME")
  without_a_filter
  without_no_new_privileges
  above_the_floor
  of_known_origin
}

need_shim
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  all_of "$1"
  finish
fi
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
