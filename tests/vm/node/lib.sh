# shellcheck shell=bash
# What the suites of the node stand on, on top of tests/integration/lib.sh and tests/cri/lib.sh. The node is
# real and the suites share it, in the order of tests/vm/node.sh; it is thrown away after the last one.

# shellcheck source=../../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../integration/lib.sh"
NODE_ID=bulkhead-node
export NODE_ID
mkdir -p "$NODE"
cd "$NODE" || exit
# shellcheck source=../../cri/lib.sh
. "$ROOT/tests/cri/lib.sh"

# shellcheck disable=SC2034  # for the suites
PACKAGE=$ROOT/bulkhead.deb OLDER=$ROOT/older.deb
RECORDS=/run/bulkhead/containers
# shellcheck disable=SC2034  # for the suites
IMAGE_FILE=$NODE/image.tar
# shellcheck disable=SC2034  # for the suites
PODMANS_OWN=$NODE/podmans-own.txt
CODE=0 OUT='' ERR=''

try() {
  CODE=0
  "$@" >"$NODE/out" 2>"$NODE/err" </dev/null || CODE=$?
  OUT=$(tr -d '\r' <"$NODE/out") ERR=$(cat "$NODE/err")
}
succeeds() { # name command…
  try "${@:2}"
  if [ "$CODE" = 0 ]; then ok "$1"; else not_ok "$1" "exit code $CODE
$OUT
$ERR"; fi
}
exits() { # name code command…
  try "${@:3}"
  if [ "$CODE" = "$2" ]; then ok "$1"; else not_ok "$1" "exit code $CODE instead of $2
$OUT
$ERR"; fi
}

# ---- the three ways in which a container starts here --------------------------------------------------------

SHIM=/usr/bin/bulkhead-runc
ctr_with() { # the runtime's program, then words of ctr run
  local program=$1
  shift
  ctr run --runc-binary "$program" --cgroup "/$NODE_ID/ctr" "$@"
}
ctr_run() { ctr_with "$SHIM" "$@"; }
podman_run() { podman run --network none "$@"; }
cri_answers() { cri Version <<<'{}'; }
# What containerd takes for a pod's first container when its configuration names none.
pause_image() { containerd config default | sed -nE 's/^ *sandbox(_image)? = ["'"'"']([^"'"'"']+)["'"'"']$/\2/p'; }

# cri_run POD NAME SECURITY: a container that waits; its id is CONTAINER.
WAITS=(/bin/sh -c 'trap "exit 3" TERM; while :; do sleep 0.2; done')
cri_run() {
  CONTAINER=$(create_container "$1" "$2" "$3" "${WAITS[@]}" 2>"$NODE/err") && try cri_id StartContainer "$CONTAINER"
}

# Podman's own default, whose name has its version: as it is before Bulkhead, and as it has to stay.
podmans_own() { podman_run --rm "$CRI_IMAGE" /bin/probe seccomp label | tr -d '\r' | xargs; }

no_records() { [ -z "$(find "$RECORDS" -name '*.json' 2>/dev/null)" ]; }

# What an engine gives a container that asks for nothing, each in its own words: before Bulkhead, and after.
as_engines_do() {
  local ask=(/bin/probe seccomp label unshare) pod
  echo "ctr:" "$(ctr_with runc --rm "$CRI_IMAGE" plain "${ask[@]}" | xargs)"
  echo "podman:" "$(podman_run --rm --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
    "$CRI_IMAGE" "${ask[@]}" | tr -d '\r' | xargs)"
  pod=$(run_pod shop plain)
  cri_run "$pod" plain '{}'
  echo "cri:" "$(exec_sync "$CONTAINER" "${ask[@]}" | xargs)"
  remove_container "$CONTAINER"
  remove_pod "$pod"
}

# Every path of the root file system that is newer than FILE, but what an engine, dpkg, systemd and the
# linker keep for themselves.
newer_than() { # file
  find / -xdev \( -path /var/lib/containerd -o -path /var/lib/containers -o -path /var/lib/dpkg \
    -o -path /var/lib/systemd -o -path /var/lib/cni -o -path /etc/cni \) -prune -o \
    \( -newer "$1" -o -cnewer "$1" \) -print | sort
}
