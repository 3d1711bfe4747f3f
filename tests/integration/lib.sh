# shellcheck shell=bash
# What every integration script stands on. A script begins with:
#
#   . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#   private_node "$@"
#
# From there it runs as pid 1 of its own pid namespace and in its own mount namespace, where /run is
# a fresh tmpfs and /etc/bulkhead, /var/cache/bulkhead and /var/log/bulkhead are empty directories of
# its own: the programs under test take no path from their environment, so the tests give them a node
# of their own instead. When the script ends, its processes, mounts and files end with it, and its
# control groups are removed. Needs root.
#
# Environment: BUILD, the build directory (default: build/ of this checkout); CC, what compiles helpers in C (gcc).

set -uo pipefail

ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(realpath -m --relative-base=/nowhere "$(cd "$ROOT" && realpath -m "${BUILD:-build}")")
export ROOT BUILD
export PODMAN_IGNORE_CGROUPSV1_WARNING=1  # what Podman 5 says of this machine at every call is no subject of a test
SCRIPT=$(realpath "$0")
NODE=/run/node  # scratch space inside the private node: bundles, pid files, outputs
export NODE

# ---- the private node ------------------------------------------------------------------------------

# Directories that must exist on the machine for a mount to cover them. What did not exist is removed
# again by the last script that runs: rmdir(2) would pull the mount from under another one, also from
# under one that has another /run. So every running script holds /etc, where such a directory lies.
NODE_DIRECTORIES=(/etc/bulkhead /var/cache/bulkhead /var/lib/bulkhead /var/log/bulkhead)
NODE_MADE=/run/lock/bulkhead-tests.made  # what was made, one a line

node_enter() {
  local directory
  mkdir -p "$(dirname "$NODE_MADE")"
  exec {NODE_LOCK_FD}</etc
  flock -s "$NODE_LOCK_FD"
  for directory in "${NODE_DIRECTORIES[@]}"; do
    mkdir -p "$(dirname "$directory")"
    if mkdir "$directory" 2>/dev/null; then echo "$directory" >>"$NODE_MADE"; fi
  done
}

# Fails while one is left: a control group is busy for a moment after its last process.
remove_control_groups() {
  local directory
  while IFS= read -r -d '' directory; do
    find "$directory" -depth -type d -exec rmdir {} \;
  done < <(find /sys/fs/cgroup -depth -type d -name "*$NODE_ID*" -print0)
  [ -z "$(find /sys/fs/cgroup -type d -name "*$NODE_ID*" -print -quit)" ]
}

node_leave() {
  local directory
  eventually 5 remove_control_groups
  if flock -n "$NODE_LOCK_FD" && [ -e "$NODE_MADE" ]; then
    while read -r directory; do rmdir "$directory" 2>/dev/null; done <"$NODE_MADE"
    rm -f "$NODE_MADE"
  fi
  exec {NODE_LOCK_FD}<&-
}

node_mounts() {
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p "$NODE" /run/lock /run/bulkhead
  local directory
  for directory in "${NODE_DIRECTORIES[@]}"; do
    mkdir -p "$NODE/.node$directory"
    mount --bind "$NODE/.node$directory" "$directory"
  done
}

# private_node "$@": see the top of this file. Returns only inside the private node.
private_node() {
  if [ -n "${BULKHEAD_INSIDE:-}" ]; then  # called by again_in_view
    NODE_ID=$BULKHEAD_INSIDE
    cd "$NODE" || exit 70
    return
  fi
  if [ "$(id -u)" != 0 ]; then
    echo "# $(basename "$0") needs root: it makes namespaces and runs containers"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
  fi
  if [ -z "${BULKHEAD_NODE_ID:-}" ]; then
    NODE_ID=bulkhead-test-$$
    node_enter
    # --kill-child: whatever happens to us, the pid namespace and all in it ends.
    BULKHEAD_NODE_ID=$NODE_ID unshare --mount --propagation private --pid --fork --kill-child \
      --mount-proc -- "$BASH" "$SCRIPT" "$@" {NODE_LOCK_FD}<&- &
    NODE_PID=$!
    trap 'kill -KILL $NODE_PID' INT TERM HUP
    local status=0
    # A trap ends a wait early; the namespace must be gone before its control groups can be removed.
    while kill -0 "$NODE_PID" 2>/dev/null; do
      status=0
      wait "$NODE_PID" || status=$?
    done
    node_leave
    exit "$status"
  fi
  NODE_ID=$BULKHEAD_NODE_ID
  unset BULKHEAD_NODE_ID
  export NODE_ID
  node_mounts
  cd "$NODE" || exit 70
}

# watching_node "$@": the same, but in the machine's own pid namespace: the kernel tells about processes,
# and about its audit status, in the initial one only. What the script starts it ends itself, by number.
watching_node() {
  if [ "$(id -u)" = 0 ] && [ -z "${BULKHEAD_NODE_ID:-}${BULKHEAD_INSIDE:-}" ]; then
    NODE_ID=bulkhead-test-$$
    node_enter
    BULKHEAD_NODE_ID=$NODE_ID unshare --mount --propagation private -- "$BASH" "$SCRIPT" "$@" \
      {NODE_LOCK_FD}<&- &
    NODE_PID=$!
    trap 'kill -TERM $NODE_PID' INT TERM HUP
    local status=0
    while kill -0 "$NODE_PID" 2>/dev/null; do
      status=0
      wait "$NODE_PID" || status=$?
    done
    node_leave
    exit "$status"
  fi
  private_node "$@"
}

# in_view RUNTIME COMMAND…: runs the command where that runtime finds the control groups it accepts.
# crun 1.8 refuses the hybrid layout, so it gets a mount namespace without the cgroup2 half. (cgroup2
# alone would do too, but its device rules are BPF programs, for which crun raises RLIMIT_MEMLOCK.)
in_view() {
  local runtime=$1
  shift
  case $runtime in
    *crun*)
      # shellcheck disable=SC2016  # expanded by the inner shell
      unshare --mount --propagation private -- /bin/sh -c \
        '! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified; exec "$@"' sh "$@"
      ;;
    *) "$@" ;;
  esac
}

# again_in_view RUNTIME WORD…: runs this script once more with these words, inside the same node, in
# the view of that runtime; its results count as ours.
again_in_view() {
  local runtime=$1 passed failed skipped
  shift
  rm -f "$NODE/.counts"
  BULKHEAD_INSIDE=$NODE_ID in_view "$runtime" "$BASH" "$SCRIPT" "$@"
  if read -r passed failed skipped <"$NODE/.counts"; then
    PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
  else
    not_ok "$(basename "$0") $* ran to its end"
  fi
}

# The runtimes of this machine that the tests can use.
runtimes() {
  local runtime
  for runtime in runc crun; do
    command -v "$runtime" >/dev/null && echo "$runtime"
  done
  return 0
}

# need_shim: installs the shim alone in a directory of the private node, as SHIM; without bulkhead-hook
# beside it, it does not write the hook into config.json. need_hook installs that too, as HOOK.
need_shim() {
  install_program bulkhead-shim
  export SHIM=$NODE/bin/bulkhead-shim
}
need_hook() {
  install_program bulkhead-hook
  export HOOK=$NODE/bin/bulkhead-hook
}

install_program() {
  if [ ! -x "$BUILD/$1" ]; then
    not_ok "$1 is built" "$BUILD/$1 is missing: run make"
    finish
  fi
  mkdir -p "$NODE/bin"
  cp "$BUILD/$1" "$NODE/bin/"
}

# link_shim NAME: prints the path of a link by which the shim knows which runtime is meant.
link_shim() {
  ln -sf "$SHIM" "$NODE/bin/bulkhead-$1"
  echo "$NODE/bin/bulkhead-$1"
}

# fake_runtime NAME FILE: lets FILE stand where the real runtime NAME is.
fake_runtime() {
  mount --bind "$2" "$(readlink -f "$(command -v "$1")")"
}

# write_policy < JSON: replaces the policy atomically, as docs ask. remove_policy: the built-in one.
write_policy() {
  cat >/etc/bulkhead/.policy.new && mv /etc/bulkhead/.policy.new /etc/bulkhead/policy.json
}
remove_policy() { rm -f /etc/bulkhead/policy.json; }

# Prints a configuration for a containerd of this node's own, version 2.
containerd_config() {
  cat <<TOML
version = 2
root = "$NODE/containerd/root"
state = "$NODE/containerd/state"
[plugins."io.containerd.internal.v1.opt"]
  path = "$NODE/containerd/opt"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false
TOML
}

# ---- helpers in C ------------------------------------------------------------------------------------

# compile PROGRAM SOURCE COMMAND…: runs the compiler command with "-o PROGRAM" when the source is
# newer than its program.
compile() {
  local program=$1 source=$2
  shift 2
  [ -x "$program" ] && [ ! "$source" -nt "$program" ] && return 0
  mkdir -p "$(dirname "$program")"
  "$@" -o "$program.$$" "$source" && mv "$program.$$" "$program"
}

# helper NAME [FLAG…]: compiles tests/integration/helpers/NAME.c and prints the program's path. Static:
# it must run in any root file system.
helper() {
  local name=$1
  shift
  compile "$BUILD/tests/helpers/$name" "$ROOT/tests/integration/helpers/$name.c" \
    "${CC:-gcc}" -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static "$@" >&2
  echo "$BUILD/tests/helpers/$name"
}

# ---- bundles ----------------------------------------------------------------------------------------

# A busybox root file system with our probe, shared read-only by all bundles of a script.
make_rootfs() {
  local rootfs=$NODE/rootfs
  [ -d "$rootfs/bin" ] && return 0
  mkdir -p "$rootfs"/{bin,proc,sys,dev,tmp,etc,run,root}
  cp "$(command -v busybox)" "$rootfs/bin/busybox"
  chroot "$rootfs" /bin/busybox --install -s /bin
  cp "$(helper probe)" "$rootfs/bin/probe"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$rootfs/etc/passwd"
}

# What a seccomp profile calls this machine's own architecture; and, as JSON, all whose programs run on it.
# shellcheck disable=SC2089,SC2090  # the quotes are JSON's
case $(uname -m) in
  aarch64) SCMP_NATIVE=SCMP_ARCH_AARCH64 ARCHITECTURES='["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]' ;;
  *) SCMP_NATIVE=SCMP_ARCH_X86_64 ARCHITECTURES='["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]' ;;
esac
# shellcheck disable=SC2090
export SCMP_NATIVE ARCHITECTURES

# data_profile NAME: prints the path of tests/data/NAME.json, with the architectures of this machine.
data_profile() {
  local path=$ROOT/tests/data/$1.json
  if ! jq -e --argjson these "$ARCHITECTURES" '.architectures == $these' "$path" >/dev/null; then
    jq --argjson these "$ARCHITECTURES" '.architectures = $these' "$path" >"$NODE/$1.json"
    path=$NODE/$1.json
  fi
  echo "$path"
}

# make_bad_elf FILE: a program mapped over an address that cannot be, so that execve(2) is past its point of no return
# when it fails.
make_bad_elf() {
  python3 - "$1" <<'PYTHON'
import platform, struct, sys
machine = {"x86_64": 62, "aarch64": 183}[platform.machine()]
header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x7ffffffff000, 0, 0x1000, 0x1000, 0x1000)
open(sys.argv[1], "wb").write(header + segment + bytes(4096))
PYTHON
  chmod 755 "$1"
}

# make_32_bit FILE: a program of this machine's 32-bit half, written byte by byte since few machines have a compiler for
# it: it ends with what prctl(PR_GET_NO_NEW_PRIVS) says.
make_32_bit() {
  local machine flags code
  case $(uname -m) in
    aarch64)
      machine='\x28' flags='\0\0\0\5'
      # mov r7, #172; mov r0, #39; mov r1 to r4, #0; svc #0; mov r7, #1; svc #0
      code='\xac\x70\xa0\xe3\x27\0\xa0\xe3\0\x10\xa0\xe3\0\x20\xa0\xe3\0\x30\xa0\xe3\0\x40\xa0\xe3\0\0\0\xef\1\x70\xa0\xe3\0\0\0\xef'
      ;;
    *)
      machine='\3' flags='\0\0\0\0'
      # mov $172, %eax; mov $39, %ebx; int $0x80; mov %eax, %ebx; mov $1, %eax; int $0x80
      code='\xb8\xac\0\0\0\xbb\x27\0\0\0\xcd\x80\x89\xc3\xb8\1\0\0\0\xcd\x80'
      ;;
  esac
  # The header of ELF, and one segment: the file's first 256 bytes at 0x10000.
  printf '%b' '\x7fELF\1\1\1\0\0\0\0\0\0\0\0\0' "\\2\\0$machine\\0\\1\\0\\0\\0" '\x54\0\1\0' '\x34\0\0\0\0\0\0\0' "$flags" \
    '\x34\0\x20\0\1\0\0\0\0\0\0\0' '\1\0\0\0\0\0\0\0' '\0\0\1\0\0\0\1\0' '\0\1\0\0\0\1\0\0' '\5\0\0\0\0\x10\0\0' \
    "$code" >"$1"
  chmod 755 "$1"
}

# make_bundle DIRECTORY [JQ FILTER…]: a bundle with the shared root file system. Members that a
# machine's root without CAP_SYS_RESOURCE cannot satisfy are left out; each filter changes the rest.
make_bundle() {
  local directory=$1 filter
  shift
  make_rootfs
  if [ ! -s "$NODE/base.json" ]; then
    mkdir -p "$NODE/spec" && (cd "$NODE/spec" && runc spec) &&
      jq 'del(.process.rlimits, .process.oomScoreAdj, .linux.resources)
          | .process.terminal = false | .root.readonly = true' \
        "$NODE/spec/config.json" >"$NODE/base.json"
  fi
  mkdir -p "$directory"
  jq --arg rootfs "$NODE/rootfs" --arg cgroup "/$NODE_ID/$(basename "$directory")" \
    '.root.path = $rootfs | .linux.cgroupsPath = $cgroup' "$NODE/base.json" >"$directory/config.json"
  for filter in "$@"; do
    jq "$filter" "$directory/config.json" >"$directory/.new" &&
      mv "$directory/.new" "$directory/config.json" || return 1
  done
}

# args FILTER…: a jq filter that sets process.args to the given words.
args() { jq -nc '".process.args = " + ($ARGS.positional | tojson)' -r --args -- "$@"; }

# ---- containerd --------------------------------------------------------------------------------------

# Starts containerd in the private node, as CONTAINERD. No CRI: it wants a network. The snapshotters left
# out need file systems that are not here.
start_containerd() {
  local home=$NODE/containerd
  mkdir -p "$home"
  cat >"$home/config.toml" <<TOML
version = 2
root = "$home/root"
state = "$home/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "$home/socket"
TOML
  containerd --config "$home/config.toml" >"$home/log" 2>&1 &
  export CONTAINERD=$!
  eventually 60 ctl version
}
# The namespace is also the control group below which ctr puts its containers.
ctl() { ctr --address "$NODE/containerd/socket" --namespace "$NODE_ID" "$@"; }
task_is() { ctl task ls | grep -qE "^$1 .*$2"; }

# ---- results, in the manner of TAP ----------------------------------------------------------------------

PASSED=0 FAILED=0 SKIPPED=0

diagnose() { [ -z "$1" ] || printf '%s\n' "$1" | sed 's/^/#   /' | head -n 40; }
ok() { PASSED=$((PASSED + 1)); echo "ok - $1"; }
not_ok() { FAILED=$((FAILED + 1)); echo "not ok - $1"; diagnose "${2:-}"; }
skip() { SKIPPED=$((SKIPPED + 1)); echo "ok - $1 # SKIP $2"; }

# check NAME COMMAND…: passes when the command succeeds; shows its output when it does not.
check() {
  local name=$1 output status=0
  shift
  output=$("$@" 2>&1 </dev/null) || status=$?
  if [ "$status" = 0 ]; then ok "$name"; else not_ok "$name" "exit code $status of: $*
$output"; fi
}

# same NAME EXPECTED ACTUAL: shows a diff where they differ.
same() {
  if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "$(diff <(echo "$2") <(echo "$3"))"; fi
}

# contains NAME FRAGMENT TEXT
contains() {
  case $3 in
    *"$2"*) ok "$1" ;;
    *) not_ok "$1" "expected to find: $2
in: $3" ;;
  esac
}

# lacks NAME FRAGMENT TEXT
lacks() {
  case $3 in
    *"$2"*) not_ok "$1" "did not expect: $2
in: $3" ;;
    *) ok "$1" ;;
  esac
}

# eventually SECONDS COMMAND…: true as soon as the command succeeds.
eventually() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -ge "$end" ] && return 1
    sleep 0.05
  done
}

finish() {
  if [ -n "${BULKHEAD_INSIDE:-}" ]; then
    echo "$PASSED $FAILED $SKIPPED" >"$NODE/.counts"
    exit 0
  fi
  echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  [ "$FAILED" = 0 ]
  exit
}
