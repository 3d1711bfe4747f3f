#!/usr/bin/env bash
# What a runtime really takes is what counts, whatever its libseccomp knows and whatever it says of itself: a denial of
# a call that it leaves out holds all the same, and whether its filters log is what the kernel shows.
#
# On the machine's runc and crun, and on those that Debian's other suites offer (tests/matrix/fetch.sh).
# Environment: PROGRAMS, paths of runtimes to use instead.
# shellcheck disable=SC2016,SC2317  # jq programs; functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -n "${BULKHEAD_NODE_ID:-}${BULKHEAD_INSIDE:-}" ] || PROGRAMS=${PROGRAMS:-$(runtimes | while read -r name; do
  readlink -f "$(command -v "$name")"
done | xargs) $("$ROOT/tests/matrix/fetch.sh" "$BUILD/matrix" | xargs)}
export PROGRAMS
private_node "$@"

NAME='' RUNTIME='' CODE='' OUT='' ID=read
EVENTS=/var/log/bulkhead/events.jsonl
RECORD=/run/bulkhead/containers/$ID.json
LISTENER=''

is() { same "$NAME: $1" "$2" "$3"; }
says() { contains "$NAME: $1" "$2" "$3"; }
last_of() { grep "\"stage\":\"$1" "$EVENTS" | tail -n 1 | jq -r "${2:-.event}"; }
fresh() {
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  rm -f "$EVENTS"
}
bundle() { make_bundle "$NODE/c" "$(args "${WORDS[@]}")" "$@"; }
run() { # PROGRAM
  CODE=0
  OUT=$("$1" run --bundle "$NODE/c" "$ID" 2>"$NODE/err" </dev/null | xargs) || CODE=$?
}
running() {
  "$SHIM" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>"$NODE/err" </dev/null
  eventually 5 grep -q '"stage":"gate' "$EVENTS"
}

# ---- a denial that its libseccomp leaves out --------------------------------------------------------------

EOPNOTSUPP=95  # what no kernel answers to these calls
rules() { # RULE…
  jq -nc '".linux.seccomp = " + ({defaultAction: "SCMP_ACT_ALLOW", architectures: '"$ARCHITECTURES"',
    syscalls: [$ARGS.positional[] | fromjson]} | tojson)' -r --args -- "$@"
}
MSEAL="{\"names\": [\"mseal\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": $EOPNOTSUPP}"
MSEAL_FLAGGED=$(jq -c '.args = [{index: 2, op: "SCMP_CMP_EQ", value: 1}]' <<<"$MSEAL")
no_new_privileges() { echo ".process.noNewPrivileges = $1"; }

holds_behind_the_shim() {
  local nnp
  WORDS=(probe mseal)
  for nnp in true false; do
    fresh
    bundle "$(rules "$MSEAL")" "$(no_new_privileges "$nnp")"
    run "$SHIM"
    is "no_new_privileges $nnp: a denial of a recent call holds" "0 mseal=$EOPNOTSUPP" "$CODE $OUT"
    eventually 5 grep -q '"stage":"gate' "$EVENTS"
    is "no_new_privileges $nnp: and is proved" proved "$(last_of gate)"
  done
}

holds_with_conditions() {
  WORDS=(probe mseal mseal-flagged)
  fresh
  bundle "$(rules "$MSEAL_FLAGGED")"
  run "$SHIM"
  is "a denial with a condition holds where that does, and nowhere else" "mseal-flagged=$EOPNOTSUPP" \
    "$(xargs -n 1 <<<"$OUT" | grep "=$EOPNOTSUPP")"
}

holds_behind_the_hook() {
  local prove hook
  WORDS=(probe mseal)
  hook=$(jq -n --arg hook "$HOOK" '[{path: $hook, args: ["bulkhead-hook", "createRuntime"]}]')
  for prove in always when-installing; do
    fresh
    write_policy <<<"{\"version\": 1, \"prove\": \"$prove\", \"runtimes\": [\"$RUNTIME\"]}"
    bundle "$(rules "$MSEAL")" ".hooks.createRuntime = $hook"
    run "$RUNTIME"
    is "prove $prove, behind the hook alone: a denial of a recent call holds" \
      "0 mseal=$EOPNOTSUPP" "$CODE $OUT"
  done
  usual_policy
}

holds_for_exec() {
  WORDS=(sleep 100)
  fresh
  bundle "$(rules "$MSEAL")"
  running
  is "exec: a denial of a recent call holds" "mseal=$EOPNOTSUPP" "$("$SHIM" exec "$ID" /bin/probe mseal </dev/null)"
  is "exec: and it is proved" proved "$(last_of 'gate exec')"
}

# A hook inside the container would inherit a sleeping filter awake, so it comes late.
holds_when_it_comes_late() {
  local nnp hook='.hooks.createContainer = [{path: "/bin/true"}]'
  WORDS=(probe mseal)
  for nnp in true false; do
    fresh
    bundle "$(rules "$MSEAL")" "$(no_new_privileges "$nnp")" "$hook"
    run "$SHIM"
    is "no_new_privileges $nnp, with a hook inside: a denial of a recent call holds" \
      "0 mseal=$EOPNOTSUPP" "$CODE $OUT"
  done
}

# Where the gate cannot add it, the filter that the runtime made decides.
refused_where_it_cannot_be_added() {
  fresh
  WORDS=(probe mseal)
  bundle "$(rules "$MSEAL" '{"names": ["munmap"], "action": "SCMP_ACT_ERRNO"}')" \
    '.hooks.createContainer = [{path: "/bin/true"}]'
  run "$SHIM"
  if [ "$CODE" = 0 ]; then is "a runtime that knows the call needs nothing added" "mseal=$EOPNOTSUPP" "$OUT"; else
    says "what cannot be added is refused, with the cause" \
      "leaves its rule out, and the gate could not add it: the filter does not allow munmap" "$(cat "$NODE/err")"
  fi
}

# ---- whether it logs ----------------------------------------------------------------------------------

usual_policy() { write_policy <<<"{\"version\": 1, \"runtimes\": [\"$RUNTIME\"]}"; }
policy_of_free_logs() {
  write_policy <<<"{\"version\": 1, \"runtimes\": [\"$RUNTIME\"], \"seccomp\": {\"log_denials\": true}}"
}
GETPPID='{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}'
# The kernel's own records of denials, as whoever reads the log gets them.
listen() {
  cat >"$NODE/listen.py" <<'PYTHON'
import socket, struct
audit = socket.socket(16, socket.SOCK_RAW, 9)
audit.bind((0, 1))
print("listening", flush=True)
while True:
    record = audit.recv(16384)
    if struct.unpack_from("=IH", record)[1] == 1326:
        print(record[16:].rstrip(b"\0").decode(errors="replace"), flush=True)
PYTHON
  python3 "$NODE/listen.py" >"$NODE/records" 2>"$NODE/listen.err" &
  LISTENER=$!
  eventually 5 grep -q listening "$NODE/records" || LISTENER=''
}
recorded() { grep -c "comm=\"probe\".* syscall=110 .*code=0x50000" "$NODE/records"; }
flags() { jq -r '.linux.seccomp.flags // [] | map(ltrimstr("SECCOMP_FILTER_FLAG_")) | join(" ")' "$NODE/c/config.json"; }
known() { jq -r .logFlag "$(find /var/cache/bulkhead/runtimes -name '*.json')"; }
unlogged() { jq -r '.seccomp_unlogged // ""' "$RECORD"; }
checked() { "$BUILD/bulkhead" check "$NODE/c" | grep -A2 'not logged' | xargs; }
state_of_logging() { "$BUILD/bulkhead" status --json | jq -r '.state[] | select(.what == "logging") | .detail'; }

takes_no_flags() { "$1" --version | grep -qE '^runc version 1\.[01]\.'; }

# A container that is denied once and goes on; RECORDS: how often that was logged.
denied() {
  local before
  WORDS=(sh -c 'probe getppid; sleep 100')
  fresh
  bundle "$(rules "$GETPPID")"
  before=$(recorded)
  running
  eventually 2 more_than "$before"
  RECORDS=$(($(recorded) - before))
}
more_than() { [ "$(recorded)" -gt "$1" ]; }

logs_what_it_takes() {
  local time
  policy_of_free_logs
  rm -rf /var/cache/bulkhead/runtimes
  for time in first second; do
    denied
    if takes_no_flags "$RUNTIME"; then
      is "the $time start: it is given no flags" "" "$(flags)"
      is "the $time start: nothing was seen of them" unseen "$(known)"
      is "the $time start: the record says why nothing is logged" \
        "the runtime takes no SECCOMP_FILTER_FLAG_LOG, and the policy's \"log_denials\" is not \"always\"" "$(unlogged)"
    else
      is "the $time start: it is given the flag" LOG "$(flags | grep -ow LOG)"
      check "$NAME: the $time start: the kernel showed that it took it" eventually 5 known_is taken
      is "the $time start: so the record says nothing" "" "$(unlogged)"
    fi
    [ -z "$LISTENER" ] || is "the $time start: and so it is" "$(takes_no_flags "$RUNTIME" && echo 0 || echo 1)" "$RECORDS"
  done
}
known_is() { [ "$(known)" = "$1" ]; }

told_of_one_without_flags() {
  takes_no_flags "$RUNTIME" || return 0
  says "denials names the cause" "because the runtime takes no SECCOMP_FILTER_FLAG_LOG" \
    "$("$BUILD/bulkhead" denials | tr -s ' \n' ' ')"
  says "status does" "takes no seccomp flags" "$(state_of_logging)"
  says "check does" "the runtime takes no SECCOMP_FILTER_FLAG_LOG" "$(checked)"
}

# By default it costs what it takes, also for what joins the container.
logs_by_default() {
  local before
  usual_policy
  denied
  is "by default nothing is unlogged" "" "$(unlogged)"
  [ -n "$LISTENER" ] || return 0
  is "by default it is logged" 1 "$RECORDS"
  before=$(recorded)
  "$SHIM" exec "$ID" /bin/probe getppid </dev/null >/dev/null
  check "$NAME: by default what exec is denied is logged" eventually 2 more_than "$before"
}

# A runtime that says that it takes the flag, and does not.
seen_to_drop() {
  local real=$RUNTIME
  takes_no_flags "$real" && return 0
  cat >"$NODE/dropper" <<SCRIPT
#!/bin/sh
[ ! -e "$NODE/c/config.json" ] || jq 'del(.linux.seccomp.flags)' "$NODE/c/config.json" >"$NODE/c/.less" &&
  mv "$NODE/c/.less" "$NODE/c/config.json"
exec "$real" "\$@"
SCRIPT
  chmod 755 "$NODE/dropper"
  RUNTIME=$NODE/dropper
  policy_of_free_logs
  rm -rf /var/cache/bulkhead/runtimes
  denied
  is "a runtime that drops the flag: the record of its first container says so" \
    "the runtime installed the filter without the flag that logs" "$(unlogged)"
  [ -z "$LISTENER" ] || is "a runtime that drops the flag: nothing is logged" 0 "$RECORDS"
  check "$NAME: a runtime that drops the flag: that is remembered" eventually 5 known_is dropped
  says "a runtime that drops the flag: status says so" "installed its filter without the flag" "$(state_of_logging)"
  bundle "$(rules "$GETPPID")"
  says "a runtime that drops the flag: check says so" "as the kernel showed" "$(checked)"
  logs_by_default
  RUNTIME=$real
  usual_policy
}

# ------------------------------------------------------------------------------------------------------

[ -n "${PROGRAMS// /}" ] || { skip "what a runtime takes" "there is neither runc nor crun"; finish; }
make_rootfs
need_shim
need_hook
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  RUNTIME=$1 NAME=$("$1" --version | awk 'NR == 1 { print $1, $3 }')
  usual_policy
  holds_behind_the_shim
  holds_with_conditions
  holds_behind_the_hook
  holds_for_exec
  holds_when_it_comes_late
  refused_where_it_cannot_be_added
  listen
  [ -n "$LISTENER" ] || skip "$NAME: denials are in the kernel's log" "$(tail -n 1 "$NODE/listen.err")"
  logs_what_it_takes
  told_of_one_without_flags
  logs_by_default
  seen_to_drop
  fresh
  [ -z "$LISTENER" ] || kill "$LISTENER"
  finish
fi
for program in $PROGRAMS; do again_in_view "$(basename "$program")" "$program"; done
finish
