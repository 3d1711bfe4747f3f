#!/usr/bin/env bash
# seccomp.loader: the gate installs the filter, the runtime is told of none, and nobody else sees a difference:
# not in what holds, not in config.json, not in exec. What was left by a start that was interrupted is put back.
# shellcheck disable=SC2016,SC2317  # jq programs; functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
RECORDS=/run/bulkhead/containers
ID=loaded
RUNTIME='' R='' CODE=0 OUT='' ERR=''

is() { same "$RUNTIME: $1" "$2" "$3"; }
says() { contains "$RUNTIME: $1" "$2" "$3"; }

fresh() { # LOADER
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  rm -rf /var/log/bulkhead/*
  write_policy <<<"{\"version\": 1, \"seccomp\": {\"loader\": \"$1\"}}"
}
# A profile that is not the fallback: it allows one call more.
ASKED=".linux.seccomp = $("$BUILD/bulkhead" default |
  jq -c '.syscalls += [{names: ["keyctl"], action: "SCMP_ACT_ALLOW"}]')"
LOOK=(/bin/probe seccomp no_new_privs unshare keyctl)
bundle() { make_bundle "$NODE/c" "$(args "${LOOK[@]}")" "$@"; }
sleeping() { make_bundle "$NODE/c" "$(args /bin/sleep 1000)" "$@"; }
kept() { cp "$NODE/c/config.json" "$NODE/kept.json"; }

run() { # [ID [WORD…]]
  CODE=0
  OUT=$("$R" run "${@:2}" --bundle "$NODE/c" "${1:-$ID}" </dev/null 2>"$NODE/err") || CODE=$?
  ERR=$(cat "$NODE/err")
}
# A container that goes on, until its program runs.
running() {
  rm -f "$RECORDS/$ID.json"
  "$R" run --detach --bundle "$NODE/c" --pid-file "$NODE/pid" "$ID" >"$NODE/stdout" 2>&1 </dev/null
  CODE=$?
  eventually 10 recorded
}
recorded() { grep -qE '"state":"(proved|installed)"' "$RECORDS/$ID.json"; }
told() { grep '"stage":"gate' "$EVENTS" 2>/dev/null | tail -n 1 | jq -r "$1"; }
# The event of the gate's is there some moments after the program began.
is_told() { eventually 5 grep -q '"stage":"gate' "$EVENTS"; is "$1" "$2" "$(told .event)"; }
loader() { grep '"stage":"gate' "$EVENTS" | tail -n 1 | jq -r '.reasons[] | select(.subject == "loader") | .sentence'; }
filters_of() { awk '$1 == "Seccomp_filters:" { print $2 }' "/proc/$1/status"; }
# What the runtime keeps for exec: its own word for the filter of the container.
known_to_runtime() {
  case $RUNTIME in
    runc) jq -r '.config.seccomp | type' "/run/runc/$ID/state.json" ;;
    crun) jq -r '.linux.seccomp | type' "/run/crun/$ID/config.json" ;;
  esac
}
whole() { # NAME
  check "$RUNTIME: $1: config.json is as it was" cmp "$NODE/kept.json" "$NODE/c/config.json"
  is "$1: nothing else is in the bundle" config.json "$(ls -A "$NODE/c")"
}
# What AppArmor adds is added under every loader.
settled() {
  R=$RUNTIME_SHIM run >/dev/null
  kept
}

# ---- the same, but for who did it -----------------------------------------------------------------------

starts() {
  local nnp by_runtime
  for nnp in true false; do
    fresh runtime
    bundle "$ASKED" ".process.noNewPrivileges = $nnp"
    run
    by_runtime=$OUT
    kept
    fresh gate
    run
    is "no_new_privileges $nnp: what the program sees is the same" "0 $by_runtime" "$CODE $OUT"
    is_told "no_new_privileges $nnp: the gate installed it" installed
    whole "no_new_privileges $nnp"
  done
}
# What a younger C library tries first has to be told that the call is not there: runc sees to that.
answers_what_is_newer() {
  local nnp loader plain
  for nnp in true false; do
    fresh runtime
    bundle "$ASKED | .linux.seccomp.defaultErrnoRet = 1 | $(args /bin/probe tomorrow)" ".process.noNewPrivileges = $nnp"
    plain=$("$RUNTIME" run --bundle "$NODE/c" "$ID" </dev/null 2>&1)
    for loader in runtime gate; do
      fresh "$loader"
      run
      is "no_new_privileges $nnp, loader $loader: a call newer than the profile is answered as without Bulkhead" "$plain" "$OUT"
    done
    sleeping "$ASKED | .linux.seccomp.defaultErrnoRet = 1" ".process.noNewPrivileges = $nnp"
    running
    is "no_new_privileges $nnp: in an exec, too" "$plain" "$("$R" exec "$ID" /bin/probe tomorrow 2>&1 </dev/null)"
    says "no_new_privileges $nnp: verify" holds "$("$BUILD/bulkhead" verify "$ID" 2>&1)"
  done
}
same_filter() {
  fresh gate
  sleeping "$ASKED"
  running
  is "one filter holds" 1 "$(filters_of "$(cat "$NODE/pid")")"
  is "and the runtime knows of none" null "$(known_to_runtime)"
  is "the record says who installed it" "installed gate same-program" \
    "$(jq -r '[.state, .seccomp_loader, .seccomp_proof] | join(" ")' "$RECORDS/$ID.json")"
  jq .linux.seccomp "$NODE/c/config.json" >"$NODE/profile.json"
  "$BUILD/bulkhead" diff "$NODE/profile.json" "$(cat "$NODE/pid")" >"$NODE/stdout" 2>&1
  is "it is the profile, for every call" 0 $?
  says "verify" holds "$("$BUILD/bulkhead" verify "$ID" 2>&1)"
  says "ps names the profile" config "$("$BUILD/bulkhead" ps 2>&1)"
}
crun_version() { crun --version | sed -n '1s/^crun version //p'; }
# As crun does from 1.14 on: "auto" then leaves the filter to it.
keeps_filters() { [ "$RUNTIME" = crun ] && [ "$(printf '1.14\n%s\n' "$(crun_version)" | sort -V | head -n 1)" = 1.14 ]; }
fallback() {
  fresh runtime
  bundle
  run
  kept
  fresh auto
  bundle
  run
  is "without a profile: the fallback holds" "0 2" "$CODE $(sed -n 's/^seccomp=//p' <<<"$OUT")"
  if keeps_filters; then
    left_to_runtime "without a profile" "crun $(crun_version) keeps compiled filters itself"
  else
    is_told "without a profile: the gate installed it" installed
  fi
  whole "without a profile, as with the runtime as loader"
}
joins() {
  fresh gate
  sleeping "$ASKED"
  running
  rm -f "$EVENTS"
  is "exec is under the container's filter" 'seccomp=2
no_new_privs=1
unshare=1
keyctl=0' "$("$R" exec "$ID" "${LOOK[@]}" 2>&1)"
  is_told "exec: the gate installed it" installed
  says "exec: the event says so" "holds no more than its container" "$(told .message)"
  lacks "$RUNTIME: exec: no warning" exec-unconfined "$(jq -r '.findings[]?.check' "$EVENTS")"
  jq '.process | .args = ["/bin/probe", "seccomp"] | .noNewPrivileges = false' "$NODE/c/config.json" \
    >"$NODE/process.json"
  is "exec by process.json" seccomp=2 "$("$R" exec --process "$NODE/process.json" "$ID" 2>&1)"
  is "exec is under one filter, as the init is" 1 "$("$R" exec "$ID" /bin/awk \
    '$1 == "Seccomp_filters:" { print $2 }' /proc/self/status 2>&1)"
  # Around the shim nobody installs it; that is what is given up.
  is "an exec around the shim has none" seccomp=0 "$("$RUNTIME" exec "$ID" /bin/probe seccomp 2>&1)"
}
# As an engine that joins the moment that start has returned; only the gate knows the filter.
joins_at_once() {
  local round unconfined=0
  fresh gate
  sleeping "$ASKED"
  for round in 1 2 3 4 5; do
    "$R" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
    [ "$("$R" exec "$ID" /bin/probe seccomp 2>>"$NODE/joined.err" </dev/null)" = seccomp=2 ] ||
      unconfined=$((unconfined + 1))
    "$R" delete --force "$ID"
  done
  is "five execs at once after the start: each is confined, and runs" 0 "$unconfined"
  diagnose "$(cat "$NODE/joined.err")"
  "$R" create --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
  says "exec before the start: refused" "the container's program has not begun" \
    "$("$R" exec "$ID" /bin/true 2>&1 </dev/null)"
  "$R" delete --force "$ID"
}
# Each asks the container's init what it holds, and one at a time can.
joins_together() {
  local number most=16
  fresh gate
  sleeping "$ASKED"
  "$R" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
  rm -f "$NODE"/together.*
  for ((number = 0; number < most; number++)); do
    "$R" exec "$ID" /bin/probe seccomp >"$NODE/together.$number" 2>>"$NODE/together.err" </dev/null &
  done
  wait
  is "$most execs at the same moment: each runs confined" $most "$(grep -lx seccomp=2 "$NODE"/together.* | wc -l)"
  diagnose "$(cat "$NODE/together.err")"
  "$R" delete --force "$ID"
}
again() {
  local round
  fresh gate
  bundle "$ASKED"
  settled
  for round in one two; do
    run "$ID-$round"
    is "the same bundle again, $round: starts" "0 2" "$CODE $(sed -n 's/^seccomp=//p' <<<"$OUT")"
    whole "the same bundle again, $round"
  done
}
at_once() {
  local count pids=()
  fresh gate
  bundle "$ASKED" 'del(.linux.cgroupsPath)'  # each has one of its own
  settled
  rm -f "$EVENTS"
  for count in 1 2 3 4 5 6; do
    "$R" run --bundle "$NODE/c" "$ID-$count" >"$NODE/once.$count" 2>&1 </dev/null &
    pids+=($!)
  done
  wait "${pids[@]}"
  is "six starts of one bundle at once: each is confined" 6 "$(grep -l '^seccomp=2' "$NODE"/once.? | wc -l)"
  eventually 5 eval '[ "$(grep -c "\"stage\":\"gate" "$EVENTS")" = 6 ]'
  is "six at once: the gate installed each" 6 "$(grep -c '"event":"installed"' "$EVENTS")"
  whole "six at once"
}
in_a_user_namespace() {
  fresh gate
  bundle "$ASKED" '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  run
  is "in a user namespace of its own: starts" "0 2" "$CODE $(sed -n 's/^seccomp=//p' <<<"$OUT")"
  is_told "in a user namespace of its own: the gate installed it" installed
}
another_file() {
  [ "$RUNTIME" = crun ] || return 0
  fresh gate
  bundle "$ASKED"
  mkdir -p "$NODE/elsewhere"
  mv "$NODE/c/config.json" "$NODE/elsewhere/other.json"
  run "$ID" --config "$NODE/elsewhere/other.json"
  is "crun's --config: starts" "0 2" "$CODE $(sed -n 's/^seccomp=//p' <<<"$OUT")"
  is_told "crun's --config: the gate installed it" installed
  is "crun's --config: the file is whole" object "$(jq -r '.linux.seccomp | type' "$NODE/elsewhere/other.json")"
  is "crun's --config: it is alone" other.json "$(ls -A "$NODE/elsewhere")"
}
hooks_see_the_whole() {
  fresh gate
  bundle "$ASKED" ".hooks.createRuntime = [{path: \"/bin/sh\",
    args: [\"sh\", \"-c\", \"cat >/dev/null; cp $NODE/c/config.json $NODE/seen.json\"]}]"
  settled
  rm -f "$NODE/seen.json"
  run
  is "a createRuntime hook: starts" 0 "$CODE"
  check "$RUNTIME: a createRuntime hook reads the whole config.json" cmp "$NODE/kept.json" "$NODE/seen.json"
}

# ---- left to the runtime --------------------------------------------------------------------------------

left_to_runtime() { # NAME SENTENCE
  is "$1: starts" "0 2" "$CODE $(sed -n 's/^seccomp=//p' <<<"$OUT")"
  is_told "$1: proved" proved
  is "$1: the event says why" "the runtime installs the filter: $2" "$(loader)"
}
hooks_inside() {
  local stage
  for stage in createContainer startContainer; do
    fresh gate
    bundle "$ASKED" ".hooks.$stage = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"cat >/dev/null\"]}]"
    run
    left_to_runtime "a $stage hook" "hooks inside the container would run under the filter"
  done
}
cannot_write() {
  fresh gate
  bundle "$ASKED"
  settled
  rm -f "$EVENTS"
  mount --bind "$NODE/c" "$NODE/c" && mount -o remount,bind,ro "$NODE/c"
  run
  umount "$NODE/c"
  is "a bundle that cannot be written: starts" "0 2" "$CODE $(sed -n 's/^seccomp=//p' <<<"$OUT")"
  is_told "a bundle that cannot be written: proved" proved
  says "a bundle that cannot be written: the event says why" "Read-only file system" "$(loader)"
}

# ---- what goes wrong --------------------------------------------------------------------------------------

fails() {
  fresh gate
  bundle "$ASKED" "$(args /bin/missing)"
  settled
  run
  check "$RUNTIME: a program that is not there fails" test "$CODE" != 0
  whole "a start that failed"
  bundle "$ASKED" '.root.path = "/nowhere"'
  settled
  run
  check "$RUNTIME: a root that is not there fails" test "$CODE" != 0
  whole "a runtime that failed"
  write_failing
  write_policy <<<"{\"version\": 1, \"seccomp\": {\"loader\": \"gate\"}, \"runtimes\": [\"$NODE/failing\"]}"
  R=$SHIM run
  is "a runtime that begins nothing: its exit code" 7 "$CODE"
  whole "a runtime that begins nothing"
  is "a runtime that begins nothing: it read no filter" null "$(cat "$NODE/read")"
}
# Its caller finds config.json whole the moment that it ends.
write_failing() {
  cat >"$NODE/failing" <<EOF
#!/bin/sh
case " \$* " in *" run "*) jq -r '.linux.seccomp | type' $NODE/c/config.json >$NODE/read; exit 7 ;; esac
exec $RUNTIME "\$@"
EOF
  chmod 755 "$NODE/failing"
}
# A runtime that takes its time before it reads config.json.
write_slow() {
  cat >"$NODE/slow" <<EOF
#!/bin/sh
case " \$* " in *" run "*) touch $NODE/reading; sleep 100 ;; esac
exec $RUNTIME "\$@"
EOF
  chmod 755 "$NODE/slow"
}
gate() { grep -lx bulkhead-gate /proc/[0-9]*/comm 2>/dev/null | head -n 1 | cut -d/ -f3; }
interrupt() {
  local starting
  write_slow
  write_policy <<<"{\"version\": 1, \"seccomp\": {\"loader\": \"gate\"}, \"runtimes\": [\"$NODE/slow\"]}"
  rm -f "$NODE/reading"
  "$SHIM" run --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null &
  starting=$!
  disown "$starting"
  eventually 10 test -e "$NODE/reading"
  kill -KILL "$(gate)"
  eventually 10 eval "! kill -0 $starting"
  fresh gate
}
interrupted() {
  bundle "$ASKED"
  settled
  interrupt
  is "killed before the runtime has read config.json: it stands in" null \
    "$(jq -r '.linux.seccomp | type' "$NODE/c/config.json")"
  says "check says so" seccomp-taken-out "$("$BUILD/bulkhead" check "$NODE/c" 2>&1)"
  run
  is "the next start is confined by the profile" "0 2" "$CODE $(sed -n 's/^seccomp=//p' <<<"$OUT")"
  whole "after an interrupted start"
  interrupt
  fresh runtime
  run
  is "also where the policy has the runtime load by now" "0 2" "$CODE $(sed -n 's/^seccomp=//p' <<<"$OUT")"
  whole "after an interrupted start and a change of the policy"
}
# What the annotation says is nothing: the file beside it counts.
not_put_back() {
  bundle "$ASKED"
  settled
  interrupt
  rm "$NODE"/c/.config.json.*.whole
  run
  is "without the whole document: refused" 3 "$CODE"
  says "without the whole document: stderr says what that is" \
    "this config.json stands in for another one, which has the seccomp profile and is not beside it" "$ERR"
  says "without the whole document: and what to do" "have the engine write config.json anew" "$ERR"
  jq '.annotations["x"] = "y"' "$NODE/c/config.json" >"$NODE/changed.json"
  bundle "$ASKED"
  settled
  interrupt
  cp "$NODE/changed.json" "$NODE/c/config.json"
  run
  is "a stand-in that somebody changed: refused" 3 "$CODE"
  check "$RUNTIME: a stand-in that somebody changed: and kept" cmp "$NODE/changed.json" "$NODE/c/config.json"
  kept
  bundle "$ASKED"
  interrupt
  bundle "$ASKED"
  settled
  run
  is "a config.json that the engine wrote anew counts" "0 2" "$CODE $(sed -n 's/^seccomp=//p' <<<"$OUT")"
}

# ------------------------------------------------------------------------------------------------------------

all_of() {
  starts
  answers_what_is_newer
  same_filter
  fallback
  joins
  joins_at_once
  joins_together
  again
  at_once
  in_a_user_namespace
  another_file
  hooks_see_the_whole
  hooks_inside
  cannot_write
  fails
  interrupted
  not_put_back
}

need_shim
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  RUNTIME=$1
  RUNTIME_SHIM=$(link_shim "$RUNTIME") R=$RUNTIME_SHIM
  if [ $# = 1 ]; then all_of; else "${@:2}"; fi
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  finish
fi
if [ $# -gt 0 ]; then  # RUNTIME FUNCTION: for work on this script
  again_in_view "$1" "$@"
  finish
fi
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
