#!/usr/bin/env bash
# A row of the matrix: Docker of this user land, with its own containerd and runc.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
private_node "$@"
# shellcheck source=row.sh
. "$ROOT/tests/matrix/row.sh"

CONFIG=/etc/docker/daemon.json

start_dockerd() {
  dockerd --iptables=false --ip6tables=false --bridge=none --storage-driver vfs --data-root "$NODE/docker/data" \
    --exec-root /run/docker-exec --cgroup-parent "/$NODE_ID" >>"$NODE/dockerd.log" 2>&1 &
  DOCKERD=$!
  eventually 60 docker version || { not_ok "install: dockerd starts" "$(tail -n 5 "$NODE/dockerd.log")"; finish; }
}

default_is() { [ "$(docker info --format '{{.DefaultRuntime}}')" = "$1" ]; }

unconfined() { docker run --network none --security-opt seccomp=unconfined "$@"; }
run() { unconfined --rm --security-opt "no-new-privileges=$1" probe "${@:2}"; }
sleeps() {
  unconfined --detach --name sleeps probe /bin/sleep 1000 >"$NODE/said" &&
    docker inspect --format '{{.State.Pid}}' sleeps
}
inside() { docker exec sleeps "$@"; }
gone() { docker rm --force sleeps >/dev/null; }

own_default() {
  column own
  policy
  try docker run --rm --network none probe /bin/probe seccomp unshare
  is "Docker's own default profile holds" "$CONFINED" "$OUT"
  proved "and is proved" proved
}

need_bulkhead
COLUMN=install
mkdir -p /etc/docker
echo '{ "log-driver": "json-file" }' >"$CONFIG"
cp "$CONFIG" "$NODE/before"
start_dockerd
tar -C "$NODE/rootfs" -c . | docker import - probe >/dev/null || not_ok "install: an image is made"
installation docker
eventually 60 default_is bulkhead  # a reload is no more than a signal
covered docker shim
start start
refusal
joining
no_new_privileges
logging
installed_by_the_gate
own_default
removal docker
check "uninstall: the configuration is as before, to the byte" cmp "$NODE/before" "$CONFIG"
eventually 60 default_is runc
as_before
kill "$DOCKERD" && wait "$DOCKERD"
finish
