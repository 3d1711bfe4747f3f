#!/usr/bin/env bash
# containerd as Kubernetes drives it: `bulkhead install containerd`, then pods and containers through the
# CRI socket, by a client of the tests (tests/cri). Who a container is, which profile its security
# context asks for, what it gets, and where a refusal is read.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
shopt -s extglob
# shellcheck source=../cri/lib.sh
. "$ROOT/tests/cri/lib.sh"

RECORDS=/run/bulkhead/containers
CODE=0 OUT='' ERR=''
try() {
  CODE=0
  "$@" >"$NODE/out" 2>"$NODE/err" </dev/null || CODE=$?
  OUT=$(cat "$NODE/out") ERR=$(cat "$NODE/err")
}
succeeds() { # name command…
  try "${@:2}"
  if [ "$CODE" = 0 ]; then ok "$1"; else not_ok "$1" "exit code $CODE
$OUT
$ERR"; fi
}

# ---- containerd ------------------------------------------------------------------------------------------

# Raising the score of a process that the kernel may end needs a privilege that this machine may not have,
# and layers are copied: the private node is a tmpfs.
configure_containerd() {
  mkdir -p "$NODE/etc-containerd" && mount --bind "$NODE/etc-containerd" /etc/containerd
  cat >/etc/containerd/config.toml <<TOML
version = 2
root = "$NODE/containerd/root"
state = "$NODE/containerd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[plugins."io.containerd.internal.v1.opt"]
  path = "$NODE/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$CRI_IMAGE"
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "native"
TOML
}
cri_answers() { cri Version <<<'{}'; }
run_containerd() {
  containerd >>"$NODE/containerd.log" 2>&1 &
  CONTAINERD=$!
  eventually 60 cri_answers
}
stop_containerd() { kill "$CONTAINERD" && wait "$CONTAINERD"; }
containerd_starts() { # name
  if run_containerd; then ok "$1"; else not_ok "$1" "$(tail -n 5 "$NODE/containerd.log")" && finish; fi
}
import_image() {
  make_rootfs
  make_image "$NODE/rootfs" "$NODE/image.tar"
  ctr --namespace k8s.io images import --snapshotter native "$NODE/image.tar" >/dev/null
}

# ---- pods ------------------------------------------------------------------------------------------------

WAITS=(/bin/sh -c 'probe seccomp; exec sleep 1000')
CONFINED='seccomp=2
unshare=1'

# start NAME SECURITY [COMMAND…]: a container of $POD that runs; its id is OUT.
start() {
  local name=$1 security=$2
  shift 2
  [ "$#" -gt 0 ] || set -- "${WAITS[@]}"
  CONTAINER=$(create_container "$POD" "$name" "$security" "$@" 2>"$NODE/err") ||
    { not_ok "$name is created" "$(cat "$NODE/err")"; return 1; }
  try cri_id StartContainer "$CONTAINER"
}
started() {
  start "$@" && { [ "$CODE" = 0 ] || { not_ok "$1 starts" "$ERR"; false; }; }
}
pod() { # namespace name [jq filter]
  POD=$(run_pod "$@" 2>"$NODE/err")
  [ -n "$POD" ] || { not_ok "the pod $1/$2 runs" "$(cat "$NODE/err") $(tail -n 3 "$NODE/containerd.log")"; finish; }
}

record() { jq -c . "$RECORDS/$CONTAINER.json"; }
of_record() { jq -r "$1" "$RECORDS/$CONTAINER.json"; }

before_install() {
  pod shop before
  started plain '{}'
  same "before install: a container without a profile has no filter" seccomp=0 "$(exec_sync "$CONTAINER" probe seccomp)"
  remove_container "$CONTAINER"
  remove_pod "$POD"
}

install_bulkhead() {
  need_hook
  need_shim
  cp "$BUILD/bulkhead" "$NODE/bin/bulkhead"
  BULKHEAD=$NODE/bin/bulkhead
  link_shim runc >/dev/null
  link_shim crun >/dev/null
  cp /etc/containerd/config.toml "$NODE/config.before"
  succeeds "bulkhead install containerd" "$BULKHEAD" install containerd
  stop_containerd
  containerd_starts "containerd starts with what install wrote"
}

# The pod that most of this is about; left running for `ps`.
identity() {
  pod shop web-1
  same "the pause container is confined" 2 \
    "$(sed -n 's/^Seccomp:[^0-9]*//p' "/proc/$(jq .pid "$RECORDS/$POD.json")/status")"
  started web '{}'
  same "an unset profile is the fallback" "$CONFINED" "$(exec_sync "$CONTAINER" probe seccomp unshare)"
  same "from its first instruction" seccomp=2 "$(container_log web)"
  same "ps knows namespace, pod and container, and that the kernel confirmed it" \
    'containerd shop web-1 web proved' \
    "$("$BULKHEAD" ps --json | jq -r --arg id "$CONTAINER" \
      '.containers[] | select(.record.id == $id) | .record | "\(.engine) \(.namespace) \(.pod) \(.container) \(.state)"')"
  contains "and so does its table" web-1 "$("$BULKHEAD" ps | grep "${CONTAINER:0:12}")"
  succeeds "verify asks the kernel once more" "$BULKHEAD" verify --all
  try exec_sync "$CONTAINER" /bin/sh -c 'exit 7'
  same "exec: its exit code arrives" 7 "$CODE"
  same "its state is RUNNING" RUNNING "$(container_state "$CONTAINER")"
  succeeds "stop" cri_id StopContainer "$CONTAINER" '.timeout = 0'
  same "then its state is EXITED" EXITED "$(container_state "$CONTAINER")"
  succeeds "remove" cri_id RemoveContainer "$CONTAINER"
  check "its record is gone" test ! -e "$RECORDS/$CONTAINER.json"
}

# name, security context, what the container prints of "probe seccomp unshare keyctl bpf"
SECURITY_CONTEXTS=(
  'unset|{}|seccomp=2 unshare=1 keyctl=38'
  'unconfined|{"seccomp": {"profile_type": "Unconfined"}}|seccomp=2 unshare=1 keyctl=38'
  'runtime-default|{"seccomp": {"profile_type": "RuntimeDefault"}}|seccomp=2 unshare=1 keyctl=1'
  'localhost|{"seccomp": {"profile_type": "Localhost", "localhost_ref": "@PROFILE@"}}|seccomp=2 unshare=0 keyctl=55'
  'privileged|{"privileged": true}|seccomp=2'
  'no-new-privileges|{"no_new_privs": true}|seccomp=2 unshare=1 keyctl=38'
)

security_contexts() {
  local row name security expected words
  mkdir -p /etc/bulkhead/seccomp
  jq -n '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["keyctl"], action: "SCMP_ACT_ERRNO", errnoRet: 55}]}' \
    >/etc/bulkhead/seccomp/own.json
  pod shop contexts '.linux.security_context.privileged = true'
  for row in "${SECURITY_CONTEXTS[@]}"; do
    IFS='|' read -r name security expected <<<"${row/@PROFILE@//etc/bulkhead/seccomp/own.json}"
    read -ra words <<<"${expected//=+([0-9])/}"
    started "$name" "$security" || continue
    same "$name" "$expected" "$(exec_sync "$CONTAINER" probe "${words[@]}" 2>&1 | xargs)"
    same "$name: the kernel confirmed it" proved "$(of_record .state)"
    remove_container "$CONTAINER"
  done
}

# On a kernel without AppArmor containerd itself refuses a container that asks for a profile, so nothing
# of ours is asked.
apparmor_fields() {
  local field
  [ ! -d /sys/kernel/security/apparmor ] || return 0  # tests/vm/node/ asks a kernel that has it
  for field in '{"profile_type": "RuntimeDefault"}' '{"profile_type": "Localhost", "localhost_ref": "localhost/k8s-my-app"}'; do
    try create_container "$POD" apparmor "{\"apparmor\": $field}" /bin/true
    contains "without AppArmor, containerd refuses $field" "apparmor is not supported" "$ERR"
  done
  started apparmor '{"apparmor": {"profile_type": "Unconfined"}}' &&
    same "AppArmor Unconfined starts" seccomp=2 "$(exec_sync "$CONTAINER" probe seccomp)"
}

namespace_rules() {
  write_policy <<'JSON'
{"version": 1, "rules": [
  {"name": "strict", "match": {"namespace": "strict"}, "process": {"run_as_non_root": "require"}},
  {"name": "shop", "match": {"namespace": "shop", "container": "w*"}, "seccomp": {"profile": "localhost/own.json"}},
  {"name": "cni", "match": {"namespace": "kube-system", "pod": "cni-*"}, "because": "it loads BPF programs",
   "seccomp": {"unset": "keep"}}]}
JSON
  pod shop web-2
  started web '{}'
  same "a rule by namespace and container gives its profile" keyctl=55 "$(exec_sync "$CONTAINER" probe keyctl)"
  started sidecar '{}'
  same "another container of that pod has the fallback" keyctl=38 "$(exec_sync "$CONTAINER" probe keyctl)"
  remove_pod "$POD"
  pod kube-system cni-1
  started agent '{}'
  same "an exemption by namespace and pod holds" seccomp=0 "$(exec_sync "$CONTAINER" probe seccomp)"
  contains "and its reason is recorded" "it loads BPF programs" "$(record)"
  remove_pod "$POD"
  # An author of a pod writes annotations and labels; they are not who it is.
  pod other cni-1 '.annotations = {"io.kubernetes.cri.sandbox-namespace": "kube-system"}
    | .labels["io.kubernetes.pod.namespace"] = "kube-system"'
  started agent '{}'
  same "an annotation does not give another namespace's exemption" seccomp=2 "$(exec_sync "$CONTAINER" probe seccomp)"
  remove_pod "$POD"
}

refusals() {
  try run_pod strict web-1
  contains "a refused pause container: RunPodSandbox tells why" "run_as_non_root" "$ERR"
  write_policy <<'JSON'
{"version": 1, "rules": [{"name": "strict", "match": {"namespace": "strict", "container": "*"},
  "process": {"no_new_privileges": "require"}}]}
JSON
  pod strict web-2
  start web '{}'
  same "a refused container does not start" 1 "$CODE"
  contains "StartContainer tells why, in Bulkhead's words" "no_new_privileges" "$ERR"
  contains "and by which rule" "'strict'" "$ERR"
  same "its state is EXITED" EXITED "$(container_state "$CONTAINER")"
  contains "kubectl describe reads it in the status" "no_new_privileges" "$(cri_id ContainerStatus "$CONTAINER" | jq -r .status.message)"
  remove_container "$CONTAINER"
  started fulfils '{"no_new_privs": true}' &&
    same "one that fulfils the rule starts" no_new_privs=1 "$(exec_sync "$CONTAINER" probe no_new_privs)"
  remove_pod "$POD"
  write_policy <<<'{"version": 1, "seccomp": {"unset": "refuze"}}'
  try run_pod shop broken
  same "with a policy that is not valid no pod runs" 1 "$CODE"
  contains "with a policy that is not valid the wrong word is named" refuze "$ERR"
  remove_policy
}

uninstall_bulkhead() {
  succeeds "bulkhead uninstall containerd" "$BULKHEAD" uninstall containerd
  check "containerd's configuration is as it was, to the byte" cmp "$NODE/config.before" /etc/containerd/config.toml
  stop_containerd
  containerd_starts "containerd starts with it"
  pod shop after
  started plain '{}'
  same "after uninstall: as before" seccomp=0 "$(exec_sync "$CONTAINER" probe seccomp)"
  remove_pod "$POD"
  check "no record is left" test -z "$(find "$RECORDS" -name '*.json')"
}

for program in containerd ctr runc jq; do
  command -v "$program" >/dev/null || { skip "containerd's CRI" "$program is not installed"; finish; }
done
check "the client of the tests is built" build_cri
misspelt_request() { cri Version <<<'{"verzion": "v1"}'; }
try misspelt_request
same "the client refuses a member that the API does not have" 2 "$CODE"
configure_containerd
containerd_starts "containerd serves the CRI"
check "an image is imported" import_image
before_install
install_bulkhead
identity
remove_pod "$POD"
security_contexts
apparmor_fields
remove_pod "$POD"
namespace_rules
refusals
uninstall_bulkhead
stop_containerd
finish
