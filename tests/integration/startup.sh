#!/bin/bash
# Which system calls programs need to reach main() and runtimes need between loading the filter and execve: the table
# in policy/checks/startup_needs.cc (`bulkhead lint --needs`) is held against this machine. tests/startup/measure.sh
# prints what it should say.
#
# A call is needed when the program does not start with it denied (EPERM) by a real filter. What is
# needed is enough when the program starts with nothing else allowed. What strace sees must be in the
# table. FULL=1: all questions of runtimes that a user starts, too. BRIEF=1: of a runtime whether what is needed is enough,
# and what it calls; for where a start takes seconds.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
# shellcheck source=../startup/subjects.sh
. "$ROOT/tests/startup/subjects.sh"

BULKHEAD=$BUILD/bulkhead
RELEASE=$(. /etc/os-release && echo "${ID:-linux}-${VERSION_ID:-}")

[ -x "$BULKHEAD" ] || { not_ok "the command is built" "$BULKHEAD is missing: run make"; finish; }
TABLE=$("$BULKHEAD" lint --needs --json)
if ! jq -e --arg release "$RELEASE" '.[0].needed_where | has($release)' <<<"$TABLE" >/dev/null; then
  skip "the table of startup needs" "it was not measured on $RELEASE"
  finish
fi
need_filtered || { not_ok "the helper is built"; finish; }

# words ID PRIVILEGES COLUMN: a list of the table, one word a line; of `needed` what holds here and for who starts it.
words() {
  local variants=("$RELEASE")
  [ "${2%/rootless}" != "$2" ] || variants+=(as-root)
  jq -r --arg id "$1" --argjson nnp "${2%/rootless}" --arg column "$3" \
    '.[] | select(.id == $id and .no_new_privileges == $nnp)
     | if $column == "needed" then .needed + ([.needed_where[$ARGS.positional[]]] | add) else .[$column] end | unique[]' \
    --args "${variants[@]}" <<<"$TABLE"
}
as_root() {
  jq -r --arg id "$1" --argjson nnp "${2%/rootless}" \
    '.[] | select(.id == $id and .no_new_privileges == $nnp) | .needed_where["as-root"][]' <<<"$TABLE"
}
commas() { paste -sd, -; }
last_alternatives() { sed 's/.*|//'; }

# ---- the questions -----------------------------------------------------------------------------------

# enough ID PRIVILEGES STARTER TARGET ATTEMPTS
enough() {
  local allowed wrong=''
  allowed=$( (words "$1" "$2" needed | last_alternatives; words "$1" "$2" sometimes; echo exit_group) | commas)
  for _ in $(seq "$5"); do
    "$3" allow "$allowed" "$4"
    [ $? = "$STARTED" ] || wrong="did not start with only: $allowed"
  done
  same "$1 ($2): what the table calls needed is enough" "" "$wrong"
}

# starts_without NAME STARTER TARGET CALL…: each of the calls can be missed.
starts_without() {
  local name=$1 starter=$2 target=$3 call wrong=''
  shift 3
  for call in "$@"; do
    "$starter" deny "$call" "$target"
    [ $? = "$STARTED" ] || wrong="$wrong $call"
  done
  same "$name" "" "$wrong"
}

check_needs() { # ID PRIVILEGES STARTER TARGET
  local id=$1 privileges=$2 starter=$3 target=$4 need wrong=''
  local -a missable
  "$starter" deny swapon "$target"
  same "$id ($privileges): starts under a filter that denies nothing it needs" "$STARTED" $?
  for need in $(words "$id" "$privileges" needed); do
    "$starter" deny "${need//|/,}" "$target"
    [ $? = "$STARTED" ] && wrong="$wrong $need"
  done
  same "$id ($privileges): what the table calls needed is needed" "" "$wrong"

  mapfile -t missable < <(
    words "$id" "$privileges" used | grep -vxF -f <(words "$id" "$privileges" needed)
    words "$id" "$privileges" needed | grep '|' | tr '|' '\n'
  )
  starts_without "$id ($privileges): what the table calls used, and one of two, can be missed" "$starter" "$target" \
    "${missable[@]}"
  enough "$id" "$privileges" "$starter" "$target" 3
}

# The answer of a start; what it said is shown where it is another one.
ended_with_started() { [ "$1" = "$STARTED" ] || { cat out; return 1; }; }

# A user's runtime needs no more than root's, and none of what only root's needs.
check_rootless() { # ID PRIVILEGES STARTER TARGET
  "$3" deny swapon "$4"
  check "$1 ($2): starts under a filter that denies nothing it needs" ended_with_started $?
  enough "$@" 1
  # shellcheck disable=SC2046  # words
  starts_without "$1 ($2): what only root's needs can be missed" "$3" "$4" $(as_root "$1" "$2")
}

# check_observed ID PRIVILEGES FILE: every call in the file, one a line, is in the table.
check_observed() {
  local unknown
  unknown=$(sort -u "$3" | grep -vxF -f <(
    for column in needed sometimes used; do words "$1" "$2" $column; done | tr '|' '\n'
    printf '%s\n' execve exit_group
  ) | tr '\n' ' ')
  same "$1 ($2): every call that was observed is in the table" "" "$unknown"
}

ask() { # ID PRIVILEGES STARTER OBSERVER TARGET
  if [ "${2%/rootless}" != "$2" ] && [ -z "${FULL:-}" ]; then
    check_rootless "$1" "$2" "$3" "$5"
    return
  fi
  if [ "$2" != null ] && [ -n "${BRIEF:-}" ]; then enough "$1" "$2" "$3" "$5" 1
  else check_needs "$1" "$2" "$3" "$5"; fi
  if ! command -v strace >/dev/null; then
    skip "$1 ($2): every call that was observed is in the table" "strace is not installed"
    return
  fi
  for _ in $(seq "${BRIEF:-3}"); do "$4" "$5"; done >observed
  [ "$2" = null ] || check "$1 ($2): strace saw the filter and execve" grep -qx execve observed
  check_observed "$1" "$2" observed
}

add_programs
add_runtimes
for subject in "${SUBJECTS[@]}"; do
  read -r -a fields <<<"$subject"
  ask "${fields[@]}"
done
for missing in "${MISSING[@]}"; do skip "${missing%%:*}" "${missing#*: }"; done
finish
