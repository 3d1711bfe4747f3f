#!/usr/bin/env bash
# What the shim is for: containers on real runtimes start under the filter that the node's owner
# accepts, or are refused with a sentence. What holds is asked of the kernel, inside the container.
#
# Environment: CONFINEMENT_RUNTIMES, those to use instead of all that are here.
# shellcheck disable=SC2016,SC2317  # jq programs; functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

RUNTIME='' R='' ID=confined CODE=0
TRACER=$(helper tracer)
EVENTS=/var/log/bulkhead/events.jsonl

is() { same "$RUNTIME: $1" "$2" "$3"; }
says() { contains "$RUNTIME: $1" "$2" "$3"; }

# run_bundle: stdout of the container; its exit code in CODE, stderr in $NODE/err.
run_bundle() {
  local code=0
  "$R" "$@" run --bundle "$NODE/c" "$ID" </dev/null 2>"$NODE/err" >"$NODE/out" || code=$?
  [ "$code" = 0 ] || "$R" delete --force "$ID" >/dev/null 2>&1
  CODE=$code
  OUT=$(cat "$NODE/out") ERR=$(cat "$NODE/err")
}
bundle() { make_bundle "$NODE/c" "$(args /bin/probe seccomp unshare keyctl ptrace)" "$@"; }
# Of the shim's decision; the gate's proof is an event of its own.
last_event() { grep '"stage":"shim' "$EVENTS" | tail -n 1 | jq -r "$1"; }
last_proof() { eventually 5 grep -q '"stage":"gate' "$EVENTS"; grep '"stage":"gate' "$EVENTS" | tail -n 1 | jq -r "$1"; }
fresh() {
  rm -rf /etc/bulkhead/* /var/log/bulkhead/*
  mkdir -p /etc/bulkhead/seccomp
}

# 38, ENOSYS: the fallback's answer to calls that it does not know or does not want known.
FALLBACK='seccomp=2
unshare=1
keyctl=38
ptrace=3'
UNCONFINED='seccomp=0
unshare=0
keyctl=0
ptrace=3'

# What the fallback adds to config.json; where the kernel has AppArmor, its label too.
ADDED='.linux.seccomp' ADDED_NAME='only linux.seccomp was'
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then
  ADDED+=', .process.apparmorProfile' ADDED_NAME='only linux.seccomp and process.apparmorProfile were'
fi

# ---- the fallback ----------------------------------------------------------------------------------

no_profile() {
  fresh
  bundle
  R=$RUNTIME run_bundle
  is "no profile and no shim: unconfined" "$UNCONFINED" "$OUT"
  jq -c . "$NODE/c/config.json" >"$NODE/before"
  stat -c '%a %u %g' "$NODE/c/config.json" >"$NODE/before.stat"
  run_bundle
  is "no profile: the fallback" "$FALLBACK" "$OUT"
  is "$ADDED_NAME added to config.json" "$(cat "$NODE/before")" \
    "$(jq -c "del($ADDED)" "$NODE/c/config.json")"
  is "mode and owner of config.json are kept" "$(cat "$NODE/before.stat")" \
    "$(stat -c '%a %u %g' "$NODE/c/config.json")"
  sha256sum "$NODE/c/config.json" >"$NODE/sum"
  run_bundle
  is "a second time: the same" "$FALLBACK" "$OUT"
  check "$RUNTIME: a second time changes no byte of config.json" sha256sum --check "$NODE/sum"
  is "nothing but config.json in the bundle" config.json "$(ls -A "$NODE/c")"
}

event_of_a_change() {
  fresh
  bundle
  run_bundle
  is "one decision for one container" 1 "$(grep -c '"stage":"shim' "$EVENTS")"
  is "one proof for one container" "proved gate $ID" "$(last_proof '[.event, .stage, .id] | join(" ")')"
  is "the event tells what happened" "changed shim run $ID runtime/default" \
    "$(last_event '[.event, .stage, .id, .seccomp] | join(" ")')"
  is "the event has a time" true \
    "$(last_event '.time | test("^[0-9-]{10}T[0-9:]{8}[.][0-9]{3}Z$")')"
  says "the event tells why" "asks for no seccomp profile" "$(last_event '.reasons[].sentence')"
}

empty_seccomp() {
  fresh
  bundle '.linux.seccomp = {}'
  run_bundle
  is "seccomp {}: the fallback" "$FALLBACK" "$OUT"
  says "seccomp {}: the event tells of it" "is empty" "$(last_event '.findings[].message')"
}

own_profile_stays() {
  fresh
  bundle ".linux.seccomp = $(cat "$(data_profile node-profile)")"
  jq -S .linux.seccomp.syscalls "$NODE/c/config.json" >"$NODE/before"
  run_bundle
  is "a profile in config.json holds" 'seccomp=2
unshare=1
keyctl=1
ptrace=1' "$OUT"
  is "a profile in config.json keeps its rules" "$(cat "$NODE/before")" \
    "$(jq -S .linux.seccomp.syscalls "$NODE/c/config.json")"
}

with_and_without_new_privileges() {
  local wanted
  fresh
  for wanted in true false; do
    make_bundle "$NODE/c" "$(args /bin/probe seccomp no_new_privs unshare)" \
      ".process.noNewPrivileges = $wanted"
    run_bundle
    is "noNewPrivileges $wanted is kept under the fallback" "seccomp=2
no_new_privs=$([ "$wanted" = true ] && echo 1 || echo 0)
unshare=1" "$OUT"
  done
}

privileged() {
  fresh
  # All capabilities that this machine's root has itself.
  local all
  all=$(capsh --print | sed -n 's/^Bounding set =//p' | tr 'a-z,' 'A-Z\n' | jq -Rnc '[inputs]')
  make_bundle "$NODE/c" "$(args /bin/probe seccomp unshare keyctl mount)" ".process.noNewPrivileges = false
    | .process.capabilities |= (.bounding = $all | .effective = $all | .permitted = $all)"
  run_bundle
  is "a privileged container keeps what its capabilities are for, under a filter" 'seccomp=2
unshare=0
keyctl=0
mount=0' "$OUT"
}

# ---- exec ---------------------------------------------------------------------------------------------

exec_is_confined() {
  local text
  fresh
  make_bundle "$NODE/c" "$(args /bin/sleep 100)"
  "$R" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
  text=$("$R" exec "$ID" /bin/probe seccomp unshare keyctl ptrace)
  is "exec by words" "$FALLBACK" "$text"
  # As an engine makes it: from the spec that it stored, not from our config.json.
  jq '.process | .args = ["/bin/probe", "seccomp", "no_new_privs", "unshare"]' "$NODE/c/config.json" \
    >"$NODE/process.json"
  text=$("$R" exec --process "$NODE/process.json" "$ID")
  is "exec by process.json" 'seccomp=2
no_new_privs=1
unshare=1' "$text"
  cp "$NODE/process.json" "$NODE/process.before"
  jq '.noNewPrivileges = false' "$NODE/process.before" >"$NODE/process.json"
  text=$("$R" exec --process "$NODE/process.json" "$ID")
  is "exec cannot be weaker than its container: no_new_privileges" 'seccomp=2
no_new_privs=1
unshare=1' "$text"
  is "the caller's process.json is as it was" false "$(jq .noNewPrivileges "$NODE/process.json")"
  text=$("$R" exec "$ID" /bin/probe no_new_privs)
  is "exec by words keeps no_new_privileges" no_new_privs=1 "$text"
  says "exec has its event" "shim exec" "$(last_event .stage)"
  says "exec is proved against its container" "proved gate exec" "$(last_proof '[.event, .stage] | join(" ")')"
  "$R" delete --force "$ID" >/dev/null 2>&1
}

# No single profile says what both allow: the gate installs the floor beside it, in what joins as well.
floor_beside_holds_for_exec() {
  fresh
  write_policy <<<'{"version": 1, "seccomp": {"floor": "runtime-default", "floor_action": "clamp"}}'
  make_bundle "$NODE/c" "$(args /bin/sleep 100)" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
    architectures: ["'"$SCMP_NATIVE"'"], syscalls: [{names: ["socket"], action: "SCMP_ACT_ERRNO",
      args: [{index: 0, value: 255, valueTwo: 3, op: "SCMP_CMP_MASKED_EQ"}]}]}'
  "$R" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
  is "a floor beside the profile: exec has both" "seccomp=2
unshare=1" "$("$R" exec "$ID" /bin/probe seccomp unshare)"
  is "a floor beside the profile: exec is proved with both" "installed gate exec" \
    "$(last_proof '[.event, .stage] | join(" ")')"
  "$R" delete --force "$ID"
}

# The init is somebody else's tracee and has no record: what it holds cannot be told.
exec_beside_an_unreadable_init() {
  local mode code
  for mode in enforce observe; do
    fresh
    write_policy <<<"{\"version\": 1, \"mode\": \"$mode\"}"
    make_bundle "$NODE/c" "$(args /bin/sleep 100)"
    "$R" run --detach --bundle "$NODE/c" --pid-file "$NODE/pid" "$ID" >/dev/null 2>&1 </dev/null
    last_proof .event >/dev/null
    rm -f "/run/bulkhead/containers/$ID.json"
    "$TRACER" "$(cat "$NODE/pid")" >"$NODE/traced" &
    check "mode $mode: somebody else traces the init" eventually 30 grep -q traced "$NODE/traced"
    code=0
    "$R" exec "$ID" /bin/true >/dev/null 2>&1 </dev/null || code=$?
    kill %% && wait %% 2>/dev/null
    if [ "$mode" = enforce ]; then check "an init that cannot be read: exec is killed" test "$code" != 0
    else is "an init that cannot be read: observe lets exec go" 0 "$code"; fi
    "$R" delete --force "$ID"
  done
}

# An exact analysis takes milliseconds, and probes are executed every few seconds.
exec_is_analysed_once() {
  local learnt=/var/cache/bulkhead/programs
  fresh
  rm -f "$learnt"/*.accepted
  make_bundle "$NODE/c" "$(args /bin/sleep 100)"
  "$R" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
  eventually 5 grep -q '"seccomp_proof":"analysed"' "/run/bulkhead/containers/$ID.json" ||
    { "$R" delete --force "$ID"; return; }  # this runtime installs what was planned, byte for byte
  rm -f "$learnt"/*.accepted
  "$R" exec "$ID" /bin/true </dev/null
  check "what an analysis found of an exec is remembered" eventually 5 compgen -G "$learnt/*.accepted"
  "$R" delete --force "$ID"
}

# The runtime refuses it; what is known of the one that runs stays.
second_of_one_id() {
  local record=/run/bulkhead/containers/$ID.json before
  fresh
  make_bundle "$NODE/c" "$(args /bin/sleep 100)"
  "$R" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
  eventually 5 grep -q '"state":"proved"' "$record"
  before=$(cat "$record")
  check "a second container of one id fails" test "$("$R" create --bundle "$NODE/c" "$ID" >/dev/null 2>&1; echo $?)" != 0
  eventually 5 grep -q '"event":"ended"' "$EVENTS"
  is "a second container of one id: the first one's record stays" "$before" "$(cat "$record")"
  "$R" delete --force "$ID"
}

exec_drops_capabilities() {
  local text
  fresh
  write_policy <<<'{"version": 1, "process": {"drop_capabilities": ["CAP_KILL"], "no_new_privileges": "set"}}'
  make_bundle "$NODE/c" "$(args /bin/sh -c '/bin/probe capeff no_new_privs; exec sleep 100')" \
    '.process.noNewPrivileges = false'
  "$R" run --detach --bundle "$NODE/c" "$ID" >"$NODE/out" 2>&1 </dev/null
  eventually 5 grep -q no_new_privs "$NODE/out"
  # CAP_AUDIT_WRITE and CAP_NET_BIND_SERVICE of runc's own spec stay.
  is "drop_capabilities and no_new_privileges of the policy hold" 'no_new_privs=1
capeff=0000000020000400' "$(cat "$NODE/out")"
  jq '.process | .args = ["/bin/probe", "capeff", "no_new_privs"] | .noNewPrivileges = false
    | .capabilities.effective += ["CAP_KILL"] | .capabilities.bounding += ["CAP_KILL"]
    | .capabilities.permitted += ["CAP_KILL"]' "$NODE/c/config.json" >"$NODE/process.json"
  text=$("$R" exec --process "$NODE/process.json" "$ID")
  is "they hold for exec too" 'no_new_privs=1
capeff=0000000020000400' "$text"
  "$R" delete --force "$ID" >/dev/null 2>&1
}

# Two that runc's own spec gives no container.
ADMIN='["CAP_SYS_ADMIN", "CAP_NET_RAW"]'
HAS_ADMIN=$(((1 << 21) | (1 << 13)))
# What stdin, a program's `probe capeff`, has of these: 0 none, 1 all, else some.
admin_of() {
  local held=$((16#$(sed -n 's/^capeff=//p') & HAS_ADMIN))
  [ "$held" = "$HAS_ADMIN" ] && echo 1 || echo "$held"
}
exec_of_admin() {
  jq ".process | .args = [\"/bin/probe\", \"capeff\"]
    | (.capabilities.bounding, .capabilities.permitted, .capabilities.effective) += $ADMIN" \
    "$NODE/c/config.json" >"$NODE/process.json"
  "$R" exec --process "$NODE/process.json" "$ID" 2>"$NODE/err" </dev/null | admin_of
}
exec_by_option() {
  CODE=0
  "$R" exec --cap CAP_SYS_ADMIN --cap CAP_NET_RAW "$ID" /bin/probe capeff 2>"$NODE/err" >"$NODE/out" </dev/null || CODE=$?
}

exec_beyond_its_container() {
  local cut="CAP_NET_RAW, CAP_SYS_ADMIN dropped (the container does not have them; exec.capabilities = container, built-in)"
  fresh
  make_bundle "$NODE/c" "$(args /bin/sleep 100)"
  "$R" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
  is "exec gets no capability that its container does not have" 0 "$(exec_of_admin)"
  is "stderr says so" "bulkhead: exec: $cut" "$(cat "$NODE/err")"
  is "the event says so" "$cut" "$(last_event '.reasons[] | select(.subject == "capabilities") | .sentence')"
  exec_by_option
  is "an option that asks for it is refused" 3 "$CODE"
  says "with the same sentence, and the key" "$cut" "$(cat "$NODE/err")"
  write_policy <<<'{"version": 1, "rules": [{"name": "debug", "match": {}, "because": "we debug here",
    "exec": {"capabilities": "as-asked"}}]}'
  is "exec as asked gets what its engine asks for" 1 "$(exec_of_admin)"
  is "and nothing is said" '' "$(cat "$NODE/err")"
  says "the event says by whose words" "we debug here" "$(last_event '[.. | strings] | join(" ")')"
  says "the event names them" "beyond the container's: CAP_NET_RAW, CAP_SYS_ADMIN" "$(last_event '[.. | strings] | join(" ")')"
  is "it is proved all the same" "proved gate exec" "$(last_proof '[.event, .stage] | join(" ")')"
  exec_by_option
  is "an option as asked gets it" "0 1" "$CODE $(admin_of <"$NODE/out")"
  write_policy <<<'{"version": 1, "exec": {"capabilities": "as-asked"}, "process": {"drop_capabilities": ["CAP_SYS_ADMIN"]}}'
  is "what the policy drops no exec gets" $((1 << 13)) "$(exec_of_admin)"
  "$R" delete --force "$ID" >/dev/null 2>&1
}

# ---- profiles by rule ---------------------------------------------------------------------------------

policy_with_profile() {
  write_policy <<<'{"version": 1, "rules": [
    {"name": "all", "match": {}, "seccomp": {"profile": "localhost/node.json"}}]}'
}

localhost_profile() {
  fresh
  cp "$(data_profile node-profile)" /etc/bulkhead/seccomp/node.json
  policy_with_profile
  bundle
  run_bundle
  is "a Localhost profile by rule" 'seccomp=2
unshare=1
keyctl=1
ptrace=1' "$OUT"
  is "its event names it" localhost/node.json "$(last_event .seccomp)"
}

seed_profile() {
  local names
  fresh
  cp "$(data_profile seed-node-profile)" /etc/bulkhead/seccomp/node.json
  policy_with_profile
  # No C library starts under it, and runc 1.1 does not come as far as the program: crun does.
  make_bundle "$NODE/c" "$(args /bin/bare)" '.process.noNewPrivileges = true'
  cp "$(helper bare -nostdlib)" "$NODE/rootfs/bin/bare"
  run_bundle
  names=$(jq -cS '[.syscalls[].names[]] | unique' "$(data_profile seed-node-profile)")
  is "the tutorial's profile is passed on with every name" "$names" \
    "$(jq -cS '[.linux.seccomp.syscalls[].names[]] | unique' "$NODE/c/config.json")"
  [ "$RUNTIME" != crun ] || is "a program runs under the tutorial's profile" alive "$OUT"
  [ "$RUNTIME" = crun ] || says "a finding tells what the profile denies to the runtime" fstatfs \
    "$(jq -r '.findings[]?.message' "$EVENTS")"
}

broken_profile() {
  fresh
  echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "ALLOW"}]}' \
    >/etc/bulkhead/seccomp/node.json
  policy_with_profile
  bundle
  rm -f "$NODE/log"
  sha256sum "$NODE/c/config.json" >"$NODE/sum"
  run_bundle --log "$NODE/log" --log-format json
  is "a broken profile is refused" 3 "$CODE"
  is "nothing of the container ran" '' "$OUT"
  says "the sentence names the profile" localhost/node.json "$ERR"
  says "the sentence names the place" /syscalls/0/action "$ERR"
  says "the sentence names the value" ALLOW "$ERR"
  says "the engine's log holds it (json)" /syscalls/0/action "$(jq -r .msg "$NODE/log")"
  is "the engine's log says error" error "$(jq -r .level "$NODE/log")"
  check "$RUNTIME: config.json is as it was" sha256sum --check "$NODE/sum"
  rm -f "$NODE/log"
  run_bundle --log "$NODE/log"
  if [ "$RUNTIME" = crun ]; then
    is "the engine's log holds it (text), as crun writes it" "$ERR" "$(cat "$NODE/log")"
  else
    says "the engine's log holds it (text)" 'level=error msg="' "$(cat "$NODE/log")"
  fi
  says "the event log holds it" /syscalls/0/action "$(last_event '[.. | strings] | join(" ")')"
  is "the event is a refusal" refused "$(last_event .event)"
}

unconfined_by_rule() {
  fresh
  write_policy <<<'{"version": 1, "rules": [{"name": "cni", "match": {}, "because": "it loads BPF",
    "seccomp": {"unset": "keep"}}]}'
  bundle
  run_bundle
  is "a rule with because lets a container go unconfined" "$UNCONFINED" "$OUT"
  says "and its event says why" "it loads BPF" "$(last_event '[.. | strings] | join(" ")')"
}

refused_when_unset() {
  fresh
  write_policy <<<'{"version": 1, "seccomp": {"unset": "refuse"}}'
  bundle
  run_bundle
  is "seccomp.unset refuse: refused" 3 "$CODE"
  says "with a sentence" "asks for no seccomp profile" "$ERR"
}

process_settings() {
  fresh
  write_policy <<<'{"version": 1, "process": {"run_as_non_root": "require", "read_only_rootfs": "set"}}'
  make_bundle "$NODE/c" "$(args /bin/sh -c 'id -u; touch /tmp/x')" '.root.readonly = false'
  run_bundle
  is "run_as_non_root: root is refused" 3 "$CODE"
  make_bundle "$NODE/c" "$(args /bin/sh -c 'id -u; touch /tmp/x')" '.root.readonly = false
    | .process.user = {uid: 1000, gid: 1000}'
  run_bundle
  is "run_as_non_root: another user runs" 1000 "$OUT"
  says "read_only_rootfs: set" "Read-only file system" "$ERR"
}

# ---- what voids a filter ----------------------------------------------------------------------------

annotations() {
  local key
  for key in run.oci.seccomp_bpf_data run.oci.handler run.oci.seccomp.plugins run.oci.seccomp.receiver; do
    fresh
    bundle ".annotations[\"$key\"] = \"AAAA\""
    run_bundle
    is "annotation $key is refused" 3 "$CODE"
    says "annotation $key is named" "$key" "$ERR"
  done
}

receiver_in_the_environment() {
  fresh
  bundle
  export RUN_OCI_SECCOMP_RECEIVER=$NODE/receiver
  run_bundle
  unset RUN_OCI_SECCOMP_RECEIVER
  is "RUN_OCI_SECCOMP_RECEIVER is refused" 3 "$CODE"
  says "RUN_OCI_SECCOMP_RECEIVER is named" RUN_OCI_SECCOMP_RECEIVER "$ERR"
}

# ---- observe mode, policy, log -------------------------------------------------------------------------

observe() {
  fresh
  write_policy <<<'{"version": 1, "mode": "observe"}'
  bundle
  sha256sum "$NODE/c/config.json" >"$NODE/sum"
  run_bundle
  is "observe: the container runs as it was" "$UNCONFINED" "$OUT"
  check "$RUNTIME: observe: config.json is as it was" sha256sum --check "$NODE/sum"
  is "observe: the event says so" observed "$(last_event .event)"
  write_policy <<<'{"version": 1, "mode": "observe", "seccomp": {"unset": "refuse"}}'
  run_bundle
  is "observe: what enforce would refuse runs" "$UNCONFINED" "$OUT"
  says "observe: the event says what enforce would do" "would refuse" \
    "$(last_event '[.. | strings] | join(" ")')"
}

invalid_policy() {
  fresh
  make_bundle "$NODE/c" "$(args /bin/sleep 100)"
  "$R" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
  write_policy <<<'{"version": 1, "mod": "observe"}'
  local code=0 text
  text=$("$R" create --bundle "$NODE/c" another 2>&1 </dev/null) || code=$?
  is "an invalid policy refuses create" 5 "$code"
  says "and says what is wrong" /mod "$text"
  code=0
  text=$("$R" exec "$ID" /bin/true 2>&1) || code=$?
  is "an invalid policy refuses exec" 5 "$code"
  check "$RUNTIME: an invalid policy lets state pass" "$R" state "$ID"
  check "$RUNTIME: an invalid policy lets kill pass" "$R" kill "$ID" KILL
  check "$RUNTIME: an invalid policy lets delete pass" eventually 5 "$R" delete "$ID"
}

log_cannot_be_written() {
  fresh
  bundle
  mount -t tmpfs -o size=4k,nr_inodes=8 tmpfs /var/log/bulkhead
  head -c 4096 /dev/zero >/var/log/bulkhead/filler
  run_bundle
  is "a full log does not decide: the container runs confined" "$FALLBACK" "$OUT"
  says "a full log: stderr says so" events.jsonl "$ERR"
  mount -o remount,ro /var/log/bulkhead
  run_bundle
  is "a read-only log does not decide" "$FALLBACK" "$OUT"
  says "a read-only log: stderr says so" events.jsonl "$ERR"
  write_policy <<<'{"version": 1, "seccomp": {"unset": "refuse"}}'
  bundle
  run_bundle
  is "a read-only log lets nothing through either" 3 "$CODE"
  umount /var/log/bulkhead
}

rotation() {
  fresh
  bundle
  run_bundle
  eventually 5 grep -q '"stage":"gate' "$EVENTS"
  mv "$EVENTS" "$EVENTS.1"
  run_bundle
  eventually 5 grep -q '"stage":"gate' "$EVENTS"
  is "the log is rotated by rename: nothing is lost" "2 2" \
    "$(wc -l <"$EVENTS.1") $(wc -l <"$EVENTS")"
}

SCENARIOS=(no_profile event_of_a_change empty_seccomp own_profile_stays with_and_without_new_privileges
  privileged exec_is_confined exec_is_analysed_once floor_beside_holds_for_exec second_of_one_id
  exec_beside_an_unreadable_init exec_drops_capabilities exec_beyond_its_container localhost_profile seed_profile
  broken_profile unconfined_by_rule refused_when_unset process_settings annotations receiver_in_the_environment
  observe invalid_policy log_cannot_be_written rotation)

need_shim
if [ $# -gt 0 ]; then
  RUNTIME=$1 R=$(link_shim "$1")
  shift
  for scenario in "${@:-${SCENARIOS[@]}}"; do "$scenario"; done
  finish
fi
for runtime in ${CONFINEMENT_RUNTIMES:-$(runtimes)}; do again_in_view "$runtime" "$runtime"; done
finish
