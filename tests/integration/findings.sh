#!/usr/bin/env bash
# Each bundle of docs/findings/ shows what its page says, on the runtimes on which the page's case does not pass and on no
# other.
#
# Environment: FULL=1, with every runc and crun that Debian offers (tests/matrix/fetch.sh).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../conformance/findings.sh
. "$ROOT/tests/conformance/findings.sh"
private_node "$@"
mountpoint -q /var/tmp || mount -t tmpfs -o mode=1777 tmpfs /var/tmp # others may run conformance meanwhile
mapfile -t PAGES < <(find "$ROOT/docs/findings" -name '*.md' ! -name README.md | sort)

on_runtime() { # PATH
  local page words=() results
  for page in "${PAGES[@]}"; do words+=(--case "$(case_of_finding "$page")"); done
  results=$(timeout 120 "$BUILD/bulkhead" conformance --data "$ROOT/conformance" --runtime "$1" --json "${words[@]}" 2>/dev/null)
  for page in "${PAGES[@]}"; do check_finding "$page" "$1" "$results"; done
}

if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  on_runtime "$1"
  finish
fi
for page in "${PAGES[@]}"; do
  check "ten lines at most: $(basename "$page")" test "$(lines_of_finding "$page" | wc -l)" -le 10
  contains "in the list: $(basename "$page")" "($(basename "$page"))" "$(cat "$ROOT/docs/findings/README.md")"
done
all=$(for runtime in $(runtimes); do command -v "$runtime"; done)
[ -z "${FULL:-}" ] || all+=$'\n'$("$ROOT/tests/matrix/fetch.sh" "$BUILD/matrix")
for runtime in $all; do again_in_view "$runtime" "$runtime"; done
finish
