# shellcheck shell=bash
# The `bulkhead` command, with what it answered. Sourced after lib.sh, in a private node.

BULKHEAD=$BUILD/bulkhead
[ -x "$BULKHEAD" ] || { not_ok "the command is built" "$BULKHEAD is missing: run make"; finish; }

STATUS=0 OUT='' ERR=''
# bulkhead ARGUMENT…: leaves STATUS, OUT and ERR.
bulkhead() {
  STATUS=0
  "$BULKHEAD" "$@" >"$NODE/out" 2>"$NODE/err" </dev/null || STATUS=$?
  OUT=$(cat "$NODE/out") ERR=$(cat "$NODE/err")
}
# exits NAME CODE ARGUMENT…
exits() {
  local name=$1 code=$2
  shift 2
  bulkhead "$@"
  if [ "$STATUS" = "$code" ]; then ok "$name"; else not_ok "$name" "exit code $STATUS instead of $code
$OUT
$ERR"; fi
}
