#!/bin/bash
# From a bare Debian root: the engines as they are, the package, and `bulkhead install`, which proves itself.
# What the node is before that is kept for remove.sh.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

before() {
  same "systemd runs the node" systemd "$(cat /proc/1/comm)"
  check "containerd is active" systemctl is-active containerd.service
  check "and serves the CRI" eventually 120 cri_answers
  make_rootfs
  make_image "$NODE/rootfs" "$IMAGE_FILE"
  check "its image is imported" ctr --namespace k8s.io images import "$IMAGE_FILE"
  ctr --namespace k8s.io images tag "$CRI_IMAGE" "$(pause_image)" >/dev/null
  check "for ctr too" ctr images import "$IMAGE_FILE"
  check "and Podman's" podman load --input "$IMAGE_FILE"
  as_engines_do >"$NODE/before.txt" 2>"$NODE/err"
  # Whether containerd's profile lets a user namespace be made depends on the parser: AppArmor 4 mediates that.
  same "before Bulkhead: containers that ask for nothing get what the engines give" \
    'ctr: seccomp=0 label=unconfined unshare=0
podman: seccomp=0 label=unconfined unshare=0
cri: seccomp=0 label=cri-containerd.apparmor.d (enforce)' "$(sed '/^cri:/s/ unshare=.*//' "$NODE/before.txt")"
  podmans_own >"$PODMANS_OWN"
  contains "before Bulkhead: Podman's own profiles hold" "seccomp=2 label=containers-default-" "$(cat "$PODMANS_OWN")"
  find / -xdev -type f -path '/etc/*' -exec sha256sum {} + | sort -k2 >"$NODE/etc.before"
  find / -xdev | sort >"$NODE/paths.before"
  touch "$NODE/marker"
  sleep 1.1
}

package() {
  succeeds "the package is installed" dpkg -i "$PACKAGE"
  succeeds "bulkhead install containerd podman" bulkhead install containerd podman
  contains "it proves containerd" "containerd: a container started, and the kernel confirmed" "$OUT"
  contains "it proves Podman" "podman: a container started, and the kernel confirmed" "$OUT"
  check "containerd is active after its restart" systemctl is-active containerd.service
  check "status --check has nothing to say" bulkhead status --check
  check "the CRI is served" eventually 120 cri_answers
}

before
package
finish
