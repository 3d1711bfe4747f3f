#!/usr/bin/env bash
# A container that comes back from a checkpoint is proved before any of it runs on; one whose image was changed by
# hand is killed. CRIU, the runtimes and Podman are the real ones. Where CRIU cannot work on this kernel, or a runtime
# is built without it, the rows are skipped; the test node (tests/vm/run.sh) has one on which it can. FULL=1 strikes at
# more moments; RESTORE_SHORT=1 leaves out what takes long under emulation and shows nothing of CRIU or the kernel.
# shellcheck disable=SC2016,SC2317,SC2119,SC2120  # text for jq and the container; functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
RECORD=/run/bulkhead/containers/restored.json
ID=restored
RUNTIME='' R='' DOOR='' CODE=0 IMAGE=''
IMAGES=0
MOMENTS=20000  # microseconds after which it is struck
[ -z "${FULL:-}" ] || MOMENTS='0 2000 10000 20000 40000 80000'
APPARMOR=$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)

name() { echo "$RUNTIME, $DOOR: $1"; }

# ---- one container, and its image --------------------------------------------------------------------

# Two processes; the first answers to USR1, so that it shows that it runs.
PROGRAM=(/bin/sh -c 'trap "echo went on" USR1; sleep 600 & while :; do wait; done')
# CRIU would need iptables(8) for a network namespace. What it may lose by itself has a row of its own below.
bundle() { # [JQ FILTER…]
  local hooks=.
  [ "$DOOR" != both ] || hooks=".hooks.createRuntime = [{path: \"$HOOK\", args: [\"bulkhead-hook\", \"createRuntime\"]}]"
  make_bundle "$NODE/c" "$(args "${PROGRAM[@]}")" '.process.noNewPrivileges = false | .root.readonly = false
    | .linux.namespaces |= map(select(.type != "network"))' "$hooks" "$@"
}

# With pipes, as an engine runs it: CRIU connects them to the runtime's own.
piped() { "$@" < <(exec sleep 1000) > >(exec cat >>"$NODE/said") 2>&1; }
# A runc that was killed leaves the root mounted where its `delete` would empty it.
fresh() {
  umount -l "/run/runc/$ID/criu-root" 2>/dev/null
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  rm -f "$EVENTS" "$NODE/said" "$NODE/pid"
}
pid() { cat "$NODE/pid" 2>/dev/null; }
says() { tail -n 20 "$NODE/said" "$IMAGE/dump.log" "$(edited)/restore.log" 2>/dev/null; }

# checkpoint: runs the container behind the shim, and puts its image into IMAGE.
checkpoint() {
  fresh
  IMAGES=$((IMAGES + 1))
  IMAGE=$NODE/$RUNTIME/image-$IMAGES
  piped "$R" run --detach --bundle "$NODE/c" --pid-file "$NODE/pid" "$ID"
  eventually 10 pgrep -P "$(pid)" sleep
  "$RUNTIME" checkpoint --image-path "$IMAGE" "$ID" >>"$NODE/said" 2>&1 </dev/null ||
    { not_ok "$(name "a checkpoint is made")" "$(says)"; return 1; }
}
# edit FILE WORDS…: changes the image that the next restore reads (helpers/edit_image.c).
edit() { "$EDIT" "$(edited)/$1" "${@:2}"; }
# A directory of its own each time, and none is removed: a CRIU that was killed leaves mounts of control groups there.
image() { IMAGES=$((IMAGES + 1)) && cp -r "$IMAGE" "$NODE/$RUNTIME/edited-$IMAGES"; }
edited() { echo "$NODE/$RUNTIME/edited-$IMAGES"; }

restore() { # [PROGRAM]: R, or this one
  fresh
  CODE=0
  piped timeout 60 "${1:-$R}" restore --detach --bundle "$NODE/c" --image-path "$(edited)" \
    --pid-file "$NODE/pid" "$ID" || CODE=$?
}

event() { jq -er --arg kind "$1" 'select(.event == $kind) | .message' "$EVENTS"; }
runs() { [ -n "$(pid)" ] && kill -0 "$(pid)"; }
of_status() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$(pid)/status"; }
gone() { ! pgrep -f 'trap "echo went on"'; }
no_gate() { ! pgrep -x bulkhead-gate; }

comes_back() {
  image
  restore
  same "$(name "what comes back is let go")" 0 "$CODE"
  [ "$CODE" = 0 ] || { says | sed 's/^/# /'; return; }
  same "$(name "it is under its filter")" 2 "$(of_status Seccomp)"
  same "$(name "nobody traces it")" 0 "$(of_status TracerPid)"
  "$RUNTIME" kill "$ID" USR1
  check "$(name "it runs on")" eventually 10 grep -qx "went on" "$NODE/said"
  check "$(name "the event says that it is proved")" eventually 10 event proved
  same "$(name "and so does the record, with its pid")" "proved $(pid)" "$(jq -r '"\(.state) \(.pid)"' "$RECORD")"
  check "$(name "verify finds that it holds")" "$BUILD/bulkhead" verify "$ID"
  check "$(name "the gate has gone")" eventually 5 no_gate
}

killed() { # NAME SENTENCE, after image and edit
  restore
  check "$(name "$1: it does not come back")" test "$CODE" != 0
  check "$(name "$1: the event says why")" eventually 10 event proof-failed
  contains "$(name "$1: with the property")" "$2" "$(event proof-failed)"
  check "$(name "$1: and so does the runtime's stderr")" eventually 5 grep -q "^bulkhead: the container was killed" "$NODE/said"
  check "$(name "$1: nothing of it is left")" eventually 10 gone
  check "$(name "$1: the gate has gone")" eventually 5 no_gate
}

# ---- what is tried ------------------------------------------------------------------------------------

NO_FILTER='no seccomp filter is installed, but one must hold'
# Field 5 of a core image is the thread: its fields 11 and 12 are the mode of seccomp and the filter, 10 are the
# credentials (criu, images/core.proto, creds.proto).
without_filter() { # IMAGE
  edit "$1" drop 5.11
  edit "$1" drop 5.12
}
the_filter_is_taken_out() {
  image
  without_filter core-1.img
  restore "$RUNTIME"
  same "$RUNTIME alone brings it back without a filter" "0 0" "$CODE $(of_status Seccomp)"
  killed "an image without a filter" "$NO_FILTER"
}
one_process_lacks_it() {
  image
  without_filter "$(basename "$(find "$(edited)" -name 'core-*.img' ! -name core-1.img)")"
  killed "one process without a filter" ": $NO_FILTER"
}
the_filter_is_weaker() {
  image
  edit seccomp.img bytes 1.1 060000000000ff7f  # return ALLOW
  killed "a filter that allows everything" "the installed filters allow more than planned"
}
more_capabilities() {
  image
  for field in 10 11 12; do edit core-1.img number "5.10.$field" 0x20200420; done
  killed "one capability more" "CAP_SYS_ADMIN"
}
another_label() {
  image
  edit core-1.img bytes 5.10.15 "$(printf unconfined | od -An -tx1 | tr -d ' \n')"
  killed "no AppArmor profile" "bulkhead-default"
}

# The control: where a runtime fails by itself it fails as without us, and nothing is told of a proof.
the_image_is_broken() {
  local plain
  image
  rm "$(edited)/pstree.img"
  restore "$RUNTIME"
  plain=$CODE
  restore
  same "$(name "a broken image: the runtime's own failure")" "$plain" "$CODE"
  check "$(name "a broken image: the event ended")" eventually 10 event ended
  lacks "$(name "a broken image: nothing was killed")" "bulkhead:" "$(cat "$NODE/said")"
}

# CRIU 3.17 brings neither no_new_privs nor a read-only root back, 4.1 only the first, 4.2 both.
loses_no_new_privs() { criu --version | grep -q '^Version: 3'; }
what_criu_loses() {
  bundle '.process.noNewPrivileges = true' '.root.readonly = true'
  checkpoint || return
  image
  restore
  if [ "$CODE" = 0 ]; then
    same "$(name "no_new_privs comes back")" 1 "$(of_status NoNewPrivs)"
    check "$(name "and a read-only root, and is proved")" eventually 10 event proved
  else
    killed "a CRIU that loses a read-only root" "the root file system is writable"
    ! loses_no_new_privs ||
      contains "$(name "a CRIU that loses no_new_privs is told so")" "no_new_privs is not set" "$(event proof-failed)"
  fi
}

observing() {
  write_policy <<<'{"version": 1, "mode": "observe"}'
  image
  without_filter core-1.img
  restore
  same "$(name "mode observe lets it go")" "0 0" "$CODE $(of_status Seccomp)"
  check "$(name "mode observe tells what would be killed")" eventually 10 event observed
  contains "$(name "mode observe says why")" "$NO_FILTER" "$(event observed)"
  remove_policy
}

# Whatever becomes of the gate or of CRIU meanwhile: what runs in the end was proved.
strike() { # PROCESS MICROSECONDS
  eventually 10 pgrep -x "$1"
  sleep "$(printf '0.%06d' "$2")"
  pkill -KILL -x "$1"
}
struck() {
  local victim moment after bad=''
  for victim in bulkhead-gate criu; do
    for moment in $MOMENTS; do
      image
      without_filter core-1.img
      strike "$victim" "$moment" &
      restore
      wait "$!"
      after="$(pid) $CODE"
      eventually 10 gone || bad+=" $victim at $moment us ($after)"
    done
  done
  same "$(name "a gate or CRIU that is killed leaves nothing unproved")" '' "$bad"
}

# CRIU is the tracer already, and a hook cannot ask by its way.
the_hook_alone() {
  DOOR='hook alone'
  image
  restore "$RUNTIME"
  check "$(name "it is refused")" test "$CODE" != 0
  contains "$(name "the event says why and where it is proved")" "behind bulkhead-shim alone" \
    "$(jq -r 'select(.event == "refused")' "$EVENTS")"
  check "$(name "nothing of it is left")" eventually 10 gone
}

# What restores is a child of what the runtime executes.
behind_a_script() {
  printf '#!/bin/sh\n%s "$@"\nexit $?\n' "$(command -v criu)" >"$NODE/hiding/criu"
  chmod +x "$NODE/hiding/criu"
  image
  PATH=$NODE/hiding:$PATH restore
  same "$(name "a CRIU behind a script: what comes back is let go")" 0 "$CODE"
  check "$(name "a CRIU behind a script: it is proved")" eventually 10 event proved
  image
  without_filter core-1.img
  PATH=$NODE/hiding:$PATH killed "a CRIU behind a script" "$NO_FILTER"
}

# ---- Podman -----------------------------------------------------------------------------------------------

pod() {
  podman --root "$NODE/podman/root" --runroot "$NODE/podman/run" --tmpdir "$NODE/podman/tmp" \
    --events-backend file --storage-driver vfs --cgroup-manager cgroupfs --runtime "$R" "$@"
}
pod_pid() { pod inspect --format '{{.State.Pid}}' one; }
pod_proved() { jq -es --arg pid "$(pod_pid)" 'any(.state == "proved" and (.pid | tostring) == $pid)' /run/bulkhead/containers/*.json; }
podman_brings_back() {
  DOOR=Podman
  fresh
  mkdir -p /var/tmp
  tar -C "$NODE/rootfs" -c . | pod import - localhost/tested >/dev/null 2>&1
  check "$(name "a container starts")" pod run --detach --name one --network host --cgroup-parent "/$NODE_ID" \
    --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 localhost/tested "${PROGRAM[@]}"
  check "$(name "its checkpoint is exported")" pod container checkpoint --export "$NODE/one.tar.gz" one
  pod rm --force one >/dev/null 2>&1
  rm -f "$EVENTS"
  check "$(name "it is imported and restored")" pod container restore --import "$NODE/one.tar.gz"
  check "$(name "what came back is proved")" eventually 10 pod_proved
  same "$(name "it is under its filter")" 2 "$(sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$(pod_pid)/status")"
  pod rm --force --time 0 one >/dev/null 2>&1
}

# ---- all ----------------------------------------------------------------------------------------------------

with_criu() {
  case $RUNTIME in
    # It loads the library when it needs it.
    crun) crun --version | grep -q +CRIU && [ -n "$(find /usr/lib /usr/local/lib -name 'libcriu.so*' -print -quit)" ] ;;
  esac
}
try_all() {
  local scene
  DOOR=shim
  bundle
  checkpoint || return
  for scene in comes_back the_filter_is_taken_out one_process_lacks_it the_filter_is_weaker more_capabilities \
    struck; do "$scene"; done
  [ -n "${RESTORE_SHORT:-}" ] || for scene in the_image_is_broken observing behind_a_script; do "$scene"; done
  [ "$APPARMOR" != Y ] || another_label
  what_criu_loses
  [ -z "${RESTORE_SHORT:-}" ] || return
  DOOR=both
  bundle
  checkpoint && comes_back
  [ "$RUNTIME" != runc ] || the_hook_alone  # crun calls no hooks for a restore
}

# Where there are both kinds of control groups, crun leaves a container where the caller is among those of version 2, and
# CRIU saves all that is below: it cannot make the root's again, nor those of other tests.
in_its_own_group() {
  local group=/sys/fs/cgroup/unified/$NODE_ID/$RUNTIME
  [ ! -d /sys/fs/cgroup/unified ] || { mkdir -p "$group" && echo $$ >"$group/cgroup.procs"; }
}

need_shim
need_hook
make_rootfs
mkdir -p "$NODE/hiding"
EDIT=$(helper edit_image)
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  RUNTIME=$1 R=$(link_shim "$1")
  mkdir -p "$NODE/$RUNTIME"
  try_all
  fresh
  [ "$RUNTIME" != runc ] || podman_brings_back
  finish
fi
if ! why=$(criu check 2>&1); then
  skip "checkpoint and restore" "criu cannot work here: $(head -n 1 <<<"$why")"
  finish
fi
for RUNTIME in $(runtimes); do
  in_its_own_group
  if with_criu; then again_in_view "$RUNTIME" "$RUNTIME"; else skip "$RUNTIME" "it is built without CRIU, or libcriu is not there"; fi
done
finish
