#!/usr/bin/env bash
# The hook and the gate on real runtimes, and under Podman: no first instruction without proof.
# FULL=1 takes the long way: 500 containers at once, a minute between create and start. GATE_TESTS, functions of this
# script to run instead of all.
# shellcheck disable=SC2317,SC2016  # functions called by name; text for other shells
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
RECORDS=/run/bulkhead/containers
ID=held
RUNTIME='' CODE=0 OUT=''

# ---- the ground ------------------------------------------------------------------------------------

prepare() {
  make_rootfs
  local root=$NODE/rootfs
  mkdir -p "$root"/{out,usr,lib,lib64} "$NODE/out"
  chmod 777 "$NODE/out"
  cp "$(helper witness)" "$root/bin/static"
  cp "$root/bin/static" "$root/bin/setuid"
  chmod 4755 "$root/bin/setuid"
  compile "$BUILD/tests/helpers/witness_dynamic" "$ROOT/tests/integration/helpers/witness.c" \
    "${CC:-gcc}" -std=c17 -D_GNU_SOURCE -O2 && cp "$BUILD/tests/helpers/witness_dynamic" "$root/bin/dynamic"
  compile "$BUILD/tests/helpers/first_call" "$ROOT/tests/integration/helpers/first_call.c" \
    "${CC:-gcc}" -O2 -static -nostdlib && cp "$BUILD/tests/helpers/first_call" "$root/bin/first_call"
  printf '#!/bin/static\n' >"$root/bin/script"
  chmod 755 "$root/bin/script"
}

# A bundle whose hooks are ours and in which the program can leave a mark.
hooks() {
  printf '.hooks = {createRuntime: [{path: "%s", args: ["bulkhead-hook", "createRuntime"]}],
    poststop: [{path: "%s", args: ["bulkhead-hook", "poststop"]}]}' "$HOOK" "$HOOK"
}
MOUNTS='.mounts += [{destination: "/out", type: "bind", source: "/run/node/out", options: ["rbind", "rw"]},
  {destination: "/usr", type: "bind", source: "/usr", options: ["rbind", "ro"]},
  {destination: "/lib", type: "bind", source: "/usr/lib", options: ["rbind", "ro"]},
  {destination: "/lib64", type: "bind", source: "/usr/lib64", options: ["rbind", "ro"]}]'
bundle() { make_bundle "$NODE/c" "$(hooks)" "$MOUNTS" "$@"; }

fresh() {
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  rm -rf /etc/bulkhead/* /var/log/bulkhead/* "$NODE/out/mark"
  mkdir -p /etc/bulkhead/seccomp
}
rt() {
  CODE=0
  "$RUNTIME" "$@" >"$NODE/stdout" 2>&1 </dev/null || CODE=$?
  OUT=$(cat "$NODE/stdout")
}
run() { rt run --bundle "$NODE/c" "$ID"; }
create() { rt create --bundle "$NODE/c" --pid-file "$NODE/pid" "$ID"; }
pid() { cat "$NODE/pid"; }
is() { same "$RUNTIME: $1" "$2" "$3"; }
says() { contains "$RUNTIME: $1" "$2" "$3"; }
field() { sed -n "s/^$1=//p" <<<"$OUT"; }
marked() { [ -e "$NODE/out/mark" ]; }
no_mark() { check "$RUNTIME: $1: the program left no mark" test ! -e "$NODE/out/mark"; }
# A gate bears its name in comm; one that has just let go may take a moment to write its report.
gates() { grep -lx bulkhead-gate /proc/[0-9]*/comm 2>/dev/null | wc -l; }
no_gate() { [ "$(gates)" = 0 ]; }
no_gate_left() { check "$RUNTIME: $1: no gate is left" eventually 5 no_gate; }
last_event() {
  eventually 5 no_gate
  tail -n 1 "$EVENTS" | jq -r "$1"
}
ended() { [ ! -e "/proc/$(pid)" ] || grep -q '^State:.Z' "/proc/$(pid)/status"; }

ALLOW_ALL='{defaultAction: "SCMP_ACT_ALLOW", architectures: ["'"$SCMP_NATIVE"'"]}'
# The filter that allows everything, ready-made: BPF_RET SECCOMP_RET_ALLOW.
VOIDING='.annotations["run.oci.seccomp_bpf_data"] = "BgAAAAAA/38="'
NO_FILTER='del(.linux.seccomp)'
good_filter() { # the fallback, as precreate would write it
  [ -s "$NODE/good.json" ] ||
    "$HOOK" precreate <"$NODE/base.json" | jq .linux.seccomp >"$NODE/good.json"
  echo ".linux.seccomp = $(cat "$NODE/good.json")"
}

# ---- the matrix ---------------------------------------------------------------------------------------

confined() { # NAME NNP PROGRAM
  local euid=0
  [ "$3" = setuid ] && [ "$2" = true ] && euid=1000
  is "$1: starts" 0 "$CODE"
  is "$1: holds" "2 $([ "$2" = true ] && echo 1 || echo 0) 0 $euid 1" \
    "$(field Seccomp) $(field NoNewPrivs) $(field TracerPid) $(field euid) $(field unshare)"
  check "$RUNTIME: $1: the program ran" marked
}
refused() { # NAME
  check "$RUNTIME: $1: is refused" test "$CODE" != 0
  no_mark "$1"
}
case_of() { # SECCOMP NNP PROGRAM
  local name="$1, no_new_privileges $2, $3 program" filters=(".process.noNewPrivileges = $2")
  fresh
  case $1 in
    none) filters+=("$NO_FILTER") ;;
    empty) filters+=('.linux.seccomp = {}') ;;
    good) filters+=("$(good_filter)") ;;
    voided) filters+=("$(good_filter)" "$VOIDING") ;;
    above-floor)
      write_policy <<<'{"version": 1, "seccomp": {"floor": "runtime-default"}}'
      filters+=(".linux.seccomp = $ALLOW_ALL")
      ;;
  esac
  [ "$3" = setuid ] && filters+=('.process.user = {uid: 1000, gid: 1000}')
  bundle "${filters[@]}" "$(args "/bin/$3")"
  run
  case $1,$3,$RUNTIME in
    # crun itself does not take a profile without a default action.
    voided,* | above-floor,* | *,missing,* | empty,*,crun) refused "$name" ;;
    *) confined "$name" "$2" "$3" ;;
  esac
}
matrix() {
  local seccomp nnp program
  for seccomp in none empty good voided above-floor; do
    for nnp in true false; do
      for program in static dynamic script missing setuid; do case_of "$seccomp" "$nnp" "$program"; done
    done
  done
  no_gate_left "after the matrix"
}

# ---- what is killed before it runs ---------------------------------------------------------------------

# Filters that config.json promises and the kernel does not hold: a hook before ours changes config.json,
# which the runtime has read. The hook reads its state, as crun does not start where one ends before it has written it.
proof_fails() {
  fresh
  write_policy <<<'{"version": 1, "seccomp": {"log_denials": true}}'  # a filter that logs would make up for it
  bundle "$(good_filter)" "$(args /bin/first_call)"
  mv "$NODE/c/config.json" "$NODE/promised.json"
  bundle ".linux.seccomp = $ALLOW_ALL" "$(args /bin/first_call)" ".hooks.createRuntime |= [{path: \"/bin/sh\",
    args: [\"sh\", \"-c\", \"cat >/dev/null; cp $NODE/promised.json $NODE/c/config.json\"]}] + ."
  run
  is "less than promised: killed" 137 "$CODE"
  no_mark "less than promised"
  says "less than promised: stderr of the container says why" \
    "bulkhead: the container was killed before its program ran: the installed filters allow more" "$OUT"
  is "less than promised: the event" proof-failed "$(last_event .event)"
  says "less than promised: the event names a call" " on x86" "$(last_event .message)"
}
# Only crun knows the annotation; the rule's owner answers for what holds then.
annotation_kept() {
  local nnp
  for nnp in true false; do
    fresh
    write_policy <<<'{"version": 1, "rules": [{"name": "kept", "match": {}, "because": "a test",
      "annotations": {"keep": ["run.oci.seccomp_bpf_data"]}}]}'
    bundle "$(good_filter)" "$VOIDING" ".process.noNewPrivileges = $nnp" "$(args /bin/static)"
    run
    is "an annotation that voids the filter is kept, no_new_privileges $nnp: runs" \
      "0 2 $([ "$RUNTIME" = crun ] && echo 0 || echo 1)" "$CODE $(field Seccomp) $(field unshare)"
    is "an annotation that voids the filter is kept: the event" proved "$(last_event .event)"
    says "an annotation that voids the filter is kept: the event has the reason" "a test" \
      "$(tail -n 1 "$EVENTS")"
  done
}

# ---- denials that the kernel logs ------------------------------------------------------------------------

# The kernel's own ring has few records a second, so each try is a program of another name.
denials_of() { dmesg | grep -c "type=1326 .*comm=\"$1\""; }
logs_denials() { # NAME FILTER…
  local try name
  for try in 1 2 3 4 5; do
    name=logs$RANDOM$try
    cp "$NODE/rootfs/bin/static" "$NODE/rootfs/bin/$name"
    bundle "${@:2}" "$(args "/bin/$name")"
    run
    rm -f "$NODE/rootfs/bin/$name"
    is "$1: runs confined" "0 2 1" "$CODE $(field Seccomp) $(field unshare)"
    [ "$(denials_of "$name")" = 0 ] || return 0
    sleep 1
  done
  return 1
}
two_filters_are_one() {
  fresh
  write_policy <<<'{"version": 1, "seccomp": {"log_denials": "always"}}'
  bundle "$(good_filter)" "$(args /bin/sleep 100)"
  create
  rt start "$ID"
  check "$RUNTIME: a filter beside the runtime's: proved" eventually 5 \
    grep -q '"state":"proved"' "$RECORDS/$ID.json"
  is "a filter beside the runtime's: two are there" 2 \
    "$(awk '$1 == "Seccomp_filters:" { print $2 }' "/proc/$(pid)/status")"
  if [ -x "$BUILD/bulkhead" ]; then
    says "a filter beside the runtime's: verify" holds "$("$BUILD/bulkhead" verify "$ID")"
    "$BUILD/bulkhead" diff "$NODE/good.json" "$(pid)" >"$NODE/stdout" 2>&1
    is "a filter beside the runtime's: both are the profile" 0 $?
  else
    skip "$RUNTIME: a filter beside the runtime's: verify" "$BUILD/bulkhead is not built"
  fi
  rt delete --force "$ID"
}
logged_beside() {
  local nnp
  if ! dmesg >/dev/null 2>&1; then skip "$RUNTIME: logged denials" "dmesg cannot be read"; return; fi
  for nnp in true false; do
    fresh
    write_policy <<<'{"version": 1, "seccomp": {"log_denials": "always"}}'
    check "$RUNTIME: log_denials always, no_new_privileges $nnp: the kernel logs a denial" \
      logs_denials "log_denials always, no_new_privileges $nnp" "$(good_filter)" \
      ".process.noNewPrivileges = $nnp"
    is "log_denials always, no_new_privileges $nnp: proved" proved "$(last_event .event)"
  done
  two_filters_are_one
  fresh
  write_policy <<<'{"version": 1, "seccomp": {"log_denials": "always"}}'
  bundle "$(good_filter)" "$(args /bin/first_call)" \
    '.linux.seccomp.syscalls |= map(.names -= ["munmap"])'
  run
  is "a filter that does not allow munmap: runs" 0 "$CODE"
  is "a filter that does not allow munmap: proved" proved "$(last_event .event)"
  says "a filter that does not allow munmap: the event says that nothing is logged" \
    "its denials stay unlogged: the filter does not allow munmap" "$(last_event .message)"
}
first_instruction() {
  local filter
  for filter in "$NO_FILTER" "$(good_filter)"; do
    fresh
    bundle "$filter" "$(args /bin/first_call)"
    run
    is "a program whose first call leaves a mark: runs" 0 "$CODE"
    check "$RUNTIME: and left it" marked
  done
}
gate_killed_before_start() {
  fresh
  bundle "$NO_FILTER" "$(args /bin/first_call)"
  create
  is "gate killed before start: create" 0 "$CODE"
  kill -KILL "$(jq .gate_pid "$RECORDS/$ID.json")"
  check "$RUNTIME: gate killed before start: the init ends" eventually 5 ended
  rt start "$ID"
  no_mark "gate killed before start"
  rt delete --force "$ID"
}
gate_killed_at_exec() {
  local gate
  fresh
  bundle "$NO_FILTER" "$(args /bin/first_call)"
  create
  gate=$(jq .gate_pid "$RECORDS/$ID.json")
  kill -STOP "$gate"
  "$RUNTIME" start "$ID" >/dev/null 2>&1 </dev/null &
  local starting=$!
  sleep 0.5  # to reach its exec, where only the gate could let it go on
  no_mark "gate stopped at exec"
  kill -KILL "$gate"
  check "$RUNTIME: gate killed at exec: the init ends" eventually 5 ended
  wait "$starting"
  no_mark "gate killed at exec"
  rt delete --force "$ID"
}

# ---- a held init behaves as one that nobody holds --------------------------------------------------------

never_started() {
  fresh
  bundle "$NO_FILTER" "$(args /bin/static)"
  create
  is "never started: a gate holds it" 1 "$(gates)"
  is "never started: the record says so" held "$(jq -r .state "$RECORDS/$ID.json")"
  rt delete --force "$ID"
  is "never started: delete" 0 "$CODE"
  no_gate_left "never started"
  check "$RUNTIME: never started: no record is left" test ! -e "$RECORDS/$ID.json"
}
late_start() {
  fresh
  bundle "$NO_FILTER" "$(args /bin/static)"
  create
  sleep "$([ -n "${FULL:-}" ] && echo 60 || echo 3)"
  rt start "$ID"
  check "$RUNTIME: a late start: the program runs" eventually 5 marked
  rt delete --force "$ID"
}
job_control() {
  local nnp
  for nnp in true false; do
    fresh
    bundle "$NO_FILTER" ".process.noNewPrivileges = $nnp" "$(args /bin/static)"
    create
    kill -STOP "$(pid)"
    check "$RUNTIME: no_new_privileges $nnp: SIGSTOP stops the held init" eventually 5 \
      grep -q '^State:.[Tt]' "/proc/$(pid)/status"
    kill -CONT "$(pid)"
    rt start "$ID"
    is "no_new_privileges $nnp: after SIGCONT it starts" 0 "$CODE"
    check "$RUNTIME: no_new_privileges $nnp: and runs" eventually 5 marked
    rt delete --force "$ID"
  done
}
killed_while_held() {
  fresh
  bundle "$NO_FILTER" "$(args /bin/static)"
  create
  rt kill "$ID" KILL
  is "kill reaches the held init" 0 "$CODE"
  check "$RUNTIME: it ends" eventually 5 ended
  rt delete --force "$ID"
  no_gate_left "killed while held"
}
unseen() {
  local with without
  local look='cat /proc/self/mountinfo | cut -d" " -f5-; ls /proc/self/fd; env; ls -d /proc/[0-9]*; ps -o comm'
  fresh
  bundle "$(good_filter)" "$(args /bin/sh -c "$look")"
  run
  with=$OUT
  make_bundle "$NODE/c" "$MOUNTS" "$(good_filter)" "$(args /bin/sh -c "$look")"
  run
  without=$OUT
  is "the program sees nothing of us" "$without" "$with"
}
held_twice() {
  fresh
  bundle "$NO_FILTER" ".hooks.createRuntime += .hooks.createRuntime | .hooks.prestart = [
    {path: \"$HOOK\", args: [\"bulkhead-hook\", \"prestart\"]}]" "$(args /bin/static)"
  create
  is "three entries, one gate" 1 "$(gates)"
  rt start "$ID"
  check "$RUNTIME: three entries: the program runs" eventually 5 marked
  is "three entries, one event" 1 "$(eventually 5 test -s "$EVENTS"; wc -l <"$EVENTS")"
  rt delete --force "$ID"
}
# Anyone may call itself as a gate does, and run before the hook.
held_by_a_stranger() {
  local hold
  fresh
  hold="pid=\$(jq .pid); setsid $(helper tracer) \$pid bulkhead-gate >$NODE/out/traced 2>&1 </dev/null &
    until [ -s $NODE/out/traced ]; do sleep 0.01; done"
  rm -f "$NODE/out/traced"
  bundle "$NO_FILTER" "$(args /bin/static)" ".hooks.createRuntime |= [{path: \"/bin/sh\",
    args: [\"sh\", \"-c\", $(jq -Rs . <<<"$hold")], env: [\"PATH=/usr/bin:/bin\"]}] + ."
  run
  is "traced by a process that calls itself a gate: the tracer held it" traced "$(cat "$NODE/out/traced")"
  refused "traced by a process that calls itself a gate"
  contains "$RUNTIME: traced by a process that calls itself a gate: the event says who traces" "traces it" \
    "$(last_event .message)"
}
# What a program does is dated by the kernel, to a tick; its first act is the mark.
dated_before_the_program() {
  local round late=0 proved marked
  fresh
  bundle "$NO_FILTER" "$(args /bin/static)"
  for round in 1 2 3 4 5 6 7 8; do
    rm -f "$NODE/out/mark"
    run
    eventually 5 no_gate
    proved=$(date -d "$(last_event .time)" +%s%3N) marked=$(date -r "$NODE/out/mark" +%s%3N)
    [ "$proved" -le "$marked" ] || late=$((late + 1))
  done
  is "the proof is dated before the program's first act, $round times" 0 "$late"
}

# ---- shapes of containers --------------------------------------------------------------------------------

user_namespace() {
  local nnp map='[{containerID: 0, hostID: 100000, size: 65536}]'
  for nnp in true false; do
    fresh
    bundle "$NO_FILTER" ".process.noNewPrivileges = $nnp" "$(args /bin/static)" \
      ".linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = $map | .linux.gidMappings = $map"
    run
    is "user namespace, no_new_privileges $nnp: confined" "2 0 1" \
      "$(field Seccomp) $(field TracerPid) $(field unshare)"
  done
}
host_pid_namespace() {
  fresh
  bundle "$NO_FILTER" "$(args /bin/static)" \
    '.linux.namespaces |= map(select(.type != "pid"))'
  run
  is "the host's pid namespace: confined" "2 0 1" "$(field Seccomp) $(field TracerPid) $(field unshare)"
}
terminal() {
  local receiver
  fresh
  bundle "$NO_FILTER" "$(args /bin/static)" '.process.terminal = true'
  rm -f "$NODE/console"
  timeout 10 "$(helper console_receiver)" "$NODE/console" >"$NODE/received" &
  receiver=$!
  eventually 5 test -S "$NODE/console"
  rt create --bundle "$NODE/c" --console-socket "$NODE/console" "$ID"
  rt start "$ID"
  wait "$receiver"
  OUT=$(tr -d '\r' <"$NODE/received")
  is "terminal: confined" "2 0 1" "$(field Seccomp) $(field TracerPid) $(field unshare)"
  rt delete --force "$ID"
}
# All that this machine's root has itself.
all_capabilities() {
  capsh --print | sed -n 's/^Bounding set =//p' | tr 'a-z,' 'A-Z\n' | jq -Rnc '[inputs]'
}
every_capability() {
  local all nnp
  all=$(all_capabilities)
  for nnp in true false; do
    fresh
    bundle "$NO_FILTER" ".process.noNewPrivileges = $nnp | .process.capabilities |= (
      .bounding = $all | .effective = $all | .permitted = $all)" "$(args /bin/static)"
    run
    is "every capability, no_new_privileges $nnp: under a filter that lets it do its work" "2 0 0" \
      "$(field Seccomp) $(field TracerPid) $(field unshare)"
  done
}
many_threads() {
  local init code=0
  fresh
  # The process with the threads is one of the node, in no container.
  make_bundle "$NODE/c" "$NO_FILTER" '.root.readonly = false
    | del(.linux.namespaces, .linux.maskedPaths, .linux.readonlyPaths)' ".process.noNewPrivileges = true | .process.capabilities = {
    bounding: $(all_capabilities), effective: $(all_capabilities), permitted: $(all_capabilities)}"
  mkdir -p /out && mount --bind "$NODE/out" /out
  mkfifo "$NODE/go" 2>/dev/null
  "$(helper threaded_init -pthread)" "$NODE/rootfs/bin/static" <>"$NODE/go" >"$NODE/threads.out" 2>&1 &
  init=$!
  eventually 5 has_20_threads "$init"
  "$HOOK" createRuntime <<<"{\"id\": \"threads\", \"pid\": $init, \"status\": \"creating\", \"bundle\": \"$NODE/c\"}" || code=$?
  is "20 threads: the hook holds them" 0 "$code"
  sleep 0.2
  echo go >"$NODE/go"
  wait "$init"
  OUT=$(cat "$NODE/threads.out")
  is "20 threads, an exec by another than the leader: confined" "2 0" \
    "$(field Seccomp) $(field TracerPid)"
  umount /out && rmdir /out
  rm -f "$RECORDS/threads.json"
}
has_20_threads() { [ "$(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l)" -ge 20 ]; }
program_of_32_bits() {
  fresh
  make_32_bit "$NODE/rootfs/bin/small"
  bundle "$NO_FILTER" '.process.noNewPrivileges = true' "$(args /bin/small)"
  run
  # Its exit code is prctl(PR_GET_NO_NEW_PRIVS): it ran, and its registers were right.
  is "a 32-bit program: runs under an installed filter" "1 " "$CODE $OUT"
  is "a 32-bit program: the event" installed "$(last_event .event)"
}

# ---- when the node itself is in trouble --------------------------------------------------------------------

trouble_case() { # NAME
  bundle "$NO_FILTER" "$(args /bin/static)"
  run
  is "$1: still confined" "0 2 1" "$CODE $(field Seccomp) $(field unshare)"
}
node_in_trouble() {
  fresh
  rm -rf /var/cache/bulkhead/programs  # of other profiles
  rm -rf /run/bulkhead && touch /run/bulkhead
  trouble_case "no directory for records"
  says "no directory for records: the event says so" "its record is missing" "$(last_event .message)"
  rm /run/bulkhead && mkdir /run/bulkhead

  mount -t tmpfs -o ro tmpfs /run/bulkhead
  trouble_case "a read-only directory for records"
  umount /run/bulkhead

  mount -t tmpfs -o size=4k,nr_inodes=3 tmpfs /run/bulkhead
  mkdir -p "$RECORDS" && head -c 4096 /dev/zero >/run/bulkhead/full
  trouble_case "a full disk for records"
  umount /run/bulkhead

  mount -t tmpfs -o ro tmpfs /var/cache/bulkhead
  trouble_case "a read-only cache"
  umount /var/cache/bulkhead

  local program
  for program in /var/cache/bulkhead/programs/*.bpf; do echo garbage >"$program"; done
  trouble_case "a corrupt cache"
  check "$RUNTIME: a corrupt cache is written anew" grep -q BULKBPF "$program"

  mount -t tmpfs -o ro tmpfs /var/log/bulkhead
  trouble_case "a read-only log"
  umount /var/log/bulkhead

  mkdir -p "$RECORDS"
  jq -nc '{version: 1, id: "gone", engine: "unknown", state: "proved", pid: 4194000, start_time: 1}' \
    >"$RECORDS/gone.json"
  trouble_case "a record that a crash left"
  check "$RUNTIME: a record that a crash left is removed by the next run" test ! -e "$RECORDS/gone.json"

  rm -f "$NODE/out/mark"
  write_policy <<<'{"version": 1, "no_such_key": 1}'
  bundle "$NO_FILTER" "$(args /bin/static)"
  run
  refused "a policy that is not valid"
  is "a policy that is not valid: the event" refused "$(last_event .event)"
}
policy_words() {
  fresh
  write_policy <<<'{"version": 1, "process": {"no_new_privileges": "set"}}'
  bundle "$NO_FILTER" '.process.noNewPrivileges = false' "$(args /bin/static)"
  run
  refused "no_new_privileges set, by the hook alone"
  says "no_new_privileges set, by the hook alone: the event names the remedy" \
    "let the engine start containers through bulkhead-shim" "$(last_event .message)"
  fresh
  write_policy <<<'{"version": 1, "prove": "never"}'
  bundle "$NO_FILTER" "$(args /bin/static)"
  run
  refused "nothing proved, but a filter is missing"
  fresh
  write_policy <<<'{"version": 1, "prove": "when-installing"}'
  bundle "$(good_filter)" "$(args /bin/sleep 100)"
  create
  is "proved only when installing: no gate for a good filter" 0 "$(gates)"
  is "proved only when installing: the record" unproved "$(jq -r .state "$RECORDS/$ID.json")"
  is "proved only when installing: event and record name one source" "runtime/default runtime/default" \
    "$(last_event .seccomp) $(jq -r .seccomp "$RECORDS/$ID.json")"
  rt delete --force "$ID"
  fresh
  write_policy <<<'{"version": 1, "mode": "observe"}'
  bundle "$NO_FILTER" "$(args /bin/static)"
  run
  is "observe: runs as it was" "0 0" "$CODE $(field Seccomp)"
  is "observe: the event" observed "$(last_event .event)"
  says "observe: what would have been" "let go, but not as planned: no seccomp filter" "$(last_event .message)"
  # Runtimes accept an errno beside KILL; Bulkhead does not, since they disagree about what it means.
  jq '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls":
    [{"names": ["ptrace"], "action": "SCMP_ACT_KILL", "errnoRet": 1}]}' \
    "$NODE/base.json" >"$NODE/errno.json"
  "$HOOK" precreate <"$NODE/errno.json" >"$NODE/answer.json"
  is "observe, precreate: let go" 0 $?
  is "observe, precreate: as it was" "$(cat "$NODE/errno.json")" "$(cat "$NODE/answer.json")"
  is "observe, precreate: the event" "observed hook precreate" "$(last_event '.event + " " + .stage')"
  says "observe, precreate: what would have been" "would refuse: " "$(last_event .message)"
}

# ---- many at once ------------------------------------------------------------------------------------------

lane() { # LANE COUNT
  local n id
  for ((n = 0; n < $2; n++)); do
    id=lane$1-$n
    "$RUNTIME" run --bundle "$NODE/lane$1" "$id" >>"$NODE/lane$1.out" 2>&1 </dev/null
  done
}
many_at_once() {
  local lanes=20 total=100 lane pids=()
  [ -z "${FULL:-}" ] || total=500
  fresh
  rm -f "$RECORDS"/*
  for ((lane = 0; lane < lanes; lane++)); do
    if ((lane % 2)); then bundle "$(good_filter)" "$(args /bin/static)"; else
      bundle "$NO_FILTER" ".process.noNewPrivileges = $( ((lane % 4)) && echo true || echo false)" \
        "$(args /bin/static)"; fi
    rm -rf "$NODE/lane$lane"*
    cp -r "$NODE/c" "$NODE/lane$lane"
    sed -i "s#\"/$NODE_ID/c\"#\"/$NODE_ID/lane$lane\"#" "$NODE/lane$lane/config.json"
  done
  for ((lane = 0; lane < lanes; lane++)); do
    lane "$lane" $((total / lanes)) &
    pids+=($!)
  done
  wait "${pids[@]}"
  is "$total in $lanes lanes: each ran confined" "$total" \
    "$(cat "$NODE"/lane*.out | grep -c '^Seccomp=2')"
  no_gate_left "$total in $lanes lanes"
  is "$total in $lanes lanes: each proved" "$total" \
    "$(jq -r 'select(.event == "proved" or .event == "installed") | .id' "$EVENTS" | sort -u | wc -l)"
  is "$total in $lanes lanes: no record is left" 0 "$(find "$RECORDS" -type f | wc -l)"
  is "$total in $lanes lanes: no zombie" 0 "$(grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l)"
}

# ---- Podman -------------------------------------------------------------------------------------------------

pod() {
  podman --root "$NODE/podman" --runroot "$NODE/podman-run" --tmpdir "$NODE/podman-tmp" \
    --storage-driver vfs --cgroup-manager cgroupfs --events-backend file --hooks-dir "$NODE/hooks.d" "$@"
}
pod_run() {
  CODE=0
  OUT=$(pod --runtime "$RUNTIME" run --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none \
    --cgroup-parent "/$NODE_ID" "$@" 2>&1 </dev/null) || CODE=$?
}
hooks_d() { # FILE STAGE…
  local file=$1
  shift
  mkdir -p "$NODE/hooks.d"
  jq -n --arg path "$HOOK" --arg stage "$1" '{version: "1.0.0", when: {always: true}, stages: [$stage],
    hook: {path: $path, args: ["bulkhead-hook", $stage], timeout: 10}}' >"$NODE/hooks.d/$file.json"
}
podman_tests() {
  fresh
  rm -rf "$NODE/hooks.d"
  hooks_d createRuntime createRuntime
  hooks_d poststop poststop
  mkdir -p "$NODE/podroot" && cp -a "$NODE/rootfs/." "$NODE/podroot/"
  local say='cat /proc/self/status | grep -E "^(Seccomp|TracerPid):"; probe unshare' expected=$'TracerPid:\t0\nSeccomp:\t2\nunshare=1'
  pod_run --rm --security-opt seccomp=unconfined --rootfs "$NODE/podroot" /bin/sh -c "$say"
  is "podman, seccomp=unconfined: confined" "$expected" "$OUT"
  is "podman: the gate installed it" installed "$(last_event .event)"
  is "podman: the engine is known" podman "$(last_event .engine)"
  pod_run --rm --rootfs "$NODE/podroot" /bin/sh -c "$say"
  # containers-common allows unshare.
  is "podman, its own default: confined" "${expected%=1}=0" "$OUT"
  is "podman, its own default: proved" proved "$(last_event .event)"
  pod_run --rm --privileged --rootfs "$NODE/podroot" /bin/sh -c 'grep ^Seccomp: /proc/self/status'
  is "podman, --privileged: under a filter" $'Seccomp:\t2' "$OUT"
  pod_run --rm --rootfs "$NODE/podroot" /bin/sh -c 'exit 42'
  is "podman: the exit code arrives" 42 "$CODE"
  pod_run -d --name held --rootfs "$NODE/podroot" /bin/sleep 100
  is "podman -d: starts" 0 "$CODE"
  is "podman -d: the record is proved" proved "$(eventually 5 proved_record; jq -r .state "$RECORDS"/*.json)"
  is "podman exec: runs" inside "$(pod exec held echo inside)"
  pod rm -f -t 0 held >/dev/null 2>&1
  check "podman rm: no record is left" eventually 5 no_records
  no_gate_left "podman"
  rm -f "$NODE/hooks.d/createRuntime.json" "$NODE/hooks.d/poststop.json"
  hooks_d precreate precreate
  pod_run --rm --security-opt seccomp=unconfined --rootfs "$NODE/podroot" /bin/sh -c "$say"
  is "podman, precreate: confined" "$expected" "$OUT"
  is "podman, precreate: rewritten, then proved by the hook that it wrote" "changed proved" \
    "$(jq -r .event "$EVENTS" | tail -n 2 | xargs)"
  is "podman, precreate: both events bear the container's id" "64 1" \
    "$(jq -r .id "$EVENTS" | tail -n 2 | uniq | awk '{ print length($0), NR }')"

  # Podman itself shows nothing of what precreate says.
  write_policy <<<'{"version": 1, "seccomp": {"unset": "refuse"}}'
  local sentence='asks for no seccomp profile and the policy refuses that (seccomp.unset = refuse'
  pod_run --rm --security-opt seccomp=unconfined --rootfs "$NODE/podroot" /bin/echo ran
  is "podman, precreate alone refuses: nothing ran" "" "$(grep -x ran <<<"$OUT")"
  case $RUNTIME in
    *runc*) contains "podman, precreate alone refuses: the runtime shows the sentence" "$sentence" "$OUT" ;;
  esac
  contains "podman, precreate alone refuses: the event tells why" "$sentence" "$(last_event .message)"
  is "podman, precreate alone refuses: the event names the container" 64 "$(last_event .id | awk '{ print length($0) }')"
  bundle "$NO_FILTER" "$(args /bin/echo ran)"
  "$HOOK" precreate <"$NODE/c/config.json" | jq 'del(.hooks)' >"$NODE/no-hooks.json"
  mv "$NODE/no-hooks.json" "$NODE/c/config.json"
  run
  contains "podman, precreate alone refuses: without hooks nothing can be executed" "ile name too long" "$OUT"
  is "podman, precreate alone refuses: without hooks nothing ran" "" "$(grep -x ran <<<"$OUT")"
  remove_policy
}
proved_record() { grep -q '"state":"proved"' "$RECORDS"/*.json; }
no_records() { [ -z "$(find "$RECORDS" -type f)" ]; }

TESTS=(matrix proof_fails annotation_kept logged_beside first_instruction gate_killed_before_start
  gate_killed_at_exec never_started late_start job_control killed_while_held unseen held_twice
  held_by_a_stranger dated_before_the_program user_namespace host_pid_namespace terminal
  every_capability program_of_32_bits node_in_trouble policy_words many_at_once)
[ -z "${GATE_TESTS:-}" ] || read -ra TESTS <<<"$GATE_TESTS"
all_of() {
  RUNTIME=$1
  bundle && good_filter >/dev/null
  local test
  for test in "${TESTS[@]}"; do "$test"; done
}

need_hook
prepare
case ${1:-} in
  '') ;;
  podman) RUNTIME=$2 && podman_tests && finish ;;
  only) # RUNTIME FUNCTION…: for work on this script
    if [ -z "${BULKHEAD_INSIDE:-}" ]; then
      again_in_view "$2" "$@"
    else
      RUNTIME=$2 && bundle && good_filter >/dev/null
      for test in "${@:3}"; do "$test"; done
    fi
    finish
    ;;
  *) all_of "$1" && finish ;;
esac
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
[ -z "${GATE_TESTS:-}" ] || finish
RUNTIME=threads
many_threads
if command -v podman >/dev/null; then
  for runtime in $(runtimes); do again_in_view "$runtime" podman "$runtime"; done
else
  skip "Podman with hooks.d" "podman is not installed"
fi
finish
