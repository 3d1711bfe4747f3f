#!/bin/bash
# A kernel without AppArmor: nothing is claimed that does not hold, and crun's silence (it leaves the
# profile out and starts the container) is refused where the policy says so.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead

same "the kernel has no AppArmor" No "$(aa-enabled 2>/dev/null | cut -c1-2)"

for runtime in $(runtimes); do
  for way in "${WAYS[@]}"; do
    rm -f "$EVENTS"
    remove_policy
    bundle "$way" - /bin/probe seccomp
    contains "$runtime, $way: a container without a profile starts" "seccomp=" \
      "$(start "$way" "$runtime")"
    lacks "$runtime, $way: no event claims a label" '"apparmor":"bulkhead-default"' "$(cat "$EVENTS")"

    write_policy <<'POLICY'
{ "version": 1, "apparmor": { "unavailable": "refuse" } }
POLICY
    bundle "$way" k8s-my-app /bin/probe seccomp
    contains "$runtime, $way: a profile that cannot hold is refused when the policy says so" \
      "the AppArmor profile 'k8s-my-app' cannot hold: AppArmor is not enabled in this kernel" \
      "$(start "$way" "$runtime")"
  done
done
remove_policy

bundle none k8s-my-app /bin/probe label
contains "crun alone runs it unconfined without a word" "label=" "$(start none crun)"
finish
