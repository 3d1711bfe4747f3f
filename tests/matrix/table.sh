# shellcheck shell=bash
# The tables of the matrix, on stdout and as a page of the documents. To be sourced. The columns are COLUMNS; a table ends
# where another begins.
#
#   table_begin TITLE SECOND COLUMN…        its second column (after the component) and those that a log answers
#   table_row COMPONENT VERSION SECOND LOG  a cell for each column, by what the log says of it
#   table_failures                          a line for each cell that failed, with why
#   write_page FILE                         all of it as Markdown, with its date

declare -a COLUMNS=() HEAD=() PAGE=() FAILURES=()

# cell COLUMN LOG: "ok" or the row's own word for it, "FAILED", or "-" where the row does not answer.
cell() {
  local word
  if grep -q "^not ok - $1: " "$2"; then
    echo FAILED
  elif grep -q "^ok - $1: " "$2"; then
    word=$(sed -n "s/^# cell $1 //p" "$2" | tail -n 1)
    echo "${word:-ok}"
  else
    echo -
  fi
}

# A cell is as wide as its column's name, and as the longest word.
print_row() { # COMPONENT VERSION SECOND CELL…
  local at
  printf '%-11s %-15s %-13s' "$1" "$2" "$3"
  for ((at = 0; at < ${#COLUMNS[@]}; at++)); do
    printf ' %-*s' "$((${#COLUMNS[at]} > 8 ? ${#COLUMNS[at]} : 8))" "${*:at + 4:1}"
  done
  echo
}

# Nothing is shown of a table without rows.
table_begin() { # TITLE SECOND COLUMN…
  HEAD=("$1" "$2")
  COLUMNS=("${@:3}")
}
table_head() {
  print_row component version "${HEAD[1]}" "${COLUMNS[@]}"
  PAGE+=("" "## ${HEAD[0]}" "" "| component | version | ${HEAD[1]} |$(printf ' %s |' "${COLUMNS[@]}")"
    "|---|---|---|$(printf -- '---|%.0s' "${COLUMNS[@]}")")
  HEAD=()
}

table_row() { # COMPONENT VERSION SECOND LOG
  local column cells=() name
  [ "${#HEAD[@]}" = 0 ] || table_head
  for column in "${COLUMNS[@]}"; do cells+=("$(cell "$column" "$4")"); done
  print_row "$1" "$2" "$3" "${cells[@]}"
  PAGE+=("| $1 | $2 | $3 |$(printf ' %s |' "${cells[@]}")")
  while read -r name; do FAILURES+=("$1 $2, $3: $name (${4#"$PWD"/})"); done < <(sed -n 's/^not ok - //p' "$4")
}

table_failures() { [ "${#FAILURES[@]}" = 0 ] || printf 'FAILED %s\n' "${FAILURES[@]}"; }

write_page() {
  {
    sed '/^<!-- tables/,$d' "$1"
    echo "<!-- tables: written by make check-matrix -->"
    echo "Seen on $(date -u +%F), by Linux $(uname -r | grep -oE '^[0-9]+\.[0-9]+')."
    printf '%s\n' "${PAGE[@]}"
  } >"$1.new" && mv "$1.new" "$1"
}
