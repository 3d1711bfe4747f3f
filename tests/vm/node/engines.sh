#!/bin/bash
# Containers through ctr, through containerd's CRI and through Podman: confined, and proved by the kernel.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

FALLBACK='seccomp=2 label=bulkhead-default (enforce) unshare=1'
words() { xargs <<<"$1"; }
# recorded ID: what `bulkhead ps` says of it.
recorded() {
  bulkhead ps --json | jq -r --arg id "$1" '.containers[].record | select(.id == $id) |
    "\(.engine) \(.namespace // "-") \(.pod // "-") \(.container // "-") \(.apparmor) \(.state)"'
}
is_proved() { [ "$(jq -r .state "$RECORDS/$1.json")" = proved ]; }
# proved NAME ID EXPECTED. An engine may answer before the program's first instruction, so it is waited for.
proved() {
  eventually 60 is_proved "$2"
  same "$1" "$3" "$(recorded "$2")"
}

through_ctr() {
  try ctr_run --detach "$CRI_IMAGE" one "${WAITS[@]}"
  same "ctr: a container starts" 0 "$CODE"
  proved "ctr: it is proved" one "containerd - - - bulkhead-default proved"
  try ctr task exec --exec-id e1 one /bin/probe seccomp label unshare
  same "ctr: what holds in it" "$FALLBACK" "$(words "$OUT")"
  ctr task kill --signal TERM one
  check "ctr: it is removed" eventually 60 ctr task rm one
  ctr container rm one
}

through_cri() {
  local pod
  pod=$(run_pod shop web-1)
  proved "CRI: the pause container is proved" "$pod" "containerd shop web-1 - bulkhead-default proved"
  cri_run "$pod" web '{}'
  same "CRI: a container starts" 0 "$CODE"
  same "CRI: what holds in it" "seccomp=2 label=cri-containerd.apparmor.d (enforce) unshare=1" \
    "$(words "$(exec_sync "$CONTAINER" /bin/probe seccomp label unshare)")"
  proved "CRI: it is proved, with its names" "$CONTAINER" "containerd shop web-1 web cri-containerd.apparmor.d proved"
  cri_run "$pod" free '{"seccomp": {"profile_type": "Unconfined"}, "apparmor": {"profile_type": "Unconfined"}}'
  same "CRI: Unconfined gets both fallbacks" "$FALLBACK" \
    "$(words "$(exec_sync "$CONTAINER" /bin/probe seccomp label unshare)")"
  cri_run "$pod" default '{"seccomp": {"profile_type": "RuntimeDefault"}, "apparmor": {"profile_type": "RuntimeDefault"}}'
  same "CRI: RuntimeDefault is containerd's own" "seccomp=2 label=cri-containerd.apparmor.d (enforce)" \
    "$(words "$(exec_sync "$CONTAINER" /bin/probe seccomp label)")"
  printf 'abi <abi/3.0>,\nprofile k8s-my-app flags=(attach_disconnected,mediate_deleted) {\n  file, network, capability, umount, signal, ptrace,\n  deny /etc/passwd r,\n}\n' \
    >/etc/apparmor.d/k8s-my-app
  bulkhead apparmor load /etc/apparmor.d/k8s-my-app >/dev/null
  cri_run "$pod" named '{"apparmor": {"profile_type": "Localhost", "localhost_ref": "localhost/k8s-my-app"}}'
  same "CRI: an AppArmor profile by name" "label=k8s-my-app (enforce)" "$(exec_sync "$CONTAINER" /bin/probe label)"
  proved "CRI: which is proved" "$CONTAINER" "containerd shop web-1 named k8s-my-app proved"
  try exec_sync "$CONTAINER" /bin/cat /etc/passwd
  contains "CRI: and which holds" "Permission denied" "$ERR"
  succeeds "verify --all finds nothing amiss" bulkhead verify --all
  check "CRI: the pod is removed" remove_pod "$pod"
  apparmor_parser --remove /etc/apparmor.d/k8s-my-app && rm /etc/apparmor.d/k8s-my-app
}

through_podman() {
  local id
  try podman_run --detach --name one --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
    "$CRI_IMAGE" "${WAITS[@]}"
  same "Podman: a container starts" 0 "$CODE"
  id=$(podman inspect --format '{{.Id}}' one)
  proved "Podman: it is proved" "$id" "podman - - - bulkhead-default proved"
  same "Podman: what holds in it" "$FALLBACK" "$(words "$(podman exec one /bin/probe seccomp label unshare)")"
  same "Podman: its own profiles stay" "$(cat "$PODMANS_OWN")" "$(podmans_own)"
  podman stop --time 60 one >/dev/null
  same "Podman: podman stop reaches the program" 3 "$(podman inspect --format '{{.State.ExitCode}}' one)"
  podman rm --force one >/dev/null
}

through_ctr
through_cri
through_podman
check "no record is left" eventually 60 no_records
finish
