#!/usr/bin/env bash
# What the hook makes of the state that a runtime gives it: which document is the container's, whether its program
# is still to begin, and whether it has ended. With the hook alone, as an engine with a hooks.d has it.
# shellcheck disable=SC2016,SC2317  # text for other shells; functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
RUNTIME='' ID=state CODE=0 SAID=''
RECORD=/run/bulkhead/containers/$ID.json

is() { same "$RUNTIME: $1" "$2" "$3"; }
entry() { # STAGE
  printf '.hooks["%s"] += [{path: "%s", args: ["bulkhead-hook", "%s"]}]' "$1" "$HOOK" "$1"
}
run() { # DIRECTORY WORD…
  local bundle=$1
  shift
  rm -f "$EVENTS"
  CODE=0
  SAID=$(cd "$bundle" && timeout 30 "$RUNTIME" run "$@" "$ID" 2>&1 </dev/null) || CODE=$?
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
}
told() { jq -r 'select(.event == "refused") | .message' "$EVENTS"; }

# ---- status --------------------------------------------------------------------------------------------

# hook STAGE STATUS: the hook, with a state of this status; its exit code in CODE, its words in SAID.
hook() {
  CODE=0
  SAID=$("$HOOK" "$1" 2>&1 <<<"{\"id\": \"$ID\", \"pid\": $$, \"bundle\": \"/\", \"status\": \"$2\"}") || CODE=$?
}

status_is_minded() {
  local status
  for status in running stopped; do
    hook createRuntime "$status"
    same "createRuntime of a container that is $status is refused" 4 "$CODE"
    contains "and says that its program has begun" "has the status '$status', so that nothing can be proved" "$SAID"
  done
  mkdir -p "$(dirname "$RECORD")"
  jq -n --arg id "$ID" --argjson pid $$ --argjson start "$(awk '{ print $22 }' /proc/$$/stat)" '{version: 1, id: $id, engine: "unknown", sandbox: false, privileged: false, state: "proved",
    time: "2026-01-01T00:00:00.000Z", created: "2026-01-01T00:00:00.000Z", source: "gate", bundle: "/", pid: $pid,
    start_time: $start, gate_pid: 0, no_new_privileges: true, reasons: []}' >"$RECORD"
  hook poststop running
  same "poststop of a container that runs fails nothing" 0 "$CODE"
  contains "and says that the record stays" "the record of container '$ID' stays" "$SAID"
  check "and it does" test -e "$RECORD"
  hook poststop stopped
  check "poststop of one that has stopped removes it" test ! -e "$RECORD"
  SAID=$("$HOOK" poststop 2>&1 <<<'no JSON') && CODE=0 || CODE=$?
  same "poststop with a state that cannot be read fails nothing, and says it" "0 stdin" \
    "$CODE $(grep -o stdin <<<"$SAID" | head -n 1)"
}

# ---- the user's own hooks at poststop ---------------------------------------------------------------------

fails() { jq -nr --arg text "cat >/dev/null; touch $1; exit 3" \
  '".hooks.poststop += [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \($text | tojson)]}]"'; }

no_record_of_a_process() {
  local pid
  [ -e "$RECORD" ] || return 0
  pid=$(jq .pid "$RECORD")
  [ ! -e "/proc/$pid" ]
}
other_bundle() {
  make_bundle "$NODE/other" "$(args /bin/true)" "$(entry createRuntime)" "$(entry poststop)"
  echo "$NODE/other"
}

# With the hook alone runc calls none behind one that failed: the record is then one of a process that is gone.
poststop_that_fails() {
  local before=$1 after=$2 name=$3
  rm -f "$NODE/ran"
  make_bundle "$NODE/c" "$(args /bin/true)" "$(entry createRuntime)" "$before" "$after"
  run "$NODE/c"
  is "$name: the container ran" 0 "$CODE"
  check "$RUNTIME: $name: the user's hook ran" test -e "$NODE/ran"
  check "$RUNTIME: $name: no record of it says that it runs" no_record_of_a_process
  "$RUNTIME" run --bundle "$(other_bundle)" other >/dev/null 2>&1 </dev/null
  check "$RUNTIME: $name: the next start leaves none at all" eventually 5 test ! -e "$RECORD"
}
poststop_hooks() {
  local user
  user=$(fails "$NODE/ran")
  poststop_that_fails "$user" "$(entry poststop)" "a failing poststop hook in front of ours"
  poststop_that_fails "$(entry poststop)" "$user" "a failing poststop hook behind ours"
}

# ---- crun's bundle -----------------------------------------------------------------------------------------

# The device makes crun go through the container's mounts; its state then names "/".
USERNS='.linux.namespaces += [{type: "user"}]
  | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings
  | .linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438, uid: 0, gid: 0}]'

a_bundle_that_is_none() {
  local seen=$NODE/state-of-crun
  make_bundle "$NODE/c" "$(args /bin/probe seccomp)" "$USERNS" \
    "$(jq -nr --arg text "cat >$seen" '".hooks.createRuntime = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \($text | tojson)]}]"')"
  run "$NODE/c" --bundle "$NODE/c"
  if [ "$CODE" != 0 ]; then
    skip "crun: a container with a user namespace and a device" "it does not start here: $SAID"
    return
  fi
  make_bundle "$NODE/c" "$(args /bin/probe seccomp)" "$USERNS" "$(entry createRuntime)"
  run "$NODE/c" --bundle "$NODE/c"
  is "the state names $(jq -r .bundle "$seen"): the bundle of the command line is judged" "0 seccomp=2" "$CODE $SAID"
  [ "$(jq -r .bundle "$seen")" = / ] || return 0
  run "$NODE/c"
  check "crun: without --bundle nothing tells: does not start" test "$CODE" != 0
  contains "crun: and the event says what this is" "the runtime's command line names none" "$(told)"
}

# ---- crun without linux -------------------------------------------------------------------------------------

without_linux() {
  local plain
  make_bundle "$NODE/c" "$(args /bin/true)" 'del(.linux)'
  run "$NODE/c"
  plain=$CODE
  check "crun: config.json without linux is refused by crun" test "$plain" != 0
  RUNTIME=$(link_shim crun) run "$NODE/c"
  check "crun: and it stays refused behind the shim" test "$CODE" != 0
}

all_of() {
  RUNTIME=$1
  poststop_hooks
  [ "$RUNTIME" = crun ] || return 0
  a_bundle_that_is_none
  without_linux
}

mkdir -p "$NODE/hook"
cp "$BUILD/bulkhead-hook" "$NODE/hook/"
export HOOK=$NODE/hook/bulkhead-hook
need_shim
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  all_of "$1"
  finish
fi
status_is_minded
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
