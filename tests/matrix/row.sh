# shellcheck shell=bash disable=SC2153  # NODE is that of tests/integration/lib.sh
# What the rows of the matrix have in common: Bulkhead in the node, and the columns, each a question that a row answers
# in its component's own way. To be sourced after tests/integration/lib.sh. A row then defines
#
#   run NNP WORD…      a container that asks for no filter runs this program to its end, with no_new_privileges as said;
#                      prints what the program printed. What its engine said is in $NODE/err
#   sleeps             the same, but it sleeps meanwhile; prints its process on the node
#   inside WORD…       executes a program in that one
#   gone               removes that one
#
# Every result begins with its column, "ok - start: …", and a line "# cell COLUMN WORD" says what stands there instead of
# "ok": tests/matrix/check.sh makes the table from them.

EVENTS=/var/log/bulkhead/events.jsonl
CONFINED='seccomp=2
unshare=1'
COLUMN='' CODE=0 OUT=''

column() { COLUMN=$1; }
answers() { echo "# cell $COLUMN $1"; }
is() { same "$COLUMN: $1" "$2" "$3"; }
says() { contains "$COLUMN: $1" "$2" "$3"; }

try() {
  CODE=0
  OUT=$("$@" 2>"$NODE/err" </dev/null) || CODE=$?
  OUT=$(tr -d '\r' <<<"$OUT")
}

need_bulkhead() {
  need_shim
  need_hook
  install_program bulkhead
  BULKHEAD=$NODE/bin/bulkhead
  link_shim runc >/dev/null
  link_shim crun >/dev/null
  make_rootfs
}

# policy [JSON]: nothing is left of what was told before.
policy() {
  rm -f "$EVENTS" /etc/bulkhead/policy.d/*
  if [ $# = 0 ]; then remove_policy; else write_policy <<<"$1"; fi
}
last_outcome() { grep '"stage":"gate' "$EVENTS" 2>/dev/null | tail -n 1; }
has_outcome() { [ -n "$(last_outcome)" ]; }
# proved NAME EVENT…: the newest word of a gate is one of these events.
proved() {
  local event
  eventually 10 has_outcome
  event=$(last_outcome | jq -r .event)
  if [[ " ${*:2} " == *" $event "* ]]; then ok "$COLUMN: $1"; else
    not_ok "$COLUMN: $1" "$(last_outcome | jq -r '"\(.event): \(.message)"')"; fi
}

# ---- the columns -----------------------------------------------------------------------------------------

# start COLUMN: a container that asks for no filter has the fallback.
start() {
  column "$1"
  policy
  try run true /bin/probe seccomp unshare
  is "a container that asks for no filter is confined" "$CONFINED" "$OUT"
  [ "$CODE" = 0 ] || diagnose "$(cat "$NODE/err")"
  proved "and that is proved" proved installed
}

no_new_privileges() {
  local nnp
  column nnp
  for nnp in true false; do
    policy
    try run "$nnp" /bin/probe seccomp no_new_privs unshare
    is "$nnp stays as it is" "seccomp=2
no_new_privs=$([ "$nnp" = true ] && echo 1 || echo 0)
unshare=1" "$OUT"
    proved "$nnp: proved" proved installed
  done
}

refusal() {
  column refuse
  answers refused
  policy '{"version": 1, "seccomp": {"unset": "refuse"}}'
  try run true /bin/echo alive
  is "what the policy refuses does not run" "" "$OUT"
  says "whoever started it reads why" "config.json asks for no seccomp profile and the policy refuses that" "$(cat "$NODE/err")"
}

joining() {
  column exec
  policy
  try sleeps
  try inside /bin/probe seccomp unshare
  is "a process that joins is confined" "$CONFINED" "$OUT"
  proved "and that is proved" proved installed
  gone
}

logging() {
  local pid
  column log
  policy '{"version": 1, "seccomp": {"log_denials": "always"}}'
  try sleeps
  pid=$OUT
  proved "a container whose denials are logged is proved" proved installed
  check "log: one of its filters logs" logs "$pid"
  gone
}
logs() {
  local flags
  flags=$("$BUILD/tests/helpers/filter_flags" "$1" | xargs)
  echo "the flags of the filters of process '$1': $flags"
  [[ " $flags " =~ \ [2367]\  ]]
}

installed_by_the_gate() {
  column loader
  policy '{"version": 1, "seccomp": {"loader": "gate"}}'
  try run true /bin/probe seccomp unshare
  is "a container whose filter the gate installs is confined" "$CONFINED" "$OUT"
  proved "the gate installed it" installed
}

# ---- engines ---------------------------------------------------------------------------------------------

installation() { # ENGINE
  column install
  policy
  try run true /bin/probe seccomp
  is "before, a container may ask for no filter" seccomp=0 "$OUT"
  [ "$CODE" = 0 ] || diagnose "$(cat "$NODE/err")"
  try "$BULKHEAD" install "$1"
  is "bulkhead install $1" 0 "$CODE"
  says "it is proved by a container" "the kernel confirmed its confinement" "$OUT"
  [ "$CODE" = 0 ] || diagnose "$OUT$(cat "$NODE/err")"
}
covered() { # ENGINE COVERAGE
  is "status says how it is covered" "$2" \
    "$("$BULKHEAD" status --json | jq -r --arg name "$1" '.engines[] | select(.name == $name) | .coverage')"
}
removal() { # ENGINE
  column uninstall
  policy
  try "$BULKHEAD" uninstall "$1"
  is "bulkhead uninstall $1" 0 "$CODE"
  [ "$CODE" = 0 ] || diagnose "$OUT$(cat "$NODE/err")"
}
as_before() {
  try run true /bin/probe seccomp
  is "then a container starts as before" seccomp=0 "$OUT"
  [ "$OUT" = seccomp=0 ] || diagnose "exit code $CODE: $(cat "$NODE/err")"
}
