# shellcheck shell=bash
# Walks a document: runs its commands in this shell, in order, and compares what they print.
#
#   walk FILE      one test for each command; the text between commands is the document's
#
# What is read of the document (Markdown, fenced blocks):
#
#   ```console     "$ " begins a command, "> " continues it, other lines are what it must print, on
#                  standard output and error; "…" stands for any text in a line, and alone on a line for
#                  any lines
#   <!-- file: PATH -->      the block below is written to PATH
#   <!-- not run: WHY -->    the block below is for the reader only
#
# Any other block is for the reader only as well when it is yaml; else it is a failure, so that nothing is
# left out by mistake. With WALK_RECORD=FILE the document is written there with what was printed.

WALKED_COMMANDS=0

walk() { # file
  local line state=text mark=
  COMMAND='' EXPECTED='' TARGET='' STEP=''
  while IFS= read -r line; do
    case $state in
      text) walk_text "$line" ;;
      console) walk_console "$line" ;;
      file) walk_file "$line" ;;
      reader)
        record "$line"
        [ "$line" != '```' ] || state=text
        ;;
    esac
  done <"$1"
  same "the document ends outside of a block" text "$state"
  check "the document has commands" test "$WALKED_COMMANDS" -gt 0
}

record() { [ -z "${WALK_RECORD:-}" ] || printf '%s\n' "$1" >>"$WALK_RECORD"; }

walk_text() { # line; sets state, mark, STEP of walk
  record "$1"
  case $1 in
    '## '*) STEP=${1#'## '} ;;
    '<!-- file: '*' -->') mark=${1#'<!-- '} mark=${mark%' -->'} ;;
    '<!-- not run: '?*' -->') mark=reader ;;
    '```console') state=console ;;
    '```yaml') state=reader mark= ;;
    '```'*)
      case $mark in
        'file: '*)
          state=file TARGET=${mark#'file: '}
          mkdir -p "$(dirname "$TARGET")"
          : >"$TARGET"
          ;;
        reader) state=reader ;;
        *) not_ok "$STEP: every block says what it is" "$1" && state=reader ;;
      esac
      mark=
      ;;
  esac
}

walk_file() { # line
  record "$1"
  if [ "$1" = '```' ]; then state=text; else printf '%s\n' "$1" >>"$TARGET"; fi
}

walk_console() { # line
  case $1 in
    '$ '* | '```')
      walk_command
      record "$1"
      COMMAND=${1#'$ '} EXPECTED=''
      [ "$1" != '```' ] || COMMAND='' state=text
      ;;
    '> '*)
      record "$1"
      COMMAND+=$'\n'${1#'> '}
      ;;
    *) EXPECTED+=$1$'\n' ;;
  esac
}

# Runs the command read last, if there is one. In this shell: a function or variable that a command sets is
# there for the next one.
walk_command() {
  [ -n "$COMMAND" ] || return 0
  WALKED_COMMANDS=$((WALKED_COMMANDS + 1))
  local printed
  eval "$COMMAND" >"$NODE/walked" 2>&1 </dev/null
  printed=$(tr -d '\r' <"$NODE/walked" && echo .)
  printed=${printed%.}
  if [ -n "${WALK_RECORD:-}" ]; then printf '%s' "$printed" >>"$WALK_RECORD"; fi
  printed_as "$STEP: ${COMMAND%%$'\n'*}" "$EXPECTED" "$printed"
}

printed_as() { # name expected printed
  local line pattern=
  while IFS= read -r line; do
    case $line in
      …) pattern+=$'(.*\n)?' ;;
      *)
        # shellcheck disable=SC2001  # "&" stands for what was matched, which ${line//} of older shells lacks
        line=$(sed 's/[][\\.*^$+?(){}|]/\\&/g' <<<"$line")
        pattern+=${line//…/$'[^\n]*'}$'\n'
        ;;
    esac
  done < <(printf '%s' "$2")
  if [[ $3 =~ ^$pattern$ ]]; then ok "$1"; else
    not_ok "$1" "expected:
$2printed:
$3"
  fi
}
