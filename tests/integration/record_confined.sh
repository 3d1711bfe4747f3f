#!/bin/bash
# A container under record is as confined as one that is not, exactly: the kernel gives back the same filters, in the
# same order and with the same flags, and one beside them that lets everything take effect. Through shim and hook, by
# every runtime of this machine, with whatever puts the filters in their order; and so is what joins it by exec.
#
# FULL=1: more ways of being confined.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
watching_node "$@"
need_shim
need_hook
BULKHEAD=$BUILD/bulkhead
FLAGS=$(helper filter_flags)
RUNNING=()
# shellcheck disable=SC2317  # by the trap
end_all() {
  local one
  for one in "${RUNNING[@]}"; do in_view "${one%% *}" "${one%% *}" delete --force "${one#* }" >/dev/null 2>&1; done
}
trap end_all EXIT
trap 'exit 130' INT TERM HUP

# jq filters for config.json.
NAMED='.annotations = {"io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": "pod",
  "io.kubernetes.cri.sandbox-namespace": "shop", "io.kubernetes.cri.sandbox-name": "pod",
  "io.kubernetes.cri.container-name": "web", "io.kubernetes.cri.image-name": "registry/web:1"}'
hooked() { printf '.hooks.createRuntime = [{path: "%s", args: ["bulkhead-hook", "createRuntime"]}]' "$HOOK"; }
HOOK_INSIDE='.hooks.createContainer = [{path: "/bin/true"}]'
OWN_PROFILE='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["'"$SCMP_NATIVE"'"],
  syscalls: [{names: ["mkdir", "chroot"], action: "SCMP_ACT_ERRNO"},
  {names: ["socket"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 17, op: "SCMP_CMP_EQ"}]}]}'
LOGS='.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_LOG"]'  # Debian 12's runc takes none

# begin RUNTIME DOOR ID FILTER…: a container that waits; its first process is PID.
begin() {
  local runtime=$1 door=$2 id=$3 program
  shift 3
  program=$runtime
  [ "$door" = hook ] || program=$(link_shim "$runtime")
  make_bundle "$NODE/bundle" "$(args /bin/sleep 600)" "$NAMED" "$@" || return 1
  RUNNING+=("$runtime $id")
  in_view "$runtime" "$program" run --detach --bundle "$NODE/bundle" --pid-file "$NODE/pid" "$id" \
    </dev/null >"$NODE/out" 2>&1 || { cat "$NODE/out"; return 1; }
  PID=$(cat "$NODE/pid")
  eventually 10 let_go "$PID"
}
# shellcheck disable=SC2317  # eventually calls it
let_go() { [ "$(awk '$1 == "TracerPid:" { print $2 }' "/proc/$1/status")" = 0 ]; }

# runc puts its answer to calls that libseccomp does not know in front of libseccomp's program, and the order of the
# architectures in it changes from start to start where there are several: that part alone is left out. What
# libseccomp makes begins by loading the architecture (20:0:0:4), as that part does.
unordered='s/^([0-9]+) 20:0:0:4 .* 20:0:0:4 (15:[0-9]+:[0-9]+:c000003e 5:[^ ]* 20:0:0:0 )/\1 … 20:0:0:4 \2/'
# held PID: the filters, the oldest first, and what else the kernel says of a process's confinement.
held() {
  "$FLAGS" "$1" programs | sed -E "${SEVERAL:+$unordered}"
  grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp):' "/proc/$1/status"
  sed 's/^[0-9]* [0-9]* [0-9]*:[0-9]* //; s/master:[0-9]*//' "/proc/$1/mountinfo" | sort
}
# without_record: of what is held, all but filters that answer nothing but ALLOW and LOG (linux/seccomp.h).
# shellcheck disable=SC2016  # awk's variables
is_record='{ others = 0
  for (i = 2; i <= NF; i++) if ($i ~ /^6:/ && $i !~ /:(7fff0000|7ffc0000)$/) others++
  of_record = NF > 1 && $1 ~ /^[0-9]+$/ && others == 0 }'
without_record() { awk "$is_record !of_record"; }
of_record() { awk "$is_record of_record" | wc -l; }

# as_confined NAME RUNTIME DOOR FILTER…: once under record and once without.
as_confined() {
  local name="$2, $3: $1" runtime=$2 door=$3 bare recorded joined_bare joined_recorded told_bare
  shift 3
  begin "$runtime" "$door" bare "$@" '.annotations["io.kubernetes.cri.container-name"] = "other"' ||
    { not_ok "$name: a container starts" "$(cat "$NODE/out")"; return; }
  bare=$(held "$PID")
  joined_bare=$(join "$runtime" "$door" bare)
  told_bare=$(unlogged bare)
  in_view "$runtime" "$runtime" delete --force bare
  begin "$runtime" "$door" recorded "$@" || { not_ok "$name: a container under record starts" "$(cat "$NODE/out")"; return; }
  recorded=$(held "$PID")
  joined_recorded=$(join "$runtime" "$door" recorded)
  same "$name: what holds under record is what holds without" "$bare" "$(without_record <<<"$recorded")"
  same "$name: and one filter beside it" "0 1" "$(of_record <<<"$bare") $(of_record <<<"$recorded")"
  same "$name: what joins it holds what it would without" "$joined_bare" "$(without_record <<<"$joined_recorded")"
  same "$name: what is known of its denials is the same" "$told_bare" "$(unlogged recorded)"
  in_view "$runtime" "$runtime" delete --force recorded
}
# join RUNTIME DOOR ID: what holds of a process that joins.
join() {
  local program=$1
  [ "$2" = hook ] || program=$(link_shim "$1")
  rm -f "$NODE/joined.pid"
  in_view "$1" "$program" exec --detach --pid-file "$NODE/joined.pid" "$3" /bin/sleep 600 </dev/null >"$NODE/join.out" 2>&1
  eventually 10 test -s "$NODE/joined.pid" || { cat "$NODE/join.out"; return; }
  eventually 10 let_go "$(cat "$NODE/joined.pid")"
  held "$(cat "$NODE/joined.pid")"
}
unlogged() { jq -c "[.seccomp_unlogged, .state]" "/run/bulkhead/containers/"*"$1"*.json; }

"$BULKHEAD" record start web --container web >/dev/null
for runtime in $(runtimes); do
  SEVERAL=
  [ "$runtime" != runc ] || SEVERAL=yes
  if [ "$runtime" = runc ] || [ -n "${FULL:-}" ]; then as_confined "the fallback" "$runtime" hook "$(hooked)"; fi
  if [ "$runtime" != runc ] || [ -n "${FULL:-}" ]; then
    as_confined "the fallback, and privileges may grow" "$runtime" shim '.process.noNewPrivileges = false'
  fi
  [ -z "${FULL:-}" ] || as_confined "the fallback" "$runtime" shim
  SEVERAL=
  [ -z "${FULL:-}" ] || as_confined "a profile of its own" "$runtime" shim "$OWN_PROFILE"
  if [ "$runtime" = runc ]; then as_confined "a profile beside a hook of the container's" "$runtime" shim "$OWN_PROFILE" "$HOOK_INSIDE"
  else as_confined "one that logs, beside a hook of the container's" "$runtime" shim "$OWN_PROFILE" "$LOGS" "$HOOK_INSIDE"; fi
done
finish
