#!/usr/bin/env bash
# Seccomp profiles of the shapes that people publish, started for real by the runtime itself, behind the shim and with
# the hook: each comes out alike (tests/shapes/). What fails is kept, as small as it could be made, in build/shapes/.
#
# CASES (30) and SEED say how much; REPLAY=CASE.json runs one that was kept, on the runtimes in turn.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -z "${REPLAY:-}" ] || REPLAY=$(realpath "$REPLAY")
export REPLAY
private_node "$@"

CASES=${CASES:-30}
SEED=${SEED:-20260412}

prepare() {
  local asks=$BUILD/tests/helpers/asks
  need_hook
  need_shim
  compile "$asks" "$ROOT/tests/shapes/asks.c" gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static
  make_bundle "$NODE/d" "$(args /bin/asks)"
  cp "$asks" "$NODE/rootfs/bin/asks"
}
shapes() { # RUNTIME
  local words=(--runtime "$1" --shim "$SHIM" --hook "$HOOK" --base "$NODE/d/config.json" --keep "$BUILD/shapes"
    --default "$ROOT/policy/fallback/runtime_default.json" --scratch "$NODE/cases" --cases "$CASES" --seed "$SEED")
  [ -z "${REPLAY:-}" ] || words+=(--replay "$REPLAY")
  PYTHONPATH=$ROOT/tests/differential python3 -B "$ROOT/tests/shapes/shapes.py" "${words[@]}" >"$NODE/log" 2>&1
  cat "$NODE/log"
  PASSED=$((PASSED + $(grep -c '^ok' "$NODE/log")))
  FAILED=$((FAILED + $(grep -c '^not ok' "$NODE/log")))
  grep -qE '^(not )?ok - [0-9]+ profiles|"failures"' "$NODE/log" || not_ok "the profiles of $1 ran to their end"
}

if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  SHIM=$NODE/bin/bulkhead-shim HOOK=$NODE/bin/bulkhead-hook
  shapes "$@"
  finish
fi
prepare
for runtime in $(runtimes); do again_in_view "$runtime" "$(command -v "$runtime")"; done
finish
