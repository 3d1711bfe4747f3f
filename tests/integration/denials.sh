#!/bin/bash
# `bulkhead watch` and `bulkhead denials` with real containers.
#
# What goes wrong meanwhile is in denials_trouble.sh, storms in denials_storm.sh.
# shellcheck disable=SC2119,SC2317  # options are for some; functions that trap and eventually call
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/tests/integration/helpers/denials.sh"
denials_node "$@"

# ---- every action, every way in ----------------------------------------------------------------------

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
lacks "but never reaches a terminal" $'\e' "$("$BULKHEAD" denials --story "den-hostile-$$")"

# ---- which filters log ---------------------------------------------------------------------------------

flags_of() { jq -c .linux.seccomp.flags "$NODE/$1/config.json"; }
same "a filter without flags gets the one that logs, and keeps the runtime's default" \
  '["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW"]' "$(flags_of ERRNO)"
make_bundle "$NODE/flagged" "$(args /bin/denied_caller call)" "$(denying SCMP_ACT_ERRNO getppid)" \
  '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC"]'
run_container $RUNTIME "den-flagged-$$" "$NODE/flagged"
same "one that has flags of its own keeps them" \
  '["SECCOMP_FILTER_FLAG_TSYNC","SECCOMP_FILTER_FLAG_LOG"]' "$(flags_of flagged)"
check "and logs too" eventually 10 lines ".id == \"den-flagged-$$\" and .syscall == \"getppid\""

# runc 1.1 rejects flags: what its own filter denies is logged by a second one of the gate's, unless the policy wants
# none that costs anything.
unlogged() { "$BULKHEAD" denials "$@" 2>&1 | tr -s ' \n' ' '; }
if ! command -v runc >/dev/null; then
  skip "runc 1.1 logs through a filter of the gate's" "runc is not installed"
elif runc features | jq -e '.linux.seccomp.supportedFlags // .linux.seccomp.knownFlags' >/dev/null 2>&1; then
  skip "runc 1.1 logs through a filter of the gate's" "this runc takes flags"
else
  make_bundle "$NODE/beside" "$(args /bin/sh -c 'denied_caller call; sleep 1000')" "$(denying SCMP_ACT_ERRNO getppid getsid)"
  start_container runc "beside-$$" "$NODE/beside"
  check "runc, which takes no flags, logs through a filter of the gate's" \
    eventually 10 lines ".id == \"beside-$$\" and .syscall == \"getppid\""
  same "its config.json is left without flags" null "$(flags_of beside)"
  in_view runc "$(link_shim runc)" exec "beside-$$" denied_caller number 124 </dev/null >/dev/null 2>&1
  check "and so does what exec adds" eventually 10 lines '.syscall == "getsid"'
  same "nothing is told as not recorded" "" "$(unlogged --container "beside-$$" | grep -o 'Not recorded')"
  write_policy <<<'{"version": 1, "seccomp": {"log_denials": true}}'
  make_bundle "$NODE/silent" "$(args /bin/denied_caller call)" "$(denying SCMP_ACT_ERRNO getppid)"
  run_container runc "silent-$$" "$NODE/silent"
  contains "status says what log_denials true leaves out, with the key that changes it" 'log_denials": "always"' \
    "$(state '.state[] | select(.what == "logging") | .detail')"
  same "and does not call denials ok" note "$(state '.state[] | select(.what == "denials") | .state')"
  WHY="what the seccomp filters of $(printf %.12s "silent-$$") deny, because the runtime takes no SECCOMP_FILTER_FLAG_LOG"
  contains "of a container that has ended it is told that its denials were not recorded" "$WHY" \
    "$(unlogged --container "silent-$$")"
  contains "with --suggest, too" "$WHY" "$(unlogged --container "silent-$$" --suggest)"
  same "it logged nothing" "" "$(lines ".id == \"silent-$$\"")"
  "$BULKHEAD" denials --follow --container "silent-$$" >"$NODE/followed" 2>&1 &
  FOLLOWER=$!
  check "and with --follow" eventually 10 grep -q "Not recorded" "$NODE/followed"
  kill "$FOLLOWER"
  in_view runc "$(link_shim runc)" exec "beside-$$" denied_caller number 124 </dev/null >/dev/null 2>&1
  exec_is_told() { unlogged --container "beside-$$" | grep -q "what .exec. added to beside-"; }
  check "of what exec adds, it is told, too" eventually 5 exec_is_told
  remove_policy
  rm -f "/run/bulkhead/containers/silent-$$.json"  # `run` leaves it to the next start
  contains "ps -a lists what has ended" "ended" "$("$BULKHEAD" ps -a | grep "^silent-")"
fi

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
FORGED=$(sed -n 's/.*multicast //p' "$NODE/out")
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

told_foreign() { [ "$(state .watch.state.losses.foreign)" = "$FORGED" ]; }
check "the $FORGED records that it sent as if to the watcher are told as not the kernel's" \
  eventually 10 told_foreign

# ---- a container that goes on --------------------------------------------------------------------------

make_bundle "$NODE/long" "$(args /bin/sh -c 'while sleep 0.1; do denied_caller call; done')" \
  "$(denying SCMP_ACT_ERRNO getppid getpgrp)"
LONG=den-long-$$
start_container $RUNTIME "$LONG" "$NODE/long"
goes_on "repetitions are counted" "$LONG"

# `exec` puts a process into the container that no process of the container forked: its control group
# tells. (getpgrp: nothing else in the container is denied that.)
in_view $RUNTIME "$(link_shim $RUNTIME)" exec "$LONG" /bin/sh -c 'sleep 0.3; denied_caller number 111' >/dev/null 2>&1
check "what exec put into a container is named" \
  eventually 10 lines ".id == \"$LONG\" and .syscall == \"getpgrp\""
for number in $(seq 20); do
  in_view $RUNTIME "$(link_shim $RUNTIME)" exec "$LONG" denied_caller number 111 </dev/null >/dev/null 2>&1
done
eventually 10 counts_to 21 '.syscall == "getpgrp"'
same "what exec runs for a moment is counted" 21 "$(counted '.syscall == "getpgrp"')"
same "and named, or said to be gone: never taken for the node's" "" \
  "$(lines ".syscall == \"getpgrp\" and .id != \"$LONG\" and .unnamed != \"gone\"")"

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
"$BULKHEAD" denials --container "${LONG%?}x" >"$NODE/out" 2>"$NODE/err"
same "a container that nobody knows is a usage error" 2 $?
contains "with the name that was meant" "did you mean '$LONG'" "$(cat "$NODE/err")"
"$BULKHEAD" denials --syscall getpid >/dev/null 2>&1
same "a call that was not denied is no error" 0 $?
"$BULKHEAD" denials --syscall getppidd >/dev/null 2>"$NODE/err"
same "but one that no kernel has is one" 2 $?
contains "with the nearest" "did you mean 'getppid'" "$(cat "$NODE/err")"
same "a story of nobody is a usage error" 2 "$("$BULKHEAD" denials --story nobody >/dev/null 2>&1; echo $?)"
"$BULKHEAD" denials --follow --json --container "$LONG" >"$NODE/followed" &
FOLLOWER=$!
# shellcheck disable=SC2016  # expanded by the inner shell
check "--follow prints each as it comes" eventually 10 test -s "$NODE/followed"
kill "$FOLLOWER"

stop_watch
finish
