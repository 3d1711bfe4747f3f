#!/bin/bash
# Mode observe tells the truth: of each container one answer to what enforce would do with it, which enforce then does,
# and what holds as what holds. Behind the shim and behind the hook, on runc and crun.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
need_shim
need_hook
install_program bulkhead

RUNTIME=${1:-}
DOOR='' ID=observed
BY_HOOK='.hooks.createRuntime = [{"path": "'"$HOOK"'", "args": ["bulkhead-hook", "createRuntime"]}]'
name() { echo "$RUNTIME, $DOOR: $1"; }

# start MODE POLICY-MEMBERS [FILTER…]: starts the container; CODE is what the runtime says.
start() {
  local mode=$1 members=$2 program
  shift 2
  [ -z "$(ls /run/bulkhead/containers 2>/dev/null)" ] || "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  rm -rf /var/log/bulkhead/events.jsonl /run/bulkhead/containers
  write_policy <<<"{\"version\": 1, \"mode\": \"$mode\"$members}"
  if [ "$DOOR" = shim ]; then
    program=$(link_shim "$RUNTIME")
    make_bundle "$NODE/c" "$(args /bin/sleep 100)" "$@"
  else
    program=$RUNTIME
    make_bundle "$NODE/c" "$(args /bin/sleep 100)" "$BY_HOOK" "$@"
  fi
  CODE=0
  "$program" run --detach --bundle "$NODE/c" "$ID" </dev/null >"$NODE/out" 2>&1 || CODE=$?
  eventually 5 has_answer
}
has_answer() { grep -q '"stage":"\(gate\|hook createRuntime\)"' /var/log/bulkhead/events.jsonl || [ "$CODE" != 0 ]; }
record() { cat /run/bulkhead/containers/* | jq -r "$1"; }
answers() {
  jq -r '.message // "" | capture("(?<a>would (change nothing|change|refuse))").a' /var/log/bulkhead/events.jsonl |
    sort -u | xargs
}
is_ready() { "$NODE/bin/bulkhead" readiness --json | jq -r '"\(.refused) \(.changed) \(.unchanged)"'; }

# answers_as WHAT ANSWER READINESS POLICY-MEMBERS [FILTER…]: observe says so, by every event of the start.
answers_as() {
  local what=$1 answer=$2 readiness=$3
  shift 3
  start observe "$@"
  same "$(name "$what: runs")" 0 "$CODE"
  same "$(name "$what: one answer, $answer")" "$answer" "$(answers)"
  same "$(name "$what: and readiness counts it so")" "$readiness" "$(is_ready)"
  contains "$(name "$what: the record has the answer")" "$answer" "$(record .message)"
}

holds() { # WHAT SECCOMP STATE
  same "$(name "$1: the record and ps tell what holds")" "$2 $3" "$(record '"\(.seccomp) \(.state)"')"
  contains "$(name "$1: so does ps")" "$2" "$("$NODE/bin/bulkhead" ps)"
  same "$(name "$1: and what is told of the start")" "" \
    "$(jq -r --arg holds "$2" '.seccomp // empty | select(. != $holds)' /var/log/bulkhead/events.jsonl)"
  lacks "$(name "$1: nothing would be killed")" "kill" "$("$NODE/bin/bulkhead" denials --story "$ID")"
}

all_answers() {
  local good answer
  good=".linux.seccomp = $("$NODE/bin/bulkhead" default | jq -c '.flags = ["SECCOMP_FILTER_FLAG_LOG"]')"
  [ "$RUNTIME" = crun ] || good=".linux.seccomp = $("$NODE/bin/bulkhead" default | jq -c 'del(.flags)')"

  answers_as "no filter" "would change" "0 1 0" ''
  holds "no filter" unconfined observed
  contains "$(name "no filter: verify says who let it start so")" "mode observe let it start as it was" \
    "$("$NODE/bin/bulkhead" verify "$ID" | xargs)"
  start enforce ''
  same "$(name "no filter: enforce starts it")" 0 "$CODE"

  answers_as "the fallback" "would change nothing" "0 0 1" '' "$good"
  contains "$(name "the fallback: what holds was proved")" proved "$(record .state)"

  answers_as "no filter where that is refused" "would refuse" "1 0 0" ', "seccomp": {"unset": "refuse"}'
  holds "no filter where that is refused" unconfined observed
  contains "$(name "no filter where that is refused: verify says that it is unconfined")" unconfined \
    "$("$NODE/bin/bulkhead" verify "$ID" | xargs)"
  start enforce ', "seccomp": {"unset": "refuse"}'
  check "$(name "no filter where that is refused: enforce refuses it")" test "$CODE" != 0

  # A hook edits nothing: what only an edit can bring about, enforce refuses behind it.
  answer="would change|0 1 0"
  [ "$DOOR" = shim ] || answer="would refuse|1 0 0"
  answers_as "no no_new_privs where it is set" "${answer%|*}" "${answer#*|}" \
    ', "process": {"no_new_privileges": "set"}' "$good" '.process.noNewPrivileges = false'
  start enforce ', "process": {"no_new_privileges": "set"}' "$good" '.process.noNewPrivileges = false'
  if [ "$DOOR" = shim ]; then same "$(name "no no_new_privs: enforce starts it")" 0 "$CODE"
  else check "$(name "no no_new_privs: enforce refuses it")" test "$CODE" != 0; fi

  # Nothing can be decided of a document with two answers to one question; the runtime takes the last.
  start observe '' '.linux.seccomp = null'
  sed -i 's/^{/{"hostname": "a",/' "$NODE/c/config.json"
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  rm -rf /var/log/bulkhead/events.jsonl /run/bulkhead/containers
  "$([ "$DOOR" = shim ] && link_shim "$RUNTIME" || echo "$RUNTIME")" run --detach --bundle "$NODE/c" "$ID" \
    </dev/null >"$NODE/out" 2>&1
  check "$(name "a document that says one thing twice: has a record")" eventually 5 test -e "/run/bulkhead/containers/$ID.json"
  contains "$(name "a document that says one thing twice: and the answer")" "would refuse: " "$(record .message)"
  same "$(name "a document that says one thing twice: and readiness")" "1 0 0" "$(is_ready)"
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
}

if [ -n "$RUNTIME" ]; then
  for DOOR in shim hook; do all_answers; done
  finish
fi
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
