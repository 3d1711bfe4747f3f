#!/usr/bin/env bash
# `make hot`: traces what shim and hook execute when a container starts, and prints the linker script
# that puts those functions side by side. A start then touches 15 places of the text instead of 35; on
# many machines a page fault there costs more than the work done in it.
#
#   packaging/hot/make_script.sh > packaging/hot/hot.ld      needs root
# shellcheck source=../../tests/integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../tests/integration/lib.sh"
private_node "$@"
need_shim
need_hook

HERE=$ROOT/packaging/hot
TRACE=$BUILD/tests/trace
compile "$TRACE" "$HERE/trace.c" gcc -std=gnu17 -O2 -Wall -Wextra -Werror >&2

printf '#include <unistd.h>\nint main(void) { return 0; }\n' >"$NODE/nothing.c"
compile "$NODE/nothing" "$NODE/nothing.c" gcc -O2 -static >&2
fake_runtime runc "$NODE/nothing"
shim=$(link_shim runc)

trace_shim() { "$TRACE" "$NODE/shim.trace" "$shim" "$@" >&2 </dev/null; }
fresh_bundle() { mkdir -p "$NODE/kube" && cp "$ROOT/tests/data/kubernetes-config.json" "$NODE/kube/config.json"; }

fresh_bundle
"$shim" create --bundle "$NODE/kube" warm >&2   # the runtime's features are in the cache
# Each of these takes some seconds: the processor stops after every instruction.
write_policy <<<'{"version": 1, "seccomp": {"unset": "runtime-default"}}'
fresh_bundle
trace_shim --log "$NODE/log" --log-format json create --bundle "$NODE/kube" --pid-file "$NODE/pid" one
trace_shim state one
trace_shim exec one true

trace_hook() { "$TRACE" "$NODE/hook.trace" "$HOOK" "$@" >/dev/null; }
trace_hook precreate <"$NODE/kube/config.json"
python3 "$HERE/sections.py" "$BUILD/bulkhead-shim.map" "$NODE/shim.trace" >"$NODE/shim.ld" &&
  python3 "$HERE/sections.py" "$BUILD/bulkhead-hook.map" "$NODE/hook.trace" >"$NODE/hook.ld" || exit 1
# One script for both: what either executes.
{
  sed '/^  }$/,$d' "$NODE/shim.ld"
  grep -h '^    \*' "$NODE/hook.ld" | grep -vxFf <(grep '^    \*' "$NODE/shim.ld")
  printf '  }\n}\nINSERT BEFORE .text;\n'
}
