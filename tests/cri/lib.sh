# shellcheck shell=bash
# The Container Runtime Interface for shell scripts, on top of tests/integration/lib.sh: pods and
# containers as Kubernetes starts them, through the client that build_cri compiles.
#
# CRI_SOCKET is containerd's. CRI_LOGS gets what containers print. CRI_PARENT is the control group below
# which pods are put.

CRI=$BUILD/tests/cri
CRI_SOCKET=/run/containerd/containerd.sock
CRI_LOGS=$NODE/cri-logs
CRI_PARENT=/${NODE_ID:-bulkhead-cri}
CRI_IMAGE=localhost/bulkhead/tests:1

# From Debian's packages of Go's libraries alone. Static: it is also run in the node that boots systemd.
build_cri() {
  local newest
  newest=$(find "$ROOT/tests/cri" -name '*.go' -newer "$CRI" -print -quit 2>/dev/null)
  [ -x "$CRI" ] && [ -z "$newest" ] && return 0
  mkdir -p "$(dirname "$CRI")"
  (cd "$ROOT" && GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' CGO_ENABLED=0 \
    GOCACHE=$BUILD/go-cache go build -ldflags '-s -w' -o "$CRI.$$" ./tests/cri) &&
    mv "$CRI.$$" "$CRI"
}

# make_image ROOTFS FILE: an image of that tree, in the form that `docker save` writes. Its program sleeps,
# so that it serves as the pause image too.
make_image() {
  local work=$2.d layer
  mkdir -p "$work"
  tar -C "$1" --numeric-owner --owner=0 --group=0 --mtime=@0 --sort=name -cf "$work/layer.tar" .
  layer=$(sha256sum <"$work/layer.tar")
  jq -n --arg layer "sha256:${layer%% *}" '{architecture: "amd64", os: "linux",
    config: {Cmd: ["/bin/sleep", "1000000"], Env: ["PATH=/bin"]},
    rootfs: {type: "layers", diff_ids: [$layer]}}' >"$work/config.json"
  jq -n --arg tag "$CRI_IMAGE" '[{Config: "config.json", RepoTags: [$tag], Layers: ["layer.tar"]}]' \
    >"$work/manifest.json"
  tar -C "$work" -cf "$2" manifest.json config.json layer.tar
  rm -r "$work"
}

# cri METHOD < request
cri() { "$CRI" "$CRI_SOCKET" "$@"; }
# cri_id METHOD ID [JQ FILTER]: a call whose request is an id, of a pod where the method says so.
cri_id() {
  local member=container_id
  [[ $1 != *PodSandbox* ]] || member=pod_sandbox_id
  jq -n --arg id "$2" "{$member: \$id} | ${3:-.}" | cri "$1"
}

# pod_config NAMESPACE NAME [JQ FILTER]: on the node's network, which needs no plug-in for it.
pod_config() {
  jq -n --arg namespace "$1" --arg name "$2" --arg parent "$CRI_PARENT" --arg logs "$CRI_LOGS" \
    '{metadata: {name: $name, namespace: $namespace, uid: "uid-\($namespace)-\($name)"},
      log_directory: $logs, labels: {app: $name},
      linux: {cgroup_parent: $parent, security_context: {namespace_options: {network: "NODE"}}}}'" | ${3:-.}"
}
# run_pod NAMESPACE NAME [JQ FILTER]: prints its id; the configuration stays, for create_container.
run_pod() {
  mkdir -p "$CRI_LOGS"
  pod_config "$@" >"$NODE/pod.json"
  jq '{config: .}' "$NODE/pod.json" | cri RunPodSandbox | jq -r .pod_sandbox_id
}
# create_container POD NAME SECURITY COMMAND…: prints its id. SECURITY is the security context as JSON.
create_container() {
  local pod=$1 name=$2 security=$3
  shift 3
  jq -n --arg pod "$pod" --arg name "$name" --arg image "$CRI_IMAGE" --argjson security "$security" \
    --slurpfile config "$NODE/pod.json" \
    '{pod_sandbox_id: $pod, sandbox_config: $config[0],
      config: {metadata: {name: $name}, image: {image: $image}, command: $ARGS.positional,
               log_path: "\($name).log",
               linux: {security_context: ({namespace_options: {network: "NODE"}} + $security)}}}' \
    --args -- "$@" | cri CreateContainer | jq -r .container_id
}
# exec_sync CONTAINER COMMAND…: prints what it printed; fails with its exit code.
exec_sync() {
  local id=$1 answer
  shift
  answer=$(jq -n --arg id "$id" '{container_id: $id, cmd: $ARGS.positional, timeout: 240}' --args -- "$@" |
    cri ExecSync) || return
  jq -j .stdout <<<"$answer"
  jq -j .stderr <<<"$answer" >&2
  return "$(jq .exit_code <<<"$answer")"
}
container_state() { cri_id ContainerStatus "$1" | jq -r .status.state; }
container_is() { [ "$(container_state "$1")" = "$2" ]; }
# What a container printed: its log's lines without time, stream and tag.
container_log() { cut -d' ' -f4- "$CRI_LOGS/$1.log"; }

remove_container() {
  cri_id StopContainer "$1" '.timeout = 0' >/dev/null && cri_id RemoveContainer "$1" >/dev/null
}
remove_pod() {
  cri_id StopPodSandbox "$1" >/dev/null && cri_id RemovePodSandbox "$1" >/dev/null
}
