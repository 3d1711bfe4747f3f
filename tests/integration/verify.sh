#!/usr/bin/env bash
# `bulkhead verify --all` on a node where some processes cannot be looked at: each is told with its true cause,
# and none holds up the others. Real containers, through the shim.
# shellcheck disable=SC2317,SC2016  # functions called by name; text for other shells
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
need_shim
install_program bulkhead
BULKHEAD=$NODE/bin/bulkhead
if ! "$BULKHEAD" verify --all >"$NODE/out" 2>&1; then
  skip "bulkhead verify" "filters cannot be read back here: $(head -n 1 "$NODE/out")"
  finish
fi

make_rootfs
cp "$(helper stuck -pthread)" "$NODE/rootfs/bin/stuck"
RUNTIME=$(runtimes | tail -n 1)
SHIM_OF=$(link_shim "$RUNTIME")

# container VERB ID PROGRAM…: creates or runs it through the shim; its pid is in NODE/ID.pid.
container() {
  local verb=$1 id=$2 detach=()
  shift 2
  [ "$verb" = run ] && detach=(--detach)
  make_bundle "$NODE/$id" "$(args "$@")"
  in_view "$RUNTIME" "$SHIM_OF" "$verb" "${detach[@]}" --bundle "$NODE/$id" --pid-file "$NODE/$id.pid" "$id" \
    </dev/null >"$NODE/$id.log" 2>&1 || not_ok "a container starts: $id" "$(cat "$NODE/$id.log")"
}
pid() { cat "$NODE/$1.pid"; }
state_is() { grep -q "^State:.$2" "/proc/$(pid "$1")/status"; }
# freezer ID: the file that freezes the container on cgroup v1; fails where there is none.
freezer() {
  local path
  path=$(sed -n 's/^[0-9]*:freezer://p' "/proc/$(pid "$1")/cgroup")
  [ -n "$path" ] && [ "$path" != / ] && [ -w "/sys/fs/cgroup/freezer$path/freezer.state" ] &&
    echo "/sys/fs/cgroup/freezer$path/freezer.state"
}
ask() { # sets STATUS, TOOK_MS and NODE/out
  local start=${EPOCHREALTIME/./}
  STATUS=0
  "$BULKHEAD" verify --json "$@" >"$NODE/out" 2>&1 || STATUS=$?
  TOOK_MS=$(((${EPOCHREALTIME/./} - start) / 1000))
}
# of ID: "result cause" of the container's init.
of() { jq -r --argjson pid "$(pid "$1")" '.[] | select(.pid == $pid) | "\(.result) \(.cause // "-")"' "$NODE/out"; }
sentence() { jq -r --argjson pid "$(pid "$1")" '.[] | select(.pid == $pid) | .sentence' "$NODE/out"; }
within() { # NAME MILLISECONDS
  check "$1 (took $TOOK_MS ms)" test "$TOOK_MS" -lt "$2"
}

container run fine /bin/sleep 600
ask --all
same "a container that can be asked holds" "0 holds -" "$STATUS $(of fine)"

container run stopped /bin/sleep 600
kill -STOP "$(pid stopped)"
eventually 10 state_is stopped T
container run leaderless /bin/stuck leaderless
eventually 10 state_is leaderless Z
ask --all
same "one that was stopped is asked all the same" "holds -" "$(of stopped)"
same "and so is one whose first thread has ended" "holds -" "$(of leaderless)"
check "who was stopped stays so" state_is stopped T

container create held /bin/sleep 600
container run vfork-1 /bin/stuck vfork
container run vfork-2 /bin/stuck vfork
eventually 10 state_is vfork-1 D
eventually 10 state_is vfork-2 D
container run traced /bin/sleep 600
"$(helper tracer)" "$(pid traced)" >"$NODE/traced.out" &
TRACER=$!
eventually 10 test -s "$NODE/traced.out"
container run frozen /bin/sleep 600
FREEZER=$(freezer frozen) && echo FROZEN >"$FREEZER"

ask --all
same "what cannot be told is no success" 1 "$STATUS"
same "one that waits for its start is held" "cannot tell held" "$(of held)"
contains "and the gate that holds it is named" "a gate (process " "$(sentence held)"
same "one in vfork cannot be told" "cannot tell vfork" "$(of vfork-1)"
contains "and its child is named" "waits in vfork(2) until its child $(pgrep -P "$(pid vfork-1)")" "$(sentence vfork-1)"
same "nor can a second one" "cannot tell vfork" "$(of vfork-2)"
same "nor one that is traced" "cannot tell traced" "$(of traced)"
contains "and its tracer is named" "is traced by process $TRACER" "$(sentence traced)"
if [ -n "${FREEZER:-}" ]; then
  same "nor one that is frozen" "cannot tell frozen" "$(of frozen)"
  contains "and its control group is named" "/$NODE_ID/frozen" "$(sentence frozen)"
else
  skip "one that is frozen by cgroup v1" "no freezer of cgroup v1 here"
fi
same "the others hold" "holds -" "$(of fine)"
within "all of that takes one wait" 5000

ask --pid "$(pid vfork-1)"
same "verify --pid has the same bound" "cannot tell vfork" "$(of vfork-1)"
within "of two seconds" 4000
ask vfork-1
same "and so has verify of a container" "cannot tell vfork" "$(of vfork-1)"
same "explain has it, too" 7 "$(timeout 5 "$BULKHEAD" explain "$(pid vfork-1)" read >"$NODE/explained" 2>&1; echo $?)"
contains "and says the same cause" "waits in vfork(2)" "$(tr -s '\n ' ' ' <"$NODE/explained")"
same "nobody is left traced" "TracerPid: 0" "$(grep TracerPid "/proc/$(pid vfork-1)/status" | tr '\t' ' ')"

kill "$TRACER"
[ -z "${FREEZER:-}" ] || echo THAWED >"$FREEZER"
pkill -KILL -P "$(pid vfork-1)"
ask --all
same "one that is thawed holds" "holds -" "$(of frozen)"
same "and one whose tracer has ended" "holds -" "$(of traced)"

for id in fine stopped leaderless held vfork-1 vfork-2 traced frozen; do
  in_view "$RUNTIME" "$SHIM_OF" delete --force "$id" >/dev/null 2>&1
done
finish
