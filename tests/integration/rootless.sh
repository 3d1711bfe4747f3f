#!/usr/bin/env bash
# Rootless Podman on a node where Bulkhead is installed: a user's containers start, are confined, and the
# gate makes the kernel say so although it may not read filters back there.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

for needed in podman newuidmap setpriv; do
  command -v "$needed" >/dev/null || { skip "rootless Podman" "$needed is not installed"; finish; }
done
need_shim
need_hook
cp "$BUILD/bulkhead" "$NODE/bin/"
for name in runc crun; do link_shim "$name" >/dev/null; done
make_rootfs
RUNTIME='' OUT='' CODE=0

# ---- a user of this node -----------------------------------------------------------------------------------

USER_ID=12345
HOME_OF_USER=$NODE/home
make_user() {
  local file
  for file in passwd group subuid subgid; do
    { [ ! -e "/etc/$file" ] || cat "/etc/$file"; } >"$NODE/$file"
    [ -e "/etc/$file" ] || return 1
  done
  echo "somebody:x:$USER_ID:$USER_ID::$HOME_OF_USER:/bin/sh" >>"$NODE/passwd"
  echo "somebody:x:$USER_ID:" >>"$NODE/group"
  echo "somebody:1000000:65536" | tee -a "$NODE/subuid" >>"$NODE/subgid"
  for file in passwd group subuid subgid; do mount --bind "$NODE/$file" "/etc/$file" || return 1; done
  mkdir -p "$HOME_OF_USER" "$NODE/runtime" && cp -a "$NODE/rootfs" "$HOME_OF_USER/rootfs"
  chown -R "$USER_ID:$USER_ID" "$HOME_OF_USER" "$NODE/runtime"
  chmod 700 "$NODE/runtime"
}
as_user() {
  setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups env -i PATH="$PATH" HOME="$HOME_OF_USER" \
    PODMAN_IGNORE_CGROUPSV1_WARNING="$PODMAN_IGNORE_CGROUPSV1_WARNING" XDG_RUNTIME_DIR="$NODE/runtime" "$@"
}
pod() {
  as_user podman --storage-driver vfs --cgroup-manager cgroupfs --events-backend none "$@"
}
pod_run() {
  pod run --rm --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@"
}
ROOTFS=(--rootfs "$HOME_OF_USER/rootfs")
try() {
  CODE=0
  OUT=$("$@" 2>&1 </dev/null) || CODE=$?
  OUT=$(tr -d '\r' <<<"$OUT")
}
is() { same "$RUNTIME: $1" "$2" "$3"; }
starts() { # NAME EXPECTED ARGUMENT…
  local name=$1 expected=$2
  shift 2
  try pod_run "$@"
  is "$name" "$expected
exit code 0" "$OUT
exit code $CODE"
}

# ---- what people do, as before ------------------------------------------------------------------------------

exit_code() { pod_run "${ROOTFS[@]}" /bin/sh -c 'echo words; exit 42'; }
terminal() { pod_run --tty "${ROOTFS[@]}" /bin/tty; }
standard_input() { echo "some words" | pod_run --interactive "${ROOTFS[@]}" /bin/cat; }
privileged() { pod_run --privileged "${ROOTFS[@]}" /bin/sh -c 'id -u'; }
another_user() { pod_run --user 1000 --cap-drop all "${ROOTFS[@]}" /bin/sh -c 'id -u'; }
missing_program() { pod_run "${ROOTFS[@]}" /bin/no-such-program >/dev/null 2>&1; }
detached() {
  pod run --detach --name one --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "${ROOTFS[@]}" \
    /bin/sh -c 'trap "exit 3" TERM; while :; do sleep 0.05; done' >/dev/null
  pod exec one /bin/sh -c 'echo inside; exit 6'
  echo "exec $?"
  pod stop --time 10 one >/dev/null
  pod wait one
  pod rm one >/dev/null
}
USES=(exit_code terminal standard_input privileged another_user missing_program detached)
all_uses() {
  local use
  for use in "${USES[@]}"; do
    try "$use"
    printf '%s: %s, exit code %s\n' "$use" "$OUT" "$CODE"
  done
}

# ---- with Bulkhead ------------------------------------------------------------------------------------------

FILTERS='grep Seccomp_filters /proc/self/status | tr -dc 0-9'
no_gate() { ! grep -qlx bulkhead-gate /proc/[0-9]*/comm 2>/dev/null; }

all_of_runtime() {
  local before filters
  RUNTIME=$1
  mount --make-rshared / # Podman warns where it is not, and a view of its own has it private
  printf '[engine]\nruntime = "%s"\n' "$RUNTIME" >/etc/containers/containers.conf
  try pod_run "${ROOTFS[@]}" /bin/sh -c "$FILTERS"
  if ! [[ $OUT =~ ^[0-9]+$ ]]; then not_ok "$RUNTIME: rootless Podman works without Bulkhead" "$OUT"; return; fi
  filters=$OUT
  before=$(all_uses)

  try "$NODE/bin/bulkhead" install podman
  is "install" 0 "$CODE"
  contains "$RUNTIME: install says how rootless containers are proved" "rootless containers are proved by a filter of the gate's own" "$OUT"
  starts "a container has one filter more, which is the proof" "$((filters + 1))" "${ROOTFS[@]}" /bin/sh -c "$FILTERS"
  starts "one that asks for none is confined" "seccomp=2
unshare=1" --security-opt seccomp=unconfined "${ROOTFS[@]}" /bin/probe seccomp unshare
  starts "with no_new_privileges" "seccomp=2
unshare=1" --security-opt no-new-privileges --security-opt seccomp=unconfined "${ROOTFS[@]}" /bin/probe seccomp unshare
  starts "--privileged is confined too" "seccomp=2" --privileged "${ROOTFS[@]}" /bin/probe seccomp
  is "what people do works as before" "$before" "$(all_uses)"
  check "$RUNTIME: no gate is left" eventually 10 no_gate

  pod run --detach --name two --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
    --security-opt seccomp=unconfined "${ROOTFS[@]}" /bin/sleep 100 >/dev/null
  try pod exec two /bin/probe seccomp unshare
  is "exec is confined" "seccomp=2
unshare=1" "$OUT"
  pod rm --force --time 0 two >/dev/null

  # What cannot be proved is refused, with the reason and not with a warning.
  try pod_run --security-opt seccomp="$HOME_OF_USER/strict.json" "${ROOTFS[@]}" /bin/true
  is "a profile that the gate cannot install" 126 "$CODE"
  contains "$RUNTIME: a profile that the gate cannot install: says why" \
    "does not allow seccomp, by which the gate would have the kernel confirm it" "$OUT"
  write_policy <<<'{"version": 1, "prove": "never"}'
  starts "the same without proof" "" --security-opt seccomp="$HOME_OF_USER/strict.json" "${ROOTFS[@]}" /bin/true
  write_policy <<<'{"version": 1, "mode": "observe"}'
  starts "observe changes nothing" "seccomp=0
unshare=0" --security-opt seccomp=unconfined "${ROOTFS[@]}" /bin/probe seccomp unshare
  remove_policy

  try "$NODE/bin/bulkhead" uninstall podman
  is "uninstall" 0 "$CODE"
  starts "then a container is as before" "$filters" "${ROOTFS[@]}" /bin/sh -c "$FILTERS"
}
if [ $# = 1 ]; then
  all_of_runtime "$1"
  finish
fi
make_user || { skip "rootless Podman" "no /etc/subuid here to put a user in"; finish; }
for directory in /etc/containers /usr/share/containers; do
  mkdir -p "$NODE/own$directory" && cp -a "$directory/." "$NODE/own$directory/" &&
    mount --bind "$NODE/own$directory" "$directory"
done
jq -n '{defaultAction: "SCMP_ACT_ALLOW", architectures: '"$ARCHITECTURES"',
  syscalls: [{names: ["seccomp"], action: "SCMP_ACT_ERRNO", errnoRet: 1}]}' >"$HOME_OF_USER/strict.json"
chmod 644 "$HOME_OF_USER/strict.json"
for runtime in $(runtimes); do
  again_in_view "$runtime" "$runtime"
  # The namespace that Podman keeps for its user is of this view.
  as_user podman system migrate >/dev/null 2>&1
done
finish
