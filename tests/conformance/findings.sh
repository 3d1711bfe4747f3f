# shellcheck shell=bash
# The bundles of docs/findings/, run with a runtime. To be sourced after integration/lib.sh, in a private node.
#
#   case_of_finding PAGE                    the first of its cases
#   check_finding PAGE RUNTIME RESULTS      a result: the bundle shows what the page says where its case does not pass, and
#                                           only there; RESULTS is what `bulkhead conformance --json` said of that runtime
# shellcheck disable=SC2016  # the marks of Markdown

case_of_finding() { sed -n 's/^- Cases: `\([^`]*\)`.*/\1/p' "$1"; }

lines_of_finding() { sed -n '/^```sh$/,/^```$/{/^```/!p}' "$1"; }
# Behind the last "#": the last line that is printed, … for what differs.
last_line_of_finding() { lines_of_finding "$1" | sed -n 's/.*RUNTIME.*   # //p' | tail -n 1; }

# run_finding PAGE RUNTIME: what the lines print, into $NODE/printed.
run_finding() {
  local place id=$NODE_ID-finding
  place=$(mktemp -d "$NODE/finding.XXXXXX")
  lines_of_finding "$1" | sed "/RUNTIME/s/ finding/ $id/g; s,RUNTIME,$2,g" >"$place/lines"
  (cd "$place" && LC_ALL=C timeout 60 bash lines) >"$NODE/printed" 2>&1 </dev/null
  "$2" delete --force "$id" >/dev/null 2>&1
  return 0
}
is_shown() { # PAGE
  local last
  last=$(last_line_of_finding "$1")
  # shellcheck disable=SC2053  # a glob
  [[ -n $last && $(tail -n 1 "$NODE/printed") == ${last//…/*} ]]
}

# A page that names this version names it before the semicolon where it shows the finding, and behind where not.
names_rightly() { # PAGE VERSION shown|right
  local seen
  seen=$(sed -n 's/^- Seen with: //p' "$1")
  [[ $seen == *"$2"* ]] || return 0
  case $3 in
  shown) [[ ${seen%%;*} == *"$2"* ]] ;;
  right) [[ ${seen%%;*} != *"$2"* ]] ;;
  esac
}

check_finding() { # PAGE RUNTIME RESULTS
  local page=$1 runtime=$2 verdict version title now=right
  read -r verdict version < <(jq -r --arg name "$(case_of_finding "$page")" \
    '.runtimes[0] | "\(.results[] | select(.name == $name) | .verdict | gsub(" "; "-")) \(.version | sub("\\+.*"; ""))"' <<<"$3")
  title="$(basename "$runtime") $version: $(sed -n '1s/^# //p' "$page")"
  case ${verdict:-missing} in
  failed | different | known) now=shown ;;
  passed | vanished) ;;
  could-not) skip "$title" "its case cannot be tried here" && return ;;
  *) not_ok "$title" "conformance says nothing of $(case_of_finding "$page")" && return ;;
  esac
  run_finding "$page" "$runtime"
  local seen=right
  if is_shown "$page"; then seen=shown; fi
  if [ "$seen" = "$now" ] && names_rightly "$page" "$version" "$now"; then ok "$title: $now"; else
    not_ok "$title: $now" "the bundle: $seen; the page: $(grep '^- Seen with' "$page")
$(cat "$NODE/printed")"
  fi
}
