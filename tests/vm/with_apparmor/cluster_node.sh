#!/bin/bash
# The Pod of a cluster's DaemonSet (packaging/image) on a kernel with AppArmor: under Bulkhead itself, that
# is under both fallbacks and with CAP_SYS_CHROOT alone, it installs for this node's containerd, proves it,
# brings profiles, and takes Bulkhead off again. tests/integration/image.sh has all the rest.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead
make_rootfs

# The image's root, from what it is made of.
IMAGE_ROOT=$NODE/image DOCUMENTS=$NODE/documents
mkdir -p "$IMAGE_ROOT"/{bin,usr/bin,usr/libexec/bulkhead,usr/lib/systemd/system,proc,dev,sys,tmp,host,bulkhead} "$NODE/tmp" \
  "$DOCUMENTS"/{seccomp,apparmor}
cp "$(command -v busybox)" "$IMAGE_ROOT/bin/busybox"
chroot "$IMAGE_ROOT" /bin/busybox --install -s /bin
cp "$BUILD"/bulkhead{,-hook,-shim} "$IMAGE_ROOT/usr/bin/"
cp "$ROOT"/packaging/image/{bulkhead-node,*.sh} "$IMAGE_ROOT/usr/libexec/bulkhead/"

mkdir -p "$NODE/containerd" /etc/containerd
containerd_config >/etc/containerd/config.toml
cp /etc/containerd/config.toml "$NODE/before"
containerd >"$NODE/containerd/log" 2>&1 &
eventually 120 ctr version || { not_ok "containerd starts" "$(tail -n 5 "$NODE/containerd/log")"; finish; }

# pod CODE NAME PROGRAM…: one container of the image, behind the shim and proved by the gate.
pod() {
  local code=$1 name=$2 status=0
  shift 2
  bundle both - "$@"
  jq --arg root "$IMAGE_ROOT" --arg tmp "$NODE/tmp" --arg documents "$DOCUMENTS" '
    .root = {path: $root, readonly: true}
    | .process.env = ["PATH=/usr/bin:/bin", "BULKHEAD_ENGINES=containerd", "BULKHEAD_SECCOMP_ROOT=/etc/bulkhead/seccomp"]
    | .process.capabilities = (["CAP_SYS_CHROOT"] as $all | {bounding: $all, effective: $all, permitted: $all})
    | .mounts += [["/", "/host"], [$tmp, "/tmp"], [$documents, "/bulkhead"]
        | {source: .[0], destination: .[1], type: "bind", options: ["rbind", "rslave"]}]' \
    "$NODE/b/config.json" >"$NODE/b/new" && mv "$NODE/b/new" "$NODE/b/config.json"
  "$(program both runc)" run --bundle "$NODE/b" "pod-$RANDOM" >"$NODE/out" 2>&1 </dev/null || status=$?
  if [ "$status" = "$code" ]; then ok "$name"; else not_ok "$name" "exit code $status instead of $code
$(cat "$NODE/out")"; fi
}
ENTRY=/usr/libexec/bulkhead/bulkhead-node
FEATURES=/etc/kubernetes/node-feature-discovery/features.d/bulkhead

"$BUILD/bulkhead" default >"$DOCUMENTS/seccomp/web.json"
printf 'profile vm-web flags=(attach_disconnected,mediate_deleted) {\n  %s\n}\n' "$BASE_RULES" >"$DOCUMENTS/apparmor/web"
pod 0 "a Pod sees how it is confined" /bin/cat /proc/self/attr/current /proc/self/status
contains "by the AppArmor fallback" "bulkhead-default (enforce)" "$(cat "$NODE/out")"
contains "by the seccomp fallback" "Seccomp:	2" "$(cat "$NODE/out")"
contains "and with CAP_SYS_CHROOT alone" "CapEff:	0000000000040000" "$(cat "$NODE/out")"

pod 0 "it installs" $ENTRY install
contains "a container that containerd started is the proof" "the kernel confirmed its confinement" "$(cat "$NODE/out")"
same "the node is ready" bulkhead.io/ready=true "$(grep ready= $FEATURES)"
check "the seccomp profile is there" cmp "$DOCUMENTS/seccomp/web.json" /etc/bulkhead/seccomp/bulkhead/web.json
check "the AppArmor profile is there" cmp "$DOCUMENTS/apparmor/web" /etc/apparmor.d/bulkhead.web
pod 0 "it is ready" $ENTRY ready
same "a container that asks for the AppArmor profile gets it" "label=vm-web (enforce)" \
  "$(ctr run --rm --runc-binary /opt/bulkhead/bin/bulkhead-runc --apparmor-profile vm-web --rootfs "$NODE/rootfs" web /bin/probe label 2>&1 | tr -d '\r')"

printf 'profile vm-web {\n  file\n' >"$DOCUMENTS/apparmor/web"
pod 1 "a profile that the node's parser does not take" $ENTRY install
check "is not brought: the one before it stays" grep -q attach_disconnected /etc/apparmor.d/bulkhead.web

pod 0 "it uninstalls" $ENTRY uninstall
check "containerd's configuration is as before" cmp "$NODE/before" /etc/containerd/config.toml
check "the label is gone" test ! -e $FEATURES
finish
