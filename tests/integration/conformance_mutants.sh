#!/usr/bin/env bash
# Each case of conformance can fail: it belongs to a mutant, a runtime that does one thing wrong (it drops, changes or
# ignores what it was told), and that makes it fail. A case that no mutant names fails this test. Prints the sensitivity.
#
#   conformance_mutants.sh [RUNTIME]    another than crun, or runc where there is no crun
#
# Environment: MUTANTS, a glob of the names of those that are to be tried; FULL=1, on each runtime of this machine.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../conformance/wrapper.sh
. "$ROOT/tests/conformance/wrapper.sh"
# shellcheck source=../conformance/mutants.sh
. "$ROOT/tests/conformance/mutants.sh"
private_node "$@"
mountpoint -q /var/tmp || mount -t tmpfs -o mode=1777 tmpfs /var/tmp # others may run conformance meanwhile

OUT=''
run_conformance() { timeout 280 "$BUILD/bulkhead" conformance --data "$NODE/data" --json "$@"; } # WORD…
with_verdict() { jq -r --arg all "$1" '.runtimes[0].results[]? | select(.verdict | IN($all | split(",")[])) | .name' <<<"$OUT"; }

# refusals: the cases in which create or start must fail.
refusals() { (cd "$ROOT/conformance/cases" && grep -rlE '"starts": *false' . | sed 's,^\./,,; s,\.json$,,; s,/,.,'); }

declare -A FREE=()  # the cases that no mutant has taken yet
take_cases() {      # GLOB…: into TAKEN
  local glob name
  TAKEN=()
  for glob; do
    for name in "${!FREE[@]}"; do
      # shellcheck disable=SC2053  # a glob
      [[ $name == $glob ]] || continue
      TAKEN+=("$name")
      unset "FREE[$name]"
    done
  done
}

# Several mutants run at a time; judge_all tells of them in their order.
AT_A_TIME=$(nproc)
NAMES=()
mutant() { # NAME CASES WORD…
  local name=$1 words=() globs TAKEN runtime=$NODE/mutants/${#NAMES[@]}
  read -rd '' -a globs <<<"${2/refusals/"${REFUSALS//$'\n'/ }"}"
  shift 2
  take_cases "${globs[@]}"
  # shellcheck disable=SC2053  # a glob
  [[ $name == ${MUTANTS:-*} ]] || return 0
  [ "${#TAKEN[@]}" -gt 0 ] || { not_ok "a case belongs to: $name" "those that it names belong to mutants before it"; return; }
  NAMES+=("$name")
  "$@" && mv "$NODE/mutant" "$runtime"
  for one in "${TAKEN[@]}"; do words+=(--case "$one"); done
  while [ "$(jobs -rp | wc -l)" -ge "$AT_A_TIME" ]; do wait -n; done
  run_conformance --runtime "$runtime" "${words[@]}" >"$runtime.json" 2>"$runtime.errors" &
}

MADE=0 CAUGHT=0 FAILED_CASES=0
judge_all() {
  local i
  wait
  for i in "${!NAMES[@]}"; do
    OUT=$(cat "$NODE/mutants/$i.json")
    judge "${NAMES[i]}" "$NODE/mutants/$i.errors"
  done
}
judge() { # NAME ERRORS
  local missed failed
  missed=$(with_verdict passed,vanished) failed=$(with_verdict failed,different | wc -l)
  FAILED_CASES=$((FAILED_CASES + failed))
  if [ "$failed" = 0 ] && jq -e '.runtimes[0].results | all(.verdict == "known" or .verdict == "could not")' >/dev/null <<<"$OUT"; then
    echo "# not to be seen with this runtime on this machine: $1" && return
  fi
  MADE=$((MADE + 1))
  if [ "$failed" -gt 0 ]; then CAUGHT=$((CAUGHT + 1)); fi
  if [ -z "$missed" ] && [ "$failed" -gt 0 ]; then ok "caught by each of $failed cases: $1"; else
    not_ok "caught: $1" "passed all the same: $missed ${OUT:0:600}$(cat "$2")"
  fi
}

on_runtime() {
  RUNTIME=$(command -v "$1")
  cp -R "$ROOT/conformance" "$NODE/data"
  wrapper :
  OUT=$(run_conformance --runtime "$NODE/mutant" --case 'seccomp.action.*' --case 'exec.*' --case 'hooks.order-*' --case 'lifecycle.*' \
    --case 'masked.*' --case 'user.*' 2>/dev/null)
  same "a wrapper that does nothing wrong is not caught" "" "$(with_verdict failed,different)"
  REFUSALS=$(refusals)
  while read -r name; do FREE[$name]=1; done < <("$BUILD/bulkhead" conformance --data "$NODE/data" --list --json | jq -r '.[].name')
  local all=${#FREE[@]}
  mkdir "$NODE/mutants"
  mutants
  judge_all
  same "each case has a mutant" "" "${!FREE[*]}"
  echo "# sensitivity: $CAUGHT of $MADE mutants are caught; $FAILED_CASES of $all cases failed with theirs, the others are" \
    "known of $1 or could not be tried here"
}

if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  on_runtime "$1"
  finish
fi
all=${1:-$(runtimes | tail -n 1)}
[ -z "${FULL:-}" ] || all=$(runtimes)
for runtime in $all; do again_in_view "$runtime" "$runtime"; done
finish
