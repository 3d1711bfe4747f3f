#!/bin/bash
# Runs test suites one after the other, and beside them others in a second lane, and counts. Each suite is a command that ends with
# "N passed, N failed, N skipped", or a Catch2 program. The last line is the sum.
#
#   tests/run.sh [--beside NAME=COMMAND… --] NAME=COMMAND …        e.g. "unit-base=build/tests/unit-base"
#
# What ran beside is shown when the others have ended.
#
# A suite that ends in any other way (a crash, no count, no test) counts as one failure. The output of
# a suite that failed is shown whole, of one that passed only its skips; all of it is kept in
# ${LOGS:-build/test-logs}. What failed is said once more before the sum, where nobody can miss it. A suite
# that runs longer than two seconds is named while it runs.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

logs=${LOGS:-build/test-logs}
mkdir -p "$logs"
passed=0 failed=0 skipped=0 failures=

# Sets suite_passed, suite_failed, suite_skipped from a log; fails when there is no count in it.
read_counts() { # log
  local line
  line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$1" | tail -n 1)
  if [ -n "$line" ]; then
    read -r suite_passed _ suite_failed _ suite_skipped _ <<<"${line//,/ }"
    suite_skipped=${suite_skipped:-0}
    return 0
  fi
  line=$(grep -aE '^All tests passed \(' "$1" | tail -n 1)
  if [ -n "$line" ]; then
    suite_passed=$(sed -E 's/.* in ([0-9]+) test cases?.*/\1/' <<<"$line")
    suite_failed=0 suite_skipped=0
    return 0
  fi
  line=$(grep -aE '^test cases: ' "$1" | tail -n 1)
  [ -n "$line" ] || return 1
  suite_passed=$(grep -oE '[0-9]+ passed' <<<"$line" | grep -oE '[0-9]+' || echo 0)
  suite_failed=$(grep -oE '[0-9]+ failed' <<<"$line" | grep -oE '[0-9]+' || echo 0)
  suite_skipped=0
}

# The failed checks of a script with the lines that explain them, or what Catch2 says of a failure.
list_failures() { # name log
  awk '/^not ok/ { shown = 6 } /^ok/ { shown = 0 } shown-- > 0' "$2" | sed "s/^/$1: /"
  grep -aE -A4 'FAILED:$|^\((no count|exit code)' "$2" | head -n 40 | sed "s/^/$1: /"
}

run_suite() { # name command
  local name=$1 command=$2 log started status=0 pid
  log=$logs/$name.log
  started=$SECONDS
  bash -c "$command" >"$log" 2>&1 </dev/null &
  pid=$!
  for _ in 1 2 3 4 5 6 7 8; do kill -0 "$pid" 2>/dev/null && sleep 0.25; done
  kill -0 "$pid" 2>/dev/null && printf '      %s …\n' "$name"
  wait "$pid" || status=$?
  if ! read_counts "$log" || [ $((suite_passed + suite_failed + suite_skipped)) = 0 ]; then
    suite_passed=0 suite_failed=1 suite_skipped=0
    echo "(no count of tests; exit code $status)" >>"$log"
  elif [ "$status" != 0 ] && [ "$suite_failed" = 0 ]; then
    suite_failed=1
    echo "(exit code $status although no test failed)" >>"$log"
  fi
  passed=$((passed + suite_passed)) failed=$((failed + suite_failed)) skipped=$((skipped + suite_skipped))
  printf '%-5s %-28s %5d passed %3d failed %3d skipped %5ds\n' \
    "$([ "$suite_failed" = 0 ] && echo ok || echo FAIL)" "$name" "$suite_passed" "$suite_failed" \
    "$suite_skipped" $((SECONDS - started))
  if [ "$suite_failed" != 0 ]; then
    tail -n 200 "$log" | sed 's/^/    | /'
    failures+=$(list_failures "$name" "$log")$'\n'
  else
    grep -aE '# SKIP' "$log" | sed 's/^/    | /'
  fi
}

run_lane() { local suite; for suite in "$@"; do run_suite "${suite%%=*}" "${suite#*=}"; done; }

# The second lane runs in a shell of its own, which leaves its sums and failures in files.
run_beside() {
  run_lane "$@"
  echo "$passed $failed $skipped" >"$logs/beside.sums"
  printf '%s' "$failures" >"$logs/beside.failures"
}
add_beside() {
  local more_passed=0 more_failed=1 more_skipped=0  # where it did not come to its end
  kill -0 "$beside_pid" 2>/dev/null && echo "      and what ran beside …"
  wait "$beside_pid"
  cat "$logs/beside.out"
  if [ -s "$logs/beside.sums" ]; then
    read -r more_passed more_failed more_skipped <"$logs/beside.sums"
  else
    failures+="what ran beside did not come to its end: $logs/beside.out"$'\n'
  fi
  passed=$((passed + more_passed)) failed=$((failed + more_failed)) skipped=$((skipped + more_skipped))
  [ ! -s "$logs/beside.failures" ] || failures+=$(<"$logs/beside.failures")$'\n'
}

beside=()
if [ "${1:-}" = --beside ]; then
  while shift && [ "${1:?tests/run.sh: -- must end what runs beside}" != -- ]; do beside+=("$1"); done
  shift
fi
if [ "${#beside[@]}" -gt 0 ]; then
  rm -f "$logs"/beside.*
  run_beside "${beside[@]}" >"$logs/beside.out" 2>&1 &
  beside_pid=$!
  trap 'kill "$beside_pid" 2>/dev/null' EXIT
fi
run_lane "$@"
[ "${#beside[@]}" = 0 ] || add_beside
[ -z "$failures" ] || printf 'What failed:\n%s' "$failures"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
