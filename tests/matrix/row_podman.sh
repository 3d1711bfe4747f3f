#!/usr/bin/env bash
# A row of the matrix: Podman of this user land, with the runtime that it chooses itself.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
private_node "$@"
# shellcheck source=row.sh
. "$ROOT/tests/matrix/row.sh"

export PODMAN_IGNORE_CGROUPSV1_WARNING=1
HOOKS=/usr/share/containers/oci/hooks.d

# Podman 6 knows cgroup2 alone: of the hybrid layout that is the half without a controller.
only_cgroup2() { mount --rbind /sys/fs/cgroup/unified /sys/fs/cgroup; }

# This machine may have no network, may raise no limit and may have no controller.
configure_podman() {
  mkdir -p /etc/containers "$HOOKS"
  printf '[containers]\npids_limit = 0\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' >/etc/containers/containers.conf
  printf '[storage]\ndriver = "vfs"\ngraphroot = "%s/podman/root"\nrunroot = "%s/podman/run"\n' "$NODE" "$NODE" \
    >/etc/containers/storage.conf
}
configuration() { (cd /etc/containers && find . -type f -exec sha256sum {} + | sort); }

started() {
  podman run --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --cgroup-parent "/$NODE_ID" "$@"
}
ROOTFS=(--rootfs "$NODE/rootfs")
unconfined() { started --security-opt seccomp=unconfined "$@"; }
run() {
  local nnp=()
  [ "$1" = false ] || nnp=(--security-opt no-new-privileges)
  unconfined --rm "${nnp[@]}" "${ROOTFS[@]}" "${@:2}"
}
sleeps() {
  unconfined --detach --name sleeps "${ROOTFS[@]}" /bin/sleep 1000 >"$NODE/said" &&
    podman inspect --format '{{.State.Pid}}' sleeps
}
inside() { podman exec sleeps "$@"; }
gone() { podman rm --force --time 0 sleeps >/dev/null 2>&1; }

own_default() {
  column own
  policy
  # containers-common allows unshare and keyctl; bpf it does not.
  try started --rm "${ROOTFS[@]}" /bin/probe seccomp bpf
  is "Podman's own default profile holds" 'seccomp=2
bpf=1' "$OUT"
  proved "and is proved" proved
}

# The stock runtime, and Bulkhead's hooks alone.
by_the_hook() {
  local drop_in=/etc/containers/containers.conf.d/50-bulkhead.conf
  grep -E '^(\[engine\]|hooks_dir)' "$drop_in" >"$NODE/hooks.conf"
  cp "$drop_in" "$NODE/drop-in" && cp "$NODE/hooks.conf" "$drop_in"
  start hook
  cp "$NODE/drop-in" "$drop_in"
}

need_bulkhead
if [[ "$(podman --version)" == *" "[6-9].* ]] && mountpoint -q /sys/fs/cgroup/unified; then only_cgroup2
elif [ -z "${BULKHEAD_INSIDE:-}" ]; then
  again_in_view crun
  finish
fi
configure_podman
configuration >"$NODE/before"
column install
CHOSEN=$(podman info --format '{{.Host.OCIRuntime.Path}}')
installation podman
says "it stands in front of the runtime that Podman chooses" "in front of $CHOSEN" "$OUT"
covered podman shim+hook
start start
refusal
joining
by_the_hook
start both
no_new_privileges
logging
installed_by_the_gate
own_default
removal podman
same "uninstall: the configuration is as before, to the byte" "$(cat "$NODE/before")" "$(configuration)"
as_before
finish
