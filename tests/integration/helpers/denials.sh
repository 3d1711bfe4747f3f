# shellcheck shell=bash disable=SC2034  # variables for the scripts
# What the scripts about denials stand on, on top of lib.sh: a node in the machine's own pid namespace,
# a watcher, containers that are denied something, and its log.
#
#   . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#   . "$ROOT/tests/integration/helpers/denials.sh"
#   denials_node "$@"

BULKHEAD=$BUILD/bulkhead
LOG=/var/log/bulkhead/denials.jsonl
RUNTIME=crun  # takes SECCOMP_FILTER_FLAG_LOG in config.json; runc 1.1 does not
STARTED=()    # "RUNTIME ID" of detached containers
OTHERS=()     # processes that are ended with the script
WATCHER=

end_all() {
  local one
  [ -z "$WATCHER" ] || kill "$WATCHER" 2>/dev/null
  for one in "${OTHERS[@]}"; do kill "$one" 2>/dev/null; done
  for one in "${STARTED[@]}"; do
    in_view "${one%% *}" "${one%% *}" delete --force "${one#* }" >/dev/null 2>&1
  done
}

# Returns only where it can be tested; trap EXIT calls end_all.
denials_node() {
  watching_node "$@"
  trap end_all EXIT
  trap 'exit 130' INT TERM HUP
  need_shim
  need_hook
  [ -x "$BULKHEAD" ] || { not_ok "the command is built" "$BULKHEAD is missing: run make"; finish; }
  command -v "$RUNTIME" >/dev/null || { skip "denials of containers" "$RUNTIME is not installed"; finish; }
  make_rootfs
  cp "$(helper denied_caller)" "$NODE/rootfs/bin/denied_caller"
}

# start_watch OPTION…: returns when it listens.
start_watch() {
  rm -f "$NODE/watch.err"  # of the one before
  "$BULKHEAD" watch --interval 1 "$@" >"$NODE/watch.out" 2>"$NODE/watch.err" &
  WATCHER=$!
  eventually 10 grep -q watching "$NODE/watch.err" && return
  skip "denials are watched" "$(head -n 1 "$NODE/watch.err")"
  finish
}
stop_watch() { # [SIGNAL]
  kill "-${1:-TERM}" "$WATCHER"
  { wait "$WATCHER"; } 2>/dev/null
  WATCHER=
}

# lines JQ-FILTER: the lines of the log for which it holds; fails where there is none.
lines() { [ -s "$LOG" ] && jq -c "select($1)" "$LOG" | grep .; }
# counted JQ-FILTER: the sum of their counts.
counted() { lines "$1" | jq -s 'map(.count) | add // 0'; }
counts_to() { [ "$(counted "$2")" = "$1" ]; } # NUMBER JQ-FILTER
# state JQ-FILTER: of what `bulkhead status --json` tells.
state() { "$BULKHEAD" status --json | jq -r "$1"; }

# run_container RUNTIME ID BUNDLE: to its end, through shim and hook.
run_container() {
  in_view "$1" "$(link_shim "$1")" run --bundle "$3" "$2" </dev/null >"$NODE/out" 2>&1
}
# start_container RUNTIME ID BUNDLE: detached, until the script ends.
start_container() {
  in_view "$1" "$(link_shim "$1")" run --detach --bundle "$3" "$2" </dev/null >"$NODE/out" 2>&1
  STARTED+=("$1 $2")
}

# denying ACTION NAME…: a jq filter that denies these calls and allows all others.
denying() { # the shim adds the flag that logs
  jq -rn '".linux.seccomp = " + ({defaultAction: "SCMP_ACT_ALLOW",
      architectures: $architectures,
      syscalls: [{names: $ARGS.positional[1:], action: $ARGS.positional[0]}]} | tojson)' \
    --argjson architectures "$ARCHITECTURES" --args -- "$@"
}

# goes_on NAME ID: new denials of that container are logged.
goes_on() {
  local before
  before=$(counted ".id == \"$2\"")
  more() { [ "$(counted ".id == \"$2\"")" -gt "$((before + 3))" ]; }
  check "$1" eventually 15 more "$@"
}
