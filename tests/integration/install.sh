#!/usr/bin/env bash
# `bulkhead install` and `uninstall`: on root trees with configurations as they are found in the wild,
# and for real: Podman and containerd of this machine, in the private node.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

# shellcheck source=helpers/root_tree.sh
. "$ROOT/tests/integration/helpers/root_tree.sh"

containerd_v2() {
  new_tree containerd
  round_trip containerd "no configuration"
  put "$CONTAINERD" </dev/null
  round_trip containerd "an empty file"
  put "$CONTAINERD" < <(printf '[debug]\n  level = "info"')
  round_trip containerd "version 1, no newline at the end"
  put "$CONTAINERD" <<'TOML'
# Written by hand.
version = 2
[plugins]
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni" # where they are
  [plugins."io.containerd.internal.v1.opt"]
    path = "/var/lib/containerd/opt"
TOML
  round_trip containerd "as Debian ships it"
  bulkhead install containerd --root "$T"
  contains "containerd, as Debian ships it: comments stay" "# where they are" "$(text_of "$CONTAINERD")"
  contains "containerd, as Debian ships it: the shim is the program of runc" \
    'BinaryName = "/usr/bin/bulkhead-runc"' "$(text_of "$CONTAINERD")"
  bulkhead uninstall containerd --root "$T"

  put "$CONTAINERD" <<'TOML'
version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options] # mine
      SystemdCgroup = true
[debug]
  level = "info"
TOML
  round_trip containerd "with options"
  bulkhead install containerd --root "$T"
  same "containerd, with options: one line more, where it belongs" \
    '8a9 >       BinaryName = "/usr/bin/bulkhead-runc" # bulkhead: added' \
    "$(diff <(cat "$NODE/before/$CONTAINERD") "$T/$CONTAINERD" | tr '\n' ' ' | sed 's/^[^ ]* /8a9 /; s/ $//')"
  contains "containerd, with options: SystemdCgroup is carried over" "SystemdCgroup = true" "$(text_of "$CONTAINERD")"
}

containerd_binary() {
  new_tree containerd
  put "$CONTAINERD" <<'TOML'
version = 3
[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = 'fast'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.fast]
    runtime_type = 'io.containerd.runc.v2'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.fast.options]
      BinaryName = '/usr/bin/crun'   # faster
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.kata]
    runtime_type = 'io.containerd.kata.v2'
TOML
  round_trip containerd "version 3 with crun"
  bulkhead install containerd --root "$T"
  contains "containerd, version 3 with crun: crun stands behind the shim" \
    "BinaryName = \"/usr/bin/bulkhead-crun\" # bulkhead: was '/usr/bin/crun'   # faster" "$(text_of "$CONTAINERD")"
  contains "containerd, version 3 with crun: other handlers stay and are told" "the handler 'kata' stays as it is" "$OUT"
  sed -i "s/io.containerd.kata.v2/io.containerd.kata-qemu.v2/; s|/usr/bin/bulkhead-crun|/opt/mine|" "$T/$CONTAINERD"
  exits "containerd, changed after install: uninstall" 0 uninstall containerd --root "$T"
  contains "containerd, changed after install: what the administrator wrote stays" kata-qemu "$(text_of "$CONTAINERD")"
  contains "containerd, changed after install: also in our own line" "BinaryName = \"/opt/mine\"   # faster" "$(text_of "$CONTAINERD")"
}

containerd_nvidia() {
  new_tree containerd nvidia-container-runtime
  put "$CONTAINERD" <<'TOML'
version = 2
imports = ["/etc/containerd/conf.d/*.toml"]
TOML
  put etc/containerd/conf.d/99-nvidia.toml <<'TOML'
version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "nvidia"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]
  privileged_without_host_devices = false
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia.options]
  BinaryName = "/usr/bin/nvidia-container-runtime"
TOML
  snapshot
  exits "containerd, NVIDIA in an import: install" 0 install containerd --root "$T"
  contains "containerd, NVIDIA in an import: the imported file decides, and the wrapper is chained" \
    'BinaryName = "/usr/bin/bulkhead-nvidia-container-runtime"' "$(text_of etc/containerd/conf.d/99-nvidia.toml)"
  same "containerd, NVIDIA in an import: the main file stays" "$(cat "$NODE/before/$CONTAINERD")" "$(text_of "$CONTAINERD")"
  same "containerd, NVIDIA in an import: the shim has the wrapper's name" bulkhead-shim \
    "$(readlink "$T/usr/bin/bulkhead-nvidia-container-runtime")"
  exits "containerd, NVIDIA in an import: uninstall" 0 uninstall --all-found --root "$T"
  rm "$T/usr/bin/bulkhead-nvidia-container-runtime"
  unchanged "containerd, NVIDIA in an import: as it was"
}

containerd_refusals() {
  new_tree containerd
  put "$CONTAINERD" <<<'version = 2
[plugins."io.containerd.grpc.v1.cri"
'
  refused containerd "a syntax error" 4 "is not valid TOML (line 2)"
  put "$CONTAINERD" <<<'disabled_plugins = ["cri"]'
  refused containerd "CRI disabled" 7 "disables the CRI plugin"
  exits "containerd, CRI disabled: --all-found leaves it alone" 0 install --all-found --root "$T"
  contains "containerd, CRI disabled: and says so" "left alone" "$OUT"
  put "$CONTAINERD" <<'TOML'
version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "kata"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]
runtime_type = "io.containerd.kata.v2"
TOML
  refused containerd "Kata as the default" 7 "behind which no OCI runtime stands"
  put "$CONTAINERD" <<'TOML'
version = 2
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes]
runc = { runtime_type = "io.containerd.runc.v2", options = { SystemdCgroup = true } }
TOML
  refused containerd "an inline table" 4 "under a [header] of its own"
  put "$CONTAINERD" <<<'version = 9'
  refused containerd "an unknown version" 7 "version 9"
  put "$CONTAINERD" <<'TOML'
version = 2
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
BinaryName = "/opt/lost/runsc"
TOML
  refused containerd "a runtime that is not there" 6 "'/opt/lost/runsc'"
}

containerd_class() {
  new_tree containerd
  put "$CONTAINERD" <<'TOML'
version = 2
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
TOML
  snapshot
  exits "containerd, --runtime-class" 0 install containerd --runtime-class confined --root "$T"
  contains "containerd, --runtime-class: options are carried over" "SystemdCgroup = true
# bulkhead: end" "$(text_of "$CONTAINERD")"
  contains "containerd, --runtime-class: a handler of that name" \
    'containerd.runtimes.confined.options]' "$(text_of "$CONTAINERD")"
  exits "containerd, --runtime-class: uninstall" 0 uninstall containerd --root "$T"
  unchanged "containerd, --runtime-class: as it was"
}

links_and_read_only() {
  new_tree containerd
  put srv/containerd.toml <<<'version = 2'
  mkdir -p "$T/etc/containerd"
  ln -s /srv/containerd.toml "$T/$CONTAINERD"
  round_trip containerd "a symbolic link"
  bulkhead install containerd --root "$T"
  same "containerd, a symbolic link: it stays one" /srv/containerd.toml "$(readlink "$T/$CONTAINERD")"
  contains "containerd, a symbolic link: its target below the root is changed" bulkhead-runc "$(text_of srv/containerd.toml)"
  bulkhead uninstall containerd --root "$T"

  rm "$T/$CONTAINERD"
  put "$CONTAINERD" <<<'version = 2'
  mount --bind "$T/etc" "$T/etc" && mount -o remount,ro,bind "$T/etc"
  refused containerd "a read-only file system" 7 "Read-only file system"
  umount "$T/etc"
}

crio_trees() {
  new_tree crio
  round_trip crio "no configuration"
  put etc/crio/crio.conf <<'TOML'
[crio.runtime]
default_runtime = "runc"
TOML
  put etc/crio/crio.conf.d/70-crun.conf <<'TOML'
[crio.runtime]
default_runtime = "crun"
[crio.runtime.runtimes.crun]
runtime_path = "/usr/bin/crun"
runtime_root = "/run/crun"
allowed_annotations = ["io.kubernetes.cri-o.Devices"]
[crio.runtime.runtimes.kata]
runtime_path = "/usr/bin/kata"
runtime_type = "vm"
TOML
  round_trip crio "drop-ins"
  exits "crio, drop-ins: install" 0 install crio --root "$T"
  local ours=$T/etc/crio/crio.conf.d/99-bulkhead.conf
  check "crio, drop-ins: ours sorts after the one that decides" test -f "$ours"
  contains "crio, drop-ins: the previous runtime's options are carried over" 'runtime_root = "/run/crun"' "$(cat "$ours")"
  contains "crio, drop-ins: lists too" io.kubernetes.cri-o.Devices "$(cat "$ours")"
  contains "crio, drop-ins: crun stands behind" '"/usr/bin/bulkhead-crun"' "$(cat "$ours")"
  same "crio: the shared directory has no precreate" "" "$(grep -l precreate "$T/$HOOKS"/*)"
  same "crio: the shared directory has createRuntime" createRuntime "$(jq -r '.stages[]' "$T/$HOOKS/50-bulkhead.json")"
  put etc/crio/crio.conf.d/71-broken.conf <<<'[crio'
  refused crio "a syntax error in a drop-in" 4 "71-broken.conf"
}

podman_trees() {
  new_tree podman crio
  round_trip podman "no configuration"
  put etc/containers/containers.conf <<'TOML'
[engine]
runtime = "runc"
hooks_dir = ["/etc/containers/oci/hooks.d"]
[engine.runtimes]
runc = ["/usr/local/bin/none", "/usr/bin/runc"]
TOML
  round_trip podman "containers.conf"
  bulkhead install podman crio --root "$T"
  contains "install ends by saying how to see a denial" "to see a denial: bulkhead denials" "$(tail -n 1 <<<"$OUT")"
  contains "and what starts a watcher, where systemd does not run" "to begin: bulkhead watch &" "$OUT"
  mkdir -p "$T/run/systemd/system"
  bulkhead install podman crio --root "$T"
  contains "where it does, its unit is named, and of another tree not started" \
    "to begin: systemctl enable --now bulkhead-watch" "$OUT"
  contains "podman: what becomes of rootless containers is told" "rootless Podman reads these files too" "$OUT"
  contains "podman, containers.conf: its runtime stands behind" '"/usr/bin/bulkhead-runc"' "$(text_of "$PODMAN")"
  contains "podman, containers.conf: its hooks directory stays" '["/etc/containers/oci/hooks.d", ' "$(text_of "$PODMAN")"
  same "podman: precreate is where Podman alone looks" precreate \
    "$(jq -r '.stages[]' "$T/etc/bulkhead/podman-hooks.d/50-bulkhead-precreate.json")"
  exits "podman, uninstalled beside CRI-O" 0 uninstall podman --root "$T"
  check "the shared hook stays while CRI-O has it" test -f "$T/$HOOKS/50-bulkhead.json"
  exits "CRI-O, uninstalled after it" 0 uninstall crio --root "$T"
  check "then it goes" test ! -e "$T/$HOOKS/50-bulkhead.json"
}

docker_trees() {
  new_tree dockerd
  round_trip docker "no configuration"
  put "$DOCKER" <<<'{"log-driver": "local"}'
  round_trip docker "one line"
  put "$DOCKER" <<'JSON'
{
  "default-runtime": "nvidia",
  "runtimes": {
    "nvidia": {
      "path": "nvidia-container-runtime",
      "runtimeArgs": ["--debug"]
    }
  },
  "unknown": 1e400000
}
JSON
  refused docker "a number that is none" 4 daemon.json
  sed -i 's/1e400000/12345678901234567890/' "$T/$DOCKER"
  cp "$T/usr/bin/runc" "$T/usr/bin/nvidia-container-runtime"
  snapshot
  exits "docker, NVIDIA: install" 0 install docker --root "$T"
  same "docker, NVIDIA: the wrapper stands behind the shim, with its arguments" \
    '{"path":"/usr/bin/bulkhead-nvidia-container-runtime","runtimeArgs":["--debug"]}' \
    "$(jq -c '.runtimes[."default-runtime"]' "$T/$DOCKER")"
  exits "docker, NVIDIA: uninstall" 0 uninstall docker --root "$T"
  rm "$T/usr/bin/bulkhead-nvidia-container-runtime"
  unchanged "docker, NVIDIA: as it was, to the byte"
  put "$DOCKER" <<<'{"log-driver": }'
  refused docker "a syntax error" 4 daemon.json
}

command_line() {
  new_tree podman
  exits "an unknown engine" 2 install podmann --root "$T"
  contains "an unknown engine: the nearest is named" "did you mean podman?" "$ERR"
  exits "no engine" 2 install --root "$T"
  exits "an engine that is not installed" 6 install docker --root "$T"
  exits "a mode that there is not" 2 install podman --mode strict --root "$T"
  exits "a handler's name with a quote" 2 install podman --runtime-class 'a"b' --root "$T"
  exits "--mode observe" 0 install podman --mode observe --root "$T"
  same "--mode observe: is a policy file of its own" observe "$(jq -r .mode "$T/etc/bulkhead/policy.d/00-install.json")"
  put etc/bulkhead/policy.json <<<'{"version": 1, "moode": "enforce"}'
  exits "a policy that is not valid" 5 install podman --root "$T"
  contains "a policy that is not valid: says what would happen" "no container would start" "$ERR"
  rm "$T/usr/bin/bulkhead-shim"
  exits "without the shim" 6 install podman --root "$T"
  exits "uninstall works without the shim" 0 uninstall podman --root "$T"
  check "uninstall works without the shim: it is done" test ! -e "$T/$PODMAN"
}

# The files in packaging/engines are what an installation on an empty node writes.
examples() {
  new_tree crio podman dockerd
  rm "$T/usr/bin/crun"
  bulkhead install crio podman docker --root "$T"
  local from=$ROOT/packaging/engines
  same "packaging/engines: hooks.d" "" "$(diff -r "$from/hooks.d" "$T/$HOOKS" 2>&1)"
  same "packaging/engines: podman-hooks.d" "" "$(diff -r "$from/podman-hooks.d" "$T/etc/bulkhead/podman-hooks.d" 2>&1)"
  same "packaging/engines: crio.conf" "$(cat "$from/crio.conf")" "$(text_of etc/crio/crio.conf.d/50-bulkhead.conf)"
  same "packaging/engines: containers.conf" "$(cat "$from/containers.conf")" "$(text_of "$PODMAN")"
  same "packaging/engines: daemon.json" "$(cat "$from/daemon.json")" "$(text_of "$DOCKER")"
}

# The order of writing is that of the files in the plan: configuration last, and first on removal.
order() {
  new_tree podman crio
  bulkhead install podman crio --dry-run --root "$T"
  same "hooks are written before the configuration that leads to them" \
    "50-bulkhead-poststop.json 50-bulkhead.json 50-bulkhead-precreate.json 50-bulkhead.conf" \
    "$(grep -E '^podman: creates' <<<"$OUT" | sed 's|.*/||' | xargs)"
  bulkhead install podman --root "$T"
  bulkhead uninstall podman --dry-run --root "$T"
  same "and removed after it" \
    "50-bulkhead.conf 50-bulkhead-precreate.json 50-bulkhead-poststop.json 50-bulkhead.json" \
    "$(grep -E '^podman: removes' <<<"$OUT" | sed 's|.*/||' | xargs)"
}

for group in containerd_v2 containerd_binary containerd_nvidia containerd_refusals containerd_class \
  links_and_read_only crio_trees podman_trees docker_trees command_line examples order; do
  $group
done

# ---- for real ------------------------------------------------------------------------------------------

# The machine's own configuration is covered by directories of the private node.
own_directories() {
  local directory
  for directory in "$@"; do
    [ -d "$directory" ] || return 1
    mkdir -p "$NODE/own$directory"
    cp -a "$directory/." "$NODE/own$directory/"
    mount --bind "$NODE/own$directory" "$directory"
  done
}
have() {
  local program
  for program in "$@"; do command -v "$program" >/dev/null || return 1; done
}
install_programs() {
  need_hook
  need_shim
  cp "$BULKHEAD" "$NODE/bin/bulkhead"
  BULKHEAD=$NODE/bin/bulkhead
  link_shim runc >/dev/null
  link_shim crun >/dev/null
}

# Killed between any two steps: with only the first N files there, a container starts, confined or as
# before, and never not at all.
podman_after_each_step() {
  local files=("$HOOKS"/50-bulkhead-poststop.json "$HOOKS"/50-bulkhead.json
    etc/bulkhead/podman-hooks.d/50-bulkhead-precreate.json "$PODMAN")
  local count file out
  mkdir -p "$NODE/steps"
  for file in "${files[@]}"; do cp "/$file" "$NODE/steps/" && rm "/$file"; done
  for count in 1 2 3 4; do
    file=${files[count - 1]}
    cp "$NODE/steps/$(basename "$file")" "/$file"
    out=$("$@" --security-opt seccomp=unconfined --rootfs "$NODE/rootfs" /bin/probe seccomp 2>"$NODE/err" | tr -d '\r')
    case $count:$out in
      1:seccomp=0 | [234]:seccomp=2) ok "podman: killed after step $count, a container starts" ;;
      *) not_ok "podman: killed after step $count, a container starts" "$out $(cat "$NODE/err")" ;;
    esac
  done
}

proof_groups() { find /sys/fs/cgroup -type d -name 'bulkhead-proof-*' | sort; }

podman_coverage() { "$BULKHEAD" status --json | jq -r '.engines[] | select(.name == "podman") | .coverage'; }

# Names of Bulkhead's everywhere, and Podman goes around it: what status says is what happens.
podman_goes_around() {
  same "podman: status says what stands in front" "shim+hook" "$(podman_coverage)"
  rm /etc/bulkhead/podman-hooks.d/50-bulkhead-precreate.json
  sed -i "s|\"$NODE/bin/bulkhead-runc\"|\"/none/bulkhead-runc\", \"$(command -v runc)\"|" "/$PODMAN"
  same "podman, the first path of the shim's list is missing: status knows" "hook" "$(podman_coverage)"
  cp "/$HOOKS/50-bulkhead-poststop.json" "/$HOOKS/50-bulkhead.json"
  same "podman, hooks that only tidy up: status knows" "not covered" "$(podman_coverage)"
  same "podman, hooks that only tidy up: a container is not confined" "seccomp=0" \
    "$("$@" --security-opt seccomp=unconfined --rootfs "$NODE/rootfs" /bin/probe seccomp 2>"$NODE/err" | tr -d '\r')"
  exits "podman: install mends all of it" 0 install podman --no-verify
  same "podman: status says so" "shim+hook" "$(podman_coverage)"
}

# Podman looks for the runtime of a container that exists by its name.
podman_stops_after_uninstall() {
  local left=/etc/containers/containers.conf.d/50-bulkhead-left.conf
  podman run --detach --name stays --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
    --cgroup-parent "/$NODE_ID" --rootfs "$NODE/rootfs" /bin/sleep 1000 >"$NODE/out" 2>&1 </dev/null
  exits "podman, a container runs: uninstall" 0 uninstall podman
  contains "podman, a container runs: uninstall tells what it left" "the name of their runtime" "$OUT"
  same "podman, a container runs: it can be stopped" "stays" \
    "$(podman stop --time 0 stays 2>&1)$(podman rm stays >/dev/null 2>&1)"
  exits "podman, it has ended: uninstall again" 0 uninstall podman
  check "podman, it has ended: nothing is left" test ! -e "$left"
  exits "podman, it has ended: nothing more to change" 0 uninstall podman --dry-run
  exits "podman: install once more" 0 install podman --no-verify
}

# What its files do not say: a variable, here.
podman_is_asked() {
  have crun || { skip "podman: is asked which runtime it uses" "no crun"; return; }
  sed 's/"runc"/"crun"/' /etc/containers/containers.conf >"$NODE/other.conf"
  CONTAINERS_CONF=$NODE/other.conf exits "podman: another runtime in use than its files name is no guess" 7 install podman
  contains "podman: both are named" "podman: it uses the runtime 'crun' by its own words, and 'runc' by its files" "$ERR"
  same "podman: and nothing is changed" "$(cat "$NODE/podman.before")" \
    "$(cd /etc/containers && find . -type f -exec sha256sum {} + | sort)"
}

# CRI-O is in no Debian suite: what stands for it prints what CRI-O prints, in the form of its version.
crio_stands_in() { # its text on stdin
  cat >/usr/local/bin/crio
  chmod 755 /usr/local/bin/crio
}
crio_is_asked() {
  local name="crio: is asked which runtime it uses"
  have runc crun || { skip "$name" "no runc or no crun"; return; }
  have crio && { skip "$name" "CRI-O is here"; return; }
  if ! { mkdir -p "$NODE/etc" && mount -t tmpfs tmpfs "$NODE/etc" && mkdir "$NODE"/etc/{upper,work} &&
    mount -t overlay overlay -o "lowerdir=/etc,upperdir=$NODE/etc/upper,workdir=$NODE/etc/work" /etc &&
    own_directories /usr/local/bin; }; then
    skip "$name" "no overlay of /etc"
    return
  fi
  mkdir -p /etc/crio/crio.conf.d
  crio_stands_in <<'SH'
#!/bin/sh
[ "$*" = config ] || exit 1
echo 'INFO[2022-08-29 18:22:34.736554874Z] Starting CRI-O, version: 1.24.2, git: f4d632b8f61915e51f70784a5b2dab76a5af05b4(clean)' >&2
cat <<'TOML'
# The crio.runtime table contains settings pertaining to the OCI runtime used
# and options for how to set up and manage the OCI runtime.
[crio.runtime]

# default_runtime is the _name_ of the OCI runtime to be used as the default.
# The name is matched against the runtimes map below.
# default_runtime = "crun"

TOML
SH
  exits "crio: without a word in its files, what is built in is asked for" 1 install crio --dry-run --no-verify
  contains "crio: and stands behind the shim" bulkhead-crun "$OUT"
  crio_stands_in <<'SH'
#!/bin/sh
case "$*" in
config) printf '[crio]\n[crio.runtime]\n' ;;
"config --default") printf '[crio.runtime]\n\n# default_runtime is the _name_ of the OCI runtime\ndefault_runtime = "crun"\n\n' ;;
*) exit 1 ;;
esac
SH
  exits "crio: one that prints only what differs is asked for its defaults" 1 install crio --dry-run --no-verify
  contains "crio: which count" bulkhead-crun "$OUT"
  printf '[crio.runtime]\ndefault_runtime = "crun"\n' >/etc/crio/crio.conf
  crio_stands_in <<'SH'
#!/bin/sh
[ "$*" = config ] && printf 'level=info msg="Using default capabilities: CAP_CHOWN"\n[crio.runtime]\ndefault_runtime = "runc"\n'
SH
  exits "crio: another runtime in use than its files name is no guess" 7 install crio --dry-run
  contains "crio: both are named" "crio: it uses the runtime 'runc' by its own words, and 'crun' by its files" "$ERR"
  mkdir -p /run/crio
  /usr/bin/python3 -c 'import socket, time; s = socket.socket(socket.AF_UNIX); s.bind("/run/crio/crio.sock"); s.listen(); time.sleep(60)' &
  local daemon=$!
  eventually 5 test -S /run/crio/crio.sock
  crio_stands_in <<'SH'
#!/bin/sh
[ "$*" = "status config" ] || exit 1
cat <<'TOML'
[crio]
  root = "/var/lib/containers/storage"
  [crio.runtime]
    device_ownership_from_security_context = false
    default_runtime = "runc"
    [crio.runtime.runtimes]
TOML
SH
  exits "crio: a daemon that runs is asked, not the program" 7 install crio --dry-run
  contains "crio: which does not agree with its files" "it uses the runtime 'runc' by its own words, and 'crun' by its files" "$ERR"
  kill "$daemon" 2>/dev/null
  rm -f /run/crio/crio.sock /usr/local/bin/crio
  umount /usr/local/bin /etc
}

real_podman() {
  local name="podman"
  have podman runc || { skip "$name" "no podman or no runc"; return; }
  own_directories /etc/containers /usr/share/containers || { skip "$name" "no /etc/containers"; return; }
  printf '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' >/etc/containers/containers.conf
  printf '[storage]\ndriver = "vfs"\ngraphroot = "%s/podman/root"\nrunroot = "%s/podman/run"\n' "$NODE" "$NODE" \
    >/etc/containers/storage.conf
  make_rootfs
  (cd /etc/containers && find . -type f -exec sha256sum {} + | sort) >"$NODE/podman.before"
  exits "podman: install proves itself" 0 install podman
  contains "podman: with a container that it started" "podman: a container started, and the kernel confirmed" "$OUT"
  local run=(podman run --rm --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024
    --cgroup-parent "/$NODE_ID")
  same "podman: a container that asks for no filter is confined" "seccomp=2
unshare=1" "$("${run[@]}" --security-opt seccomp=unconfined --rootfs "$NODE/rootfs" /bin/probe seccomp unshare 2>"$NODE/err" | tr -d '\r')"
  contains "podman: status knows that it is covered, by shim and hook" "bulkhead-runc" "$(jq -r '.engines[] | select(.name == "podman") | .detail' <<<"$("$BULKHEAD" status --json)")"
  check "podman: its proof leaves no container" test -z "$(podman ps --all --quiet)"
  same "podman: its proof leaves no file" "" "$(find /run -maxdepth 1 -name 'bulkhead-proof*')"

  podman_after_each_step "${run[@]}"
  podman_goes_around "${run[@]}"
  exits "podman: status --check holds" 0 status --check
  sed -i 's/bulkhead-runc/runc/' "/$PODMAN"
  exits "podman: status --check finds a drop-in that was changed" 1 status --check
  contains "podman: status --check names it" "podman: /$PODMAN was changed" "$OUT"
  rm "/$HOOKS/50-bulkhead.json"
  bulkhead status --check
  contains "podman: status --check finds a hook that is gone" "/$HOOKS/50-bulkhead.json is gone" "$OUT"
  exits "podman: install mends it" 0 install podman --no-verify
  exits "podman: status --check holds again" 0 status --check
  podman_stops_after_uninstall
  exits "podman: uninstall" 0 uninstall podman
  exits "podman: nothing is promised any more" 0 status --check
  same "podman: uninstall leaves the configuration as it was" "$(cat "$NODE/podman.before")" \
    "$(cd /etc/containers && find . -type f -exec sha256sum {} + | sort)"
  same "podman: then it starts containers as before" "seccomp=0" \
    "$("${run[@]}" --security-opt seccomp=unconfined --rootfs "$NODE/rootfs" /bin/probe seccomp | tr -d '\r')"

  printf '#!/bin/sh\necho broken >&2\nexit 1\n' >"$NODE/broken" && chmod 755 "$NODE/broken"
  mount --bind "$NODE/broken" "$NODE/bin/bulkhead-shim"
  exits "podman: a shim that does not run is found beforehand" 6 install podman
  contains "podman: a shim that does not run: says so" "--version fails: 'broken\n'; nothing was changed" "$ERR"

  # A shim that does not start anything: the proof fails, and all is put back.
  # shellcheck disable=SC2016  # for the shell that runs it
  printf '#!/bin/sh\n[ "$1" != --version ] || exit 0\necho broken >&2\nexit 1\n' >"$NODE/broken"
  exits "podman: an installation that cannot be proved fails" 7 install podman --mode observe
  contains "podman: an installation that cannot be proved says so" \
    "the configuration was put back as it was; so was the policy's mode" "$ERR"
  contains "podman: an installation that cannot be proved says what the engine said" "a container did not start" "$ERR"
  contains "podman: and that it is Bulkhead that keeps it from starting" "and without Bulkhead it does" "$ERR"
  check "podman: an installation that cannot be proved leaves no mode" test ! -e /etc/bulkhead/policy.d/00-install.json
  exits "podman: an installation that cannot be proved is no promise" 0 status --check
  same "podman: an installation that cannot be proved leaves no trace" "$(cat "$NODE/podman.before")" \
    "$(cd /etc/containers && find . -type f -exec sha256sum {} + | sort)"
  umount "$NODE/bin/bulkhead-shim"
  fake_runtime runc "$NODE/broken"
  exits "podman: where no container starts at all nothing can be proved" 7 install podman
  contains "podman: which is told as that" "and without Bulkhead none does either, so nothing is proved" "$ERR"
  contains "podman: with the way to install all the same" "or install unproved: --no-verify" "$ERR"
  umount "$(readlink -f "$(command -v runc)")"
  podman_is_asked

  # Debian mounts /run noexec.
  cp -a "$NODE/bin" /var/lib/bulkhead/bin && ln -sf bulkhead-shim /var/lib/bulkhead/bin/bulkhead-runc
  check "podman: install proves itself where /run is noexec" unshare --mount sh -c \
    'mount -o remount,bind,noexec /run && exec /var/lib/bulkhead/bin/bulkhead install podman'
  same "podman: its proof leaves no file elsewhere" "" "$(find /var/lib -maxdepth 1 -name 'bulkhead-proof*')"
  check "podman: and uninstall" /var/lib/bulkhead/bin/bulkhead uninstall podman
  rm -r /var/lib/bulkhead/bin
}

# A default that is itself a wrapper is called by the shim, and calls runc.
real_wrapper() {
  local name="a wrapper"
  { have podman runc && [ -d /usr/local/bin ] && mountpoint -q /etc/containers; } || { skip "$name" "no Podman here"; return; }
  mkdir -p "$NODE/wrappers" && mount --bind "$NODE/wrappers" /usr/local/bin
  printf '#!/bin/sh\necho "$*" >>%s/wrapped\nexec %s "$@"\n' "$NODE" "$(command -v runc)" >/usr/local/bin/corporate-runc
  chmod 755 /usr/local/bin/corporate-runc
  printf '[engine]\nruntime = "corporate"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n
[engine.runtimes]\ncorporate = ["/usr/local/bin/corporate-runc"]\n' >/etc/containers/containers.conf
  exits "$name that is the default: install proves itself" 0 install podman
  contains "$name that is the default: stands behind the shim" \
    "bulkhead-corporate-runc in front of /usr/local/bin/corporate-runc" "$OUT"
  contains "$name that is the default: a container is proved" "the kernel confirmed" "$OUT"
  contains "$name that is the default: it was called" "create --bundle" "$(cat "$NODE/wrapped")"
  same "$name that is the default: a container that asks for no filter is confined" "seccomp=2" \
    "$(podman run --rm --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --cgroup-parent "/$NODE_ID" \
      --security-opt seccomp=unconfined --rootfs "$NODE/rootfs" /bin/probe seccomp 2>"$NODE/err" | tr -d '\r')"
  exits "$name that is the default: uninstall" 0 uninstall podman
  umount /usr/local/bin
}

real_containerd() {
  local name="containerd"
  have containerd ctr runc ||
    { skip "$name" "no containerd, ctr or runc"; return; }
  own_directories /etc/containerd || { skip "$name" "no /etc/containerd"; return; }
  containerd_config >/etc/containerd/config.toml
  cp /etc/containerd/config.toml "$NODE/containerd.before"
  exits "containerd: one that does not run is installed for" 0 install containerd
  contains "containerd: and that is said" "containerd: containerd does not run" "$OUT"
  contains "containerd: as well as that nothing is proved" \
    "not proved: it does not run, so no container was started; once it does, \`bulkhead install containerd\` starts one" "$OUT"
  exits "containerd: uninstall" 0 uninstall containerd
  containerd >"$NODE/containerd.log" 2>&1 &
  local pid=$!
  eventually 20 ctr version || { not_ok "containerd runs" "$(tail -n 5 "$NODE/containerd.log")"; return; }
  exits "containerd: install --no-restart" 0 install containerd --no-restart
  contains "containerd: install --no-restart says what runs on" \
    "its daemon was left alone: until it restarts, containers start as before" "$OUT"
  exits "containerd: nobody is told that it is broken" 0 status --check
  local groups
  groups=$(proof_groups)
  exits "containerd: install proves itself, with nothing to change" 0 install containerd
  contains "containerd: and knows that the daemon has not read it" "no systemd here: restart containerd yourself" "$OUT"
  contains "containerd: with a container that it started" "containerd: a container started, and the kernel confirmed" "$OUT"
  contains "containerd: reads the shim in its own configuration" "$NODE/bin/bulkhead-runc" "$(containerd config dump)"
  same "containerd: the proof leaves no control group" "$groups" "$(proof_groups)"
  same "containerd: the proof leaves no namespace" "" "$(ctr namespaces list --quiet | grep bulkhead-proof)"
  kill "$pid" && wait "$pid"
  containerd >"$NODE/containerd.log" 2>&1 &
  pid=$!
  check "containerd: it starts with the changed configuration" eventually 20 ctr version
  exits "containerd: uninstall" 0 uninstall containerd
  check "containerd: as before, to the byte" cmp "$NODE/containerd.before" /etc/containerd/config.toml
  kill "$pid"
}

# ---- the package ---------------------------------------------------------------------------------------

build_package() { # name
  SOURCE_DATE_EPOCH=1795478400 make -C "$ROOT" --no-print-directory deb-only BUILD="$NODE/deb-$1" BULKHEAD_PROGRAMS="$BUILD"
}

# This machine's root under an overlay: what a package does there is seen, and goes with the node.
make_overlay() {
  O=$NODE/overlay
  mkdir -p "$O" && mount -t tmpfs tmpfs "$O" && mkdir -p "$O"/{upper,work,root} &&
    mount -t overlay overlay -o "lowerdir=/,upperdir=$O/upper,workdir=$O/work" "$O/root" &&
    mount --rbind /proc "$O/root/proc" && mount --rbind /dev "$O/root/dev" && mount --bind "$DEBS" "$O/root/mnt"
}
inside() { chroot "$O/root" /usr/bin/env -u MAKEFLAGS PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
# Files that the overlay holds beside dpkg's own records and logs, and what it hides of the root below:
# there, three empty directories are the test node's.
left_behind() {
  (cd "$O/upper" && find . \( -type f -o -type l -o -type c \) |
    grep -vE '^./(var/lib/(dpkg|systemd)/|var/cache/|var/log/(dpkg|alternatives)|run/|tmp/|proc)' |
    grep -vxE './(etc|var/lib|var/log)/bulkhead' | sort)
}

package() {
  local name=package
  have dpkg-buildpackage dh git || { skip "$name" "no debhelper"; return; }
  [ -e "$ROOT/.git" ] || { skip "$name" "not a git checkout"; return; }
  check "the package builds" build_package one
  DEBS=$NODE/deb-one/dist
  build_package two >"$NODE/out" 2>&1
  same "two builds have the same bytes" "$(cd "$DEBS" && sha256sum ./*.deb)" \
    "$(cd "$NODE/deb-two/dist" && sha256sum ./*.deb)"
  if have lintian; then
    same "lintian has nothing to say" "" "$(lintian --allow-root --no-cfg --suppress-tags bad-distribution-in-changes-file "$DEBS"/*.deb 2>&1)"
  else
    skip "lintian has nothing to say" "no lintian"
  fi
  make_overlay || { skip "the package is installed" "no overlay of the root is possible here"; return; }
  # What the private node covers on the machine is not in the overlay's lower half.
  check "it is installed" inside dpkg --no-triggers -i /mnt/bulkhead_0.1.0_amd64.deb /mnt/bulkhead-doc_0.1.0_all.deb
  same "nothing of an engine's is changed by that" "" "$(left_behind | grep -E '^./(etc/(containerd|containers|crio|docker)|usr/share/containers)')"
  check "the units have no fault that systemd finds" inside_units
  check "install" inside bulkhead install podman containerd --no-restart --no-verify
  check "it is upgraded" inside dpkg --no-triggers -i /mnt/bulkhead_0.1.0_amd64.deb
  check "an upgrade leaves the engines as they are" inside grep -q bulkhead-runc /etc/containerd/config.toml
  check "it is removed" inside dpkg --no-triggers -r bulkhead bulkhead-doc
  same "the engines' configuration went first" "$(sha256sum </etc/containerd/config.toml)" \
    "$(sha256sum <"$O/root/etc/containerd/config.toml")"
  check "it is purged" inside dpkg --no-triggers -P bulkhead bulkhead-doc
  same "purge leaves nothing" "" "$(left_behind | grep -v '^./etc/containerd/config.toml$')"

  # Containers that run need the program that started them.
  inside dpkg --no-triggers -i /mnt/bulkhead_0.1.0_amd64.deb >/dev/null
  mkdir -p "$O/root/run/bulkhead/containers" && echo '{}' >"$O/root/run/bulkhead/containers/one.json"
  inside dpkg --no-triggers -r bulkhead >"$NODE/out" 2>&1
  same "while a container runs, its runtime's link leads to the plain runtime" \
    "$(inside sh -c 'command -v runc')" "$(readlink "$O/root/usr/bin/bulkhead-runc")"
  rm "$O/root/run/bulkhead/containers/one.json"
  inside dpkg --no-triggers -P bulkhead >"$NODE/out" 2>&1
  check "purged without one, the link goes" inside sh -c '! test -e /usr/bin/bulkhead-runc'

  # A configuration that cannot be read keeps the package.
  inside dpkg --no-triggers -i /mnt/bulkhead_0.1.0_amd64.deb >/dev/null
  inside bulkhead install docker --root / --no-verify >/dev/null 2>&1
  mkdir -p "$O/root/etc/docker" && echo '{ "runtimes": { "x": { "path": "/usr/bin/bulkhead-runc"' >"$O/root/etc/docker/daemon.json"
  check "a configuration that cannot be mended keeps the package" inside sh -c '! dpkg --no-triggers -r bulkhead && test -x /usr/bin/bulkhead-shim'
}
# The check asks the kernel for filters, which no process may that is under one itself.
inside_units() {
  ! grep -E '^(SystemCall|Restrict|PrivateDevices|MemoryDeny|LockPersonality|Protect(Clock|Hostname|Kernel))' \
    "$O/root/lib/systemd/system/bulkhead-check.service" || return 1
  have systemd-analyze || return 0
  inside systemd-analyze security --offline=true --threshold=30 bulkhead-watch.service || return 1
  inside systemd-analyze security --offline=true --threshold=65 bulkhead-check.service || return 1
  inside systemd-analyze verify --man=no bulkhead-check.service bulkhead-check.timer bulkhead-watch.service
}

package
install_programs
crio_is_asked
real_podman
real_wrapper
real_containerd
finish
