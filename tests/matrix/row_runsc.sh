#!/usr/bin/env bash
# A row of the matrix: gVisor's runsc of this user land, which executes no container's program where the kernel could be
# asked: refused, unless the policy trusts it, and then its event says that nothing was proved.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
private_node "$@"
# shellcheck source=row.sh
. "$ROOT/tests/matrix/row.sh"

RUNSC=$NODE/bin/runsc

run() {
  make_bundle "$NODE/c" "$(args /bin/echo alive)"
  timeout 60 "$SHIM" run --bundle "$NODE/c" "row-$RANDOM"
}
first_event() { head -n 1 "$EVENTS" | jq -r '[.. | strings] | join(" ")'; }

need_bulkhead
printf '#!/bin/sh\nexec %s --network=none "$@"\n' "$(command -v runsc)" >"$RUNSC"
chmod +x "$RUNSC"

column refuse
answers refused
policy "{\"version\": 1, \"runtimes\": [\"$RUNSC\"]}"
try run
is "nothing of a container runs" "" "$OUT"
eventually 10 has_outcome
says "its event says so" "was killed before its program ran" "$(last_outcome)"

column start
answers trusted
policy "{\"version\": 1, \"runtimes\": [\"$RUNSC\"],
  \"runtimes_trusted_unproved\": [{\"runtime\": \"$RUNSC\", \"because\": \"its kernel is its own\"}]}"
try run
is "where the policy trusts it, a container runs" alive "$OUT"
[ "$CODE" = 0 ] || diagnose "$(cat "$NODE/err")"
says "its event says that it is unproved" "unproved: the node's owner trusts the runtime" "$(first_event)"
finish
