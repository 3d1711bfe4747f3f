#!/usr/bin/env bash
# A createContainer hook that does not read what its runtime writes to it: crun fails where that ends before crun has
# written. Behind Bulkhead it fails no oftener, since the container's first process is not slowed there.
# FULL=1 takes 100 starts instead of 20.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

STARTS=${FULL:+100} STARTS=${STARTS:-20}
HOOKS='.hooks.createContainer = [{path: "/bin/true"}]'

starts_of() { # RUNTIME BUNDLE: how many of them succeed
  local count good=0
  for ((count = 0; count < STARTS; ++count)); do
    if timeout --signal=KILL 20 "$1" run --bundle "$2" "deaf-$count" >"$NODE/said" 2>&1 </dev/null; then good=$((good + 1))
    else cp "$NODE/said" "$NODE/why"; fi
  done
  echo "$good"
}
# On a busy machine crun loses one or the other start by itself.
no_fewer() { # NAME PLAIN SEEN
  if [ "$3" -ge $(($2 * 9 / 10)) ]; then ok "$1: $3 of $STARTS start"; else not_ok "$1: $3 of $STARTS start, not $2" "$(<"$NODE/why")"; fi
}
all_of() { # RUNTIME
  local nnp profile plain
  for nnp in true false; do
    for profile in none asked; do
      local filters=(".process.noNewPrivileges = $nnp" "$HOOKS" "$(args /bin/true)")
      [ "$profile" = none ] || filters+=(".linux.seccomp = $(<"$(data_profile node-profile)")")
      make_bundle "$NODE/deaf" "${filters[@]}"
      plain=$(starts_of "$1" "$NODE/deaf")
      no_fewer "$1, shim: no_new_privileges $nnp, profile $profile" "$plain" "$(starts_of "$(link_shim "$1")" "$NODE/deaf")"
      make_bundle "$NODE/deaf" "${filters[@]}" '.hooks.createRuntime = [{path: "'"$HOOK"'", args: ["bulkhead-hook", "createRuntime"]}]'
      no_fewer "$1, hook: no_new_privileges $nnp, profile $profile" "$plain" "$(starts_of "$1" "$NODE/deaf")"
    done
  done
}

need_shim
need_hook
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  all_of "$1"
  finish
fi
make_rootfs
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
