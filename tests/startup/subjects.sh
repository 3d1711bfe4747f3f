# shellcheck shell=bash
# What the table in policy/checks/startup_needs.cc speaks of: programs and runtimes, each with a way to start it under a
# real filter and one to see what it calls. To be sourced after lib.sh, in the private node.
#
#   SUBJECTS               "ID PRIVILEGES STARTER OBSERVER TARGET", one for each that this machine has
#   MISSING                "what is not measured, and why", one for each that it lacks
#   STARTER allow|deny NAME,… TARGET   ends with $STARTED when the target was started and nothing, or nothing but these
#                          calls, was denied
#   OBSERVER TARGET        prints the calls that it makes, one a line, each as often as it is made
#
# PRIVILEGES is null for programs; for runtimes it is the value of no_new_privileges, and `rootless` after it where the
# runtime is started by a user in a namespace of the user's own.

HELPERS=$ROOT/tests/integration/helpers
export STARTED=42
SUBJECTS=() MISSING=()

# Made where a compiler is, and there already in the node of another architecture (tests/vm/checkout.sh).
PROGRAMS=$BUILD/tests/helpers/startup
FILTERED=$PROGRAMS/filtered

reaching_main() { # ID COMPILER…
  compile "$PROGRAMS/$1" "$HELPERS/reach_main.c" "${@:2}"
}
build_go() { # MACHINE
  local arch=${1/x86_64/amd64}
  export GOCACHE=$PROGRAMS/cache GOARCH=${arch/aarch64/arm64} CGO_ENABLED=0 GO111MODULE=off
  compile "$PROGRAMS/go" "$HELPERS/reach_main.go" go build
  rm -rf "$GOCACHE"
}
# build_programs: what this machine can build of them, for the machine that CC compiles for.
build_programs() {
  local triple specs
  export CC=${CC:-gcc}
  triple=$("$CC" -dumpmachine)
  specs=/usr/lib/${triple/gnu/musl}/musl-gcc.specs
  mkdir -p "$PROGRAMS"
  # A static library stands behind what uses it.
  # shellcheck disable=SC2016  # expanded by the inner shell
  compile "$FILTERED" "$HELPERS/filtered.c" bash -c \
    '"$CC" -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static "$@" -lseccomp' gcc
  compile "$PROGRAMS/nothing" "$HELPERS/reach_nothing.c" "$CC" -nostdlib -static -O1
  reaching_main glibc-static "$CC" -static
  reaching_main glibc-dynamic "$CC"
  if [ -e "$specs" ]; then
    reaching_main musl-static "$CC" -specs "$specs" -static
    reaching_main musl-dynamic "$CC" -specs "$specs"
  elif command -v musl-gcc >/dev/null && [ "$CC" = gcc ]; then
    reaching_main musl-static musl-gcc -static
    reaching_main musl-dynamic musl-gcc
  fi
  ! command -v go >/dev/null || build_go "${triple%%-*}"
}
need_filtered() {
  ! command -v "${CC:-gcc}" >/dev/null || build_programs
  [ -x "$FILTERED" ]
}

# ---- programs ----------------------------------------------------------------------------------------

# The group takes the message that the shell writes when a program dies by a signal.
start_program() { { "$FILTERED" "$1" "$2" -- "$3"; } >/dev/null 2>&1; }
NOT_SEEN=
[ "$(uname -m)" != aarch64 ] || NOT_SEEN=io_setup
observe_program() {
  strace -f -qq -o trace "$1" >/dev/null 2>&1
  # Number 0 is io_setup on arm64. strace named it once for a Go program, which has no such call and starts with nothing
  # allowed but what the table names; why it did is not known.
  sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' trace | grep -vx "$NOT_SEEN"
}

program() { # ID WHY: why it may be missing
  if [ -x "$PROGRAMS/$1" ]; then SUBJECTS+=("$1 null start_program observe_program $PROGRAMS/$1")
  else MISSING+=("$1: $2"); fi
}
add_programs() {
  program glibc-static "there is no static C library"
  program glibc-dynamic "gcc is not installed"
  program musl-static "musl-gcc (package musl-tools) is not installed"
  program musl-dynamic "musl-gcc (package musl-tools) is not installed"
  program go "go (package golang-go) is not installed"
}

# ---- runtimes ----------------------------------------------------------------------------------------

RUNS=0
MARK=12345  # the user of rootless containers

profile_json() {
  local names
  names=$(jq -Rc 'split(",")' <<<"$2")
  if [ "$1" = allow ]; then
    echo "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":$names,\"action\":\"SCMP_ACT_ALLOW\"}]}"
  else
    echo "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":$names,\"action\":\"SCMP_ACT_ERRNO\"}]}"
  fi
}

# Of a user: no control group, and what only root may mount is the machine's own.
ROOTLESS=".linux.namespaces += [{\"type\": \"user\"}] | del(.linux.cgroupsPath)
  | .linux.uidMappings = [{\"containerID\": 0, \"hostID\": $MARK, \"size\": 1}] | .linux.gidMappings = .linux.uidMappings
  | .mounts |= map(select(.type != \"cgroup\" and .type != \"sysfs\") | .options = ((.options // []) - [\"gid=5\"]))"

# TARGET of a runtime is RUNTIME:NO_NEW_PRIVILEGES[:rootless].
runtime_bundle() { # TARGET MODE LIST
  local runtime nnp rootless
  IFS=: read -r runtime nnp rootless <<<"$1"
  make_bundle "$NODE/b" "$(args /bin/nothing)" ".process.noNewPrivileges = $nnp" \
    ".linux.seccomp = $(profile_json "$2" "$3")" ${rootless:+"$ROOTLESS"}
}

# run_runtime TARGET COMMAND…: the words before the runtime's own are a tracer's.
run_runtime() {
  local runtime nnp rootless
  IFS=: read -r runtime nnp rootless <<<"$1"
  shift
  RUNS=$((RUNS + 1))
  if [ -z "$rootless" ]; then
    in_view "$runtime" "$@" "$runtime" run -b "$NODE/b" "c$RUNS"
  else
    # By its path: the shell behind in_view may be busybox's, which takes its own one.
    in_view "$runtime" "$(type -P setpriv)" --reuid "$MARK" --regid "$MARK" --clear-groups env XDG_RUNTIME_DIR="$NODE/user" \
      "$@" "$runtime" --root "$NODE/user/state" run -b "$NODE/b" "c$RUNS"
  fi
}

start_container() {
  local status
  runtime_bundle "$3" "$1" "$2"
  run_runtime "$3" timeout 20 >out 2>&1
  status=$?
  [ "$status" = "$STARTED" ] || [ "${3%rootless}" != "$3" ] ||
    in_view "${3%%:*}" "${3%%:*}" delete -f "c$RUNS" >/dev/null 2>&1
  return "$status"
}

# The calls of the thread group that executes the program, from the installation of the filter on.
observe_container() {
  runtime_bundle "$1" deny swapon
  install -m 666 /dev/null trace
  run_runtime "$1" strace -f -qq -o "$PWD/trace" >/dev/null 2>&1
  awk '
    { pid = $1; line = $0; sub(/^[0-9]+ +/, "", line); name = line; sub(/\(.*/, "", name) }
    line ~ /^clone3?\(.*CLONE_THREAD/ {
      if (match(line, /= [0-9]+$/)) leader[substr(line, RSTART + 2)] = pid in leader ? leader[pid] : pid
      else pending[pid] = 1
    }
    line ~ /<\.\.\. clone3? resumed>/ && pending[pid] {
      if (match(line, /= [0-9]+$/)) leader[substr(line, RSTART + 2)] = pid in leader ? leader[pid] : pid
      delete pending[pid]
    }
    { group = pid in leader ? leader[pid] : pid }
    line ~ /^(seccomp\(SECCOMP_SET_MODE_FILTER|prctl\(PR_SET_SECCOMP, SECCOMP_MODE_FILTER), .*\{len=|^seccomp\(SECCOMP_SET_MODE_FILTER, [^N]*0x[0-9a-f]+\)/ { init = group; on = 1; next }
    on && group == init && line ~ /^execve\(/ { print "execve"; exit }
    on && group == init && name ~ /^[a-z0-9_]+$/ { print name }
  ' trace
}

add_runtimes() {
  local runtime nnp
  make_rootfs
  cp "$PROGRAMS/nothing" "$NODE/rootfs/bin/nothing"
  install -d -o "$MARK" -g "$MARK" -m 700 "$NODE/user"
  for runtime in $(runtimes); do
    for nnp in true false; do
      SUBJECTS+=("$runtime $nnp start_container observe_container $runtime:$nnp")
      SUBJECTS+=("$runtime $nnp/rootless start_container observe_container $runtime:$nnp:rootless")
    done
  done
}
