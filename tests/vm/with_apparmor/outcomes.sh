#!/bin/bash
# What becomes of a container, for every way in which its AppArmor profile can stand: with runc and
# crun, with and without no_new_privileges, by the shim, by the hook alone and by both.
#
# Each row says what must come of it: the label in force, as a process in the container reads it, or a
# part of the sentence with which it is refused.
#
# Environment: OUTCOMES_OF_RUNC, the ways that runc is tried in, instead of all.
# shellcheck disable=SC2317  # cases are called by name
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead

CASES=(none empty unconfined loaded file_only neither complain stale stack namespace)
declare -A EXPECTED=(
  [none]="label=bulkhead-default (enforce)"
  [empty]="label=bulkhead-default (enforce)"
  [unconfined]="label=bulkhead-default (enforce)"
  [loaded]="label=vm-loaded (enforce)"
  [file_only]="label=vm-file (enforce)"
  [neither]="the AppArmor profile 'vm-nowhere' is not loaded, and no file in '/etc/apparmor.d' defines it"
  [complain]="the AppArmor profile 'vm-complain' is loaded in complain mode, which confines nothing"
  [stale]="label=vm-stale (enforce)"
  [stack]="label=vm-loaded//&vm-other (enforce)"
  [namespace]="label=vm-inner (enforce)"
)

declare -A LABELS=(
  [none]=- [empty]="" [unconfined]=unconfined [loaded]=vm-loaded [file_only]=vm-file
  [neither]=vm-nowhere [complain]=vm-complain [stale]=vm-stale [stack]="vm-loaded//&vm-other"
  [namespace]=":vm-space:vm-inner"
)

loaded_profile vm-loaded
loaded_profile vm-other
loaded_profile vm-complain '' complain
printf 'profile :vm-space:vm-inner { %s }\n' "$BASE_RULES" | apparmor_parser --replace --skip-cache
# Loaded; then its file says something else, and that was compiled here too.
profile_file vm-stale 'deny /something r,'
"$BUILD/bulkhead" apparmor load "$PROFILES/vm-stale" >/dev/null || not_ok "vm-stale is loaded"
profile_file vm-stale 'deny /nothing r,'
"$BUILD/bulkhead" apparmor list --check >/dev/null

ways_of() { # RUNTIME
  if [ "$1" = runc ]; then echo "${OUTCOMES_OF_RUNC:-${WAYS[@]}}"
  else echo "${WAYS[@]}"; fi
}
for runtime in $(runtimes); do
  for nnp in true false; do
    for way in $(ways_of "$runtime"); do
      for case in "${CASES[@]}"; do
        name="$runtime, no_new_privileges $nnp, $way: $case"
        [ "$case" != file_only ] || { unload vm-file && profile_file vm-file; }
        NO_NEW_PRIVILEGES=$nnp bundle "$way" "${LABELS[$case]}" /bin/probe label
        expected=${EXPECTED[$case]}
        # The hook cannot change config.json, and crun itself fails at an empty name.
        [ "$runtime $way $case" != "crun hook empty" ] || expected="refused:"
        contains "$name" "$expected" "$(start "$way" "$runtime")"
        if [ "$case" = stale ] && [ "$way" != shim ]; then
          contains "$name is told" "the AppArmor profile 'vm-stale' in the kernel is not what" \
            "$(tail -n 3 "$EVENTS")"
        fi
      done
    done
  done
done
finish
