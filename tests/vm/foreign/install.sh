#!/bin/bash
# `bulkhead install` for Podman and for containerd, by shim and hook: it proves itself, what then starts is confined and
# proved, exec too; and `uninstall` leaves all as it was.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead
make_rootfs

cp "$BUILD/bulkhead" "$BUILD/bulkhead-hook" "$NODE/bin/"
BULKHEAD=$NODE/bin/bulkhead
mkdir -p /etc/containerd /etc/containers
containerd_config >/etc/containerd/config.toml
printf '[engine]\nruntime = "crun"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' >/etc/containers/containers.conf
printf '[storage]\ndriver = "vfs"\ngraphroot = "%s/podman/root"\nrunroot = "%s/podman/run"\n' "$NODE" "$NODE" \
  >/etc/containers/storage.conf
configurations() { find /etc/containers /etc/containerd -type f -exec sha256sum {} + | sort; }
BEFORE=$(configurations)

start_daemon() { # name of the test
  containerd >"$NODE/containerd.log" 2>&1 &
  DAEMON=$!
  check "$1" eventually 120 ctr version
}
coverage() { "$BULKHEAD" status --json | jq -r ".engines[] | select(.name == \"$1\") | .coverage"; }
unproved() { jq -r 'select(.state != "proved") | .id' /run/bulkhead/containers/*.json; }

start_daemon "containerd runs"
SAID=$("$BULKHEAD" install podman containerd --no-restart 2>&1)
contains "install proves Podman" "podman: a container started, and the kernel confirmed" "$SAID"
kill "$DAEMON" && wait "$DAEMON"
start_daemon "containerd runs with its changed configuration"
SAID=$("$BULKHEAD" install containerd --no-restart 2>&1)
contains "install proves containerd" "containerd: a container started, and the kernel confirmed" "$SAID"
same "status: Podman is covered by both" "shim+hook" "$(coverage podman)"
check "status --check has nothing to say" "$BULKHEAD" status --check

# ---- by Podman ---------------------------------------------------------------------------------------------

podman run --detach --name web --network none --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
  --rootfs "$NODE/rootfs" /bin/sleep 1000 >"$NODE/out" 2>&1 </dev/null || not_ok "podman: a container starts" "$(cat "$NODE/out")"
same "podman: exec in a container that asked for no filter is confined" "seccomp=2
unshare=1" "$(podman exec web /bin/probe seccomp unshare 2>&1 | tr -d '\r')"
same "podman: the container is proved" "" "$(unproved)"
podman rm --force --time 0 web >/dev/null 2>&1

# ---- by containerd ---------------------------------------------------------------------------------------------

ctr run --rm --runc-binary "$NODE/bin/bulkhead-runc" --rootfs "$NODE/rootfs" once /bin/probe seccomp unshare \
  >"$NODE/out" 2>&1 </dev/null
same "containerd: a container that asked for no filter is confined" "seccomp=2
unshare=1" "$(tr -d '\r' <"$NODE/out")"

check "uninstall" "$BULKHEAD" uninstall podman containerd --no-restart
same "leaves both configurations as they were" "$BEFORE" "$(configurations)"
kill "$DAEMON"
finish
