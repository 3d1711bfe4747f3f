#!/usr/bin/env bash
# The image for a cluster's nodes: built, and run as a container with the capability that the DaemonSet
# gives it and under the default seccomp profile: by runc behind the shim, as on a node that has Bulkhead,
# on root trees with configurations of several versions of the engines; by Podman, for a Pod that goes
# on, and on this machine's containerd. `image.sh GROUP…` runs some of the groups named at the end.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
# shellcheck source=helpers/foreign_programs.sh
. "$ROOT/tests/integration/helpers/foreign_programs.sh"

have() {
  local program
  for program in "$@"; do command -v "$program" >/dev/null || return 1; done
}
have buildah podman dpkg-buildpackage dh busybox jq || { skip "the image" "no buildah, podman, busybox or debhelper"; finish; }
[ -e "$ROOT/.git" ] || { skip "the image" "not a git checkout"; finish; }

# ---- built ---------------------------------------------------------------------------------------------

IMAGE=$NODE/one/dist/bulkhead-image-0.1.0.tar
build_image() { # name
  # No network: there is none in this namespace.
  SOURCE_DATE_EPOCH=1795478400 unshare --net make -C "$ROOT" --no-print-directory image-only \
    BUILD="$NODE/$1" BULKHEAD_PROGRAMS="$BUILD" REVISION=0123456789abcdef
}
of_image() { tar --extract --to-stdout --file="$IMAGE" "./blobs/${1/:/\/}"; }

built() {
  check "the image builds without network" build_image one
  [ -s "$IMAGE" ] || finish
  build_image two >"$NODE/out" 2>&1
  same "two builds have the same bytes" "$(sha256sum <"$IMAGE")" "$(sha256sum <"$NODE/two/dist/bulkhead-image-0.1.0.tar")"
  rm -rf "$NODE/two"
  local manifest config size
  manifest=$(of_image "$(cat "$IMAGE.digest")")
  config=$(of_image "$(jq -r .config.digest <<<"$manifest")")
  size=$(($(stat -c %s "$IMAGE") / 1024))
  echo "# the image has $size KiB"
  check "it is small" test "$size" -lt 16384
  same "it is one layer on nothing" 1 "$(jq '.layers | length' <<<"$manifest")"
  same "it says what it is" "bulkhead 0.1.0 0123456789abcdef Apache-2.0 AND GPL-2.0-only" \
    "$(jq -r '.config.Labels | [.["org.opencontainers.image.title", "org.opencontainers.image.version", "org.opencontainers.image.revision", "org.opencontainers.image.licenses"]] | join(" ")' <<<"$config")"
  same "its environment is its path" '["PATH=/usr/bin:/bin"]' "$(jq -c .config.Env <<<"$config")"
  IMAGE_CONFIG=$(jq -c .config <<<"$config")
  lacks "it names no directory of this machine" "$ROOT" "$config"
  mkdir -p "$NODE/layer"
  of_image "$(jq -r '.layers[0].digest' <<<"$manifest")" | tar --extract --gzip --directory="$NODE/layer"
  same "it has these files and no others" "bin/busybox
usr/bin/bulkhead
usr/bin/bulkhead-hook
usr/bin/bulkhead-shim
usr/lib/systemd/system/bulkhead-watch.service
usr/libexec/bulkhead/bulkhead-node
usr/libexec/bulkhead/documents.sh
usr/libexec/bulkhead/engines.sh
usr/libexec/bulkhead/host_files.sh
usr/libexec/bulkhead/label.sh
usr/share/doc/bulkhead/copyright
usr/share/doc/busybox-static/copyright" "$(cd "$NODE/layer" && find . -type f -printf '%P\n' | LC_ALL=C sort)"
  same "nothing in it is writable by others, setuid or a device" "" \
    "$(find "$NODE/layer" \( -type f -perm /6022 \) -o -type b -o -type c -o -type s)"
  same "every applet that the entry program calls is there" "" "$(missing_applets)"
}
missing_applets() {
  local name
  for name in sh cat chmod chroot cmp cp cut date dirname grep ln ls mkdir mv readlink rm rmdir sed sleep stat sync tail tr; do
    [ -x "$NODE/layer/bin/$name" ] || echo "$name"
  done
}

# One image for two architectures: each node takes its own.
both_architectures() {
  local name="an image for two architectures" image=$NODE/both.tar index deb
  have_foreign "$name" || return 0
  (cd "$NODE" && apt-get -qq download --print-uris busybox-static:arm64 >/dev/null 2>&1) || {
    skip "$name" "no archive of Debian has busybox-static:arm64 here"
    return
  }
  check "make deb ARCH=arm64" made_foreign "$NODE/arm64" deb-only
  deb=$NODE/arm64/dist/bulkhead_0.1.0_arm64.deb
  same "dpkg knows what it is for" arm64 "$(dpkg-deb --field "$deb" Architecture)"
  same "it has the files of the other one" "$(files_of_deb "$NODE"/one/dist/bulkhead_0.1.0_*.deb)" "$(files_of_deb "$deb")"
  VERSION=0.1.0 SOURCE_DATE_EPOCH=1795478400 "$ROOT/packaging/image/build.sh" "$NODE/both" "$image" \
    "$NODE"/one/dist/bulkhead_0.1.0_*.deb "$deb" >"$NODE/out" 2>&1 || { not_ok "$name builds" "$(cat "$NODE/out")"; return; }
  index=$(IMAGE=$image of_image "$(cat "$image.digest")")
  same "$name: is one index" "linux/amd64 linux/arm64" "$(jq -r '.manifests[].platform | "\(.os)/\(.architecture)"' <<<"$index" | xargs)"
  same "$name: each manifest's configuration says the same" "amd64 arm64" "$(each_of_index "$image" "$index" .config.digest | jq -r .architecture | xargs)"
  mkdir -p "$NODE/arm64/layer"
  IMAGE=$image of_image "$(each_manifest "$image" "$index" | jq -rs '.[1].layers[0].digest')" | tar --extract --gzip --directory="$NODE/arm64/layer"
  for deb in bulkhead bulkhead-shim bulkhead-hook; do
    check "$name: $deb of arm64 is" is_foreign "$NODE/arm64/layer/usr/bin/$deb"
  done
  check "$name: busybox of arm64 is" is_foreign "$NODE/arm64/layer/bin/busybox"
}
files_of_deb() { dpkg-deb --contents "$1" | awk '{ print $6 }' | sort; }
each_manifest() { # image index
  local digest
  for digest in $(jq -r '.manifests[].digest' <<<"$2"); do IMAGE=$1 of_image "$digest"; done
}
each_of_index() { # image index member
  local digest
  for digest in $(each_manifest "$1" "$2" | jq -r "$3"); do IMAGE=$1 of_image "$digest"; done
}

# ---- run ---------------------------------------------------------------------------------------------------

T=$NODE/tree
DOCS=$NODE/documents
FEATURES=etc/kubernetes/node-feature-discovery/features.d/bulkhead
ENVIRONMENT=()

own_podman() {
  local directory
  for directory in /etc/containers /usr/share/containers; do
    mkdir -p "$NODE/own$directory"
    [ ! -d "$directory" ] || cp -a "$directory/." "$NODE/own$directory/"
    mount --bind "$NODE/own$directory" "$directory" || return 1
  done
  printf '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' >/etc/containers/containers.conf
  printf '[storage]\ndriver = "vfs"\ngraphroot = "%s/podman/root"\nrunroot = "%s/podman/run"\n' "$NODE" "$NODE" \
    >/etc/containers/storage.conf
  podman load --quiet --input "$IMAGE"
}

# As the DaemonSet runs it: no privilege but chroot(2), a read-only root, no network.
podman_run() { # NAME ROOT ARGUMENT…
  local name=$1 root=$2 setting settings=()
  shift 2
  for setting in "${ENVIRONMENT[@]}"; do settings+=(--env "$setting"); done
  podman run --name "$name" --network none --read-only --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
    --cgroup-parent "/$NODE_ID" --cap-drop ALL --cap-add SYS_CHROOT --security-opt no-new-privileges \
    --volume "$NODE/tmp:/tmp" --volume "$DOCS:/bulkhead:ro" --volume "$root:/host:rslave" \
    --volume /proc:/host/proc --volume /dev:/host/dev --env NODE_NAME=worker-1 "${settings[@]}" --detach localhost/bulkhead:0.1.0 "$@"
}
# The same as a bundle of the image's layer and configuration.
bundle() { # ARGUMENT…
  mkdir -p "$NODE/bundle"
  [ -s "$NODE/bundle/base.json" ] ||
    (cd "$NODE/bundle" && runc spec && jq 'del(.process.rlimits, .process.oomScoreAdj, .linux.resources)
      | .process.terminal = false' config.json >base.json)
  jq --argjson image "$IMAGE_CONFIG" --arg node "$NODE" --arg tree "$T" --arg documents "$DOCS" --arg id "$NODE_ID" \
    --argjson settings "$(jq -nc '$ARGS.positional' --args -- "${ENVIRONMENT[@]}")" '
      .process.args = $image.Entrypoint + $ARGS.positional | .process.env = $image.Env + ["NODE_NAME=worker-1"] + $settings
      | .process.capabilities = (["CAP_SYS_CHROOT"] as $all | {bounding: $all, effective: $all, permitted: $all})
      | .process.noNewPrivileges = true | .root = {path: "\($node)/layer", readonly: true}
      | .linux.cgroupsPath = "/\($id)/once"
      | .mounts += [["\($node)/tmp", "/tmp"], [$documents, "/bulkhead"], [$tree, "/host"], ["/proc", "/host/proc"], ["/dev", "/host/dev"]
          | {source: .[0], destination: .[1], type: "bind", options: ["rbind", "rslave"]}]' \
    "$NODE/bundle/base.json" --args -- "$@" >"$NODE/bundle/config.json"
}
STATUS=0 OUT=''
# pod ARGUMENT…: one container on the tree, to its end.
pod() {
  STATUS=0
  rm -rf "$NODE/tmp" && mkdir -m 1777 "$NODE/tmp"
  bundle "$@"
  (cd "$NODE/bundle" && "$NODE/bin/bulkhead-runc" --root "$NODE/runc" run "once-$NODE_ID") >"$NODE/out" 2>&1 </dev/null || STATUS=$?
  OUT=$(cat "$NODE/out")
}
does() { # NAME CODE ARGUMENT…
  local name=$1 code=$2
  shift 2
  pod "$@"
  if [ "$STATUS" = "$code" ]; then ok "$name"; else not_ok "$name" "exit code $STATUS instead of $code
$OUT"; fi
}

# new_tree PROGRAM…: a node's root with these programs, runc, crun and a shell.
new_tree() {
  local program
  rm -rf "$T" "$DOCS"
  mkdir -p "$T"/{bin,usr/bin,etc,run,proc,dev,var/lib,opt} "$DOCS"
  cp "$(command -v busybox)" "$T/bin/sh"
  for program in runc crun "$@"; do
    printf '#!/bin/sh\n' >"$T/usr/bin/$program" && chmod 755 "$T/usr/bin/$program"
  done
}
put() { mkdir -p "$(dirname "$T/$1")" && cat >"$T/$1"; }
document() { mkdir -p "$(dirname "$DOCS/$1")" && cat >"$DOCS/$1"; }
label() { sed -n "s|^bulkhead.io/$1=||p" "$T/$FEATURES" 2>/dev/null; }
# Every file with its bytes and mode; the label's time of expiry changes with each pass.
files_of() {
  (cd "$1" && find . -path "./$FEATURES" -prune -o \( -type f -o -type l \) -printf '%p %y %m %l ' \
    \( -type l -printf '\n' -o -exec sha256sum {} \; \) | sort)
}
names_of_new() { comm -13 <(cd "$NODE/before" && find . \( -type f -o -type l \) | sort) <(cd "$T" && find . \( -type f -o -type l \) | sort); }
snapshot() { rm -rf "$NODE/before" && cp -a "$T" "$NODE/before"; }

# round_trip ENGINE NAME FRAGMENT FILE: install, again, uninstall; FILE then has FRAGMENT, and later is as before.
round_trip() {
  ENVIRONMENT=("BULKHEAD_ENGINES=$1" BULKHEAD_RESTART=false BULKHEAD_VERIFY=false)
  snapshot
  does "$1, $2: install" 0 install
  contains "$1, $2: the engine's configuration leads to the shim" "$3" "$(cat "$T/$4" 2>&1)"
  same "$1, $2: the node is ready" "true enforce 0.1.0" "$(label ready) $(label mode) $(label version)"
  files_of "$T" >"$NODE/once"
  does "$1, $2: install again" 0 install
  same "$1, $2: twice changes nothing" "$(cat "$NODE/once")" "$(files_of "$T")"
  does "$1, $2: uninstall" 0 uninstall
  same "$1, $2: uninstall leaves what was there before" "$(files_of "$NODE/before")" "$(files_of "$T")"
  check "$1, $2: and no label" test ! -e "$T/$FEATURES"
}

containerd_versions() {
  local file=etc/containerd/config.toml
  new_tree containerd
  round_trip containerd "without a configuration" '"/opt/bulkhead/bin/bulkhead-runc"' "$file"
  put "$file" <<'TOML'
version = 2
[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
      conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.internal.v1.opt"]
    path = "/var/lib/containerd"
TOML
  round_trip containerd "1.6 as Debian ships it" '"/opt/bulkhead/bin/bulkhead-runc"' "$file"
  put "$file" <<'TOML'
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.9"
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
TOML
  round_trip containerd "1.7 as kubeadm nodes have it" 'SystemdCgroup = true' "$file"
  put "$file" <<'TOML'
version = 3
[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = 'runc'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = 'io.containerd.runc.v2'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = '/usr/bin/crun'
      SystemdCgroup = true
TOML
  round_trip containerd "2.1 with crun" '"/opt/bulkhead/bin/bulkhead-crun"' "$file"
  if have containerd; then
    containerd config default >"$T/$file"
    round_trip containerd "this machine's, in full" '"/opt/bulkhead/bin/bulkhead-runc"' "$file"
  else
    skip "containerd, this machine's, in full" "no containerd"
  fi
}

other_engines() {
  new_tree crio
  put etc/crio/crio.conf <<'TOML'
[crio.runtime]
default_runtime = "runc"
[crio.runtime.runtimes.runc]
runtime_root = "/run/runc"
TOML
  round_trip crio "1.26" '"/opt/bulkhead/bin/bulkhead-runc"' etc/crio/crio.conf.d/50-bulkhead.conf
  put etc/crio/crio.conf.d/10-crio.conf <<'TOML'
[crio.runtime]
default_runtime = "crun"
[crio.runtime.runtimes.crun]
runtime_path = "/usr/bin/crun"
runtime_root = "/run/crun"
monitor_path = "/usr/libexec/crio/conmon"
allowed_annotations = ["io.containers.trace-syscall"]
TOML
  round_trip crio "1.30 with crun" 'monitor_path = "/usr/libexec/crio/conmon"' etc/crio/crio.conf.d/50-bulkhead.conf
  new_tree dockerd
  round_trip docker "without a configuration" '/opt/bulkhead/bin/bulkhead-' etc/docker/daemon.json
  put etc/docker/daemon.json <<<'{ "exec-opts": ["native.cgroupdriver=systemd"], "log-driver": "json-file" }'
  round_trip docker "behind cri-dockerd" native.cgroupdriver=systemd etc/docker/daemon.json
  new_tree podman
  put etc/containers/containers.conf <<'TOML'
[engine]
runtime = "crun"
TOML
  round_trip podman "4.3" '"/opt/bulkhead/bin/bulkhead-crun"' etc/containers/containers.conf.d/50-bulkhead.conf
}

# The engine is found by the socket that it listens on.
listen() { python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/$1"; }
engine_is_found() {
  new_tree containerd crio dockerd
  ENVIRONMENT=(BULKHEAD_RESTART=false BULKHEAD_VERIFY=false)
  does "no engine listens: an error" 1 install
  contains "no engine listens: says so" "no engine listens on this node" "$OUT"
  same "no engine listens: the node is not ready" false "$(label ready)"
  mkdir -p "$T/run/containerd" && listen run/containerd/containerd.sock
  does "containerd listens" 0 install
  contains "containerd listens: it is the engine" "bulkhead install containerd" "$(tail -n 1 "$NODE/tmp/told") bulkhead install containerd"
  check "containerd listens: Docker is left alone" test ! -e "$T/etc/docker/daemon.json"
  does "and back" 0 uninstall
  listen run/cri-dockerd.sock
  does "cri-dockerd listens too" 0 install
  check "cri-dockerd listens too: Docker is the engine" test -e "$T/etc/docker/daemon.json"
  check "cri-dockerd listens too: containerd is left alone" test ! -e "$T/etc/containerd/config.toml"
}

# Lines that are neither the directive of expiry nor NAME/NAME=VALUE; hidden files are not read at all.
unreadable_lines() {
  grep -vE '^# \+expiry-time=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' "$T/$FEATURES" |
    grep -vE '^[a-z]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9][-A-Za-z0-9_.]*=[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$'
}
expires_soon() {
  local left
  left=$(($(date -d "$(sed -n 's/^# +expiry-time=//p' "$T/$FEATURES")" +%s) - $(date +%s)))
  [ "$left" -gt 300 ] && [ "$left" -le 600 ]
}

# Only these files of a node are ever written.
what_it_writes() {
  new_tree containerd
  mkdir -p "$T/run/systemd/system"
  put usr/bin/systemctl <<'PROGRAM'
#!/bin/sh
[ "$SYSTEMD_IGNORE_CHROOT" = 1 ] && echo "$*" >>/run/systemctl.log
PROGRAM
  chmod 755 "$T/usr/bin/systemctl"
  document seccomp/my-app.json < <("$BUILD/bulkhead" default)
  document apparmor/k8s-my-app <<<'profile k8s-my-app flags=(attach_disconnected) { file, network, }'
  document policy/policy.json <<<'{ "version": 1, "process": { "no_new_privileges": "set" } }'
  ENVIRONMENT=(BULKHEAD_ENGINES=containerd BULKHEAD_MODE=observe BULKHEAD_VERIFY=false)
  snapshot
  does "all of it" 0 install
  same "these files of the node are written, and no others" "./etc/apparmor.d/bulkhead.k8s-my-app
./etc/bulkhead/policy.d/00-install.json
./etc/bulkhead/policy.d/50-cluster.json
./etc/containerd/config.toml
./$FEATURES
./etc/systemd/system/bulkhead-watch.service
./opt/bulkhead/bin/bulkhead
./opt/bulkhead/bin/bulkhead-crun
./opt/bulkhead/bin/bulkhead-hook
./opt/bulkhead/bin/bulkhead-runc
./opt/bulkhead/bin/bulkhead-shim
./run/systemctl.log
./var/cache/bulkhead/runtimes/runtime-usr-bin-crun.json
./var/cache/bulkhead/runtimes/runtime-usr-bin-runc.json
./var/lib/bulkhead/installed.json
./var/lib/kubelet/seccomp/bulkhead/my-app.json" "$(names_of_new)"
  same "the label's file is as node-feature-discovery reads it" "" "$(unreadable_lines)"
  check "it expires within ten minutes" expires_soon
  same "the mode is the node's" observe "$(label mode)"
  same "containerd is restarted once, and the watcher started" "--quiet is-active containerd.service
restart containerd.service
daemon-reload
enable bulkhead-watch.service
restart bulkhead-watch.service" "$(cat "$T/run/systemctl.log")"
  contains "the watcher's unit runs our program" "ExecStart=/opt/bulkhead/bin/bulkhead watch" \
    "$(cat "$T/etc/systemd/system/bulkhead-watch.service")"
  : >"$T/run/systemctl.log"
  does "a Pod that starts again" 0 install
  same "restarts nothing" "" "$(cat "$T/run/systemctl.log")"
  ENVIRONMENT=(BULKHEAD_ENGINES=containerd BULKHEAD_MODE=enforce BULKHEAD_VERIFY=false)
  does "a Pod of another mode" 0 install
  same "sets the mode" enforce "$(label mode)"
  same "restarts nothing either" "" "$(cat "$T/run/systemctl.log")"

  # A container that started through Bulkhead runs: its engine needs the program to stop it.
  mkdir -p "$T/run/bulkhead/containers" && echo '{}' >"$T/run/bulkhead/containers/one.json"
  : >"$T/run/systemctl.log"
  does "uninstall while a container runs" 0 uninstall
  same "stops the watcher and restarts the engine" "--quiet is-active containerd.service
restart containerd.service
disable --now bulkhead-watch.service
daemon-reload" "$(cat "$T/run/systemctl.log")"
  check "keeps the programs" test -x "$T/opt/bulkhead/bin/bulkhead-runc"
  check "keeps the profiles, which the engine reads itself" test -s "$T/var/lib/kubelet/seccomp/bulkhead/my-app.json"
  if have systemd-tmpfiles; then
    cp -a "$T" "$NODE/booted" && rm -rf "$NODE/booted/run/bulkhead"
    check "what is left goes at the next boot" systemd-tmpfiles --root="$NODE/booted" --boot --remove
    check "what is left goes at the next boot: it is gone" test ! -e "$NODE/booted/opt/bulkhead"
    check "what is left goes at the next boot: the order too" test ! -e "$NODE/booted/etc/tmpfiles.d/bulkhead-removed.conf"
    rm -rf "$NODE/booted"
  else
    skip "what is left goes at the next boot" "no systemd-tmpfiles"
  fi
  does "installed again before that" 0 install
  check "installed again before that: it stays" test ! -e "$T/etc/tmpfiles.d/bulkhead-removed.conf"
  rm "$T/run/bulkhead/containers/one.json"
  does "uninstall with no container" 0 uninstall
  same "then only the documents that engines read stay" "./etc/apparmor.d/bulkhead.k8s-my-app
./run/systemctl.log
./var/lib/kubelet/seccomp/bulkhead/my-app.json" "$(names_of_new)"
}

documents() {
  local profile=var/lib/kubelet/seccomp/bulkhead/my-app.json policy=etc/bulkhead/policy.d/50-cluster.json before
  new_tree containerd
  put var/lib/kubelet/seccomp/operator/shop/web.json <<<'of the Security Profiles Operator'
  put var/lib/kubelet/seccomp/profiles/by-hand.json <<<'of the owner'
  put etc/apparmor.d/usr.bin.mine <<<'of the owner'
  put etc/bulkhead/policy.d/10-node.json <<<'{ "version": 1, "rules": [ { "name": "cni", "match": { "namespace": "kube-system" }, "seccomp": { "unset": "keep" }, "because": "it loads BPF programs" } ] }'
  document seccomp/my-app.json < <("$BUILD/bulkhead" default)
  document apparmor/k8s-my-app <<<'profile k8s-my-app flags=(attach_disconnected) { file, network, }'
  document policy/policy.json <<<'{ "version": 1, "mode": "observe" }'
  ENVIRONMENT=(BULKHEAD_ENGINES=containerd BULKHEAD_RESTART=false BULKHEAD_VERIFY=false)
  does "profiles and a policy are brought" 0 install
  same "the profile is the ConfigMap's" "$(cat "$DOCS/seccomp/my-app.json")" "$(cat "$T/$profile")"
  same "the policy is in force" observe "$(label mode)"

  before=$(cat "$T/$profile")
  document seccomp/my-app.json <<<'{ "defaultAction": "SCMP_ACT_ALOW" }'
  does "a profile that is not valid" 1 install
  contains "a profile that is not valid: is named" "my-app.json is not valid and was not brought" "$OUT"
  contains "a profile that is not valid: says why" SCMP_ACT_ALOW "$OUT"
  same "a profile that is not valid: the one before it stays" "$before" "$(cat "$T/$profile")"
  same "a profile that is not valid: the node is not ready" false "$(label ready)"
  same "a profile that is not valid: leaves nothing" "my-app.json" "$(ls -A "$T/var/lib/kubelet/seccomp/bulkhead")"
  document seccomp/my-app.json <<<"$before"
  echo half >"$T/var/lib/kubelet/seccomp/bulkhead/.my-app.json.bulkhead-new"
  does "valid again, after a Pod that was killed while it wrote" 0 install
  same "valid again: nothing half is left" "my-app.json" "$(ls -A "$T/var/lib/kubelet/seccomp/bulkhead")"

  document policy/policy.json <<<'{ "version": 1, "moode": "enforce" }'
  does "a policy that is not valid" 1 install
  contains "a policy that is not valid: says why" "moode" "$OUT"
  contains "a policy that is not valid: the one before it stays" '"observe"' "$(cat "$T/$policy")"
  document policy/policy.json <<<'{ "version": 1, "rules": [ { "name": "cni", "match": {}, "seccomp": { "unset": "keep" }, "because": "no reason" } ] }'
  does "a policy that is valid alone, but not with the node's" 1 install
  contains "a policy that is valid alone, but not with the node's: says why" "cni" "$OUT"
  contains "a policy that is valid alone, but not with the node's: is not brought" '"observe"' "$(cat "$T/$policy")"

  rm -r "$DOCS"
  mkdir "$DOCS"
  does "documents that are gone from the ConfigMap" 0 install
  check "are removed: the profile" test ! -e "$T/$profile"
  check "are removed: the AppArmor profile" test ! -e "$T/etc/apparmor.d/bulkhead.k8s-my-app"
  check "are removed: the policy" test ! -e "$T/$policy"
  same "what others put there stays" "of the Security Profiles Operator
of the owner
of the owner" "$(cat "$T/var/lib/kubelet/seccomp/operator/shop/web.json" "$T/var/lib/kubelet/seccomp/profiles/by-hand.json" "$T/etc/apparmor.d/usr.bin.mine")"
  check "the node's own policy stays" test -e "$T/etc/bulkhead/policy.d/10-node.json"
}

# Where a directory of the node is a symbolic link, it means the node's.
links_of_the_node() {
  new_tree containerd
  rmdir "$T/opt" "$T/var/lib"
  mkdir -p "$T/var/opt" "$T/mnt/disk/lib"
  ln -s var/opt "$T/opt"
  ln -s /mnt/disk/lib "$T/var/lib"
  document seccomp/my-app.json < <("$BUILD/bulkhead" default)
  ENVIRONMENT=(BULKHEAD_ENGINES=containerd BULKHEAD_RESTART=false BULKHEAD_VERIFY=false)
  does "links on the node: install" 0 install
  check "links on the node: a relative one is followed" test -x "$T/var/opt/bulkhead/bin/bulkhead-shim"
  check "links on the node: an absolute one is the node's" test -s "$T/mnt/disk/lib/kubelet/seccomp/bulkhead/my-app.json"
  does "links on the node: uninstall" 0 uninstall
  check "links on the node: uninstall follows them too" test ! -e "$T/var/opt/bulkhead"
}

# A node that has the Debian package keeps its programs.
beside_the_package() {
  local program
  new_tree containerd
  for program in bulkhead bulkhead-hook bulkhead-shim; do cp "$NODE/layer/usr/bin/$program" "$T/usr/bin/"; done
  ln -s bulkhead-shim "$T/usr/bin/bulkhead-runc"
  ENVIRONMENT=(BULKHEAD_ENGINES=containerd BULKHEAD_RESTART=false BULKHEAD_VERIFY=false)
  does "beside the package: install" 0 install
  contains "beside the package: its shim is used" '"/usr/bin/bulkhead-runc"' "$(cat "$T/etc/containerd/config.toml")"
  check "beside the package: no second copy" test ! -e "$T/opt/bulkhead"
  does "beside the package: uninstall" 0 uninstall
  check "beside the package: its programs stay" test -x "$T/usr/bin/bulkhead-shim"
}

refusals() {
  new_tree containerd
  put etc/containerd/config.toml <<<'version = 2
[plugins."io.containerd.grpc.v1.cri"
'
  snapshot
  ENVIRONMENT=(BULKHEAD_ENGINES=containerd BULKHEAD_RESTART=false BULKHEAD_VERIFY=false)
  does "a configuration with a syntax error" 1 install
  contains "a configuration with a syntax error: says where" "is not valid TOML (line 2)" "$OUT"
  same "a configuration with a syntax error: stays as it is" "$(cat "$NODE/before/etc/containerd/config.toml")" "$(cat "$T/etc/containerd/config.toml")"
  same "a configuration with a syntax error: the node is not ready" false "$(label ready)"
  ENVIRONMENT=(BULKHEAD_ACTION=remove BULKHEAD_INTERVAL=1)
  does "an unknown verb: usage" 2 remove
  contains "an unknown verb: says what there is" "bulkhead-node run" "$OUT"
}

# ---- a Pod that runs ------------------------------------------------------------------------------------

# The container, its log and its volumes stay until `stop`.
start() {
  rm -rf "$NODE/tmp" && mkdir -m 1777 "$NODE/tmp"
  podman rm --force --ignore pod >/dev/null 2>&1
  podman_run pod "${1:-$T}" run >"$NODE/out" 2>&1
}
is_ready() { podman exec pod /usr/bin/bulkhead-node ready >"$NODE/ready" 2>&1; }
is_not_ready() { ! is_ready; }
stop() { podman stop --time 60 pod >/dev/null 2>&1 && podman logs pod >"$NODE/log" 2>&1; }
configured() { grep -q bulkhead-runc "$T/etc/containerd/config.toml" 2>/dev/null; }
not_configured() { ! configured; }

pod_that_runs() {
  new_tree containerd
  ENVIRONMENT=(BULKHEAD_ENGINES=containerd BULKHEAD_RESTART=false BULKHEAD_VERIFY=false
    BULKHEAD_INTERVAL=1 BULKHEAD_RETRY=1)
  check "a Pod starts" start
  check "it becomes ready" eventually 60 is_ready
  check "the node's own command answers in it" podman exec pod chroot /host /opt/bulkhead/bin/bulkhead policy check
  document seccomp/my-app.json < <("$BUILD/bulkhead" default)
  check "a profile that comes later is brought" eventually 60 test -s "$T/var/lib/kubelet/seccomp/bulkhead/my-app.json"
  sed -i 's/bulkhead-runc/runc/' "$T/etc/containerd/config.toml"
  check "a configuration that others changed is mended" eventually 60 configured
  check "and it is ready again" eventually 60 is_ready
  check "SIGTERM ends it" stop
  contains "SIGTERM: it says that the node stays as it is" "worker-1: ends; this node stays as it is" "$(cat "$NODE/log")"
  check "SIGTERM: the node is as it was, still confined" configured
  same "SIGTERM: its label is renewed by the next Pod, or expires" true "$(label ready)"

  snapshot
  check "the next Pod starts" start
  check "the next Pod is ready" eventually 60 is_ready
  same "the next Pod changes nothing" "$(files_of "$NODE/before")" "$(files_of "$T")"
  document request/action <<<uninstall
  check "a request to uninstall reaches a Pod that runs" eventually 60 not_configured
  check "a request to uninstall: ready means that it is done" eventually 60 is_ready
  check "a request to uninstall: the label goes" eventually 60 test ! -e "$T/$FEATURES"
  rm "$DOCS/request/action"
  check "the request is taken back" eventually 60 configured
  document request/action <<<unistall
  check "an unknown request makes it not ready" eventually 60 is_not_ready
  contains "an unknown request is told" "the action is 'unistall'" "$(cat "$NODE/ready")"
  check "an unknown request changes nothing" configured
  rm "$DOCS/request/action"
  check "SIGTERM after that" stop

  ENVIRONMENT+=(BULKHEAD_ON_EXIT=uninstall)
  check "a Pod that was told to uninstall at its end" start
  check "a Pod that was told to uninstall at its end: is ready" eventually 60 is_ready
  check "a Pod that was told to uninstall at its end: ends" stop
  check "a Pod that was told to uninstall at its end: has done so" not_configured
  check "a Pod that was told to uninstall at its end: leaves no program" test ! -e "$T/opt/bulkhead"
}

# An image of another version: programs are replaced whole, and the engine is left alone.
update() {
  new_tree containerd
  ENVIRONMENT=(BULKHEAD_ENGINES=containerd BULKHEAD_RESTART=false BULKHEAD_VERIFY=false)
  pod install
  local inode
  echo "an older program" >"$T/opt/bulkhead/bin/bulkhead-shim"
  chmod 755 "$T/opt/bulkhead/bin/bulkhead-shim"
  inode=$(stat -c %i "$T/opt/bulkhead/bin/bulkhead-shim")
  sha256sum "$T/etc/containerd/config.toml" >"$NODE/sum"
  does "an update" 0 install
  check "an update: the program is the image's" cmp "$NODE/layer/usr/bin/bulkhead-shim" "$T/opt/bulkhead/bin/bulkhead-shim"
  check "an update: it is a new file, which who runs the old one does not see" \
    test "$inode" != "$(stat -c %i "$T/opt/bulkhead/bin/bulkhead-shim")"
  check "an update: the engine's configuration is untouched" sha256sum --check --quiet "$NODE/sum"
}

# ---- this machine's containerd ----------------------------------------------------------------------------

# What the Pod writes is covered by directories of the private node.
cover_directories() {
  mkdir -p "$NODE/cover/opt" "$NODE/cover/etc" /opt && cp -a /etc/. "$NODE/cover/etc/" &&
    mount --bind "$NODE/cover/etc" /etc && mount --bind "$NODE/cover/opt" /opt && mkdir -p /etc/containerd
}

real_containerd() {
  local name="this machine's containerd"
  have containerd ctr runc || { skip "$name" "no containerd, ctr or runc"; return; }
  cover_directories || { skip "$name" "its directories cannot be covered"; return; }
  containerd_config >/etc/containerd/config.toml
  cp /etc/containerd/config.toml "$NODE/containerd.before"
  containerd >"$NODE/containerd.log" 2>&1 &
  local pid=$!
  eventually 30 ctr version || { not_ok "containerd runs" "$(tail -n 5 "$NODE/containerd.log")"; return; }
  rm -rf "$DOCS" && mkdir -p "$DOCS"
  ENVIRONMENT=(BULKHEAD_INTERVAL=1 BULKHEAD_SECCOMP_ROOT=/etc/bulkhead/seccomp)
  check "$name: a Pod starts" start /
  check "$name: it becomes ready" eventually 120 is_ready
  podman logs pod >"$NODE/log" 2>&1
  contains "$name: it was found, and a container proved the installation" \
    "containerd: a container started, and the kernel confirmed" "$(cat "$NODE/log")"
  same "$name: the label" "bulkhead.io/ready=true" "$(grep ready= "/$FEATURES")"
  contains "$name: reads the shim in its configuration" /opt/bulkhead/bin/bulkhead-runc "$(containerd config dump)"
  same "$name: a container is confined" "Seccomp:	2" "$(ctr run --rm --runc-binary /opt/bulkhead/bin/bulkhead-runc \
    --privileged --rootfs "$NODE/layer" confined /bin/grep '^Seccomp:' /proc/self/status 2>&1)"
  document request/action <<<uninstall
  check "$name: uninstalled on request" eventually 60 cmp -s "$NODE/containerd.before" /etc/containerd/config.toml
  check "$name: and ready says so" eventually 60 is_ready
  check "$name: the Pod ends" stop
  kill "$pid" && wait "$pid"
}

need_shim
link_shim runc >/dev/null
built
both_architectures
own_podman >"$NODE/out" 2>&1 || { not_ok "podman loads the image" "$(cat "$NODE/out")"; finish; }
ALL=(containerd_versions other_engines engine_is_found what_it_writes documents links_of_the_node
  beside_the_package refusals update pod_that_runs real_containerd)
[ $# -gt 0 ] || set -- "${ALL[@]}"
for group in "$@"; do $group; done
finish
