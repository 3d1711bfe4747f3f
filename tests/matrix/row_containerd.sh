#!/usr/bin/env bash
# A row of the matrix: containerd of this user land, with its runc; through the CRI as a kubelet drives it, and by ctr.
# containerd 2 once more with a configuration of version 3 whose runtimes lie in a drop-in.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
private_node "$@"
# shellcheck source=row.sh
. "$ROOT/tests/matrix/row.sh"
# shellcheck source=../cri/lib.sh
. "$ROOT/tests/cri/lib.sh"

POD=''
CONFIG=/etc/containerd/config.toml
DROP_IN=/etc/containerd/conf.d/10-runtimes.toml
VERSION=$(containerd --version | sed -E 's/.* v?([0-9]+)\.[0-9]+\..*/\1/')
# Without a network, an overlay's privileges and file systems that are not here.
UNUSABLE='"io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"'

configured_as_2() {
  cat <<TOML
version = 2
root = "$NODE/containerd/root"
state = "$NODE/containerd/state"
disabled_plugins = [$UNUSABLE]
[plugins."io.containerd.internal.v1.opt"]
  path = "$NODE/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$CRI_IMAGE"
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "native"
TOML
}
configured_as_3() {
  cat <<TOML
version = 3
root = "$NODE/containerd/root"
state = "$NODE/containerd/state"
imports = ["/etc/containerd/conf.d/*.toml"]
disabled_plugins = [$UNUSABLE]
[plugins.'io.containerd.internal.v1.opt']
  path = "$NODE/containerd/opt"
[plugins.'io.containerd.cri.v1.images']
  snapshotter = 'native'
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "$CRI_IMAGE"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
TOML
}
dropped_in() {
  cat <<TOML
version = 3
[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = 'runc'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = 'io.containerd.runc.v2'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      SystemdCgroup = false
TOML
}

# ---- the daemon ------------------------------------------------------------------------------------------

cri_answers() { cri Version <<<'{}'; }
start_daemon() {
  containerd >>"$NODE/containerd.log" 2>&1 &
  CONTAINERD=$!
  eventually 60 cri_answers || { not_ok "$COLUMN: containerd starts" "$(tail -n 5 "$NODE/containerd.log")"; finish; }
}
stop_daemon() { kill "$CONTAINERD" && wait "$CONTAINERD"; }
restart() {
  remove_pod "$POD"
  stop_daemon
  start_daemon
  new_pod
}
new_pod() {
  POD=$(run_pod shop "web-$RANDOM" 2>"$NODE/err")
  [ -n "$POD" ] || { not_ok "$COLUMN: a pod runs" "$(cat "$NODE/err"; tail -n 3 "$NODE/containerd.log")"; finish; }
}
import_image() {
  local here=()
  [ "$VERSION" = 1 ] || here=(--local)  # else the daemon's transfer service needs a configuration of its own
  make_image "$NODE/rootfs" "$NODE/image.tar"
  ctr --namespace k8s.io images import "${here[@]}" --snapshotter native "$NODE/image.tar" >/dev/null
}

# ---- through the CRI -------------------------------------------------------------------------------------

run() {
  local name=run-$RANDOM id status=0
  id=$(create_container "$POD" "$name" "{\"no_new_privs\": $1}" "${@:2}") || return
  cri_id StartContainer "$id" >/dev/null || status=$?
  [ "$status" != 0 ] || eventually 30 container_is "$id" EXITED
  [ ! -e "$CRI_LOGS/$name.log" ] || container_log "$name"
  remove_container "$id"
  return "$status"
}
sleeps() {
  create_container "$POD" sleeps "{\"no_new_privs\": true}" /bin/sleep 1000 >"$NODE/sleeps" &&
    cri_id StartContainer "$(cat "$NODE/sleeps")" >/dev/null &&
    jq -r .pid "/run/bulkhead/containers/$(cat "$NODE/sleeps").json"
}
inside() { exec_sync "$(cat "$NODE/sleeps")" "$@"; }
gone() { remove_container "$(cat "$NODE/sleeps")"; }

by_ctr() {
  column ctr
  policy
  try ctr --namespace "$NODE_ID" run --rm --runtime io.containerd.runc.v2 --runc-binary "$NODE/bin/bulkhead-runc" \
    --rootfs "$NODE/rootfs" row /bin/probe seccomp unshare
  is "a container of ctr's is confined" "$CONFINED" "$OUT"
  [ "$CODE" = 0 ] || diagnose "$(cat "$NODE/err")"
  proved "and proved" proved installed
}
own_default() {
  column own
  policy
  try ctr --namespace "$NODE_ID" run --rm --seccomp --runtime io.containerd.runc.v2 \
    --runc-binary "$NODE/bin/bulkhead-runc" --rootfs "$NODE/rootfs" row /bin/probe seccomp unshare
  is "containerd's own default profile holds" "$CONFINED" "$OUT"
  [ "$CODE" = 0 ] || diagnose "$(cat "$NODE/err")"
  proved "and is proved" proved
}

# Installed over the configuration that is there, used, and taken away.
installed_and_removed() { # COMMAND…: what is asked while it is installed
  cat "$CONFIG" "$DROP_IN" >"$NODE/before" 2>/dev/null
  start_daemon
  import_image || not_ok "$COLUMN: an image is imported"
  new_pod
  installation containerd
  restart
  covered containerd shim
  "$@"
  removal containerd
  same "uninstall: the configuration is as before, to the byte" "$(cat "$NODE/before")" "$(cat "$CONFIG" "$DROP_IN" 2>/dev/null)"
  restart
  as_before
  remove_pod "$POD"
  stop_daemon
}
everything() {
  start start
  refusal
  joining
  no_new_privileges
  logging
  installed_by_the_gate
  by_ctr
  own_default
}

need_bulkhead
mkdir -p /etc/containerd/conf.d
COLUMN=install
configured_as_2 >"$CONFIG"
installed_and_removed everything
if [ "$VERSION" -ge 2 ]; then
  configured_as_3 >"$CONFIG"
  dropped_in >"$DROP_IN"
  installed_and_removed start drop-in
fi
finish
