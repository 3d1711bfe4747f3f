#!/usr/bin/env bash
# Records of containers: each container has its own, whatever it is called, wherever it runs and however much is
# said of it; and what has none is found by `bulkhead verify --all`. Real containers, through the shim.
# shellcheck disable=SC2317,SC2016  # functions called by name; text for other shells
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
need_shim
need_hook
install_program bulkhead
BULKHEAD=$NODE/bin/bulkhead
RECORDS=/run/bulkhead/containers
EVENTS=/var/log/bulkhead/events.jsonl
if ! "$BULKHEAD" verify --all >"$NODE/out" 2>&1; then
  skip "records of containers" "filters cannot be read back here: $(head -n 1 "$NODE/out")"
  finish
fi

RUNTIME=$(runtimes | tail -n 1)
SHIM_OF=$(link_shim "$RUNTIME")
say() { "$BULKHEAD" "$@" >"$NODE/out" 2>&1; STATUS=$?; tr -s '\n ' ' ' <"$NODE/out"; }
ids() { "$BULKHEAD" ps --json | jq -r '.containers[].record.id' | sort; }
is_up() { grep -q '^TracerPid:.0' "/proc/$(cat "$NODE/$1.pid")/status"; }
# run_below ROOT BUNDLE ID [COMMAND]: runs it with that --root through the shim, or through COMMAND.
run_below() {
  in_view "$RUNTIME" "${4:-$SHIM_OF}" --root "$NODE/$1" run --detach --bundle "$NODE/$2" --pid-file "$NODE/$1.pid" \
    "$3" </dev/null >"$NODE/$1.log" 2>&1 && eventually 10 is_up "$1"
}
delete_below() { in_view "$RUNTIME" "${3:-$SHIM_OF}" --root "$NODE/$1" delete --force "$2" >/dev/null 2>&1; }
result_of() { jq -r --argjson pid "$(cat "$NODE/$1.pid")" '.[] | select(.pid == $pid) | .result' "$NODE/out"; }

# ---- one id in two roots ---------------------------------------------------------------------------------

for root in one two; do
  make_bundle "$NODE/$root" "$(args /bin/sleep 600)"
  check "a container starts below root $root" run_below "$root" "$root" web
done
same "two containers of one id in two roots are both listed" $'web\nweb' "$(ids)"
same "each with its root" "$NODE/one $NODE/two" \
  "$("$BULKHEAD" ps --json | jq -r '[.containers[].record.runtime_root] | sort | join(" ")')"
contains "ps tells them apart" "$NODE/two/web" "$(say ps)"
say verify web >/dev/null
same "their id is not guessed" 2 "$STATUS"
contains "and what to call them is said" "$NODE/one/web, $NODE/two/web" "$(say verify web)"
say verify "$NODE/two/web" --json >/dev/null
same "each can be asked by that" "0 holds" "$STATUS $(result_of two)"
say verify --all --json >/dev/null
same "and all of them at once" "holds holds" "$(result_of one) $(result_of two)"
in_view "$RUNTIME" "$SHIM_OF" --root "$NODE/two" exec web /bin/true >"$NODE/exec.log" 2>&1
same "a process joins the container of its root" "proved gate exec $NODE/two" \
  "$(tail -n 1 "$EVENTS" | jq -r '"\(.event) \(.stage) \(.runtime_root)"')"
delete_below one web
same "the end of one leaves the other's record" "$NODE/two" \
  "$("$BULKHEAD" ps --json | jq -r '.containers[].record.runtime_root')"
delete_below two web
same "and the end of both leaves none" "" "$(ids)"

# Hooks are told no root.
hooked() {
  printf '.hooks = {createRuntime: [{path: "%s", args: ["bulkhead-hook", "createRuntime"]}],
    poststop: [{path: "%s", args: ["bulkhead-hook", "poststop"]}]}' "$HOOK" "$HOOK"
}
for root in one two; do
  make_bundle "$NODE/$root" "$(args /bin/sleep 600)" "$(hooked)"
  check "a container with hooks starts below root $root" run_below "$root" "$root" web "$RUNTIME"
done
same "two of one id that hooks saw are both listed" $'web\nweb' "$(ids)"
contains "and are told apart by their bundles" "$NODE/two" "$(say verify web)"
delete_below one web "$RUNTIME"
same "the end of one leaves the other's record, here too" "$NODE/two" \
  "$("$BULKHEAD" ps --json | jq -r '.containers[].record.bundle')"
delete_below two web "$RUNTIME"
same "and the end of both none" "" "$(ids)"

# ---- too much to say ---------------------------------------------------------------------------------------

LONG='.annotations = {"io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": "s",
  "io.kubernetes.cri.container-name": "app", "io.kubernetes.cri.sandbox-name": "web",
  "io.kubernetes.cri.sandbox-namespace": "shop", "io.kubernetes.cri.image-name": ("i" * 300000)}'
MANY='.annotations += ([range(10000) | {key: "com.example/a\(.)", value: "v"}] | from_entries)'
make_bundle "$NODE/large" "$(args /bin/sleep 600)" "$LONG" "$MANY"
# containerd's own containers lie below a root of that name.
check "a container of a 300 kB image name and 10,000 annotations starts" run_below k8s.io large large
same "it is listed by its name" "shop web app" \
  "$("$BULKHEAD" ps --json | jq -r '.containers[].record | "\(.namespace) \(.pod) \(.container)"')"
same "what was left out is counted" 1 "$("$BULKHEAD" ps --json | jq '.containers[].record.omitted')"
say verify --all --json >/dev/null
same "verify finds that it holds" "holds" "$(result_of k8s.io)"
same "its events are there, and count it too" "changed 1 proved 1" \
  "$(jq -r 'select(.id == "large") | "\(.event) \(.omitted)"' "$EVENTS" | tr '\n' ' ' | sed 's/ $//')"
delete_below k8s.io large

# ---- without a record -----------------------------------------------------------------------------------

bare() { # ID FILTER…: a container past Bulkhead
  make_bundle "$NODE/bare" "$(args /bin/sleep 600)" 'del(.linux.seccomp)' "${@:2}"
  run_below "$1" bare "$1" "$RUNTIME"
}
found() { # ID: what verify --all says of it
  say verify --all --json >/dev/null
  result_of "$1"
}
check "a container past Bulkhead, in a control group of any name" bare stray \
  ".linux.cgroupsPath = \"/$NODE_ID/made/by/hand\""
same "is found, and that nothing confines it" unconfined "$(found stray)"
delete_below stray stray "$RUNTIME"
check "one that shares the node's processes" bare host-pid '.linux.namespaces |= map(select(.type != "pid"))'
same "is found, too" unconfined "$(found host-pid)"
delete_below host-pid host-pid "$RUNTIME"

unshare --mount sleep 600 &
MOUNTS_ONLY=$!
unshare --pid --fork sleep 600 &
PIDS_ONLY=$!
sleep 600 &
CONMON=$!
mkdir -p "/sys/fs/cgroup/pids/$NODE_ID/kubepods/pod1/crio-conmon-1.scope" 2>/dev/null &&
  echo "$CONMON" >"/sys/fs/cgroup/pids/$NODE_ID/kubepods/pod1/crio-conmon-1.scope/cgroup.procs"
say verify --all >/dev/null
same "services with mounts or pids of their own, and an engine's process in a pod's group, are no containers" \
  "0 no containers" "$STATUS $(cat "$NODE/out")"
kill $MOUNTS_ONLY $CONMON "$(pgrep -P $PIDS_ONLY)"

# ---- many, of which nothing is told -----------------------------------------------------------------------

make_bundle "$NODE/plain" "$(args /bin/sleep 600)" 'del(.annotations)'
START=${EPOCHREALTIME/./}
for ((i = 0; i < 64; i++)); do
  in_view "$RUNTIME" "$SHIM_OF" run --detach --bundle "$NODE/plain" "many-$i" </dev/null >"$NODE/many.log" 2>&1 ||
    { not_ok "64 containers without any annotation start" "$(cat "$NODE/many.log")"; break; }
done
STARTED=$((${EPOCHREALTIME/./} - START))
all_proved() { [ "$("$BULKHEAD" ps --json | jq '[.containers[].record | select(.state == "proved")] | length')" = 64 ]; }
check "64 containers without any annotation are listed, as proved" eventually 10 all_proved
START=${EPOCHREALTIME/./}
say verify --all --json >/dev/null
TOOK=$((${EPOCHREALTIME/./} - START))
same "verify asks all of them" "0 64" "$STATUS $(jq '[.[] | select(.result == "holds")] | length' "$NODE/out")"
check "in a fifth of the time that starting them took (${TOOK} of ${STARTED} us)" test $((TOOK * 5)) -lt "$STARTED"
for ((i = 0; i < 64; i++)); do
  in_view "$RUNTIME" "$SHIM_OF" delete --force "many-$i" >/dev/null 2>&1
done
same "their end leaves no record" "" "$(ids)"
same "and no file" "" "$(find "$RECORDS" -type f)"
finish
