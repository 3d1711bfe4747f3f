#!/usr/bin/env bash
# Every version of the engines and runtimes that Debian's suites offer, each in its own user land (tests/matrix/rows),
# through the same short suite.
#
#   tests/matrix/check.sh            all rows; writes docs/matrix.md
#   tests/matrix/check.sh --third    those of `make check`
#
# Prints a table, a line for each cell that failed, and ends with "N passed, N failed, N skipped". Needs root.
#
# Environment: BUILD, the build directory; MATRIX, words of which each selects the rows of that component or suite,
# instead of all; the table is then printed only. REFRESH=1 unpacks what the suites offer today.

set -uo pipefail

HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$HERE" || exit
BUILD=$(realpath -m "${BUILD:-build}")
export BUILD
LOGS=$(realpath -m "${LOGS:-$BUILD/test-logs}")/matrix
WHAT=${1:-all}
PASSED=0 FAILED=0 SKIPPED=0
# shellcheck source-path=SCRIPTDIR source=suites.sh
. tests/matrix/suites.sh
# shellcheck source-path=SCRIPTDIR source=nodes.sh
. tests/matrix/nodes.sh
# shellcheck source-path=SCRIPTDIR source=table.sh
. tests/matrix/table.sh

finish() {
  echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  [ "$FAILED" = 0 ]
  exit
}
skip_all() {
  echo "ok - the matrix # SKIP $1"
  SKIPPED=1
  finish
}

# ---- what goes into the nodes ----------------------------------------------------------------------------

# Nothing is compiled in a node.
make_helpers() {
  # shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
  bash -c '. tests/integration/lib.sh && . tests/cri/lib.sh && helper probe && helper filter_flags && build_cri' \
    >/dev/null
}

# ---- rows ------------------------------------------------------------------------------------------------

rows() { awk -v third="$([ "$WHAT" = --third ] && echo x)" '!/^#/ && NF && (third == "" || $5 == third)' tests/matrix/rows; }
wanted() { # COMPONENT SUITE
  local word
  [ -n "${MATRIX:-}" ] || return 0
  for word in $MATRIX; do [[ " $1 $2 " != *" $word "* ]] || return 0; done
  return 1
}

count() { # LOG
  local line passed failed skipped
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$1" | tail -n 1)
  if [ -z "$line" ]; then
    echo "not ok - end: the row came to its end" >>"$1"
    line='0 passed, 1 failed, 0 skipped'
  fi
  read -r passed _ failed _ skipped _ <<<"${line//,/}"
  PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
}

run_row() { # COMPONENT PACKAGE SUITE SCRIPT
  local root version log words
  wanted "$1" "$3" || return 0
  if ! root=$(node "$3"); then
    fail_row "$1" "?" "the user land of $3 cannot be made: apt's words are above"
    return
  fi
  version=$(version_in "$root" "$2")
  if [ -z "$version" ]; then
    fail_row "$1" "?" "the suite $3 offers no $2 any more: name another suite in tests/matrix/rows"
    return
  fi
  log=$LOGS/$1-$version.log
  IFS=, read -r -a words <<<"tests/matrix/$4"
  timeout -k 5 300 tests/matrix/enter.sh "$root" "${words[@]}" >"$log" 2>&1 </dev/null
  count "$log"
  table_row "$1" "$version" "$3" "$log"
}
fail_row() { # COMPONENT VERSION WHY
  FAILED=$((FAILED + 1))
  echo "not ok - row: $3" >"$LOGS/$1-$2.log"
  table_row "$1" "$2" "" "$LOGS/$1-$2.log"
}

[ "$(id -u)" = 0 ] || skip_all "it runs containers, which needs root"
mkdir -p "$LOGS"
rm -f "$LOGS"/*
make_helpers || { echo "not ok - the helpers of the matrix are built"; FAILED=1; finish; }
nodes_in "$BUILD/matrix-nodes"
[ -z "${REFRESH:-}" ] || rm -rf "$BUILD"/matrix-nodes/{bookworm,trixie,sid,experimental}
why=$(reached) || skip_all "$why"

table_head
while read -r component package suite script _; do run_row "$component" "$package" "$suite" "$script"; done < <(rows)
table_failures
[ "$WHAT" != all ] || [ -n "${MATRIX:-}" ] || write_page docs/matrix.md
finish
