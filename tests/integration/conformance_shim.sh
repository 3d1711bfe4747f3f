#!/usr/bin/env bash
# bulkhead-shim in front of a runtime is tested like any runtime: what conformance says of it differs from what it says of
# the runtime alone in the cases of tests/conformance/by_policy, and in no other.
#
# Environment: FULL=1, with all cases, instead of some beside those of the list.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
need_shim
mountpoint -q /var/tmp || mount -t tmpfs -o mode=1777 tmpfs /var/tmp # others may run conformance meanwhile
# Else the gate adds a filter that logs, once a runtime is seen to drop the flag for that: cases count filters.
write_policy <<<'{"version": 1, "seccomp": {"log_denials": false}}'

by_policy() { sed -n 's/^\([a-z][^ ]*\) .*/\1/p' "$ROOT/tests/conformance/by_policy" | sort; }
CASES=()
if [ -z "${FULL:-}" ]; then
  for one in $(by_policy) 'seccomp.action.*' 'exec.*' 'user.*'; do CASES+=(--case "$one"); done
fi
verdicts() { # RUNTIME
  timeout 250 "$BUILD/bulkhead" conformance --data "$ROOT/conformance" --runtime "$1" --json "${CASES[@]}" 2>"$NODE/errors" |
    jq -r '.runtimes[0].results[] | "\(.name) \(.verdict)"'
}
on_runtime() {
  verdicts "$(command -v "$1")" >"$NODE/alone"
  verdicts "$(link_shim "$1")" >"$NODE/behind"
  check "$1: there are results" test "$(wc -l <"$NODE/behind")" -gt 60
  same "$1: the cases that differ behind the shim are those that the policy makes differ" "$(by_policy)" \
    "$(diff "$NODE/alone" "$NODE/behind" | sed -n 's/^> \([^ ]*\) .*/\1/p' | sort)"
}

if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  on_runtime "$1"
  finish
fi
# The list is of crun: what runc refuses itself does not differ behind the shim.
if command -v crun >/dev/null; then again_in_view crun crun; else skip "crun behind the shim" "there is no crun"; fi
finish
