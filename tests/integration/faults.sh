#!/usr/bin/env bash
# A held container that faults or is signalled before its program begins ends as it ends without Bulkhead, at once:
# a traced first process of a pid namespace does not die of a signal that the kernel forces on it, and would fault
# for ever.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
RUNTIME=''
# shellcheck source=helpers/endings.sh
. "$ROOT/tests/integration/helpers/endings.sh"

# With execveat, which no runtime here calls: nobody can be certain that nothing starts, so the runtime is let try.
profile() {
  printf '.linux.seccomp = {defaultAction: "%s", architectures: ["%s"], syscalls: [%s]}' "$1" "$SCMP_NATIVE" \
    '{names: ["execveat"], action: "SCMP_ACT_ALLOW"}'
}
waits() { args /bin/sleep 0.1; }

stop_and_go_on() { kill -STOP "$1" && sleep 0.05 && kill -CONT "$1"; }
kill_for_good() { kill -KILL "$1" && until grep -q '^State:.Z' "/proc/$1/status"; do sleep 0.01; done; }
# A function cannot be executed by the helper that has the container's number.
by_bash() { # FUNCTION
  export -f "${1?}"
  printf '%s\n' '#!/bin/bash' "$(declare -f "$1")" "$1 \"\$1\"" >"$NODE/bin/$1"
  chmod 755 "$NODE/bin/$1"
}

all_kinds() {
  local signal action
  TOLD=ended
  ends_as_plain "a program that cannot be mapped (SIGSEGV)" "$(args /bin/bad)" run_it
  for action in ERRNO TRAP KILL_PROCESS; do
    ends_as_plain "a profile that answers the runtime's calls by $action" "$(profile "SCMP_ACT_$action")" run_it
  done
  for signal in SEGV BUS ILL FPE TRAP; do
    ends_as_plain "the first process faults (SIG$signal)" "$(waits)" create_then "$(helper fault_at)" "$signal"
  done
  ends_as_plain "SIGKILL" "$(waits)" create_then "$NODE/bin/kill_for_good"
  TOLD=''
  ends_as_plain "SIGTERM" "$(waits)" create_then kill -TERM
  ends_as_plain "SIGSEGV that somebody sends" "$(waits)" create_then kill -SEGV
  ends_as_plain "SIGSTOP and SIGCONT" "$(waits)" create_then "$NODE/bin/stop_and_go_on"
}

# Without a gate runc waits for ever for its thread.
killed_thread() {
  local door name
  bundles "$(profile SCMP_ACT_KILL)"
  for door in "${DOORS[@]}"; do
    name="$RUNTIME, $door: a profile that kills a thread of the runtime, no_new_privileges $NNP"
    through "$door" run_it
    check "$name: ends at once" test "$TOOK_MS" -lt 5000
    check "$name: the event" eventually 4 is_told ended
    contains "$name: the event names the signal" "signal 31 (SIGSYS) ended the container" \
      "$(jq -r 'select(.event == "ended").message' "$EVENTS")"
    lacks "$name: is no success" "run 0" "$ENDED"
    what_is_left "$name"
  done
}

# What the event and the container's own stderr say.
sentences() {
  local door
  NNP=true
  bundles "$(args /bin/bad)"
  through shim run_it
  eventually 5 is_told ended
  contains "$RUNTIME: the event names signal, file and cause" \
    "signal 11 (SIGSEGV) ended the container before its program ran: '/bin/bad', or the loader that it names, cannot be mapped" \
    "$(jq -r 'select(.event == "ended").message' "$EVENTS")"
  contains "$RUNTIME: the container's stderr says it, too" "bulkhead: signal 11 (SIGSEGV)" "$(<"$NODE/said")"
  bundles "$(args /bin/bad) | .process.rlimits = [{type: \"RLIMIT_DATA\", soft: 500000000, hard: 500000000}]"
  through shim run_it
  eventually 5 is_told ended
  contains "$RUNTIME: a limit that may be too low is named" "RLIMIT_DATA (500000000 bytes)" \
    "$(jq -r 'select(.event == "ended").message' "$EVENTS")"
  bundles "$(waits)"
  for door in shim hook; do
    through "$door" create_then "$NODE/bin/kill_for_good"
    eventually 5 is_told ended
    contains "$RUNTIME, $door: of a container that was killed the event says so" \
      "before any program of it was executed: signal 9 (SIGKILL) ended it, which somebody sent, or the kernel" \
      "$(jq -r 'select(.event == "ended").message' "$EVENTS")"
  done
  bundles "$(profile SCMP_ACT_ERRNO)"
  through shim run_it
  eventually 5 is_told ended
  contains "$RUNTIME: the calls that the runtime needs are named" \
    "the seccomp profile is probably why: $RUNTIME cannot start the container: once the filter is loaded it needs " \
    "$(jq -r 'select(.event == "ended").message' "$EVENTS")"
}
exec_code() { # RUNTIME
  local code=0
  timeout --signal=KILL 15 "$1" exec "$ID" /bin/bad >/dev/null 2>&1 </dev/null || code=$?
  echo "$code"
}
a_fault_of_an_exec() {
  local runtime=$NODE/bin/bulkhead-$RUNTIME plain
  bundles "$(args /bin/sleep 100)"
  "$runtime" run --detach --bundle "$NODE/shim" "$ID" >/dev/null 2>&1 </dev/null
  plain=$(exec_code "$RUNTIME")
  rm -f "$EVENTS"
  same "$RUNTIME: an exec that faults ends as without Bulkhead" "$plain" "$(exec_code "$runtime")"
  same "$RUNTIME: and the container goes on" running "$("$RUNTIME" state "$ID" | jq -r .status)"
  eventually 5 is_told ended
  contains "$RUNTIME: of an exec, the process has ended" "ended the process before its program ran" \
    "$(jq -r 'select(.event == "ended").message' "$EVENTS")"
  "$RUNTIME" delete --force "$ID"
}

all_of() {
  ln -sf "$SHIM" "$NODE/bin/bulkhead-$RUNTIME"
  for NNP in true false; do
    all_kinds
    killed_thread
  done
  sentences
  a_fault_of_an_exec
}

need_shim
need_hook
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  RUNTIME=$1
  all_of
  finish
fi
make_rootfs
make_bad_elf "$NODE/rootfs/bin/bad"
by_bash stop_and_go_on && by_bash kill_for_good
helper ending >/dev/null && helper fault_at >/dev/null
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
