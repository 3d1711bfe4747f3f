# shellcheck shell=bash
# The table of the matrix, on stdout and as a page of the documents. To be sourced.
#
#   table_head
#   table_row COMPONENT VERSION SUITE LOG   a cell for each column of row.sh, by what the log says of it
#   table_failures                          a line for each cell that failed, with why
#   write_page FILE                         all of it as Markdown, with its date

COLUMNS=(install start refuse exec hook both nnp log loader own uninstall)
declare -a TABLE=() FAILURES=()

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

table_head() { printf '%-11s %-13s' component version && printf ' %-9s' "${COLUMNS[@]}" && echo; }

table_row() { # COMPONENT VERSION SUITE LOG
  local column cells=() name
  for column in "${COLUMNS[@]}"; do cells+=("$(cell "$column" "$4")"); done
  printf '%-11s %-13s' "$1" "$2" && printf ' %-9s' "${cells[@]}" && echo
  TABLE+=("| $1 | $2 | $3 |$(printf ' %s |' "${cells[@]}")")
  while read -r name; do FAILURES+=("$1 $2, $name"); done < <(sed -n 's/^not ok - //p' "$4")
}

table_failures() {
  local failure
  for failure in "${FAILURES[@]}"; do echo "FAILED $failure (its log: ${LOGS#"$HERE"/})"; done
}

write_page() {
  {
    sed '/^<!-- table/,$d' "$1"
    echo "<!-- table: written by make check-matrix -->"
    echo "On $(date -u +%F), Linux $(uname -r | grep -oE '^[0-9]+\.[0-9]+'):"
    echo
    echo "| component | version | suite |$(printf ' %s |' "${COLUMNS[@]}")"
    echo "|---|---|---|$(printf -- '---|%.0s' "${COLUMNS[@]}")"
    printf '%s\n' "${TABLE[@]}"
  } >"$1.new" && mv "$1.new" "$1"
}
