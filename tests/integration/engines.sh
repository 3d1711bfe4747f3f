#!/usr/bin/env bash
# The shim under real engines: containerd through `ctr run --runc-binary`, and Podman with --runtime. The
# engines run in the private node, with state of their own. Images are not needed: containers are made
# from a root file system.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
RUNTIME='' R='' CODE=0 OUT='' ERR=''

fresh() {
  rm -rf /etc/bulkhead/* /var/log/bulkhead/*
  mkdir -p /etc/bulkhead/seccomp
}
try() {
  CODE=0
  "$@" >"$NODE/out" 2>"$NODE/err" </dev/null || CODE=$?
  OUT=$(tr -d '\r' <"$NODE/out") ERR=$(cat "$NODE/err")
}
is() { same "$ENGINE, $RUNTIME: $1" "$2" "$3"; }
says() { contains "$ENGINE, $RUNTIME: $1" "$2" "$3"; }
broken_policy() { write_policy <<<'{"version": 1, "seccomp": {"unset": "refuze"}}'; }

# ---- containerd ----------------------------------------------------------------------------------------

ctl_run() { ctl run --runtime io.containerd.runc.v2 --runc-binary "$R" "$@"; }

containerd_runs() {
  fresh
  try ctl_run --rm --rootfs "$NODE/rootfs" one /bin/probe seccomp unshare keyctl
  is "a container without a profile is confined" 'seccomp=2
unshare=1
keyctl=38' "$OUT"
  try ctl_run --rm --rootfs "$NODE/rootfs" two /bin/sh -c 'exit 42'
  is "its exit code arrives" 42 "$CODE"
  try ctl_run --rm --privileged --rootfs "$NODE/rootfs" three /bin/probe seccomp
  is "a privileged container has a filter" seccomp=2 "$OUT"
  try ctl_run --rm --seccomp --rootfs "$NODE/rootfs" four /bin/probe seccomp unshare
  is "containerd's own default profile stays" 'seccomp=2
unshare=1' "$OUT"
}

containerd_task() {
  fresh
  try ctl_run --detach --rootfs "$NODE/rootfs" task /bin/sleep 100
  is "a task starts" 0 "$CODE"
  try ctl task exec --exec-id e1 task /bin/probe seccomp unshare
  is "exec is confined" 'seccomp=2
unshare=1' "$OUT"
  try ctl task exec --exec-id e2 task /bin/sh -c 'exit 7'
  is "exec: its exit code arrives" 7 "$CODE"
  try ctl task pause task
  check "$ENGINE, $RUNTIME: pause" eventually 5 task_is task PAUSED
  try ctl task resume task
  check "$ENGINE, $RUNTIME: resume" eventually 5 task_is task RUNNING
  try ctl task ps task
  is "ps" 0 "$CODE"
  try ctl task kill --signal KILL task
  check "$ENGINE, $RUNTIME: kill" eventually 5 task_is task STOPPED
  try ctl task rm task
  try ctl container rm task
  is "delete" 0 "$CODE"
  is "no container is left" '' "$(ctl container ls --quiet)"
}

containerd_refuses() {
  fresh
  broken_policy
  try ctl_run --rm --rootfs "$NODE/rootfs" refused /bin/true
  is "a refused container does not start" 1 "$CODE"
  says "ctr shows our sentence" refuze "$ERR"
  try ctl container rm refused
  fresh
  try ctl_run --rm --rootfs "$NODE/rootfs" refused /bin/probe seccomp
  is "after the policy is mended it starts" seccomp=2 "$OUT"
}

# A profile under which the runtime cannot execute the program.
nothing_starts() { echo '{"defaultAction": "SCMP_ACT_ERRNO"}' >"$NODE/nothing.json"; }

containerd_says_why_nothing_starts() {
  fresh
  nothing_starts
  try ctl_run --rm --seccomp --seccomp-profile "$NODE/nothing.json" --rootfs "$NODE/rootfs" nothing /bin/true
  check "$ENGINE, $RUNTIME: under a profile without execve it does not start" test "$CODE" != 0
  says "ctr shows which calls are missing" "$RUNTIME cannot start the container: once the filter is loaded it needs" "$ERR"
  try ctl container rm nothing
}

# ---- Podman --------------------------------------------------------------------------------------------

pod() {
  podman --root "$NODE/podman/root" --runroot "$NODE/podman/run" --tmpdir "$NODE/podman/tmp" \
    --events-backend file --storage-driver vfs --cgroup-manager cgroupfs --runtime "$R" "$@"
}
POD_LIMITS=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none)
pod_run() { pod run "${POD_LIMITS[@]}" --cgroup-parent "/$NODE_ID" "$@"; }

podman_runs() {
  fresh
  try pod_run --rm --security-opt seccomp=unconfined --rootfs "$NODE/rootfs" /bin/probe seccomp unshare
  is "seccomp=unconfined is confined" 'seccomp=2
unshare=1' "$OUT"
  is "the event knows the engine" podman "$(tail -n 1 "$EVENTS" | jq -r .engine)"
  try pod_run --rm --privileged --rootfs "$NODE/rootfs" /bin/probe seccomp
  is "a privileged container has a filter" seccomp=2 "$OUT"
  # containers-common allows unshare and keyctl; bpf it does not.
  try pod_run --rm --rootfs "$NODE/rootfs" /bin/probe seccomp bpf
  is "Podman's own profile stays" 'seccomp=2
bpf=1' "$OUT"
  try pod_run --rm --rootfs "$NODE/rootfs" /bin/sh -c 'exit 42'
  is "the exit code arrives" 42 "$CODE"
  try pod_run --rm --tty --rootfs "$NODE/rootfs" /bin/tty
  is "a terminal" /dev/pts/0 "$OUT"
  OUT=$(echo "some words" | pod_run --rm --interactive --rootfs "$NODE/rootfs" /bin/cat)
  is "standard input" "some words" "$OUT"
}

podman_detached() {
  fresh
  try pod_run --detach --name one --security-opt seccomp=unconfined --rootfs "$NODE/rootfs" \
    /bin/sh -c 'trap "exit 3" TERM; echo begun; while :; do sleep 0.05; done'
  is "run --detach" 0 "$CODE"
  says "ps shows it under Podman's name" " one " "$("$BUILD/bulkhead" ps)"
  try "$BUILD/bulkhead" verify one
  is "and verify takes that name" 0 "$CODE"
  try pod exec one /bin/probe seccomp unshare
  is "exec is confined" 'seccomp=2
unshare=1' "$OUT"
  try pod exec --privileged one /bin/probe seccomp unshare
  is "exec --privileged is confined" 'seccomp=2
unshare=1' "$OUT"
  try pod exec one /bin/probe capeff
  HELD=$OUT
  try pod exec --privileged one /bin/probe capeff
  is "exec --privileged has no capability beyond its container's" "$HELD" "$OUT"
  try pod exec --tty one /bin/tty
  says "exec --tty has a terminal" /dev/pts/ "$OUT"
  try pod exec one /bin/sh -c 'exit 6'
  is "exec: its exit code arrives" 6 "$CODE"
  try pod logs one
  is "logs" begun "$OUT"
  try pod pause one
  is "pause" paused "$(pod inspect --format '{{.State.Status}}' one)"
  try pod unpause one
  try pod stop --time 5 one
  is "stop sends TERM: its exit code" 3 "$(pod inspect --format '{{.State.ExitCode}}' one)"
  try pod start one
  try pod exec one /bin/probe seccomp
  is "started again: exec is confined" seccomp=2 "$OUT"
  try pod kill one
  try pod rm --force one
  is "no container is left" '' "$(pod ps --all --quiet)"
}

podman_refuses() {
  fresh
  broken_policy
  try pod_run --rm --rootfs "$NODE/rootfs" /bin/true
  is "a refused container does not start" 126 "$CODE"
  says "Podman shows our sentence" refuze "$ERR"
}

podman_says_why_nothing_starts() {
  fresh
  nothing_starts
  try pod_run --detach --name nothing --security-opt seccomp="$NODE/nothing.json" --rootfs "$NODE/rootfs" /bin/true
  check "$ENGINE, $RUNTIME: under a profile without execve it does not start" test "$CODE" != 0
  says "Podman shows which calls are missing" "$RUNTIME cannot start the container: once the filter is loaded it needs" "$ERR"
  try pod rm --force nothing
}

# Where that is only probable runc is let try. Its `create` succeeds before the filter is loaded, so Podman does not look
# for a reason in its log: detached it is told by `start` that the container has stopped, attached it finds its socket
# gone. What was said is what it logged.
logs_say_why() { try pod logs nothing && [[ $ERR == *"cannot start the container"* ]]; }
podman_logs_why_probably_nothing_starts() {
  [ "$RUNTIME" = runc ] || return 0
  fresh
  echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["execveat"], "action": "SCMP_ACT_ALLOW"}]}' >"$NODE/nothing.json"
  try pod_run --detach --name nothing --security-opt seccomp="$NODE/nothing.json" --rootfs "$NODE/rootfs" /bin/true
  check "$ENGINE, $RUNTIME: with execveat alone it does not start either" test "$CODE" != 0
  eventually 5 logs_say_why
  says "its log shows which calls are missing" "$RUNTIME cannot start the container: once the filter is loaded it needs" "$ERR"
  try pod rm --force nothing
}

all_of_runtime() {
  RUNTIME=$1 R=$(link_shim "$1")
  if command -v ctr >/dev/null; then
    ENGINE=containerd
    if start_containerd; then
      containerd_runs
      containerd_task
      containerd_refuses
      containerd_says_why_nothing_starts
      kill "$CONTAINERD"
    else
      not_ok "containerd starts" "$(tail -n 5 "$NODE/containerd/log")"
    fi
  else
    skip "containerd, $RUNTIME" "containerd is not installed"
  fi
  if command -v podman >/dev/null; then
    ENGINE=Podman
    podman_runs
    podman_detached
    podman_refuses
    podman_says_why_nothing_starts
    podman_logs_why_probably_nothing_starts
  else
    skip "Podman, $RUNTIME" "podman is not installed"
  fi
}

need_shim
make_rootfs
if [ $# = 1 ]; then
  all_of_runtime "$1"
  finish
fi
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
