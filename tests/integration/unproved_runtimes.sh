#!/usr/bin/env bash
# Runtimes that execute no container's program where the kernel could be asked, as gVisor's: the gate
# lets none of them pass unnoticed, unless the policy trusts them and says why. The runtimes here only
# behave so; a container of theirs is a mark in a file.
#
# Environment: RUNSC, a runsc to try as well (default: that of this machine, where there is one).
# shellcheck disable=SC2016,SC2317  # scripts that are written; functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

ID=unproved EVENTS=/var/log/bulkhead/events.jsonl MARK=$NODE/mark CODE=0

# runtime NAME COMMAND…: a runtime that does this for `run` and `exec`, and knows nothing else.
runtime() {
  local path=$NODE/bin/$1
  shift
  printf '#!/bin/sh\ncase $1 in run | exec) %s ;; *) exit 1 ;; esac\n' "$*" >"$path"
  chmod +x "$path"
}

# policy_of NAME TRUSTED…: NAME is the node's runtime, and these are trusted unproved.
policy_of() {
  local trusted
  trusted=$(jq -cn '[$ARGS.positional[] | {runtime: ., because: "its kernel is its own"}]' --args "${@:2}")
  write_policy <<<"{\"version\": 1, \"runtimes\": [\"$NODE/bin/$1\"], \"runtimes_trusted_unproved\": $trusted}"
}

# shim WORD…: what the shim says, in SAID.
shim() {
  CODE=0
  rm -f "$MARK" "$EVENTS"
  SAID=$("$SHIM" "$@" 2>&1 </dev/null) || CODE=$?
}
run() {
  make_bundle "$NODE/c" "$(args /bin/true)"
  shim run --bundle "$NODE/c" "$ID"
}
# told EVENT: what the first event of that name says.
told() {
  eventually 5 grep -q "\"event\":\"$1\"" "$EVENTS"
  jq -r --arg event "$1" 'select(.event == $event) | [.. | strings] | join(" ")' "$EVENTS"
}
gate_events() { grep -c '"stage":"gate' "$EVENTS"; }

runtime_that_executes_nothing() {
  runtime silent "echo ran >$MARK"
  policy_of silent
  run
  contains "a runtime that shows no program leaves the event 'ended'" \
    "the container ended before any program of it was executed" "$(told ended)"
}

sandbox_of_the_runtimes_own() {
  runtime sandbox "unshare --mount --uts --fork /bin/sh -c 'echo ran >$MARK'"
  policy_of sandbox
  run
  contains "a sandbox that has not the planned filter is killed" "was killed before its program ran" \
    "$(told proof-failed)"
  check "nothing of it ran" test ! -e "$MARK"
}

trusted_by_name_and_by_path() {
  local entry
  for entry in sandbox "$NODE/bin/sandbox"; do
    policy_of sandbox "$entry"
    run
    same "$entry is trusted: its container runs" "0 ran" "$CODE $(cat "$MARK")"
    contains "$entry: the event says that it is unproved" \
      "unproved: the node's owner trusts the runtime (runtimes_trusted_unproved = '$entry'" "$(told changed)"
    contains "$entry: and why" "its kernel is its own" "$(told changed)"
    same "$entry: nothing is claimed by a gate" 0 "$(gate_events)"
    same "$entry: what the runtime reads has the policy's filter" SCMP_ACT_ERRNO \
      "$(jq -r .linux.seccomp.defaultAction "$NODE/c/config.json")"
  done
  shim exec "$ID" /bin/true
  same "a process joins unproved, too" "0 ran" "$CODE $(cat "$MARK")"
  contains "and its event says so" "unproved: the node's owner trusts the runtime" "$(told admitted)$(told changed)"
}

trust_in_another() {
  policy_of sandbox silent /opt/sandbox
  run
  contains "trust in another runtime helps nobody" "was killed before its program ran" "$(told proof-failed)"
  check "nothing of it ran" test ! -e "$MARK"
}

# A runtime whose container sleeps, and which says in the pid file that it is asked for which process that is.
listed_as_unproved() {
  local record=/run/bulkhead/containers/$ID.json
  runtime telling 'for word; do case $word in --pid-file=*) file=${word#*=} ;; esac; done
    unshare --mount --uts sleep 1000 >/dev/null 2>&1 & echo $! >"$file"'
  policy_of telling telling
  echo 1 >"$NODE/pid"  # of an earlier start
  rm -f "$record"
  make_bundle "$NODE/c" "$(args /bin/true)"
  shim run --bundle "$NODE/c" --pid-file "$NODE/pid" "$ID"
  check "where the engine asks for a pid file the container has a record" eventually 5 test -s "$record"
  same "unproved, of that process" "unproved $(cat "$NODE/pid")" "$(jq -r '"\(.state) \(.pid)"' "$record")"
  contains "ps lists it as unproved" unproved "$("$BUILD/bulkhead" ps | grep "^$ID ")"
  contains "and says why" "its kernel is its own" "$("$BUILD/bulkhead" ps --reasons)"
  kill "$(cat "$NODE/pid")"
  run
  rm -f "$record" "$NODE/pid"
  runtime silent "echo ran >$MARK"
  policy_of silent silent
  shim run --bundle "$NODE/c" --pid-file "$NODE/pid" "$ID"
  sleep 0.5
  check "a runtime that names no process leaves no record" test ! -e "$record"
  check "and nobody waits for one any more" eventually 5 no_follower
}
no_follower() { ! grep -lx bulkhead-gate /proc/[0-9]*/comm >/dev/null 2>&1; }

refused_all_the_same() {
  policy_of sandbox sandbox
  jq '. + {seccomp: {unset: "refuse"}}' /etc/bulkhead/policy.json >"$NODE/policy" && write_policy <"$NODE/policy"
  run
  same "what the policy refuses is refused for a trusted runtime" 3 "$CODE"
  check "nothing of it ran" test ! -e "$MARK"
}

# gVisor itself: a sandbox and a gofer of its own, in namespaces of their own.
real_runsc() {
  local runsc=${RUNSC:-$(command -v runsc)}
  [ -n "$runsc" ] || { skip "gVisor itself" "runsc is not installed"; return; }
  printf '#!/bin/sh\nexec %s --network=none "$@"\n' "$runsc" >"$NODE/bin/runsc"
  chmod +x "$NODE/bin/runsc"
  make_bundle "$NODE/c" "$(args /bin/echo alive)"
  policy_of runsc
  shim run --bundle "$NODE/c" "$ID"
  check "runsc is not let through" [ "$CODE" != 0 ]
  contains "its event says that nothing of it ran" "was killed before its program ran" "$(told proof-failed)"
  policy_of runsc "$NODE/bin/runsc"
  shim run --bundle "$NODE/c" "$ID-trusted"
  same "runsc runs where the policy trusts it" "0 alive" "$CODE $SAID"
  contains "and its event says that it is unproved" "unproved: the node's owner trusts the runtime" "$(told admitted)"
}

need_shim
runtime_that_executes_nothing
sandbox_of_the_runtimes_own
trusted_by_name_and_by_path
trust_in_another
listed_as_unproved
refused_all_the_same
real_runsc
finish
