#!/bin/bash
# containerd (through ctr) and Podman on a kernel with AppArmor: which label a container gets with the
# engine's own profile, with none and with one that is only a file on the node; that it is proved, that
# exec keeps it, and that engine and runtime can stop what runs under it.
#
# Emulated, each of an engine's commands takes a second: every row of the tables at the end is there for
# something that no other row shows.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead
make_rootfs

RECORDS=/run/bulkhead/containers
FALLBACK='label=bulkhead-default (enforce)'
ENGINE='' RUNTIME='' WAY='' CODE=0 OUT='' ERR='' OWN=''

try() {
  CODE=0
  "$@" >"$NODE/out" 2>"$NODE/err" </dev/null || CODE=$?
  OUT=$(tr -d '\r' <"$NODE/out") ERR=$(tr '\n' ' ' <"$NODE/err")
}
named() { echo "$ENGINE, $RUNTIME, $WAY: $1"; }
is() { same "$(named "$1")" "$2" "$3"; }
prints() { is "$1" "$2" "$OUT${ERR:+ ($ERR)}"; }
says() { contains "$(named "$1")" "$2" "$3"; }
holds() { check "$(named "$1")" "${@:2}"; }
fresh() { rm -rf /var/log/bulkhead/*; }

# proved LABEL: where a gate held the container, the one record there is says so.
record_says() {
  jq -es --arg wanted "$1" "length == 1 and .[0].apparmor == \$wanted and .[0].state == \"proved\"" \
    "$RECORDS"/*.json
}
proved() {
  [ "$WAY" = shim ] || eventually 20 record_says "$1" || { cat "$RECORDS"/*.json; return 1; }
}
no_records() { [ -z "$(find "$RECORDS" -name '*.json' 2>/dev/null)" ]; }
gone() { holds "$1: nothing is left of it" eventually 20 no_records; }

# A program that ends itself with 3 when it is asked to stop.
WAITS=(/bin/sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done')

# The profile that is only a file, as it is before each container that asks for it.
only_a_file() { unload vm-engine && profile_file vm-engine; }

# ---- containerd ----------------------------------------------------------------------------------------

run_task() { # words of ctr run…
  ctl run --runtime io.containerd.runc.v2 --runc-binary "$(program "$WAY" "$RUNTIME")" "$@"
}
ROOTFS=(--rootfs "$NODE/rootfs")

ctr_gives() { # name, what the probe prints, words of ctr run…
  local name=$1 expected=$2
  shift 2
  try run_task --rm "$@" "${ROOTFS[@]}" once /bin/probe label
  prints "$name" "$expected"
}
ctr_file() {
  only_a_file
  ctr_gives "a profile that is only a file" "label=vm-engine (enforce)" --apparmor-profile vm-engine
}
ctr_own() {
  ctr_gives "containerd's own default stays" "label=cri-containerd.apparmor.d (enforce)" \
    --apparmor-default-profile cri-containerd.apparmor.d
}
ctr_privileged() { ctr_gives "a privileged container keeps what it asked for" label=unconfined --privileged; }
ctr_nowhere() {
  try run_task --rm --apparmor-profile vm-nowhere "${ROOTFS[@]}" nowhere /bin/probe label
  is "a profile that nothing defines: not started" 1 "$CODE"
  says "and ctr shows why" "the AppArmor profile 'vm-nowhere' is not loaded" "$ERR"
  try ctl container rm nowhere
}
ctr_task() {
  try run_task --detach "${ROOTFS[@]}" task "${WAITS[@]}"
  is "a task without a profile starts" 0 "$CODE"
  holds "the fallback is proved" proved bulkhead-default
  try ctl task exec --exec-id one task /bin/probe label
  prints "exec keeps it" "$FALLBACK"
  try ctl task kill --signal TERM task
  holds "TERM reaches its program" eventually 20 task_is task STOPPED
  try ctl task rm task
  says "which ends as it does" "exit code 3" "$ERR"
  try ctl container rm task
  gone "the task"
}

# ---- Podman --------------------------------------------------------------------------------------------

make_hooks() {
  mkdir -p "$NODE/hooks.d" "$NODE/no-hooks.d"
  local stage
  for stage in createRuntime poststop; do
    jq -n --arg path "$NODE/hook/bulkhead-hook" --arg stage "$stage" '{version: "1.0.0", when: {always: true},
      stages: [$stage], hook: {path: $path, args: ["bulkhead-hook", $stage], timeout: 60}}' \
      >"$NODE/hooks.d/$stage.json"
  done
}
pod() {
  local hooks=no-hooks.d
  [ "$WAY" = shim ] || hooks=hooks.d
  podman --root "$NODE/podman/root" --runroot "$NODE/podman/run" --tmpdir "$NODE/podman/tmp" \
    --events-backend file --storage-driver vfs --cgroup-manager cgroupfs \
    --hooks-dir "$NODE/$hooks" --runtime "$(program "$WAY" "$RUNTIME")" "$@"
}
run_pod() { pod run --network none --cgroup-parent "/$NODE_ID" "$@"; }

pod_gives() { # name, what the probe prints, words of podman run…
  local name=$1 expected=$2
  shift 2
  try run_pod --rm "$@" "${ROOTFS[@]}" /bin/probe label
  prints "$name" "$expected"
}
# Podman's own default, whose name has its version: as Podman itself says it.
own_profile() {
  pod create --name own "${ROOTFS[@]}" /bin/true >/dev/null
  pod inspect --format '{{.AppArmorProfile}}' own
  pod rm own >/dev/null
}
pod_own() { pod_gives "Podman's own default stays" "label=$OWN (enforce)"; }
pod_privileged() { pod_gives "a privileged container keeps what it asked for" label=unconfined --privileged; }
# Podman itself refuses it, before it calls a runtime or a hook.
pod_file() {
  only_a_file
  try run_pod --rm --security-opt apparmor=vm-engine "${ROOTFS[@]}" /bin/probe label
  says "a profile that is only a file: Podman refuses" "specified but not loaded" "$ERR"
  holds "but after bulkhead apparmor load" "$BUILD/bulkhead" apparmor load "$PROFILES/vm-engine"
  pod_gives "it is applied" "label=vm-engine (enforce)" --security-opt apparmor=vm-engine
}
# By a rule of the node's owner a container gets a profile of which Podman knows nothing.
pod_rule() {
  only_a_file
  write_policy <<<'{"version": 1, "rules": [{"name": "all", "match": {}, "apparmor": {"profile": "localhost/vm-engine"}}]}'
  pod_gives "a rule's profile, which is only a file" "label=vm-engine (enforce)"
  remove_policy
}
pod_stops() { # name, label, words of podman run…
  local name=$1 label=$2
  shift 2
  try run_pod --detach --name one "$@" "${ROOTFS[@]}" "${WAITS[@]}"
  is "$name: starts" 0 "$CODE"
  holds "$name: is proved" proved "$label"
  try pod exec one /bin/probe label
  # What the gate applied is in no config.json, and no hook is called for exec.
  if [ "$WAY $label" = "hook bulkhead-default" ]; then prints "$name: exec is out of reach" label=unconfined
  else prints "$name: exec keeps the label" "label=$label (enforce)"; fi
  try pod stop --time 60 one
  is "$name: podman stop reaches the program" 3 "$(pod inspect --format '{{.State.ExitCode}}' one)"
  try pod rm --force --time 0 one
  gone "$name"
}
pod_fallback() { pod_stops "the fallback" bulkhead-default --security-opt apparmor=unconfined; }
pod_default() { pod_stops "Podman's own default" "$OWN"; }

# ---- all -------------------------------------------------------------------------------------------------

rows() { # reads "RUNTIME WAY SCENARIO…" a line
  local scenarios scenario
  while read -r RUNTIME WAY scenarios; do
    for scenario in $scenarios; do
      rm -f "$EVENTS"
      "$scenario"
    done
  done
}

make_hooks
if start_containerd; then
  ENGINE=containerd
  rows <<ROWS
runc both ctr_task ctr_file ctr_own ctr_nowhere
crun shim ctr_task ctr_privileged
ROWS
  kill "$CONTAINERD"
else
  not_ok "containerd starts" "$(tail -n 5 "$NODE/containerd/log")"
fi
ENGINE=Podman
OWN=$(RUNTIME=runc WAY=shim own_profile)
contains "Podman says which profile is its own" containers-default- "$OWN"
rows <<ROWS
crun hook pod_fallback pod_rule
runc both pod_default pod_file
runc shim pod_fallback pod_own pod_privileged
ROWS
finish
