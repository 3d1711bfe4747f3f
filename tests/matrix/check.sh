#!/usr/bin/env bash
# Every version of the engines and runtimes that Debian's suites offer, each in its own user land (tests/matrix/rows),
# through the same short suite.
#
#   tests/matrix/check.sh            all rows; writes docs/matrix.md
#   tests/matrix/check.sh --third    those of `make check`
#
# Prints its tables, a line for each cell that failed, and ends with "N passed, N failed, N skipped". Needs root.
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
# shellcheck source-path=SCRIPTDIR source=vm.sh
. tests/matrix/vm.sh
# shellcheck source-path=SCRIPTDIR source=../vm/checkout.sh
. tests/vm/machines.sh
. tests/vm/checkout.sh

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
build_helpers() {
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

# Sets ROOT_OF and VERSION, or counts a failed row that says what is missing.
find_component() { # COMPONENT PACKAGE SUITE
  VERSION='' ROOT_OF=''
  if ! ROOT_OF=$(node "$3"); then
    fail_row "$1" "$3" "the user land of $3 cannot be made: apt's words are above"
    return 1
  fi
  VERSION=$(version_in "$ROOT_OF" "$2")
  [ -n "$VERSION" ] && return
  fail_row "$1" "$3" "the suite $3 offers no $2 any more: name another suite in tests/matrix/rows"
  return 1
}
fail_row() { # COMPONENT SUITE WHY
  local log=$LOGS/$1-$2.log
  FAILED=$((FAILED + 1))
  echo "not ok - $3" >"$log"
  table_row "$1" '?' "$2" "$log"
}

run_row() { # COMPONENT SECOND COMMAND…: in the user land of ROOT_OF
  local log=$LOGS/$1-$VERSION-${2// /-}.log
  timeout -k 5 300 tests/matrix/enter.sh "$ROOT_OF" "${@:3}" >"$log" 2>&1 </dev/null
  count "$log"
  table_row "$1" "$VERSION" "$2" "$log"
}

skip_row() { # WHAT WHY
  SKIPPED=$((SKIPPED + 1))
  echo "ok - $1 # SKIP $2"
}

engines_and_runtimes() {
  local component package suite script words
  table_begin "Engines and runtimes" suite install start refuse exec hook both nnp log loader own uninstall
  while read -r component package suite script _; do
    [ "$script" != row_kernel.sh ] || continue
    wanted "$component" "$suite" || continue
    find_component "$component" "$package" "$suite" || continue
    IFS=, read -r -a words <<<"tests/matrix/$script"
    run_row "$component" "$suite" "${words[@]}"
  done < <(rows)
}

# Each suite's libseccomp serves in every user land: it needs less of a libc than the runtimes do.
default_profiles() {
  local component package suite script library
  table_begin "Default profiles, by runtime and libseccomp" libseccomp \
    fallback moby moby-upstream containers-common containerd containerd-upstream
  while read -r component package suite script _; do
    [[ $script == row_runtime.sh,* ]] || continue
    wanted "$component" "$suite" || continue
    find_component "$component" "$package" "$suite" || continue
    while read -r library; do
      run_row "$component" "$(version_in "$(node "$library")" libseccomp2)" tests/matrix/row_defaults.sh "$component" \
        "$(libseccomp_of "$library")"
    done < <(libraries "$suite")
  done < <(rows)
}
# In virtual machines: everything from the kernel to AppArmor's parser is the suite's.
kernels() {
  local component package suite script tree why
  table_begin "Kernels, with the AppArmor of their suite" AppArmor start refuse exec hook both nnp log loader apparmor
  while read -r component package suite script _; do
    [ "$script" = row_kernel.sh ] || continue
    wanted "$component" "$suite" || continue
    why=$(why_no_machine)
    if [ -n "$why" ]; then skip_row "$component of $suite" "$why" && continue; fi
    [ -n "${tree:-}" ] || { tree=$(mktemp -d) && make_checkout "$tree"; }
    run_kernel "$component" "$package" "$suite" "$tree"
  done < <(rows)
  [ -z "${tree:-}" ] || rm -rf "$tree"
}
run_kernel() { # COMPONENT PACKAGE SUITE TREE
  local machine log
  machine=$(machine "$3") || { fail_row "$1" "$3" "the machine of $3 cannot be made: what was said is above"; return; }
  VERSION=$(kernel_in "$machine")
  [ -n "$VERSION" ] || { fail_row "$1" "$3" "the suite $3 offers no $2 any more: name another suite in tests/matrix/rows"; return; }
  log=$LOGS/$1-$VERSION.log
  run_in_machine "$machine" "$4" "$log" tests/matrix/row_kernel.sh
  count "$log"
  table_row "$1" "$VERSION" "$(version_in "$machine" apparmor)" "$log"
}

# Suites whose libseccomp a runtime of that suite gets; in `make check` the one that is farthest from its own.
libraries() { # SUITE
  if [ "$WHAT" != --third ]; then printf '%s\n' bookworm trixie sid
  elif [ "$1" = bookworm ]; then echo sid
  else echo bookworm; fi
}
libseccomp_of() { find "$(node "$1")/usr/lib" -name 'libseccomp.so.2.*'; }

[ "$(id -u)" = 0 ] || skip_all "it runs containers, which needs root"
mkdir -p "$LOGS"
rm -f "$LOGS"/*
build_helpers || { echo "not ok - the helpers of the matrix are built"; FAILED=1; finish; }
nodes_in "$BUILD/matrix-nodes"
[ -z "${REFRESH:-}" ] || rm -rf "$BUILD"/matrix-nodes/{,vm-}{bookworm,trixie,sid,experimental}
why=$(reached) || skip_all "$why"

engines_and_runtimes
default_profiles
kernels
table_failures
[ "$WHAT" != all ] || [ -n "${MATRIX:-}" ] || write_page docs/matrix.md
finish
