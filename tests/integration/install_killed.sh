#!/usr/bin/env bash
# `bulkhead install` and `uninstall`, killed before every call that changes a file: the engine's
# configuration is then as before or complete, all that it names is there, and the same command, or
# its opposite, finishes. Each state that a kill leaves is given to the real engine, where there is one
# here. Interrupted from the keyboard, everything is put back.
#
# FULL=1 kills before every one of these calls, else before every third.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

have() { command -v "$1" >/dev/null; }
for needed in strace runc crun; do
  have "$needed" || { not_ok "$needed is installed" "packaging/dependencies.sh check"; finish; }
done
need_shim
need_hook
BULKHEAD=$BUILD/bulkhead
OURS=/usr/local/bin
FRESH=$NODE/fresh T=$NODE/tree
SEEN=$NODE/seen  # a state is a directory here; its name is the digest of its files

# ---- root trees ----------------------------------------------------------------------------------------

put() { mkdir -p "$(dirname "$FRESH/$1")" && cat >"$FRESH/$1"; }

# fresh_tree PROGRAM…: with our programs, the runtimes where this machine has them, and these engines.
fresh_tree() {
  local program
  rm -rf "$FRESH" && mkdir -p "$FRESH$OURS" "$FRESH"/usr/{bin,sbin} "$FRESH"/etc/{bulkhead,containers,containerd,docker}
  for program in bulkhead-shim bulkhead-hook; do
    printf '#!/bin/sh\n' >"$FRESH$OURS/$program" && chmod 755 "$FRESH$OURS/$program"
  done
  for program in runc crun; do
    printf '#!/bin/sh\n' >"$FRESH$(command -v "$program")" && chmod 755 "$FRESH$(command -v "$program")"
  done
  for program in "$@"; do printf '#!/bin/sh\n' >"$FRESH/usr/bin/$program" && chmod 755 "$FRESH/usr/bin/$program"; done
}
with_containerd() {
  fresh_tree containerd
  put etc/containerd/config.toml <<TOML
version = 2
root = "$NODE/containerd/root"
state = "$NODE/containerd/state"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false # mine
TOML
}
with_crio() {
  fresh_tree crio
  put etc/crio/crio.conf.d/10-crun.conf <<<'[crio.runtime]
default_runtime = "crun"'
}
with_podman() {
  fresh_tree podman
  cp -a /usr/share/containers "$FRESH/usr/share/" 2>/dev/null || mkdir -p "$FRESH/usr/share/containers"
  cp -a /etc/containers/. "$FRESH/etc/containers/" 2>/dev/null
  put etc/containers/containers.conf <<<'[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"'
  put etc/containers/storage.conf <<TOML
[storage]
driver = "vfs"
graphroot = "$NODE/podman/root"
runroot = "$NODE/podman/run"
TOML
}
with_docker() {
  fresh_tree dockerd
  put etc/docker/daemon.json <<<'{ "log-driver": "local" }'
}

# Each file, with its bytes, but for temporaries, which count apart, and what `install` notes for itself.
state_of() {
  (cd "$1" && {
    find . -type l -printf '%p -> %l\n'
    find . -type f ! -name '.*.bulkhead' ! -name '.*.bulkhead-new' ! -path './var/lib/bulkhead/*' -exec md5sum {} +
  } | sort)
}
temporaries_in() { find "$1" -name '.*.bulkhead*' -printf '%P\n'; }

# ---- killing ---------------------------------------------------------------------------------------------

CALLS=(mkdir ftruncate write fsync renameat unlinkat symlinkat)

# Of each call in CALLS how often the command makes it: "renameat 7".
counted() {
  strace -qq -o "$NODE/trace" -e trace="$(IFS=,; echo "${CALLS[*]}")" "$@" >/dev/null 2>&1 </dev/null || return 1
  sed -n 's/^\([a-z0-9]*\)(.*/\1/p' "$NODE/trace" | sort | uniq -c | awk '{ print $2, $1 }'
}
# killed_at CALL N COMMAND…: the N-th such call never happens, nor anything after it.
killed_at() {
  local call=$1 number=$2 status=0
  shift 2
  {
    strace -qq -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$number" "$@" >/dev/null </dev/null ||
      status=$?
  } 2>/dev/null
  [ "$status" = 137 ]
}

again() { rm -rf "$T" && cp -a "$1" "$T"; }
# What an engine would be started with, whichever it is: the programs that its files name.
named_programs() {
  grep -rhoE "$OURS/bulkhead-[a-z-]+" "$T/etc" "$T/usr/share" 2>/dev/null | sort -u
}
# The faults of the state in T; BEFORE and AFTER are the two whole states.
faults() {
  local program file
  for program in $(named_programs); do
    [ -x "$T$OURS/$(readlink "$T$program" || basename "$program")" ] || echo "names $program, which is not there"
  done
  file=$(find "$T"/etc/crio/crio.conf.d "$T"/etc/containers/containers.conf.d "$T"/usr/share/containers/oci/hooks.d \
    "$T"/etc/bulkhead/podman-hooks.d -name '.*' -type f 2>/dev/null)
  [ -z "$file" ] || echo "a temporary where an engine reads every file: $file"
  state_of "$T" | grep -vxF "$BEFORE
$AFTER" | sed 's/$/ is neither as before nor as after/'
}
keep_state() {
  local digest
  digest=$(state_of "$T" | sha256sum | cut -c1-16)
  [ -d "$SEEN/$1/$digest" ] || { mkdir -p "$SEEN/$1" && cp -a "$T" "$SEEN/$1/$digest"; }
}

# The link of the shim stays when an engine is uninstalled.
without_link() { grep -vE "^\.$OURS/bulkhead-(runc|crun) " <<<"$1"; }

# finishes VERB ENGINE STATE: on a copy of what the kill left.
finishes() {
  local copy=$NODE/copy left
  rm -rf "$copy" && cp -a "$T" "$copy"
  "$BULKHEAD" "$1" "$2" --root "$copy" >"$NODE/out" 2>&1 </dev/null || { echo "$1 fails: $(cat "$NODE/out")"; return; }
  left=$(diff <(without_link "$3") <(without_link "$(state_of "$copy")")) || echo "$1 does not finish: $left"
  left=$(temporaries_in "$copy" | grep -v '^var/lib/bulkhead/')
  [ -z "$left" ] || echo "$1 leaves $left"
}

# kills VERB ENGINE FROM: at every place, or every third; FROM is the tree that it begins with.
kills() {
  local verb=$1 engine=$2 from=$3 call count number fault kills=0 place=0 places
  again "$from"
  places=$(counted "$BULKHEAD" "$verb" "$engine" --root "$T") || { not_ok "$engine, $verb: runs"; return; }
  : >"$NODE/faults"
  while read -r call count; do
    for ((number = 1; number <= count; number++)); do
      place=$((place + 1))
      [ -n "${FULL:-}" ] || [ $((place % 3)) = 1 ] || continue
      again "$from"
      killed_at "$call" "$number" "$BULKHEAD" "$verb" "$engine" --root "$T" ||
        echo "$call $number: was not killed" >>"$NODE/faults"
      kills=$((kills + 1))
      keep_state "$engine"
      fault=$(faults; finishes install "$engine" "$AFTER"; finishes uninstall "$engine" "$BEFORE")
      [ -z "$fault" ] || echo "$call $number: $fault" >>"$NODE/faults"
    done
  done <<<"$places"
  same "$engine, $verb: killed at $kills of its $place places: as before or complete, and can be finished" \
    "" "$(cat "$NODE/faults")"
  check "$engine, $verb: there were places to kill it at" test "$place" -ge 10
}

killed_everywhere() { # ENGINE
  local engine=$1
  "with_$engine"
  BEFORE=$(state_of "$FRESH")
  again "$FRESH"
  "$BULKHEAD" install "$engine" --root "$T" >"$NODE/out" 2>&1 </dev/null ||
    { not_ok "$engine: install" "$(cat "$NODE/out")"; return; }
  AFTER=$(state_of "$T")
  rm -rf "$NODE/installed" && cp -a "$T" "$NODE/installed"
  kills install "$engine" "$FRESH"
  kills uninstall "$engine" "$NODE/installed"
}

# ---- the real engines --------------------------------------------------------------------------------------

# in_state STATE COMMAND…: with the directories of that state over the machine's.
in_state() {
  local state=$1
  shift
  cp "$SHIM" "$HOOK" "$state$OURS/"
  # shellcheck disable=SC2016  # expanded by the inner shell
  unshare --mount --propagation private -- "$BASH" -c '
    state=$1; shift
    for directory in /etc/containers /usr/share/containers /etc/containerd /etc/docker /etc/bulkhead /usr/local/bin; do
      [ ! -d "$directory" ] || { mkdir -p "$state$directory" && mount --bind "$state$directory" "$directory"; } || exit 1
    done
    "$@"' bash "$state" "$@" </dev/null
}
# all_states ENGINE NAME FUNCTION: the function prints "confined", or "as before" where that may be.
all_states() {
  local state words="" count=0
  for state in "$SEEN/$1"/*; do
    count=$((count + 1))
    words+=$(in_state "$state" "$3" "$state" 2>"$NODE/err" || echo "broken: $(tail -n 3 "$NODE/err")")$'\n'
  done
  same "$1: $2, in each of the $count states" $'as before\nconfined' "$(sort -u <<<"${words%$'\n'}")"
}

podman_starts() {
  local out
  out=$(podman run --rm --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --cgroup-parent "/$NODE_ID" \
    --security-opt seccomp=unconfined --rootfs "$NODE/rootfs" /bin/probe seccomp | tr -d '\r')
  named=$(grep -l bulkhead- "$1"/etc/containers/containers.conf.d/* 2>/dev/null)
  case $out:$named in
    seccomp=2:*) echo confined ;;
    seccomp=0:) echo "as before" ;;
    *) echo "broken: $out" ;;
  esac
}

containerd_reads() {
  local dump
  dump=$(containerd --config /etc/containerd/config.toml config dump) || return 1
  if grep -qF "BinaryName = \"$OURS/bulkhead-runc\"" <<<"$dump"; then echo confined; else echo "as before"; fi
}

docker_starts() {
  local pid out
  dockerd --iptables=false --ip6tables=false --bridge=none --storage-driver vfs --data-root "$NODE/docker/data" \
    --exec-root /run/docker-exec --cgroup-parent "/$NODE_ID" >"$NODE/dockerd.log" 2>&1 &
  pid=$!
  eventually 60 docker version || { cat "$NODE/dockerd.log"; return 1; }
  docker image inspect probe >/dev/null 2>&1 || tar -C "$NODE/rootfs" -c bin | docker import - probe >/dev/null
  out=$(docker run --rm --network none --security-opt seccomp=unconfined probe /bin/probe seccomp | tr -d '\r')
  kill "$pid" && wait "$pid"
  case $out in
    seccomp=2) echo confined ;;
    seccomp=0) echo "as before" ;;
    *) echo "broken: $out" ;;
  esac
}

# ---- interrupted -------------------------------------------------------------------------------------------

# fake_podman COMMAND: a podman that does that where it is to start a container, and else is the real one.
fake_podman() {
  printf '#!/bin/sh\ncase " $* " in *" run "*) ;; *) exec %s "$@" ;; esac\n%s\n' "$(command -v podman)" "$1" >"$state$OURS/podman"
  chmod 755 "$state$OURS/podman"
}

interrupted_tree() { # STATE
  with_podman
  cp -a "$FRESH" "$1"
  cp "$BULKHEAD" "$1$OURS/"
}
# all_is_back NAME STATE STATUS: after an install that was interrupted.
all_is_back() {
  same "$1: exit code" 7 "$3"
  contains "$1: says what was done" "the configuration was put back as it was" "$(cat "$NODE/err")"
  same "$1: nothing is left" "" "$(find "$2/etc" "$2/usr/share" -name '*bulkhead*' -type f)"
}

# The proof waits for Podman when the terminal's signal comes, to the command and to Podman.
interrupted() {
  local state=$NODE/interrupted
  interrupted_tree "$state"
  # shellcheck disable=SC2016  # for the shell that runs it
  fake_podman 'echo $PPID >>'"$NODE"'/waits; exec sleep 100'
  # shellcheck disable=SC2016  # expanded by the inner shell
  in_state "$state" setsid "$BASH" -c '
    trap "" INT; (trap - INT; exec "$0/bulkhead" install podman) >"$1/out" 2>"$1/err" & 
    while ! [ -s "$1/waits" ]; do sleep 0.05; done; kill -INT -- -$$; wait $!; echo $? >"$1/status"' "$OURS" "$NODE"
  all_is_back interrupted "$state" "$(cat "$NODE/status")"
  contains "interrupted: and why" "interrupted" "$(cat "$NODE/err")"
  same "interrupted: no other container is started" 1 "$(wc -l <"$NODE/waits")"
}

# The container starts and is proved all the same.
interrupted_in_vain() {
  local state=$NODE/in-vain status=0
  interrupted_tree "$state"
  # shellcheck disable=SC2016  # for the shell that runs it
  fake_podman 'kill -INT $PPID; echo "$$" >'"$NODE"'/in-vain-ran; exec '"$(command -v podman)"' "$@"'
  in_state "$state" "$OURS/bulkhead" install podman >"$NODE/out" 2>"$NODE/err" || status=$?
  all_is_back "interrupted while the container starts" "$state" "$status"
  check "interrupted while the container starts: it was started" test -s "$NODE/in-vain-ran"
}

# Killed while the proof runs: the files are complete, the note says that it is not finished.
killed_at_the_proof() {
  local state=$NODE/at-proof
  with_podman
  cp -a "$FRESH" "$state"
  cp "$BULKHEAD" "$state$OURS/"
  # shellcheck disable=SC2016  # for the shell that runs it
  fake_podman 'kill -KILL $PPID'
  mkdir -p "$state/var"
  in_state "$state" "$OURS/bulkhead" install podman >"$NODE/out" 2>&1
  rm "$state$OURS/podman"
  same "killed at the proof: a container starts confined" confined "$(in_state "$state" podman_starts "$state")"
  contains "killed at the proof: status --check tells" "its installation or removal was interrupted" \
    "$(in_state "$state" "$OURS/bulkhead" status --check)"
  check "killed at the proof: install finishes it" in_state "$state" "$OURS/bulkhead" install podman
  lacks "killed at the proof: then nothing is open" interrupted "$(in_state "$state" "$OURS/bulkhead" status --check)"
}

export -f podman_starts containerd_reads docker_starts eventually
export NODE NODE_ID OURS
for engine in containerd crio podman docker; do killed_everywhere "$engine"; done
make_rootfs
if have containerd; then all_states containerd "containerd reads its configuration" containerd_reads
else skip "containerd reads its configuration" "containerd is not installed"; fi
if have podman; then
  all_states podman "a container starts" podman_starts
  killed_at_the_proof
  interrupted
  interrupted_in_vain
else skip "podman: a container starts" "podman is not installed"; fi
if have dockerd; then all_states docker "a container starts" docker_starts
else skip "docker: a container starts" "dockerd is not installed (package docker.io)"; fi
have crio || skip "CRI-O reads its configuration" "CRI-O is not in Debian 12; its files are compared only"
finish
