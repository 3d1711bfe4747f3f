#!/bin/bash
# The package is upgraded and downgraded while twenty containers run: each can be asked, stopped and deleted
# through the path that its engine wrote down when it started, and what starts in between is confined.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

BY_CTR=(c1 c2 c3 c4 c5 c6 c7 c8 c9 c10 c11)
BY_CRI=(k1 k2 k3 k4 k5)
BY_PODMAN=(p1 p2 p3)  # with the pause container: twenty
declare -A CRI_ID=()
POD=''

start_all() {
  local name
  for name in "${BY_CTR[@]}"; do ctr_run --detach "$CRI_IMAGE" "$name" "${WAITS[@]}"; done
  POD=$(run_pod shop upgrade)
  for name in "${BY_CRI[@]}"; do
    cri_run "$POD" "$name" '{}'
    CRI_ID[$name]=$CONTAINER
  done
  for name in "${BY_PODMAN[@]}"; do
    podman_run --detach --name "$name" "$CRI_IMAGE" "${WAITS[@]}" >/dev/null
  done
  eventually 60 all_proved
}
all_proved() { [ "$(bulkhead ps --json | jq '[.containers[] | select(.record.state == "proved")] | length')" = 20 ]; }

# Every container answers to an exec, in confinement; prints the names of those that do not.
who_does_not_answer() {
  local name
  for name in "${BY_CTR[@]}"; do
    ctr task exec --exec-id "e$RANDOM" "$name" /bin/probe seccomp 2>>"$NODE/err" | grep -q seccomp=2 || echo "$name"
  done
  for name in "${BY_CRI[@]}"; do
    exec_sync "${CRI_ID[$name]}" /bin/probe seccomp 2>>"$NODE/err" | grep -q seccomp=2 || echo "$name"
  done
  for name in "${BY_PODMAN[@]}"; do
    podman exec "$name" /bin/probe seccomp 2>>"$NODE/err" | grep -q seccomp=2 || echo "$name"
  done
}
installed_is_older() { tail -c 5 /usr/bin/bulkhead-shim | grep -aqx older; }
version() { dpkg-query --show --showformat '${Version}' bulkhead; }

works() { # when
  : >"$NODE/err"
  same "$1: all twenty answer to exec, confined" "" "$(who_does_not_answer | xargs)$(head -c 500 "$NODE/err")"
  check "$1: their records are there" all_proved
  check "$1: the watcher runs" systemctl is-active bulkhead-watch.service
  check "$1: status --check holds" bulkhead status --check
  same "$1: a new container is confined" seccomp=2 \
    "$(podman_run --rm --security-opt seccomp=unconfined "$CRI_IMAGE" /bin/probe seccomp | tr -d '\r')"
}

# Stops and deletes one container of each engine, started before the change.
stop_one_of_each() { # when
  local ctr=${BY_CTR[-1]} kubernetes=${BY_CRI[-1]} podman=${BY_PODMAN[-1]}
  ctr task kill --signal KILL "$ctr"
  check "$1: ctr: one is stopped and deleted" eventually 60 ctr task rm "$ctr"
  ctr container rm "$ctr"
  check "$1: CRI: one is stopped and deleted" remove_container "${CRI_ID[$kubernetes]}"
  check "$1: Podman: one is stopped" podman stop --time 60 "$podman"
  same "$1: Podman: with its own exit code" 3 "$(podman inspect --format '{{.State.ExitCode}}' "$podman")"
  check "$1: Podman: and starts again" podman start "$podman"
  check "$1: Podman: and is deleted" podman rm --force --time 0 "$podman"
}
start_again() {
  ctr_run --detach "$CRI_IMAGE" "${BY_CTR[-1]}" "${WAITS[@]}"
  cri_run "$POD" "${BY_CRI[-1]}-again" '{}'
  CRI_ID[${BY_CRI[-1]}]=$CONTAINER
  podman_run --detach --name "${BY_PODMAN[-1]}" "$CRI_IMAGE" "${WAITS[@]}" >/dev/null
  eventually 60 all_proved
}
stop_all() {
  check "ctr's are stopped" ctr task rm --force "${BY_CTR[@]:0:${#BY_CTR[@]}-1}"
  check "and deleted" ctr container rm "${BY_CTR[@]:0:${#BY_CTR[@]}-1}"
  check "the pod is removed with all of its containers" remove_pod "$POD"
  check "Podman's are removed" podman rm --force --all --time 0
  same "no container is left of ctr" "" "$(ctr container ls --quiet)"
  check "no record is left" eventually 60 no_records
}

# The previous package first: what starts, starts under it.
check "the previous package replaces this one" dpkg -i "$OLDER"
check "it is the previous one" installed_is_older
start_all
check "twenty containers of three engines' clients run, proved" all_proved
succeeds "twenty run: the package is upgraded" dpkg -i "$PACKAGE"
lacks "it is the new one" '~older' "$(version)"
if installed_is_older; then not_ok "its programs are the new ones"; else ok "its programs are the new ones"; fi
works "upgraded"
stop_one_of_each "upgraded"
start_again
succeeds "twenty run: the package is downgraded" dpkg -i "$OLDER"
check "its programs are the previous ones" installed_is_older
works "downgraded"
stop_one_of_each "downgraded"
check "upgraded once more" dpkg -i "$PACKAGE"
stop_all
finish
