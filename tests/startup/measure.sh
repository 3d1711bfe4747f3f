#!/usr/bin/env bash
# Measures what policy/checks/startup_needs.cc says: for each program and runtime of this machine, the system calls
# without which it does not start. Prints one block a subject, to be compared with the table's rows.
#
#   tests/startup/measure.sh [ID…]      root; strace is needed
#   ATTEMPTS=1                          where a start takes seconds, as in an emulated node; 3 where it is not given
#
# needed: it does not start with this call alone denied (EPERM). sometimes: it did not in some of the attempts. a|b: it
# starts without either, and not without both. used: it asks, and starts without. With needed, sometimes and one of each
# pair allowed, and nothing else, it starts.
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
private_node "$@"
# shellcheck source-path=SCRIPTDIR source=subjects.sh
. "$ROOT/tests/startup/subjects.sh"

ATTEMPTS=${ATTEMPTS:-3}
command -v strace >/dev/null || { echo "measure.sh: strace is not installed" >&2; exit 1; }
need_filtered || exit 1

starts() { # MODE LIST
  "$STARTER" "$1" "$2" "$TARGET"
  [ $? = "$STARTED" ]
}
starts_always() { # MODE LIST
  for _ in $(seq "$ATTEMPTS"); do starts "$@" || return 1; done
}
joined() { tr ' ' ',' <<<"$*"; }
without() { # WORD WORD…: the words but the first
  local word=$1
  shift
  printf '%s\n' "$@" | grep -vxF -- "$word" | xargs
}

# Sorts what was observed into NEEDED, SOMETIMES and FREE, each denied alone.
deny_each() {
  local call
  NEEDED='' SOMETIMES='' FREE=''
  for call in $OBSERVED; do
    if starts_always deny "$call"; then FREE+=" $call"
    elif starts deny "$call"; then SOMETIMES+=" $call"
    else NEEDED+=" $call"; fi
  done
}

# Of FREE, what is missed once nothing else is allowed: EXTRA.
least_allowed() {
  local call rest=$FREE
  for call in $FREE; do
    # shellcheck disable=SC2046,SC2086  # words
    starts_always allow "$(joined $NEEDED $SOMETIMES $(without "$call" $rest) exit_group)" || continue
    # shellcheck disable=SC2086
    rest=$(without "$call" $rest)
  done
  EXTRA=$rest
}

# What stands in for CALL where that is denied: without both it does not start. Its own fallback may be a call that is
# made only then.
partner_of() {
  local call=$1 other
  for other in $FREE faccessat access stat fstat newfstatat open brk mmap; do
    [ "$other" != "$call" ] || continue
    starts deny "$call,$other" || { echo "$other"; return; }
  done
}

measure() { # ID PRIVILEGES STARTER OBSERVER TARGET
  local call partner pairs='' used=''
  STARTER=$3 TARGET=$5
  OBSERVED=$(for _ in $(seq "$ATTEMPTS"); do "$4" "$5"; done | sort -u | grep -vx exit_group | xargs)
  deny_each
  least_allowed
  for call in $EXTRA; do
    partner=$(partner_of "$call")
    if [ -n "$partner" ]; then pairs+=" $call|$partner"; else SOMETIMES+=" $call"; fi
  done
  for call in $FREE; do
    case " $(tr '|' ' ' <<<"$pairs") $SOMETIMES " in *" $call "*) ;; *) used+=" $call" ;; esac
  done
  # shellcheck disable=SC2086  # words
  printf '%s (%s)\n  needed:   %s\n  sometimes:%s\n  used:     %s\n' "$1" "$2" \
    "$(printf '%s\n' $NEEDED $pairs | sort | xargs)" "$SOMETIMES" "${used# }"
}

add_programs
add_runtimes
for subject in "${SUBJECTS[@]}"; do
  read -r -a words <<<"$subject"
  [ "$#" = 0 ] || [[ " $* " == *" ${words[0]} "* ]] || continue
  measure "${words[@]}"
done
[ "${#MISSING[@]}" = 0 ] || printf 'not measured: %s\n' "${MISSING[@]}"
