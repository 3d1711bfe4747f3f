#!/usr/bin/env bash
# What conformance says of every runc and crun at hand (this machine's, and those of Debian's other suites), as the page
# docs/conformance-results.md on standard output.
#
# Environment: BUILD; RESULTS, a directory for the results of each (default: $BUILD/conformance): one that is there
# already is not taken again.
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
cd "$ROOT" || exit
RESULTS=${RESULTS:-$BUILD/conformance}
mkdir -p "$RESULTS"

take() { # RUNTIME
  local result
  result=$RESULTS/$("$1" --version | head -n 1 | tr -s ' +' '-' | tr -cd 'a-z0-9.-').json
  [ -s "$result" ] || in_view "$1" "$BUILD/bulkhead" conformance --data conformance --runtime "$1" --json >"$result"
  echo "$result"
}
files=()
for runtime in $(tests/matrix/fetch.sh "$BUILD/matrix") $(command -v runc) $(command -v crun); do
  files+=("$(take "$runtime")")
done
mapfile -t files < <(printf '%s\n' "${files[@]}" | sort -V)
cat <<'TEXT'
# What runtimes do, case by case

Made by `make conformance-table`, from [`bulkhead conformance`](conformance.md) with each runtime. Cases that all of them pass, or that the
machine could not try, are left out; `known` has its reason in `conformance/known/`.

TEXT
"$BUILD/bulkhead" conformance --data conformance --markdown "${files[@]}"
