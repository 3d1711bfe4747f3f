#!/usr/bin/env bash
# Bad input: each directory here is one fault. The shim meets it in front of a runtime that leaves a
# mark when it runs, and must say the sentence and end with the code that `expect` names.
#
#   tests/hostile/run.sh [NAME…]     only these faults
#
# A fault's directory holds
#   expect        exit=CODE, runs=yes|no, and any number of says=FRAGMENT OF STDERR,
#                 finding=CHECK ID and tells=FRAGMENT OF THE EVENT
#   config.json, process.json, policy.json, profile.json    laid in place as they are; the profile as
#                 /etc/bulkhead/seccomp/p.json
#   make.sh       makes what cannot lie in a repository; runs in the bundle, on a good config.json. May
#                 set BUNDLE, PROGRAM and PREFIX (words before the program), and call `edit JQ-FILTER`
#                 and `as_crun`
#   command       the runtime's arguments (default: create)
#   cases         many faults of one kind: JQ-FILTER <tab> CODE <tab> FRAGMENT, one a line
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
private_node "$@"

HERE=$ROOT/tests/hostile
MARK=$NODE/runtime.ran
EVENTS=/var/log/bulkhead/events.jsonl
SECONDS_PER_FAULT=20

# A filter with everything that can be wrong in it.
good_config() {
  make_bundle "$NODE/good" '.linux.seccomp = {
    defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1, architectures: ["SCMP_ARCH_X86_64"], flags: [],
    syscalls: [{names: ["personality"], action: "SCMP_ACT_ERRNO", errnoRet: 1,
                args: [{index: 0, value: 8, valueTwo: 0, op: "SCMP_CMP_EQ"}]}]}
    | .annotations = {} | .hooks = {}' \
    ".linux.seccomp.syscalls += $(jq -c .syscalls "$ROOT/tests/data/node-profile.json")"
}

# The runtime of this fault calls itself crun.
as_crun() {
  fake_runtime crun "$(helper marker_runtime)"
  PROGRAM=$(link_shim crun)
}

edit() { jq "$1" config.json >.edited && mv .edited config.json; }

# Lays the node and the bundle of one fault. Sets BUNDLE, PROGRAM, PREFIX, COMMAND.
lay() {
  local fault=$HERE/$1 file
  umount -R -q "$NODE/bundle" 2>/dev/null
  umount -q "$NODE/bundle/full" 2>/dev/null
  rm -rf "$NODE/bundle" /etc/bulkhead/* /var/log/bulkhead/* "$MARK"
  mkdir -p "$NODE/bundle" /etc/bulkhead/seccomp
  cd "$NODE/bundle" || exit 70
  cp "$NODE/good/config.json" .
  for file in config.json process.json; do [ ! -e "$fault/$file" ] || cp "$fault/$file" .; done
  [ ! -e "$fault/policy.json" ] || cp "$fault/policy.json" /etc/bulkhead/
  [ ! -e "$fault/profile.json" ] || cp "$fault/profile.json" /etc/bulkhead/seccomp/p.json
  BUNDLE=$NODE/bundle PROGRAM=$(link_shim runc) PREFIX=()
  # shellcheck disable=SC1091  # one of many
  [ ! -e "$fault/make.sh" ] || . "$fault/make.sh"
  COMMAND=(create --bundle "$BUNDLE" hostile)
  [ ! -e "$fault/command" ] || read -ra COMMAND <"$fault/command"
}

# Runs the shim; sets CODE, SAID. stdout must stay empty: it belongs to the runtime.
meet() {
  BEFORE=$(timeout 1 cat "$BUNDLE/config.json" 2>/dev/null | sha256sum)
  CODE=0
  timeout "$SECONDS_PER_FAULT" "${PREFIX[@]}" "$PROGRAM" --log "$NODE/log.json" --log-format json \
    "${COMMAND[@]}" >"$NODE/stdout" 2>"$NODE/stderr" </dev/null || CODE=$?
  SAID=$(tr -d '\0' <"$NODE/stderr")
}

# What is wrong with what happened, one sentence a line; nothing when all is well.
complaints_refused() {
  local after
  [ ! -e "$MARK" ] || echo "the runtime ran: $(cat "$MARK")"
  [ ! -s "$NODE/stdout" ] || echo "stdout is not empty: $(head -c 200 "$NODE/stdout")"
  [ "$(wc -l <"$NODE/stderr")" = 1 ] || echo "stderr is not one line"
  after=$(timeout 1 cat "$BUNDLE/config.json" 2>/dev/null | sha256sum)
  [ "$BEFORE" = "$after" ] || echo "config.json was changed"
  jq -e '.level == "error" and (.msg | length > 0) and (.time | length > 0)' "$NODE/log.json" \
    >/dev/null 2>&1 || echo "the engine's log does not hold the sentence: $(cat "$NODE/log.json")"
  jq -e '.event == "refused"' "$EVENTS" >/dev/null 2>&1 ||
    echo "the event log does not tell of a refusal: $(cat "$EVENTS" 2>&1)"
  [ -z "$(find "$NODE/bundle" -name '.*.bulkhead')" ] || echo "a temporary file is left"
}

complaints_run() {
  [ -e "$MARK" ] || echo "the runtime did not run"
  jq -e . "$EVENTS" >/dev/null 2>&1 || echo "no valid event: $(cat "$EVENTS" 2>&1)"
}

complaints_of_line() {
  case $1 in
    exit) [ "$CODE" = "$2" ] || echo "exit code $CODE, expected $2" ;;
    runs) if [ "$2" = yes ]; then complaints_run; else complaints_refused; fi ;;
    says) case $SAID in *"$2"*) ;; *) echo "does not say: $2" ;; esac ;;
    finding)
      jq -e --arg check "$2" 'any(.findings[]?; .check == $check)' "$EVENTS" >/dev/null 2>&1 ||
        echo "the event does not tell of the finding $2: $(cat "$EVENTS" 2>&1)"
      ;;
    tells) grep -qF -- "$2" "$EVENTS" || echo "the event does not tell: $2: $(cat "$EVENTS" 2>&1)" ;;
    *) echo "expect: unknown line $1=$2" ;;
  esac
}

judge() { # NAME EXPECT
  local complaints
  complaints=$(while IFS='=' read -r key value; do complaints_of_line "$key" "$value"; done <<<"$2")
  if [ -z "$complaints" ]; then ok "$1"; else not_ok "$1" "$complaints
said: $SAID"; fi
  : >"$NODE/log.json"
}

meet_fault() {
  lay "$1"
  meet
  judge "$1" "$(cat "$HERE/$1/expect")"
}

meet_cases() {
  local filter code fragment
  while IFS=$'\t' read -r filter code fragment; do
    lay "$1"
    edit "$filter"
    meet
    judge "$1: $filter" "exit=$code
runs=no
says=$fragment"
  done <"$HERE/$1/cases"
}

meet_all() {
  local name
  for name in "$@"; do
    if [ -e "$HERE/$name/cases" ]; then meet_cases "$name"; else meet_fault "$name"; fi
  done
}

# Every proper beginning of a config.json as containerd writes it.
truncated() {
  lay truncated
  check "truncated at every byte of a real config.json" "$(helper truncate)" \
    "$ROOT/tests/data/kubernetes-config.json" "$NODE/bundle" "$MARK" "$PROGRAM"
}

need_shim
good_config
fake_runtime runc "$(helper marker_runtime)"
if [ $# -gt 0 ]; then
  meet_all "$@"
else
  cd "$HERE" && mapfile -t names < <(ls -d -- */)
  meet_all "${names[@]%/}"
  truncated
fi
finish
