#!/usr/bin/env bash
# Small profiles that were answered wrongly once, started for real through each door: what stock runtimes start,
# starts proved; what they would apply otherwise than it reads is refused by name.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
RUNTIME='' DOOR='' CODE=0 SAID=''

is() { same "$RUNTIME, $DOOR: $1" "$2" "$3"; }
says() { contains "$RUNTIME, $DOOR: $1" "$2" "$3"; }

hooks() {
  printf '.hooks.createRuntime += [{path: "%s", args: ["bulkhead-hook", "createRuntime"]}]' "$HOOK"
}

# run PROGRAM JQ-FILTER: a container with the node's profile, changed by the filter (`.` is linux.seccomp).
run() {
  local door=.
  [ "$DOOR" != hook ] || door=$(hooks)
  rm -f "$EVENTS"
  make_bundle "$NODE/c" ".linux.seccomp = $(jq -c "$2" "$(data_profile node-profile)")" \
    "$(args /bin/probe "$1")" "$door"
  CODE=0
  SAID=$(timeout 20 "$(words)" run --bundle "$NODE/c" cases 2>&1 </dev/null) || CODE=$?
  "$RUNTIME" delete --force cases >/dev/null 2>&1
}
words() { if [ "$DOOR" = shim ]; then echo "$NODE/bin/bulkhead-$RUNTIME"; else echo "$RUNTIME"; fi; }
# Which runtime calls it a hook does not know, and names each.
all_findings() { jq -r --arg check "$1" '.findings[]? | select(.check == $check) | .message' "$EVENTS"; }
finding() { all_findings "$1" | head -n 1; }
is_proved() { grep -q '"event":"proved"' "$EVENTS"; }

starts() { # NAME JQ-FILTER
  run seccomp "$2"
  is "$1: starts confined" "0 seccomp=2" "$CODE $SAID"
  check "$RUNTIME, $DOOR: $1: proved" eventually 5 is_proved
}
# crun shows of a failing hook nothing but its exit code; the event has the sentence at every door. A runtime that
# refuses the profile itself calls no hook.
refused() { # NAME SENTENCE JQ-FILTER RUNTIME-THAT-REFUSES-IT
  run seccomp "$3"
  check "$RUNTIME, $DOOR: $1: does not start" test "$CODE" != 0
  [ "$DOOR $RUNTIME" != "hook $4" ] || return 0
  says "$1: says why" "$2" "$(jq -r 'select(.event == "refused") | .message' "$EVENTS")"
}

a_call_that_libseccomp_does_not_know() {
  starts "a rule that allows mseal" '.syscalls += [{names: ["mseal"], action: "SCMP_ACT_ALLOW"}]'
}
a_rule_with_no_names() {
  starts "a rule with no names" '.syscalls += [{names: [], action: "SCMP_ACT_ALLOW"}]'
  is "a rule with no names: is told" "the rule names no system call, so it does nothing" "$(finding rule-without-names)"
}
the_old_key() {
  refused "Docker's old key 'name'" "has the key 'name' of Docker's old form" \
    '.syscalls += [{name: "chmod", action: "SCMP_ACT_ERRNO"}]' crun
}
an_architecture_of_another_machine() {
  refused "SCMP_ARCH_LOONGARCH64" "Bulkhead does not know it, nor do runc 1.1 and crun 1.8" \
    '.architectures = ["'"$SCMP_NATIVE"'", "SCMP_ARCH_LOONGARCH64"]' runc
}
only_one_architecture() { starts "one architecture alone" '.architectures = ["'"$SCMP_NATIVE"'"]'; }
two_values_of_one_argument() {
  starts "two values of one argument" '.syscalls += [{names: ["personality"], action: "SCMP_ACT_ALLOW", args: [
    {index: 0, value: 262144, op: "SCMP_CMP_EQ"}, {index: 0, value: 4194304, op: "SCMP_CMP_EQ"}]}]'
}

# The runtime cannot start under it: no second is spent on that, and the event has the calls that it needs.
what_the_runtime_needs_is_denied() {
  local began=$SECONDS
  run seccomp '{defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["read", "write"], action: "SCMP_ACT_ALLOW"}]}'
  check "$RUNTIME, $DOOR: what the runtime needs is denied: does not start" test "$CODE" != 0
  check "$RUNTIME, $DOOR: what the runtime needs is denied: ends by itself" test "$CODE" != 124
  check "$RUNTIME, $DOOR: what the runtime needs is denied: at once" test $((SECONDS - began)) -lt 10
  says "what the runtime needs is denied: the calls are told" \
    "$RUNTIME cannot start the container: once the filter is loaded it needs" "$(all_findings denies-runtime-needs)"
  says "what the runtime needs is denied: execve among them" execve "$(finding denies-runtime-needs)"
  says "what no program can do without is told as well" "even a static musl program needs arch_prctl" \
    "$(finding denies-program-needs)"
  local first=warning:
  [ "$RUNTIME" != runc ] || first="is not started:"
  [ "$DOOR" = hook ] || says "what the runtime needs is denied: stderr says so first" \
    "$first $RUNTIME cannot start the container" "$(head -n 1 <<<"$SAID")"
}

# Behind the shim runc is not asked: its `create` would succeed before it loads the filter. That nothing starts indeed,
# the hook shows, which leaves it to the runtime.
nothing_can_be_executed() { # NAMES REFUSED-BY-THE-SHIM
  local refused=0
  run seccomp "{defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [$1], action: \"SCMP_ACT_ERRNO\"}]}"
  check "$RUNTIME, $DOOR: $1 denied: does not start" test "$CODE" != 0
  says "$1 denied: the event says so" "$RUNTIME cannot start the container: once the filter is loaded it needs execve" \
    "$(all_findings denies-runtime-needs)"
  [ "$RUNTIME $DOOR" != "runc shim" ] || refused=$2
  is "$1 denied: is refused behind the shim with runc, where it is certain" "$refused" "$(grep -c '"event":"refused"' "$EVENTS")"
}
neither_way_to_execute() { nothing_can_be_executed '"execve", "execveat"' 1; }
one_way_to_execute() { nothing_can_be_executed '"execve"' 0; }

all_of() {
  local name
  RUNTIME=$1
  link_shim "$RUNTIME" >/dev/null
  for DOOR in shim hook; do
    for name in a_call_that_libseccomp_does_not_know a_rule_with_no_names the_old_key \
      an_architecture_of_another_machine only_one_architecture two_values_of_one_argument \
      what_the_runtime_needs_is_denied neither_way_to_execute one_way_to_execute; do "$name"; done
  done
}

need_shim
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  HOOK=$NODE/hook/bulkhead-hook
  all_of "$1"
  finish
fi
# Not beside the shim, which would write it into config.json.
mkdir -p "$NODE/hook"
cp "$BUILD/bulkhead-hook" "$NODE/hook/"
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
