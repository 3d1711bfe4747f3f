#!/usr/bin/env bash
# `bulkhead install` on configurations as they are found in the wild: what engines write themselves, what
# editors and other installers leave, and what cannot be changed and is refused with its file and line.
# A file that an engine of this machine can read is read by it before and after.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
# shellcheck source=helpers/root_tree.sh
. "$ROOT/tests/integration/helpers/root_tree.sh"

have() { command -v "$1" >/dev/null; }
crlf() { sed 's/$/\r/'; }
bom() { printf '\xef\xbb\xbf'; cat; }
installed() { bulkhead install "$1" --root "$T"; }
removed() { bulkhead uninstall "$1" --root "$T"; }

# ---- containerd ----------------------------------------------------------------------------------------

# What containerd itself makes of the file, with the tree's imports.
containerd_says() {
  unshare --mount --propagation private -- "$BASH" -c \
    "mount --bind '$T/etc/containerd' /etc/containerd && containerd --config /etc/containerd/config.toml config dump" 2>&1
}
reads_shim() { # NAME PROGRAM
  have containerd || { skip "$1: containerd reads it" "containerd is not installed"; return; }
  [ -d /etc/containerd ] || { skip "$1: containerd reads it" "no /etc/containerd"; return; }
  installed containerd
  contains "$1: containerd reads it" "BinaryName = \"/usr/bin/$2\"" "$(containerd_says)"
  removed containerd
}

RUNC_V2='version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc" # the usual
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true'

containerd_defaults() {
  new_tree containerd
  if have containerd; then
    put "$CONTAINERD" < <(containerd config default)
    round_trip containerd "what containerd config default prints"
    reads_shim "containerd, its default" bulkhead-runc
  else
    skip "containerd, its default" "containerd is not installed"
  fi
  # As 2.x writes it: version 3, single quotes, every key.
  put "$CONTAINERD" <<'TOML'
version = 3
root = '/var/lib/containerd'
imports = ['/etc/containerd/conf.d/*.toml']
[plugins]
  [plugins.'io.containerd.cri.v1.images']
    snapshotter = 'overlayfs'
  [plugins.'io.containerd.cri.v1.runtime']
    enable_selinux = false
    [plugins.'io.containerd.cri.v1.runtime'.containerd]
      default_runtime_name = 'runc'
      ignore_blockio_not_enabled_errors = false
      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes]
        [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
          runtime_type = 'io.containerd.runc.v2'
          pod_annotations = []
          sandboxer = 'podsandbox'
          [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
            BinaryName = ''
            ShimCgroup = ''
            SystemdCgroup = false
TOML
  round_trip containerd "as containerd 2 writes it"
  installed containerd
  contains "containerd, as containerd 2 writes it: an empty name is replaced" \
    "BinaryName = \"/usr/bin/bulkhead-runc\" # bulkhead: was ''" "$(text_of "$CONTAINERD")"
}

containerd_editors() {
  new_tree containerd
  put "$CONTAINERD" < <(crlf <<<"$RUNC_V2")
  round_trip containerd "line ends of Windows"
  reads_shim "containerd, line ends of Windows" bulkhead-runc
  put "$CONTAINERD" < <(crlf <<<$'version = 2\n')
  round_trip containerd "line ends of Windows and nothing else"
  put "$CONTAINERD" < <(bom <<<"$RUNC_V2")
  round_trip containerd "a byte order mark"
  put "$CONTAINERD" < <(printf '%s' "$RUNC_V2")
  round_trip containerd "no newline at the end of its options"
  put "$CONTAINERD" < <(tr -d '\n' <<<'version = 2')
  round_trip containerd "one line without its end"
  put "$CONTAINERD" <<<$'# nothing but a comment: \xc3\xa4\xe2\x82\xac'
  round_trip containerd "a comment beyond ASCII"
  put "$CONTAINERD" <<<"$RUNC_V2" && chmod 440 "$T/$CONTAINERD"
  round_trip containerd "a file that is read-only"
  put "$CONTAINERD" <<<'version = 2
plugins."io.containerd.grpc.v1.cri".containerd.default_runtime_name = "runc"
plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.runtime_type = "io.containerd.runc.v2"'
  round_trip containerd "dotted keys"
  reads_shim "containerd, dotted keys" bulkhead-runc
  put "$CONTAINERD" <<<'version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "my.runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes."my.runc"]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes."my.runc".options]
BinaryName = "/usr/bin/crun"'
  round_trip containerd "a default with a dot in its name"
  reads_shim "containerd, a default with a dot in its name" bulkhead-crun
}

# A wrapper that is the default is what the shim executes.
containerd_wrapper() {
  new_tree containerd kata-runtime corporate-runc
  put "$CONTAINERD" <<<'version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "corporate"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.corporate]
runtime_type = "io.containerd.runc.v2"
privileged_without_host_devices = true
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.corporate.options]
BinaryName = "/usr/bin/corporate-runc"
Root = "/run/corporate"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]
runtime_type = "io.containerd.kata.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata.options]
ConfigPath = "/opt/kata/configuration.toml"'
  snapshot
  installed containerd
  contains "containerd, a wrapper: is chained" 'BinaryName = "/usr/bin/bulkhead-corporate-runc" # bulkhead: was' "$(text_of "$CONTAINERD")"
  contains "containerd, a wrapper: said so" "/usr/bin/bulkhead-corporate-runc in front of /usr/bin/corporate-runc" "$OUT"
  contains "containerd, a wrapper: Kata stays and is named" "the handler 'kata' stays as it is" "$OUT"
  same "containerd, a wrapper: one line is other" 1 "$(changed_lines | grep -c '^+')"
  removed containerd
  rm "$T/usr/bin/bulkhead-corporate-runc"
  unchanged "containerd, a wrapper: as it was"
}

containerd_imports() {
  new_tree containerd
  put "$CONTAINERD" <<<'version = 2
imports = ["conf.d/*.toml", "/etc/containerd/none.toml", "/etc/containerd/config.toml"]'
  round_trip containerd "imports that lead nowhere, and to itself"
  put etc/containerd/conf.d/.hidden.toml <<<"$RUNC_V2"
  snapshot
  installed containerd
  contains "containerd, an import with a dot in front: is read, as containerd does" bulkhead-runc "$(text_of etc/containerd/conf.d/.hidden.toml)"
  removed containerd
  unchanged "containerd, an import with a dot in front: as it was"
  put etc/containerd/conf.d/20-broken.toml <<<$'version = 2\n\n[debug\n'
  refused containerd "a syntax error in an import" 4 "/etc/containerd/conf.d/20-broken.toml' is not valid TOML (line 3)"
  put etc/containerd/conf.d/20-broken.toml < <(head -c 3000 /dev/urandom)
  refused containerd "an import that is no text" 4 "20-broken.toml' is not valid TOML"
}

# What the administrator does between is theirs.
containerd_meanwhile() {
  new_tree containerd
  put "$CONTAINERD" <<<"$RUNC_V2"
  installed containerd
  sed -i 's/SystemdCgroup = true/SystemdCgroup = false/; s/# the usual/# still/' "$T/$CONTAINERD"
  cat >>"$T/$CONTAINERD" <<<'[debug]
  level = "debug"'
  exits "containerd, changed meanwhile: install again" 0 install containerd --root "$T"
  removed containerd
  same "containerd, changed meanwhile: only ours goes" "$(sed 's/SystemdCgroup = true/SystemdCgroup = false/; s/# the usual/# still/' <<<"$RUNC_V2")
[debug]
  level = \"debug\"" "$(text_of "$CONTAINERD")"
  put "$CONTAINERD" <<<'version = 2'
  installed containerd
  crlf <"$T/$CONTAINERD" >"$NODE/crlf" && cp "$NODE/crlf" "$T/$CONTAINERD"
  removed containerd
  lacks "containerd, made a Windows file meanwhile: ours goes all the same" bulkhead "$(text_of "$CONTAINERD")"
  put "$CONTAINERD" <<<'version = 2'
  installed containerd
  put "$CONTAINERD" <<<$'version = 2\n[grpc'
  exits "containerd, broken meanwhile: uninstall" 0 uninstall containerd --root "$T"
}

# ---- CRI-O ---------------------------------------------------------------------------------------------

crio_wild() {
  new_tree crio
  put etc/crio/crio.conf <<'TOML'
# The CRI-O configuration file specifies all of the available configuration options.
[crio]
# root = "/var/lib/containers/storage"
[crio.runtime]
# default_runtime = "runc"
hooks_dir = [
	"/usr/share/containers/oci/hooks.d",
]
[crio.runtime.runtimes.runc]
runtime_path = ""
runtime_type = "oci"
runtime_root = "/run/runc"
[crio.image]
pause_image = "registry.k8s.io/pause:3.9"
TOML
  round_trip crio "as crio config prints it"
  installed crio
  local ours=$T/etc/crio/crio.conf.d/50-bulkhead.conf
  contains "crio, as crio config prints it: what runc had is carried over" 'runtime_root = "/run/runc"' "$(cat "$ours")"
  contains "crio, as crio config prints it: the shim stands in front" 'runtime_path = "/usr/bin/bulkhead-runc"' "$(cat "$ours")"
  removed crio
  put etc/crio/crio.conf < <(bom < <(crlf <<<'[crio.runtime]
default_runtime = "crun"'))
  round_trip crio "line ends of Windows and a byte order mark"
  put etc/crio/crio.conf <<<'[crio.runtime]
default_runtime = "kata"
[crio.runtime.runtimes.kata]
runtime_path = "/usr/bin/containerd-shim-kata-v2"
runtime_type = "vm"'
  refused crio "Kata as the default" 7 "is of type 'vm', behind which no OCI runtime stands"
  put etc/crio/crio.conf <<<$'[crio.runtime]\n\ndefault_runtime = crun'
  refused crio "a syntax error" 4 "/etc/crio/crio.conf' is not valid TOML (line 3)"
  put etc/crio/crio.conf </dev/null
  put etc/crio/crio.conf.d/99-last <<<'[crio.runtime]
default_runtime = "crun"'
  round_trip crio "a drop-in without an ending, which CRI-O reads"
  put etc/crio/crio.conf.d/zzz-last.conf <<<'[crio.runtime]
default_runtime = "crun"'
  refused crio "a drop-in after every other" 7 "give that file a name that sorts before zz-bulkhead.conf"
}

# ---- Podman --------------------------------------------------------------------------------------------

podman_behind() { # NAME PROGRAM
  installed podman
  contains "podman, $1: stands behind the shim" "in front of /usr/bin/$2" "$OUT"
  removed podman
}

podman_wild() {
  new_tree podman
  podman_behind "nothing configured: crun first" crun
  put usr/share/containers/containers.conf <<<'[engine]
runtime = "runc"'
  podman_behind "/usr/share alone" runc
  round_trip podman "/usr/share alone"
  put usr/share/containers/containers.conf.d/10.conf <<<'[engine]
runtime = "crun"'
  podman_behind "/usr/share's drop-in after /usr/share" crun
  put etc/containers/containers.conf <<<'[engine]
runtime = "runc"'
  podman_behind "/etc after /usr/share" runc
  put etc/containers/containers.conf.d/60.conf <<<'[engine]
runtime = "crun"'
  podman_behind "/etc's drop-in last" crun
  installed podman
  check "podman, /etc's drop-in last: ours sorts after it" test -f "$T/etc/containers/containers.conf.d/99-bulkhead.conf"
  removed podman
  put etc/containers/containers.conf.d/60.conf.rpmsave <<<'[engine'
  put etc/containers/containers.conf.d/60.conf <<<'[engine]
runtime = "/usr/bin/crun"
hooks_dir = []
[engine.runtimes]
crun = ["/opt/none/crun", "/usr/bin/crun"]'
  round_trip podman "a path, an empty list, and a file that is none of Podman's"
  podman_behind "a path" crun
  put etc/containers/containers.conf.d/60.conf < <(crlf <<<$'[engine]\nruntime = "runc"')
  round_trip podman "line ends of Windows"
  put etc/containers/containers.conf.d/60.conf <<<$'[engine]\nruntime = [}'
  refused podman "a syntax error" 4 "/etc/containers/containers.conf.d/60.conf' is not valid TOML (line 2)"
  put etc/containers/containers.conf.d/60.conf <<<'[engine]
runtime = "lost"'
  refused podman "a runtime that is not there" 6 "the OCI runtime 'lost' of this engine"
}

# ---- Docker --------------------------------------------------------------------------------------------

docker_wild() {
  local text
  new_tree dockerd
  for text in '' $'\n \n' '{}' '{"default-runtime": "runc"}' \
    $'{\n  "runtimes": {\n    "other": { "path": "/usr/bin/crun" }\n  }\n}' \
    '{"default-runtime":"other","runtimes":{"other":{"path":"/usr/bin/crun"}}}' \
    '{"features": {"containerd-snapshotter": true}, "log-opts": {"max-size": "10m"}, "big": 9007199254740993}'; do
    printf '%s' "$text" | put "$DOCKER"
    round_trip docker "'$(tr -s ' \n' ' ' <<<"$text")'"
  done
  put "$DOCKER" < <(crlf <<<$'{\n  "log-driver": "local"\n}')
  round_trip docker "line ends of Windows"
  put "$DOCKER" < <(bom <<<'{}')
  refused docker "a byte order mark, which dockerd refuses too" 4 "/etc/docker/daemon.json"
  put "$DOCKER" <<<$'{\n  "log-driver": "local"\n  "debug": true\n}'
  refused docker "a comma that lacks" 4 "/etc/docker/daemon.json"
  contains "docker, a comma that lacks: names the line" "line 3" "$ERR"
  put "$DOCKER" <<<'[]'
  refused docker "a list" 4 "/etc/docker/daemon.json"
  put "$DOCKER" <<<'{"default-runtime": "io.containerd.runsc.v1"}'
  refused docker "a default that is no OCI runtime" 7 "names no OCI runtime by its path"
  put "$DOCKER" <<<'{"log-driver": "local"}'
  installed docker
  jq '.debug = true | ."default-runtime" = "runc"' "$T/$DOCKER" >"$NODE/changed" && cp "$NODE/changed" "$T/$DOCKER"
  removed docker
  same "docker, changed meanwhile: what the administrator chose stays" '{"log-driver":"local","default-runtime":"runc","debug":true}' \
    "$(jq -c . "$T/$DOCKER")"
}

# ---- several at once -----------------------------------------------------------------------------------

several() {
  new_tree containerd crio podman dockerd
  put "$CONTAINERD" <<<'[broken'
  snapshot
  exits "--all-found with one that is broken" 4 install --all-found --mode observe --root "$T"
  contains "--all-found with one that is broken: names it" "containerd: '$T/$CONTAINERD' is not valid TOML (line 1)" "$ERR"
  unchanged "--all-found with one that is broken: none of the others is changed, nor the mode"
  rm "$T/$CONTAINERD"
  snapshot
  exits "--all-found" 0 install --all-found --mode observe --root "$T"
  same "--all-found: every engine in turn, each with the way back" "containerd crio podman docker" \
    "$(sed -n 's/.*to go back: bulkhead uninstall //p' <<<"$OUT" | xargs)"
  same "--all-found: all are remembered" "containerd crio docker podman" \
    "$(jq -r 'del(.directories) | keys[]' "$T/var/lib/bulkhead/installed.json" | xargs)"
  exits "--all-found again" 0 install --all-found --mode observe --dry-run --root "$T"
  exits "uninstall --all-found" 0 uninstall --all-found --root "$T"
  rm -r "$T/etc/bulkhead"
  unchanged "uninstall --all-found: as it was, but for the mode, which is policy"
}

for group in several containerd_defaults containerd_editors containerd_wrapper containerd_imports containerd_meanwhile crio_wild \
  podman_wild docker_wild; do
  $group
done
finish
