#!/usr/bin/env bash
# A held container that faults before its program begins ends at once, as it ends without a gate: a traced
# first process of a pid namespace does not die of a signal that the kernel forces on it, and would fault for
# ever.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
RUNTIME='' CODE=0

# Mapped over an address that cannot be: execve(2) is past its point of no return when it fails.
make_bad_elf() { # FILE
  python3 - "$1" <<'EOF'
import struct, sys
header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x7ffffffff000, 0, 0x1000, 0x1000, 0x1000)
open(sys.argv[1], "wb").write(header + segment + bytes(4096))
EOF
  chmod 755 "$1"
}
DENIES_ALL='{defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"]}'
hooks() {
  printf '.hooks = {createRuntime: [{path: "%s", args: ["bulkhead-hook", "createRuntime"]}]}' "$HOOK"
}
fault() { # KIND
  case $1 in
    'a program that cannot be mapped') echo '.process.args = ["/bin/bad"]' ;;
    'a profile that denies everything') echo ".linux.seccomp = $DENIES_ALL" ;;
  esac
}

# Bounded, so that a loop is a failure and not a wait.
run_through() { # DOOR KIND NNP
  local runtime=$RUNTIME hook=.
  [ "$1" != shim ] || runtime=$NODE/bin/bulkhead-$RUNTIME
  [ "$1" != hook ] || hook=$(hooks)
  rm -f "$EVENTS"
  make_bundle "$NODE/c" ".process.noNewPrivileges = $3" "$hook" "$(args /bin/true)" "$(fault "$2")"
  CODE=0
  timeout --signal=KILL 15 "$runtime" run --bundle "$NODE/c" faulty >"$NODE/out" 2>&1 </dev/null || CODE=$?
  "$RUNTIME" delete --force faulty >/dev/null 2>&1
}
nothing_left() { ! grep -lx bulkhead-gate /proc/[0-9]*/comm >/dev/null 2>&1 && [ ! -e /run/bulkhead/containers/faulty.json ]; }
is_told() { grep -q '"event":"ended"' "$EVENTS" 2>/dev/null; }

case_of() { # KIND NNP
  local plain door name
  run_through plain "$1" "$2"
  plain=$CODE
  check "$RUNTIME: $1, no_new_privileges $2: does not run without Bulkhead either" test "$plain" != 0
  for door in hook shim; do
    name="$RUNTIME, $door: $1, no_new_privileges $2"
    run_through "$door" "$1" "$2"
    same "$name: ends as without a gate" "$plain" "$CODE"
    check "$name: the event" eventually 5 is_told
    check "$name: nothing is left" eventually 5 nothing_left
  done
}
all_of() {
  RUNTIME=$1
  ln -sf "$SHIM" "$NODE/bin/bulkhead-$RUNTIME"
  local kind nnp
  for kind in 'a program that cannot be mapped' 'a profile that denies everything'; do
    for nnp in true false; do case_of "$kind" $nnp; done
  done
  run_through shim 'a program that cannot be mapped' true
  check "$RUNTIME: the event" eventually 5 is_told
  contains "$RUNTIME: the event names the signal" "signal 11 (SIGSEGV)" "$(grep '"event":"ended"' "$EVENTS")"
}

need_shim
need_hook
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  all_of "$1"
  finish
fi
make_rootfs
make_bad_elf "$NODE/rootfs/bin/bad"
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
