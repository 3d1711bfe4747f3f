#!/bin/bash
# `bulkhead watch` and `bulkhead denials` with real containers.
#
# Not in a pid namespace of its own, as the other scripts are: the kernel tells about processes, and
# about its audit status, in the initial one only. So everything that is started here is ended by
# end_all, by its number.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "$(id -u)" = 0 ] && [ -z "${BULKHEAD_NODE_ID:-}${BULKHEAD_INSIDE:-}" ]; then
  NODE_ID=bulkhead-test-$$
  node_enter
  BULKHEAD_NODE_ID=$NODE_ID unshare --mount --propagation private -- "$BASH" "$SCRIPT" "$@" \
    {NODE_LOCK_FD}>&- {NODE_MUTEX_FD}>&- &
  NODE_PID=$!
  trap 'kill -TERM $NODE_PID' INT TERM HUP
  status=0
  wait "$NODE_PID" || status=$?
  node_leave
  exit "$status"
fi
private_node "$@"

BULKHEAD=$BUILD/bulkhead
LOG=/var/log/bulkhead/denials.jsonl
need_shim
need_hook
[ -x "$BULKHEAD" ] || { not_ok "the command is built" "$BULKHEAD is missing: run make"; finish; }

STARTED=()  # "RUNTIME ID" of detached containers
WATCHER=
end_all() {
  local one
  [ -z "$WATCHER" ] || kill "$WATCHER" 2>/dev/null
  for one in "${STARTED[@]}"; do
    in_view "${one%% *}" "${one%% *}" delete --force "${one#* }" >/dev/null 2>&1
  done
}
trap end_all EXIT
trap 'exit 130' INT TERM HUP

# start_watch OPTION…: returns when it listens.
start_watch() {
  "$BULKHEAD" watch --interval 1 "$@" >"$NODE/watch.out" 2>"$NODE/watch.err" &
  WATCHER=$!
  eventually 10 grep -q watching "$NODE/watch.err" && return
  skip "denials are watched" "$(head -n 1 "$NODE/watch.err")"
  finish
}
stop_watch() {
  kill -TERM "$WATCHER" && wait "$WATCHER"
  WATCHER=
}

# lines JQ-FILTER: the lines of the log for which it holds.
lines() { [ -s "$LOG" ] && jq -c "select($1)" "$LOG"; }
# counted JQ-FILTER: the sum of their counts.
counted() { lines "$1" | jq -s 'map(.count) | add // 0'; }

# run_container RUNTIME ID BUNDLE: to its end, through shim and hook.
run_container() {
  in_view "$1" "$(link_shim "$1")" run --bundle "$3" "$2" </dev/null >"$NODE/out" 2>&1
}

# denying ACTION NAME…: a jq filter that denies these calls and allows all others.
denying() {
  jq -rn '".linux.seccomp = " + ({defaultAction: "SCMP_ACT_ALLOW",
      architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
      flags: ["SECCOMP_FILTER_FLAG_LOG"],
      syscalls: [{names: $ARGS.positional[1:], action: $ARGS.positional[0]}]} | tojson)' \
    --args -- "$@"
}


# ---- every action, every way in ----------------------------------------------------------------------

RUNTIME=crun  # takes SECCOMP_FILTER_FLAG_LOG in config.json; runc 1.1 does not
command -v $RUNTIME >/dev/null || { skip "denials of containers" "$RUNTIME is not installed"; finish; }
make_rootfs
cp "$(helper denied_caller)" "$NODE/rootfs/bin/denied_caller"
cp "$(helper forge_record)" "$NODE/rootfs/bin/forge_record"
start_watch

# one_denial NAME ACTION EXPECTED-ACTION ARGUMENT…: a container that is denied once, and its line as LINE.
one_denial() {
  local name=$1 action=$2 id=den-$1-$$
  shift 2
  make_bundle "$NODE/$name" "$(args /bin/denied_caller "$@")" "$(denying "$action" getppid)"
  run_container $RUNTIME "$id" "$NODE/$name"
  if ! eventually 10 lines ".id == \"$id\""; then
    not_ok "$name: the denial is logged with its container" "$(cat "$NODE/out")"
    LINE='{}'
    return
  fi
  LINE=$(lines ".id == \"$id\"" | head -n 1)
}
field() { jq -r ".$1 // \"\"" <<<"$LINE"; }

while read -r action word would; do
  one_denial "$action" "SCMP_ACT_$action" call
  same "$action: call, architecture and action are told" "getppid x86_64 $word $would" \
    "$(field syscall) $(field arch) $(field action) $(field would)"
done <<'ACTIONS'
ERRNO ERRNO
KILL_PROCESS KILL_PROCESS
KILL_THREAD KILL_THREAD
TRAP TRAP
LOG LOG true
ACTIONS
same "the rule that caused it is named" "rule /linux/seccomp/syscalls/0" "$(field cause)"
same "and what would allow it" '{"names":["getppid"],"action":"SCMP_ACT_ALLOW"}' "$(field remedy)"
same "and the program" "/bin/denied_caller" "$(field exe)"
one_denial i386 SCMP_ACT_ERRNO i386
same "a 32-bit caller: the number is read by its architecture" "getppid x86 64" \
  "$(field syscall) $(field arch) $(field nr)"

HOSTILE=$'a" \tpid=1\n\e[31mé'
one_denial hostile SCMP_ACT_ERRNO name "$HOSTILE"
same "a process that names itself with control characters is told as it is" \
  "$(printf %s "$HOSTILE" | head -c 15)" "$(field comm)"

# ---- what cannot be believed -------------------------------------------------------------------------

make_bundle "$NODE/forge" "$(args /bin/forge_record)" "$(denying SCMP_ACT_ERRNO getppid)" \
  '.process.capabilities |= with_entries(.value = ["CAP_AUDIT_WRITE", "CAP_NET_ADMIN"])' \
  '.linux.namespaces |= map(select(.type != "network"))'
run_container $RUNTIME "den-forge-$$" "$NODE/forge"
contains "a container sends forged records" "sent" "$(cat "$NODE/out")"
eventually 10 lines ".id == \"den-forge-$$\""
same "of a container that forges records only the kernel's own are logged" getppid \
  "$(lines ".id == \"den-forge-$$\" or .comm == \"forged\"" | jq -r .syscall | sort -u)"
same "a forged denial is nobody's" "" "$(lines '.comm == "forged" or .exe == "/forged" or .path == "/forged"')"

# ---- many at once ------------------------------------------------------------------------------------

make_bundle "$NODE/many" "$(args /bin/denied_caller children 100)" "$(denying SCMP_ACT_ERRNO getppid)"
many() {
  local number=$1
  cp -r "$NODE/many" "$NODE/many$number"
  sed -i "s,/many\",/many$number\"," "$NODE/many$number/config.json"
  in_view $RUNTIME "$(link_shim $RUNTIME)" run --bundle "$NODE/many$number" "den-many-$$-$number" \
    </dev/null >"$NODE/many$number/out" 2>&1
}
MANY=()
for number in $(seq 30); do many "$number" & MANY+=($!); done
wait "${MANY[@]}"
all_counted() { [ "$(counted ".id // \"\" | startswith(\"den-many-$$-\")")" = 3000 ]; }
eventually 20 all_counted
same "3000 processes that end at once, in 30 containers: each is counted" 3000 \
  "$(counted ".id // \"\" | startswith(\"den-many-$$-\")")"
same "and each in its container" "30 containers of 100" \
  "$(lines ".id // \"\" | startswith(\"den-many-$$-\")" |
    jq -s 'group_by(.id) | map(map(.count) | add) | group_by(.)[] | "\(length) containers of \(.[0])"' -r)"
check "with few lines" test "$(lines ".id // \"\" | startswith(\"den-many-$$-\")" | wc -l)" -le 300

# ---- a container that goes on --------------------------------------------------------------------------

make_bundle "$NODE/long" "$(args /bin/sh -c 'while sleep 0.1; do denied_caller call; done')" \
  "$(denying SCMP_ACT_ERRNO getppid)"
LONG=den-long-$$
in_view $RUNTIME "$(link_shim $RUNTIME)" run --detach --bundle "$NODE/long" --pid-file "$NODE/long.pid" "$LONG" \
  </dev/null >"$NODE/out" 2>&1
STARTED+=("$RUNTIME $LONG")
# goes_on NAME: new denials of that container are logged.
goes_on() {
  local before
  before=$(counted ".id == \"$LONG\"")
  more() { [ "$(counted ".id == \"$LONG\"")" -gt "$((before + ${2:-3}))" ]; }
  check "$1" eventually 15 more
}
goes_on "repetitions are counted"
in_view $RUNTIME $RUNTIME exec "$LONG" /bin/sh -c 'sleep 0.3; denied_caller name execed; sleep 0.2' >/dev/null 2>&1
# shellcheck disable=SC2016  # jq's
lines ".id == \"$LONG\"" >"$NODE/of_long"
mv "$LOG" "$LOG.1"
goes_on "after a rotation the new file is written"
cat "$LOG.1" "$LOG" >"$NODE/both"
stop_watch
cat "$LOG.1" "$LOG" >"$NODE/both"
mv "$NODE/both" "$LOG"
start_watch
goes_on "a watcher that is restarted names the containers that run"
rm -f /run/bulkhead/containers/*.json
goes_on "and still does when its records are removed"
same "a second watcher is refused" 3 "$("$BULKHEAD" watch >/dev/null 2>&1; echo $?)"
stop_watch
finish
