#!/usr/bin/env bash
# What others ship and install, against the exact analysis: profiles and programs of Debian's packages,
# and the filters that runc, crun and Podman really install, against the JSON they were given. And the
# floor of the policy, on real containers.
# shellcheck disable=SC2317,SC2016  # functions called by name; text for other shells
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

BULKHEAD=$BUILD/bulkhead
[ -x "$BULKHEAD" ] || { not_ok "the command is built" "$BULKHEAD is missing: run make"; finish; }
RUNTIME='' ID=field OUT='' CODE=0

try() {
  CODE=0
  OUT=$("$@" 2>&1 </dev/null) || CODE=$?
}
is() { same "$RUNTIME: $1" "$2" "$3"; }
says() { contains "$RUNTIME: $1" "$2" "$(tr -s '\n ' ' ' <<<"$OUT")"; }

# ---- profiles that packages ship ---------------------------------------------------------------------

# FILE PACKAGE: the path of a file that a package ships; of one that is not installed, out of the
# package, which depends on hundreds of others.
shipped() {
  local unpacked=$BUILD/tests/packages/$2
  if [ -r "$1" ]; then
    echo "$1"
    return
  fi
  if [ ! -d "$unpacked" ]; then
    mkdir -p "$unpacked.new" && (cd "$unpacked.new" && apt-get -qq download "$2" >/dev/null 2>&1 &&
      dpkg-deb --fsys-tarfile ./*.deb | tar -x --wildcards '*/seccomp/*.json' && rm -f ./*.deb) &&
      mv "$unpacked.new" "$unpacked"
    rm -rf "$unpacked.new"
  fi
  [ -r "$unpacked$1" ] && echo "$unpacked$1"
}

MOBY=/usr/share/gocode/src/github.com/docker/docker/profiles/seccomp
PROFILES=(
  "/usr/share/containers/seccomp.json golang-github-containers-common"
  "$MOBY/default.json golang-github-docker-docker-dev"
  "$MOBY/fixtures/default-old-format.json golang-github-docker-docker-dev"
  "$MOBY/fixtures/example.json golang-github-docker-docker-dev"
  "$MOBY/fixtures/conditional_include.json golang-github-docker-docker-dev"
)

# Reading, compiling with the self-check, and the analysis of both the rules and the program.
shipped_profile() { # PATH PACKAGE
  local file name
  name="$2: $(basename "$1")"
  file=$(shipped "$1" "$2") || { skip "$name" "the package is not installed and cannot be fetched"; return; }
  if jq -e '[.syscalls[] | .errnoRet // 0] | max > 4095' "$file" >/dev/null; then
    # Docker's own example, from its version 26 on.
    try "$BULKHEAD" explain "$file"
    contains "$name: an errno that the kernel cannot answer is refused by name" "must be an integer from 0 to 4095" "$OUT"
    return
  fi
  try "$BULKHEAD" explain --json "$file"
  same "$name: every call is explained" "0 true" "$CODE $(jq -s 'length > 0' <<<"$OUT")"
  try "$BULKHEAD" diff --json "$file" unconfined
  same "$name: compiled and compared, it is stricter than no filter" "1 a-stricter" \
    "$CODE $(jq -r .relation <<<"$OUT")"
}

# ---- programs that packages install on themselves -------------------------------------------------------

filtered() { grep -q '^Seccomp:.2' "/proc/$1/status"; }

shipped_program() { # NAME PID
  check "$1 installs a filter" eventually 20 filtered "$2"
  try "$BULKHEAD" explain --json "$2"
  same "$1: every call is explained" "0 true" "$CODE $(jq -s 'length > 0' <<<"$OUT")"
  try "$BULKHEAD" diff --json --stricter-than "$2" unconfined
  same "$1: its filter is stricter than none" "0 a-stricter" "$CODE $(jq -r .relation <<<"$OUT")"
  kill "$2"
}

qemu() {
  local pid
  command -v qemu-system-x86_64 >/dev/null || { skip "qemu -sandbox" "qemu is not installed"; return; }
  qemu-system-x86_64 -M none -S -display none -nodefaults -serial none -monitor none \
    -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny </dev/null >/dev/null 2>&1 &
  pid=$!
  shipped_program "qemu -sandbox" "$pid"
  wait "$pid" 2>/dev/null
}

# ---- what runtimes install, against the JSON they were given -----------------------------------------------

# Where a runtime answers ENOSYS to calls that its libseccomp or the profile does not know (runc), the
# profile denies them in another way: that is no more allowed.
KNOWN='.differences | all(.a == "ERRNO(ENOSYS)" and (.b | test("ERRNO|KILL|TRAP")))'

# The profile as it is expanded for the bundle's container.
expanded() { # FILE
  mkdir -p /etc/bulkhead/seccomp
  cp "$1" /etc/bulkhead/seccomp/field.json
  write_policy <<<'{"version": 1, "rules": [{"name": "field", "match": {}, "because": "a test",
    "seccomp": {"profile": "localhost/field.json"}}]}'
  "$BULKHEAD" check --json "$NODE/c" | jq -c .decision.seccomp.profile
  remove_policy
}

# Starts a container under the profile; PID is its init once it is the program.
start() { # NNP PROFILE
  make_bundle "$NODE/c" "$(args /bin/sleep 300)" ".process.noNewPrivileges = $1" \
    ".linux.seccomp = $(cat "$2")"
  CODE=0
  "$RUNTIME" run --detach --bundle "$NODE/c" --pid-file "$NODE/pid" "$ID" >"$NODE/start" 2>&1 </dev/null ||
    CODE=$?
  PID=$(cat "$NODE/pid" 2>/dev/null)
  [ "$CODE" = 0 ] && eventually 10 is_settled "$PID" && is_sleeping "$PID"
}
is_settled() { is_sleeping "$1" || ! grep -q '^State:.[^ZX]' "/proc/$1/status"; }
# In clock_nanosleep(2) or nanosleep(2): what the filter forbids of its start is behind it.
is_sleeping() { grep -qE '^(230|35) ' "/proc/$1/syscall" 2>/dev/null && filtered "$1"; }
stop() {
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  rm -f "$NODE/pid"
}

installed_is() { # NAME PID PROFILE: what the kernel holds is what the JSON says
  try "$BULKHEAD" diff --json "$2" "$3"
  if [ "$CODE" = 0 ]; then
    is "$1: the kernel holds exactly this" equal "$(jq -r .relation <<<"$OUT")"
    return
  fi
  is "$1: the kernel holds this but for calls that get ENOSYS" "1 true" "$CODE $(jq "$KNOWN" <<<"$OUT")"
}

installed() { # NAME FILE
  local nnp
  make_bundle "$NODE/c"
  expanded "$2" >"$NODE/$1.json"
  for nnp in true false; do
    if start "$nnp" "$NODE/$1.json"; then
      installed_is "$1, no_new_privileges $nnp" "$PID" "$NODE/$1.json"
      try "$BULKHEAD" explain "$PID" 'clone(CLONE_NEWUSER)' ptrace 'mount'
      is "$1, no_new_privileges $nnp: explain reads it from the kernel" 0 "$CODE"
      says "$1, no_new_privileges $nnp: and names the calls" ptrace
    else
      try "$BULKHEAD" lint "$NODE/$1.json"
      says "$1, no_new_privileges $nnp: does not start, and lint says why" "cannot start"
    fi
    stop
  done
}

# A list of denials, conditions on both halves of an argument, several actions.
denials() {
  cat <<'END'
{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
 "syscalls": [
  {"names": ["ptrace", "kexec_load", "no_such_call"], "action": "SCMP_ACT_KILL_PROCESS"},
  {"names": ["mount"], "action": "SCMP_ACT_TRAP"}, {"names": ["umount2"], "action": "SCMP_ACT_LOG"},
  {"names": ["bpf"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
  {"names": ["clone"], "action": "SCMP_ACT_ERRNO", "args":
    [{"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]},
  {"names": ["lseek"], "action": "SCMP_ACT_ERRNO", "args":
    [{"index": 1, "value": 9223372036854775807, "op": "SCMP_CMP_GT"}]}]}
END
}

runtime_tests() {
  "$BULKHEAD" default --format docker >"$NODE/fallback.src"
  denials >"$NODE/denials.src"
  installed fallback "$NODE/fallback.src"
  installed containers-common /usr/share/containers/seccomp.json
  jq '.defaultErrnoRet = 1 | .defaultErrno = "EPERM"' /usr/share/containers/seccomp.json >"$NODE/eperm.src"
  installed denying-with-EPERM "$NODE/eperm.src"  # for which runc answers ENOSYS to newer calls
  installed denials "$NODE/denials.src"
  installed node-profile "$(data_profile node-profile)"
  installed seed-node-profile "$(data_profile seed-node-profile)"
}

# ---- Podman: the config.json that it wrote -----------------------------------------------------------------

pod() {
  podman --root "$NODE/podman/root" --runroot "$NODE/podman/run" --tmpdir "$NODE/podman/tmp" \
    --events-backend file --storage-driver vfs --cgroup-manager cgroupfs --runtime "$RUNTIME" "$@"
}
podman_tests() {
  local pid bundle options
  make_rootfs
  for options in "" "--cap-add SYS_PTRACE" "--security-opt no-new-privileges"; do
    # shellcheck disable=SC2086  # several words
    pod run -d --name field --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none \
      --cgroup-parent "/$NODE_ID" $options --rootfs "$NODE/rootfs" /bin/sleep 300 >"$NODE/start" 2>&1 </dev/null ||
      { not_ok "$RUNTIME: Podman starts a container $options" "$(cat "$NODE/start")"; continue; }
    pid=$(pod inspect --format '{{.State.Pid}}' field)
    bundle=$(pod inspect --format '{{.OCIConfigPath}}' field)
    jq -c .linux.seccomp "$bundle" >"$NODE/podman.json"
    eventually 10 is_sleeping "$pid"
    installed_is "Podman ${options:-(its default)}" "$pid" "$NODE/podman.json"
    pod rm -f -t 0 field >/dev/null 2>&1
  done
}

# ---- the floor -----------------------------------------------------------------------------------------------

floor_policy() { # ACTION
  write_policy <<<"{\"version\": 1, \"seccomp\": {\"floor\": \"runtime-default\", \"floor_action\": \"$1\",
    \"log_denials\": false}}"
}
filters_of() { sed -n 's/^Seccomp_filters:\t//p' "/proc/$1/status"; }

# The containers-common default is one profile with the fallback; this one, by name where the fallback
# goes by arguments, is not.
sockets() {
  jq -c '.syscalls |= (map(.names -= ["socket", "socketcall"]) | map(select(.names != []))
    + [{names: ["socket"], action: "SCMP_ACT_ALLOW"}])' "$NODE/containers-common.json"
}

# NNP: without no_new_privileges the gate installs before the init gives its privileges away, with it
# at the program's first instruction.
stacked() {
  local name="not one profile, no_new_privileges $1"
  floored "$(cat "$NODE/sockets.json")"
  jq ".process.noNewPrivileges = $1" "$NODE/c/config.json" >"$NODE/c/.new" && mv "$NODE/c/.new" "$NODE/c/config.json"
  run_floored
  is "$name: starts" 0 "$CODE"
  PID=$(cat "$NODE/pid")
  check "$RUNTIME: $name: the program runs" eventually 10 is_sleeping "$PID"
  eventually 10 grep -q '^TracerPid:.0' "/proc/$PID/status"
  is "$name: two filters" 2 "$(filters_of "$PID")"
  check "$RUNTIME: $name: together they allow nothing that the floor does not" \
    "$BULKHEAD" diff --stricter-than "$PID" runtime/default
  check "$RUNTIME: $name: nor anything that its own profile does not" \
    "$BULKHEAD" diff --stricter-than "$PID" "$NODE/sockets.json"
  eventually 10 grep -q '"installed"' "/run/bulkhead/containers/$ID.json"
  check "$RUNTIME: $name: verify finds that both hold" "$BULKHEAD" verify "$ID"
  try "$shim" exec "$ID" /bin/grep '^Seccomp_filters:' /proc/self/status
  is "$name: exec gets both filters" $'Seccomp_filters:\t2' "$OUT"
  stop
}

floor_tests() {
  local shim
  shim=$(link_shim "$RUNTIME")
  make_bundle "$NODE/c" '.process.capabilities |= map_values([])'
  expanded /usr/share/containers/seccomp.json >"$NODE/containers-common.json"
  floored() { make_bundle "$NODE/c" "$(args /bin/sleep 300)" '.process.noNewPrivileges = true' \
    '.process.capabilities |= map_values([])' ".linux.seccomp = $1"; }
  run_floored() { # a file: the container keeps what it is given as stdout
    CODE=0
    "$shim" run --detach --bundle "$NODE/c" --pid-file "$NODE/pid" "$ID" >"$NODE/start" 2>&1 </dev/null || CODE=$?
    OUT=$(cat "$NODE/start")
  }

  floor_policy refuse
  floored "$(cat "$NODE/containers-common.json")"
  run_floored
  is "above the floor: refused" 1 "$([ "$CODE" != 0 ] && echo 1)"
  says "above the floor: each excess has a witness" "mount(0, 0, 0, 0, 0, 0) on"
  stop

  floor_policy clamp
  try "$BULKHEAD" check "$NODE/c"
  says "check shows what is clamped" "clamped to what the floor allows too"
  run_floored
  is "clamped: starts" 0 "$CODE"
  PID=$(cat "$NODE/pid")
  check "$RUNTIME: clamped: the program runs" eventually 10 is_sleeping "$PID"
  check "$RUNTIME: clamped: the kernel's filter allows nothing that the floor does not" \
    "$BULKHEAD" diff --stricter-than "$PID" runtime/default
  check "$RUNTIME: clamped: nor anything that its own profile does not" \
    "$BULKHEAD" diff --stricter-than "$PID" "$NODE/containers-common.json"
  is "clamped: by one filter" 1 "$(filters_of "$PID")"
  try "$RUNTIME" exec "$ID" /bin/true
  is "clamped: exec works" 0 "$CODE"
  stop

  sockets >"$NODE/sockets.json"
  stacked true
  stacked false
  remove_policy
}

# ---- all of it ---------------------------------------------------------------------------------------------

need_shim
need_hook
cp "$BULKHEAD" "$NODE/bin/"
BULKHEAD=$NODE/bin/bulkhead  # beside the hook, as it is installed
case ${1:-} in
  runtime) RUNTIME=$2 && runtime_tests && floor_tests && finish ;;
  podman) RUNTIME=$2 && podman_tests && finish ;;
esac
for row in "${PROFILES[@]}"; do
  # shellcheck disable=SC2086  # two words
  shipped_profile $row
done
qemu
for runtime in $(runtimes); do again_in_view "$runtime" runtime "$runtime"; done
if command -v podman >/dev/null; then
  for runtime in $(runtimes); do again_in_view "$runtime" podman "$runtime"; done
else
  skip "Podman" "podman is not installed"
fi
finish
