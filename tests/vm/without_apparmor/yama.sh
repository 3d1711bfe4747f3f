#!/bin/bash
# kernel.yama.ptrace_scope: up to 2 the gate, which is root's, attaches as ever; 3 forbids it to everybody
# until the next boot, and then nothing runs that is to be proved. No suite that attaches may follow in the
# same boot.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead

SCOPE=/proc/sys/kernel/yama/ptrace_scope
STATUS=$BUILD/bulkhead
SENTENCE='(kernel.yama.ptrace_scope is 3); boot with kernel.yama.ptrace_scope below 3'
check "this kernel has Yama" test -w "$SCOPE"

starts() { # WHAT WAY RUNTIME
  bundle "$2" - /bin/probe seccomp
  contains "$3, $2: $1" "seccomp=2" "$(start "$2" "$3")"
}
lower_it() { echo 0 >"$SCOPE"; }
not() { ! "$@"; }
says_so() { grep -F 'ptrace_scope is 3' <<<"$("$STATUS" status)"; } # whose own code tells of much else

for scope in 0 1 2; do
  echo "$scope" >"$SCOPE"
  for runtime in $(runtimes); do
    starts "a container is proved with ptrace_scope $scope" hook "$runtime"
    check "$runtime, ptrace_scope $scope: the event says so" test -n "$(last_event installed)"
  done
done
check "status does not warn of it" not says_so

echo 3 >"$SCOPE"
check "3 cannot be taken back" not lower_it
check "status warns before a container is refused" says_so
for runtime in $(runtimes); do
  for way in hook both shim; do
    bundle "$way" - /bin/probe seccomp
    answer=$(start "$way" "$runtime")
    contains "$runtime, $way: is refused with the cause and the remedy" "$SENTENCE" "$answer"
    lacks "$runtime, $way: the program did not run" "seccomp=" "$answer"
    check "$runtime, $way: the refusal is an event" test -n "$(last_event refused)"
  done
  write_policy <<<'{ "version": 1, "prove": "never" }'
  starts "without a proof it starts, confined by its config.json" both "$runtime"
  bundle hook - /bin/probe seccomp
  contains "$runtime: a hook alone cannot install a filter, and refuses" "refused: " \
    "$(start hook "$runtime")"
  remove_policy
done
finish
