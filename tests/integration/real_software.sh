#!/usr/bin/env bash
# Real software under RuntimeDefault: each program below starts and answers inside a container whose
# config.json names no profile, run through the shim by every runtime of this machine. The programs
# come from Debian's packages (rootfs.sh); what each does is in real_software/, and it counts as an
# answer only when the last line says 42.
#
# On an emulated machine: REAL_SOFTWARE_SECONDS instead of 30 for each, REAL_SOFTWARE_RUNTIMES.
#
# DIRECT=FILE runs the runtimes without the shim, with FILE as linux.seccomp: to try another profile
# on the same software.
#
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=helpers/software.sh
. "$ROOT/tests/integration/helpers/software.sh"
need_software_tree
private_node "$@"
[ -n "${DIRECT:-}" ] || need_shim

inject() {
  jq --slurpfile profile "$DIRECT" '.linux.seccomp = $profile[0]' "$1" >"$1.new" && mv "$1.new" "$1"
}

through() { # RUNTIME
  if [ -n "${DIRECT:-}" ]; then command -v "$1"; else link_shim "$1"; fi
}

# run_one RUNTIME NAME USER COMMAND…: prints what the container prints; gives up after 30 seconds, or as set.
run_one() {
  local runtime=$1 name=$2 program
  shift 2
  software_bundle "$name" "$@" || return 1
  [ -z "${DIRECT:-}" ] || inject "$NODE/$name/config.json"
  program=$(through "$runtime")
  in_view "$runtime" timeout -k 5 "${REAL_SOFTWARE_SECONDS:-30}" \
    "$program" --root "$NODE/state-$runtime" run --bundle "$NODE/$name" "$name-$runtime" </dev/null 2>&1
}

answers() { # RUNTIME ROW
  local name user command output status=0
  IFS='|' read -r name user command <<<"$2"
  # shellcheck disable=SC2086
  output=$(run_one "$1" "${name//[^A-Za-z]/-}" "$user" $command) || status=$?
  if [ "$status" = 0 ] && [ "$(tail -n 1 <<<"$output")" = "answer: 42" ]; then
    ok "$name starts and answers under RuntimeDefault ($1)"
  else
    not_ok "$name starts and answers under RuntimeDefault ($1)" "exit code $status; it printed:
$output"
  fi
}

# That the software answers proves nothing where no filter holds.
is_confined() { # RUNTIME
  local output
  output=$(run_one "$1" confined root /bin/bash /software/confined.sh)
  contains "the kernel reports a filter ($1)" $'Seccomp:\t2' "$output"
  contains "unshare(CLONE_NEWNS) gives EPERM ($1)" "unshare -1 Operation not permitted" "$output"
  contains "clone3 gives ENOSYS ($1)" "clone3 -1 Function not implemented" "$output"
}

for runtime in ${REAL_SOFTWARE_RUNTIMES:-$(runtimes)}; do
  is_confined "$runtime"
  for row in "${SOFTWARE[@]}"; do answers "$runtime" "$row"; done
done
finish
