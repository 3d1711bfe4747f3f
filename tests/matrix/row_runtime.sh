#!/usr/bin/env bash
# A row of the matrix: the runtime $1 (runc, crun) of this user land.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
private_node "$@"
# shellcheck source=row.sh
. "$ROOT/tests/matrix/row.sh"

RUNTIME=$1 CALLED=$1 HOOKS=.
ID=row

bundle() { # NNP WORD…
  make_bundle "$NODE/c" "$(args "${@:2}")" ".process.noNewPrivileges = $1" "$HOOKS"
}
run() {
  bundle "$@"
  "$CALLED" run --bundle "$NODE/c" "$ID"
}
sleeps() {
  bundle true /bin/sleep 1000
  "$CALLED" run --detach --pid-file "$NODE/pid" --bundle "$NODE/c" "$ID" >"$NODE/said" 2>&1
  cat "$NODE/pid"
}
inside() { "$CALLED" exec "$ID" "$@"; }
gone() { "$CALLED" delete --force "$ID" >/dev/null 2>&1; }

shim() { CALLED=$NODE/bin/bulkhead-$RUNTIME HOOKS=.; }
hook() {
  CALLED=$RUNTIME
  HOOKS=".hooks.createRuntime = [{path: \"$HOOK\", args: [\"bulkhead-hook\", \"createRuntime\"]}]"
}
both() {
  hook
  CALLED=$NODE/bin/bulkhead-$RUNTIME
}

need_bulkhead
if [ -z "${BULKHEAD_INSIDE:-}" ]; then
  again_in_view "$RUNTIME" "$RUNTIME"
  finish
fi
shim
start start
refusal
joining
hook
start hook
both
start both
shim
no_new_privileges
logging
installed_by_the_gate
finish
