#!/usr/bin/env bash
# Generated command lines, documents and environments, by the real runtimes and behind Bulkhead: no program holds
# more than the policy allows (tests/differential/). What fails is kept, as small as it could be made, in
# build/differential/.
#
# CASES (200), SEED (drawn), SECONDS_EACH (600) say how much; RUNTIMES names programs beside the machine's own runc and
# crun, as tests/matrix/fetch.sh prints them. REPLAY=CASE.json runs one that was kept, on the runtimes in turn;
# ALL_PARTS=1 uses the parts of tests/differential/known.py, too.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

CASES=${CASES:-200}

prepare() {
  local holds=$BUILD/tests/helpers/holds
  need_hook
  need_shim
  compile "$holds" "$ROOT/tests/differential/holds.c" gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static
  make_bundle "$NODE/d" "$(args /bin/holds)"
  cp "$holds" "$NODE/rootfs/bin/holds"
}
differential() { # RUNTIME CASES
  local words=(--runtime "$1" --shim "$SHIM" --base "$NODE/d/config.json" --keep "$BUILD/differential"
    --scratch "$NODE/cases" --cases "$2" --seconds "${SECONDS_EACH:-600}")
  [ -z "${SEED:-}" ] || words+=(--seed "$SEED")
  [ -z "${REPLAY:-}" ] || words+=(--replay "$REPLAY")
  [ -z "${ALL_PARTS:-}" ] || words+=(--all-parts)
  python3 -B "$ROOT/tests/differential/differential.py" "${words[@]}" >"$NODE/log" 2>&1
  cat "$NODE/log"
  PASSED=$((PASSED + $(grep '^ok' "$NODE/log" | grep -vc '# SKIP')))
  SKIPPED=$((SKIPPED + $(grep -c '# SKIP' "$NODE/log")))
  FAILED=$((FAILED + $(grep -c '^not ok' "$NODE/log")))
  grep -qE '^(not )?ok - [0-9]+ cases|"failures"' "$NODE/log" || not_ok "the cases of $1 ran to their end"
}

prepare
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  differential "$@"
  finish
fi
read -ra programs <<<"$(for name in $(runtimes); do command -v "$name"; done | xargs) ${RUNTIMES:-}"
for program in "${programs[@]}"; do
  again_in_view "$(basename "$program")" "$program" $((CASES / ${#programs[@]}))
done
finish
