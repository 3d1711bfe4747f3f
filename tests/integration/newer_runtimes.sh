#!/usr/bin/env bash
# The versions of runc and crun that Debian's other suites offer, with their own libseccomp (tests/matrix/fetch.sh):
# what they make of a profile that names calls which an older libseccomp does not know is what was planned, and so is
# what they make of a config.json without capabilities.
#
# Environment: PROGRAMS, paths of runtimes to use instead.
# shellcheck disable=SC2016,SC2317  # jq programs; functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -n "${BULKHEAD_NODE_ID:-}${BULKHEAD_INSIDE:-}" ] || PROGRAMS=${PROGRAMS:-$("$ROOT/tests/matrix/fetch.sh" "$BUILD/matrix" | xargs)}
export PROGRAMS
private_node "$@"

NAME='' RUNTIME='' ID=newer
EVENTS=/var/log/bulkhead/events.jsonl
# Every name that there is, in the form that Docker's profile has since it names them, too.
ALL_NAMES=$(awk '!/^#/ && $1 != "name" { print $1 }' "$ROOT/policy/syscalls/syscalls.tbl" |
  grep -vxE 'clone3|mount|umount2|pivot_root|keyctl' | jq -R . | jq -sc .)
ALLOWS="{defaultAction: \"SCMP_ACT_ERRNO\", defaultErrnoRet: 1,
  architectures: [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"],
  syscalls: [{names: $ALL_NAMES, action: \"SCMP_ACT_ALLOW\"}]}"

is() { same "$NAME: $1" "$2" "$3"; }
last_of() { grep "\"stage\":\"$1" "$EVENTS" | tail -n 1 | jq -r .event; }
fresh() { rm -f "$EVENTS"; }

# bundle PROFILE NO_NEW_PRIVILEGES COMMAND [JQ FILTER]
bundle() {
  make_bundle "$NODE/c" "$(args /bin/sh -c "$3")" ".linux.seccomp = $1" ".process.noNewPrivileges = $2" "${4:-.}"
}
run() { OUT=$("$1" run --bundle "$NODE/c" "$ID" 2>"$NODE/err" </dev/null); CODE=$?; }

behind_the_shim() {
  local nnp
  for nnp in true false; do
    fresh
    bundle "$ALLOWS" "$nnp" "probe seccomp"
    run "$SHIM"
    is "no_new_privileges $nnp: every known call may be named, behind the shim" "0 seccomp=2" "$CODE $OUT"
    eventually 5 grep -q '"stage":"gate' "$EVENTS"
    is "no_new_privileges $nnp: it is proved" proved "$(last_of gate)"
  done
}

exec_is_proved() {
  bundle "$ALLOWS" true "sleep 100"
  "$SHIM" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
  is "an exec holds what its container does" seccomp=2 "$("$SHIM" exec "$ID" /bin/probe seccomp </dev/null)"
  is "and it is proved" proved "$(last_of 'gate exec')"
  "$RUNTIME" delete --force "$ID"
}

behind_the_hook() {
  local hook
  hook=$(jq -n --arg hook "$HOOK" '[{path: $hook, args: ["bulkhead-hook", "createRuntime"]}]')
  fresh
  bundle "$ALLOWS" true "probe seccomp" ".hooks.createRuntime = $hook"
  run "$RUNTIME"
  is "every known call may be named, behind the hook alone" "0 seccomp=2" "$CODE $OUT"
  is "it is proved" proved "$(last_of gate)"
}

# runc from 1.3 on gives all that it has where config.json has no process.capabilities.
without_capabilities() {
  local bare hook
  bundle "$ALLOWS" true "grep CapBnd /proc/self/status" 'del(.process.capabilities)'
  run "$RUNTIME"
  bare=$OUT
  run "$SHIM"
  is "no capabilities in config.json are none behind the shim" "0 CapBnd:	0000000000000000" "$CODE $OUT"
  fresh
  hook=$(jq -n --arg hook "$HOOK" '[{path: $hook, args: ["bulkhead-hook", "createRuntime"]}]')
  bundle "$ALLOWS" true "grep CapBnd /proc/self/status" "del(.process.capabilities) | .hooks.createRuntime = $hook"
  run "$RUNTIME"
  if [ "$bare" = "CapBnd:	0000000000000000" ]; then
    is "and behind the hook alone" "0 $bare" "$CODE $OUT"
  else
    is "behind the hook alone nothing runs with all of them" "" "$OUT"
    contains "$NAME: and it is told what config.json must say" "process.capabilities, which some runtimes take for all: write the member" \
      "$(cat "$EVENTS")"
  fi
}

[ -n "$PROGRAMS" ] || { skip "newer versions of runc and crun" "none could be had (tests/matrix/fetch.sh)"; finish; }
make_rootfs
need_shim
need_hook
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  RUNTIME=$1 NAME=$(basename "$(dirname "$1")")
  write_policy <<<"{\"version\": 1, \"runtimes\": [\"$1\"]}"
  behind_the_shim
  exec_is_proved
  behind_the_hook
  without_capabilities
  finish
fi
for program in $PROGRAMS; do again_in_view "$(basename "$program")" "$program"; done
finish
