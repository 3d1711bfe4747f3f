#!/usr/bin/env bash
# Containers under engines that call the hook: what people do with Podman behaves as without the hook, and
# where hooks.d and the shim both bring it, one gate holds the container and one record tells of it.
# shellcheck disable=SC2317,SC2016  # functions called by name; text for other shells
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
RECORDS=/run/bulkhead/containers
RUNTIME='' R='' CODE=0 OUT='' HOOKS=()

fresh() {
  rm -rf /etc/bulkhead/* /var/log/bulkhead/*
  mkdir -p /etc/bulkhead/seccomp
}
is() { same "$RUNTIME: $1" "$2" "$3"; }
try() {
  CODE=0
  OUT=$("$@" 2>&1 </dev/null) || CODE=$?
  OUT=$(tr -d '\r' <<<"$OUT")
}
no_records() { [ -z "$(find "$RECORDS" -type f 2>/dev/null)" ]; }
no_gate() { ! grep -qlx bulkhead-gate /proc/[0-9]*/comm 2>/dev/null; }
nothing_left() {
  check "$RUNTIME: $1: no record is left" eventually 5 no_records
  check "$RUNTIME: $1: no gate is left" eventually 5 no_gate
}

# ---- Podman --------------------------------------------------------------------------------------------

prepare() {
  make_rootfs
  mkdir -p "$NODE/hooks.d" "$NODE/no-hooks.d"
  local stage
  for stage in createRuntime poststop; do
    jq -n --arg path "$HOOK" --arg stage "$stage" '{version: "1.0.0", when: {always: true}, stages: [$stage],
      hook: {path: $path, args: ["bulkhead-hook", $stage], timeout: 10}}' >"$NODE/hooks.d/$stage.json"
  done
  # Infrastructure containers take no --ulimit, and this machine may raise none.
  printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' >"$NODE/containers.conf"
}
pod() {
  CONTAINERS_CONF=$NODE/containers.conf podman --root "$NODE/podman/root" --runroot "$NODE/podman/run" \
    --tmpdir "$NODE/podman/tmp" --events-backend file --storage-driver vfs --cgroup-manager cgroupfs \
    --runtime "$R" "${HOOKS[@]}" "$@"
}
pod_run() { pod run --network none --cgroup-parent "/$NODE_ID" "$@"; }
hooked() { HOOKS=(--hooks-dir "$NODE/hooks.d"); }
unhooked() { HOOKS=(--hooks-dir "$NODE/no-hooks.d"); }

# as_without NAME FUNCTION: what the function prints is the same with the hook as without, and not empty.
as_without() {
  local without
  unhooked
  try "$2"
  without="$OUT
exit code $CODE"
  hooked
  try "$2"
  is "$1: as without the hook" "$without" "$OUT
exit code $CODE"
  nothing_left "$1"
}
ROOTFS=(--rootfs "$NODE/rootfs")
state_of() { pod inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$1"; }
removed() { pod rm --force --time 0 "$1" >/dev/null 2>&1; }

exit_code() { pod_run --rm "${ROOTFS[@]}" /bin/sh -c 'echo words; exit 42'; }
unconfined() {
  pod_run --rm --security-opt seccomp=unconfined "${ROOTFS[@]}" \
    /bin/sh -c 'echo "$$ $(cat /proc/1/comm)"; exit 3'
}
privileged() { pod_run --rm --privileged "${ROOTFS[@]}" /bin/sh -c 'id -u; ls /dev | wc -l'; }
terminal() { pod_run --rm --tty "${ROOTFS[@]}" /bin/tty; }
standard_input() { echo "some words" | pod_run --rm --interactive "${ROOTFS[@]}" /bin/cat; }
with_init() { pod_run --rm --init "${ROOTFS[@]}" /bin/sh -c 'cat /proc/1/comm; exit 4'; }
no_such_program() { pod_run --rm "${ROOTFS[@]}" /bin/no-such-program | sed 's/[0-9a-f]\{64\}//'; }
detached() {
  pod_run --detach --name d "${ROOTFS[@]}" \
    /bin/sh -c 'trap "exit 3" TERM; echo begun; while :; do sleep 0.05; done' >/dev/null
  pod exec d /bin/sh -c 'echo inside; exit 6'
  echo "exec $?"
  pod exec --tty d /bin/tty
  pod logs d
  pod stop --time 5 d >/dev/null
  state_of d
  pod start d >/dev/null
  state_of d
  pod kill --signal KILL d >/dev/null
  pod wait d
  removed d
}
killed() {
  pod_run --detach --name k "${ROOTFS[@]}" /bin/sleep 100 >/dev/null
  pod kill --signal USR1 k >/dev/null # the first process of a pid namespace ignores it
  state_of k
  pod kill k >/dev/null
  pod wait k
  removed k
}
paused() {
  pod_run --detach --name p "${ROOTFS[@]}" /bin/sleep 100 >/dev/null
  pod pause p >/dev/null
  echo "pause $?"
  state_of p
  pod unpause p >/dev/null
  state_of p
  removed p
}
health() {
  pod_run --detach --name h --health-cmd 'test -e /proc/1' --health-interval disable \
    "${ROOTFS[@]}" /bin/sleep 100 >/dev/null
  pod healthcheck run h
  echo "healthy $?"
  removed h
  pod_run --detach --name h --health-cmd 'false' --health-interval disable "${ROOTFS[@]}" /bin/sleep 100 >/dev/null
  pod healthcheck run h
  echo "unhealthy $?"
  removed h
}
in_a_pod() {
  pod pod create --name pod --network none --infra-image localhost/pause --cgroup-parent "/$NODE_ID" \
    --infra-command /bin/pause >/dev/null || return
  pod run --rm --pod pod "${ROOTFS[@]}" /bin/sh -c 'echo in the pod'
  pod pod ps --format '{{.Status}} {{.NumberOfContainers}}'
  pod pod rm --force --time 0 pod >/dev/null 2>&1
  pod ps --all --quiet
}
pause_image() {
  mkdir -p "$NODE/image/bin" && cp -L "$NODE/rootfs/bin/sleep" "$NODE/image/bin/busybox" || return
  printf '#!/bin/busybox sh\nexec /bin/busybox sleep 1000\n' >"$NODE/image/bin/pause"
  chmod 755 "$NODE/image/bin/pause"
  tar -C "$NODE/image" -c . | pod import - localhost/pause >/dev/null 2>&1
}

podman_tests() {
  fresh
  as_without "podman run --rm" exit_code
  as_without "podman, seccomp=unconfined" unconfined
  as_without "podman, --privileged" privileged
  as_without "podman, --tty" terminal
  as_without "podman, standard input" standard_input
  as_without "podman, a missing program" no_such_program
  as_without "podman --detach, exec, logs, stop, start, wait" detached
  as_without "podman kill" killed
  as_without "podman healthcheck" health
  podman_init
  podman_pause
  podman_pod
}
podman_init() {
  if command -v catatonit >/dev/null || [ -x /usr/libexec/podman/catatonit ]; then
    as_without "podman --init" with_init
  else
    skip "$RUNTIME: podman --init" "catatonit is not installed"
  fi
}
podman_pause() {
  unhooked
  try paused
  if [[ $OUT == *"pause 0"* ]]; then as_without "podman pause" paused; else
    skip "$RUNTIME: podman pause" "no freezer here: ${OUT%%$'\n'*}"; fi
}
podman_pod() {
  unhooked
  if ! pause_image; then skip "$RUNTIME: podman pod" "no image could be made"; return; fi
  try in_a_pod
  if [[ $OUT == *"in the pod"* ]]; then as_without "podman pod" in_a_pod; else
    skip "$RUNTIME: podman pod" "does not work here: ${OUT%%$'\n'*}"; fi
}

# ---- hooks.d and the shim together ------------------------------------------------------------------------

outcomes() { grep -cE '"event":"(proved|installed)"' "$EVENTS"; }
records() { find "$RECORDS" -type f -name '*.json' | wc -l; }
proved() { grep -qE '"state":"(proved|installed)"' "$RECORDS"/*.json; }
one_of_each() { # NAME
  check "$RUNTIME: $1: proved" eventually 5 proved
  is "$1: one gate has come to its end" 1 "$(outcomes)"
  is "$1: one record" 1 "$(records)"
  check "$RUNTIME: $1: no gate is left" eventually 5 no_gate
}

podman_with_both() {
  fresh
  hooked
  R=$(link_shim "$RUNTIME")
  try pod_run --detach --name both --security-opt seccomp=unconfined "${ROOTFS[@]}" /bin/sleep 100
  is "hooks.d and the shim under Podman: starts" 0 "$CODE"
  one_of_each "hooks.d and the shim under Podman"
  try pod exec both /bin/probe seccomp unshare
  is "hooks.d and the shim under Podman: exec is confined" 'seccomp=2
unshare=1' "$OUT"
  removed both
  nothing_left "hooks.d and the shim under Podman"
  R=$RUNTIME
}

containerd_with_both() {
  fresh
  if ! start_containerd; then
    not_ok "containerd starts" "$(tail -n 5 "$NODE/containerd/log")"
    return
  fi
  try ctl run --detach --runtime io.containerd.runc.v2 --runc-binary "$(link_shim "$RUNTIME")" \
    --rootfs "$NODE/rootfs" task /bin/sleep 100
  is "containerd, the shim with the hook beside it: starts" 0 "$CODE"
  one_of_each "containerd"
  is "containerd: the record: the runtime installed what the shim wrote" "proved runtime/default" \
    "$(jq -r '"\(.state) \(.seccomp)"' "$RECORDS"/*.json)"
  try ctl task kill --signal KILL task
  check "$RUNTIME: containerd: kill" eventually 5 task_is task STOPPED
  try ctl task rm task
  try ctl container rm task
  nothing_left "containerd"
  kill "$CONTAINERD"
}

all_of_runtime() {
  RUNTIME=$1 R=$1
  if command -v podman >/dev/null; then
    podman_tests
    podman_with_both
  else
    skip "$RUNTIME: Podman with the hook" "podman is not installed"
  fi
  if command -v ctr >/dev/null; then containerd_with_both; else
    skip "$RUNTIME: containerd with the hook" "containerd is not installed"; fi
}

need_shim
need_hook
prepare
if [ $# = 1 ]; then
  all_of_runtime "$1"
  finish
fi
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
