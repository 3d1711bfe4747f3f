#!/bin/bash
# `bulkhead watch` and `bulkhead denials` with real containers.
#
# Not in a pid namespace of its own, as the other scripts are: the kernel tells about processes, and
# about its audit status, in the initial one only. So everything that is started here is ended by
# end_all, by its number.
# shellcheck disable=SC2317  # functions that trap and eventually call
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

# A filter that the gate installs logs with every runtime: runc 1.1 itself takes no flags.
SWAPON=167  # on x86_64; the fallback denies it to everybody
for runtime in $(runtimes); do
  make_bundle "$NODE/gate-$runtime" "$(args /bin/denied_caller number $SWAPON)" 'del(.linux.seccomp)' \
    ".hooks = {createRuntime: [{path: \"$HOOK\", args: [\"bulkhead-hook\", \"createRuntime\"]}],
      poststop: [{path: \"$HOOK\", args: [\"bulkhead-hook\", \"poststop\"]}]}"
  in_view "$runtime" "$runtime" run --bundle "$NODE/gate-$runtime" "den-gate-$runtime-$$" </dev/null >"$NODE/out" 2>&1
  check "$runtime: a denial by the filter that the gate installed is logged" \
    eventually 10 lines ".id == \"den-gate-$runtime-$$\" and .syscall == \"swapon\""
  LINE=$(lines ".id == \"den-gate-$runtime-$$\"" | head -n 1)
  contains "$runtime: with its cause" "runtime/default: rule /syscalls/" "$(field profile): $(field cause)"
  check "$runtime: and a caution" test -n "$(field caution)"
done

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

# ---- asking ------------------------------------------------------------------------------------------

"$BULKHEAD" denials --container "$LONG" >"$NODE/out"
contains "denials shows who was denied what" "getppid" "$(cat "$NODE/out")"
contains "and by which rule" "syscalls/0" "$(tr -d ' \n' <"$NODE/out")"
check "in 80 columns" test "$(LC_ALL=C awk '{ if (length > w) w = length } END { print w + 0 }' "$NODE/out")" -le 80
same "--syscall asks for one call" "no denials" "$("$BULKHEAD" denials --syscall mount --container "$LONG" | head -n 1)"
same "--would asks for what was let through" "den-LOG-$$" "$("$BULKHEAD" denials --would --json | jq -r .id | grep -e "-$$" | sort -u)"
same "--since asks for what is new" "no denials" "$("$BULKHEAD" denials --since 2999-01-01 | head -n 1)"
"$BULKHEAD" denials --container "$LONG" --suggest >"$NODE/out"
contains "--suggest allows what was denied" "allow getppid" "$(cat "$NODE/out")"
contains "as a change to the profile" '-        "getppid"' "$(sed 's/^-  */-        /' "$NODE/out")"
"$BULKHEAD" denials --story "$LONG" >"$NODE/out"
contains "--story tells of the proof" "proved by gate" "$(cat "$NODE/out")"
contains "and of the denials" "getppid denied (ERRNO)" "$(cat "$NODE/out")"
same "a story of nobody is a usage error" 2 "$("$BULKHEAD" denials --story nobody >/dev/null 2>&1; echo $?)"
"$BULKHEAD" denials --follow --json --container "$LONG" >"$NODE/followed" &
FOLLOWER=$!
# shellcheck disable=SC2016  # expanded by the inner shell
check "--follow prints each as it comes" eventually 10 test -s "$NODE/followed"
kill "$FOLLOWER"

# ---- what goes on while others go wrong ----------------------------------------------------------------

mv "$LOG" "$LOG.1"
goes_on "after a rotation the new file is written"
cat "$LOG.1" "$LOG" >"$NODE/both"
stop_watch
cat "$LOG.1" "$LOG" >"$NODE/both"
mv "$NODE/both" "$LOG"
echo '{}' >/run/bulkhead/ended/left.json
start_watch
check "what a killed watcher left unread is removed" test ! -e /run/bulkhead/ended/left.json
goes_on "a watcher that is restarted names the containers that run"
rm -f /run/bulkhead/containers/*.json
goes_on "and still does when its records are removed"
same "a second watcher is refused" 3 "$("$BULKHEAD" watch >/dev/null 2>&1; echo $?)"

# The log's disk is full, then has room again.
stop_watch
mkdir -p "$NODE/kept" && cp "$LOG" "$NODE/kept/"
mount -t tmpfs -o size=64k,mode=750 tmpfs /var/log/bulkhead
head -c 70000 /dev/zero >/var/log/bulkhead/filler 2>/dev/null
start_watch
make_bundle "$NODE/full" "$(args /bin/denied_caller getppid 50)" "$(denying SCMP_ACT_ERRNO getppid)"
run_container $RUNTIME "den-full-$$" "$NODE/full"
sleep 2
check "nothing is logged on a full disk" test -z "$(lines ".id == \"den-full-$$\"")"
rm /var/log/bulkhead/filler
full_counted() { [ "$(counted ".id == \"den-full-$$\"")" = 50 ]; }
eventually 10 full_counted
same "what was denied meanwhile is logged when there is room" 50 "$(counted ".id == \"den-full-$$\"")"
stop_watch
umount /var/log/bulkhead

# One container floods, another is denied now and then: the other one loses nothing.
LOSSES=$(lines '.kind == "loss"' | wc -l)
start_watch --backlog-limit 16384
make_bundle "$NODE/storm" "$(args /bin/denied_caller storm 3)" "$(denying SCMP_ACT_ERRNO getppid)"
make_bundle "$NODE/calm" "$(args /bin/denied_caller rate 5 4)" "$(denying SCMP_ACT_ERRNO getppid)"
in_view $RUNTIME "$(link_shim $RUNTIME)" run --bundle "$NODE/calm" "den-calm-$$" </dev/null >"$NODE/calm.out" 2>&1 &
CALM=$!
sleep 0.5
run_container $RUNTIME "den-storm-$$" "$NODE/storm"
STORMED=$(tail -n 1 "$NODE/out")
wait "$CALM"
stop_watch
same "a storm of $STORMED denials costs another container nothing" 20 "$(counted ".id == \"den-calm-$$\"")"
LOST=$(lines '.kind == "loss"' | tail -n "+$((LOSSES + 1))" | tail -n 1 | jq -r .message)
if [ -z "$LOST" ]; then
  same "and each of the storm is counted" "$STORMED" "$(counted ".id == \"den-storm-$$\"")"
else
  check "what of the storm was lost is told: $LOST" test "$(counted ".id == \"den-storm-$$\"")" -gt 0
fi
check "in few lines" test "$(lines ".id == \"den-storm-$$\"" | wc -l)" -le 20
finish
