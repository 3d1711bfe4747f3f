#!/usr/bin/env bash
# "seccomp": {"architectures": "native"}: what a container holds lists the machine's own architecture alone, by whichever
# door it came, and a program of another one is killed at its first call; without it, as ever, it runs.
# shellcheck disable=SC2016,SC2317  # jq programs; functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
RECORDS=/run/bulkhead/containers
ID=narrow
KILLED=159  # 128 + SIGSYS
RUNTIME='' DOOR='' CODE=0 OUT=''

is() { same "$RUNTIME, $DOOR: $1" "$2" "$3"; }
says() { contains "$RUNTIME, $DOOR: $1" "$2" "$3"; }

prepare() {
  make_rootfs
  compile "$BUILD/tests/helpers/other_calls" "$ROOT/tests/integration/helpers/other_calls.c" \
    gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static
  cp "$BUILD/tests/helpers/other_calls" "$NODE/rootfs/bin/"
  ! compile "$BUILD/tests/helpers/calls_32" "$ROOT/tests/integration/helpers/calls_32.c" \
    gcc -m32 -nostdlib -static -O2 -fno-stack-protector -fno-pic -no-pie 2>/dev/null ||
    cp "$BUILD/tests/helpers/calls_32" "$NODE/rootfs/bin/"
  make_bundle "$NODE/c"
  "$NODE/bin/bulkhead-hook" precreate <"$NODE/c/config.json" | jq .linux.seccomp >"$NODE/all.json"
  jq '.architectures = ["SCMP_ARCH_X86_64"]' "$NODE/all.json" >"$NODE/native.json"
}

# ---- a container at a door ------------------------------------------------------------------------------

policy() { # VALUE [MEMBERS]: what config.json asks for follows the policy's value
  local loader=runtime
  [ "$DOOR" != loader ] || loader=gate
  write_policy <<<"{\"version\": 1, ${2:-} \"seccomp\": {\"architectures\": \"$1\", \"loader\": \"$loader\", \"log_denials\": true}}"
}
bundle() { # JQ FILTER…
  local hooks=.
  [ "$DOOR" != hook ] || hooks=".hooks.createRuntime = [{path: \"$NODE/hook/bulkhead-hook\", args: [\"bulkhead-hook\", \"createRuntime\"]}]"
  make_bundle "$NODE/c" "$hooks" "$@"
}
through_door() { if [ "$DOOR" = hook ]; then "$RUNTIME" "$@"; else "$NODE/bin/bulkhead-$RUNTIME" "$@"; fi; }
run() { # WORD…: the program of the container
  bundle "$(args "$@")"
  CODE=0
  rm -f "$EVENTS"
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  OUT=$(through_door run --bundle "$NODE/c" "$ID" </dev/null 2>&1) || CODE=$?
}
running() { # JQ FILTER…
  bundle "$@" "$(args /bin/sleep 1000)"
  rm -f "$EVENTS" "$RECORDS/$ID.json"
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  through_door run --detach --bundle "$NODE/c" --pid-file "$NODE/pid" "$ID" >"$NODE/stdout" 2>&1 </dev/null
  eventually 10 recorded
  PID=$(cat "$NODE/pid")
}
recorded() { grep -qE '"state":"(proved|installed)"' "$RECORDS/$ID.json"; }
# The event of the gate's is there some moments after the program began.
gate_event() { eventually 5 grep -q '"stage":"gate' "$EVENTS" && grep '"stage":"gate' "$EVENTS" | tail -n 1 | jq -r "$1"; }
# The prefix of runc's own answers ENOSYS to what it has no name for, before the filter is asked.
ENOSYS_OF_RUNC='KILL_THREAD ERRNO(ENOSYS) x86_64 (numbers without a name)'
holds_exactly() { # NAME PROFILE
  local found expected=same
  found=$("$BUILD/bulkhead" diff "$2" "$PID" | tr -s ' ' |
    awk '/^A and B decide the same/ { print "same" } rows { print } /^A B ON/ { rows = 1 }')
  [ "$RUNTIME $DOOR" != "runc shim" ] || [ "$found" = same ] || expected=$ENOSYS_OF_RUNC
  is "$1" "$expected" "$found"
}

# ---- what it does ---------------------------------------------------------------------------------------

# What runs on this machine at all: CONFIG_IA32_EMULATION.
is_here() { [ -x "$NODE/rootfs$1" ] && "$NODE/rootfs$1" "${@:2}" >/dev/null 2>&1; }
killed_under_native() { # WORD…
  if [ "$DOOR" = shim ]; then
    policy as-asked
    run "$@"
    is "as-asked: $* runs" 0 "$CODE"
  fi
  policy native
  run "$@"
  is "native: $* is killed" $KILLED "$CODE"
}
programs() {
  local here=0
  for words in /bin/calls_32 '/bin/other_calls x86'; do
    # shellcheck disable=SC2086  # words
    ! is_here $words || { killed_under_native $words; here=1; }
  done
  [ $here = 1 ] || skip "$RUNTIME, $DOOR: 32-bit programs" "this kernel runs none"
  # A kernel without x32 answers ENOSYS, where no filter kills for the number.
  killed_under_native /bin/other_calls x32
  run /bin/true
  is "native: a program of the machine's own runs" 0 "$CODE"
}
what_holds() {
  policy native
  running
  holds_exactly "the fallback of the kernel is the fallback of the machine's own architecture" "$NODE/native.json"
  is "and is not the whole one" 1 "$("$BUILD/bulkhead" diff "$NODE/all.json" "$PID" >/dev/null 2>&1; echo $?)"
  is "the event says what was taken" "runtime/default less other architectures" "$(gate_event .seccomp)"
  says "and why" "architectures: x86, x32 taken out of the profile" \
    "$(gate_event '.reasons[] | "\(.subject): \(.sentence)"')"
  says "ps says it" "less other architectures" "$("$BUILD/bulkhead" ps --json 2>&1)"
  says "verify" holds "$("$BUILD/bulkhead" verify "$ID" 2>&1)"
  if [ "$DOOR" != hook ]; then
    is "config.json lists one architecture" '["SCMP_ARCH_X86_64"]' \
      "$(jq -c .linux.seccomp.architectures "$NODE/c/config.json")"
    CODE=0
    through_door exec "$ID" /bin/other_calls x32 >"$NODE/stdout" 2>&1 </dev/null || CODE=$?
    is "exec: a call of another one kills" $KILLED "$CODE"
  fi
  running ".linux.seccomp = $(jq -c '.syscalls += [{names: ["keyctl"], action: "SCMP_ACT_ALLOW"}]' "$NODE/all.json")"
  jq '.syscalls += [{names: ["keyctl"], action: "SCMP_ACT_ALLOW"}]' "$NODE/native.json" >"$NODE/own.json"
  holds_exactly "of a profile of its own the same is left" "$NODE/own.json"
  is "which the event says" "config less other architectures" "$(gate_event .seccomp)"
}
by_rule() {
  policy native '"rules": [{"name": "old", "match": {}, "because": "32-bit programs",
    "seccomp": {"architectures": "as-asked"}}],'
  run /bin/other_calls x32
  is "a rule lets a container keep what it lists" 0 "$CODE"
  policy native '"mode": "observe",'
  run /bin/other_calls x32
  is "mode observe takes nothing out" 0 "$CODE"
  says "and tells what would be" "x86, x32 taken out of the profile" "$(gate_event .message)"
  lacks "$RUNTIME: a program of the machine's own would not be killed" "its program is one of" "$(gate_event .message)"
  is_here /bin/calls_32 || return 0
  run /bin/calls_32
  says "and who would be killed" "its program is one of x86, and would be killed at its first system call" \
    "$(gate_event .message)"
}
# A runtime that compiles the architectures that it was told to leave out.
mutant() {
  cat >"$NODE/wrapper" <<EOF
#!/bin/sh
jq 'if .linux.seccomp then .linux.seccomp.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] else . end' $NODE/c/config.json >$NODE/mutated &&
  cat $NODE/mutated >$NODE/c/config.json
exec $RUNTIME "\$@"
EOF
  chmod 755 "$NODE/wrapper"
  policy native "\"runtimes\": [\"$NODE/wrapper\"],"
  bundle "$(args /bin/true)"
  CODE=0
  OUT=$("$SHIM" run --bundle "$NODE/c" "$ID" </dev/null 2>&1) || CODE=$?
  is "a runtime that brings one back: killed" 137 "$CODE"
  says "a runtime that brings one back: why" "x86" "$OUT"
}

need_shim
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  RUNTIME=$1
  for DOOR in shim loader hook; do
    programs
    what_holds
  done
  DOOR=shim
  by_rule
  mutant
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  finish
fi
[ "$(uname -m)" = x86_64 ] || { skip "the machine's own architecture alone" "written for x86_64"; finish; }
need_hook
prepare
mkdir -p "$NODE/hook" && mv "$HOOK" "$NODE/hook/"  # not beside the shim, which would call it
for runtime in $(runtimes); do
  link_shim "$runtime" >/dev/null
  again_in_view "$runtime" "$runtime"
done
finish
