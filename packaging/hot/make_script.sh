#!/usr/bin/env bash
# `make hot`: traces which functions shim and hook execute when a container starts, and writes the
# linker scripts that put them side by side, shim.ld and hook.ld. A start then touches few places of the
# text instead of many; on many machines a page fault there costs more than the work done in it.
#
#   packaging/hot/make_script.sh DIRECTORY      an absolute path; needs root, and runc
# shellcheck source=../../tests/integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../tests/integration/lib.sh"
private_node "$@"
need_shim
need_hook

HERE=$ROOT/packaging/hot
TRACE=$BUILD/tests/trace
compile "$TRACE" "$HERE/trace.c" gcc -std=gnu17 -O2 -Wall -Wextra -Werror >&2

# traced NAME PROGRAM WORD…: the trace is NAME.trace, once all that the program began has ended.
traced() {
  local name=$1
  shift
  "$TRACE" "$NODE/$name.trace" "$@" >/dev/null && wait_for "$name"
}
wait_for() { eventually 60 test -e "$NODE/$1.trace" || exit 1; }

# ---- the hook, on a container that it proves, from create to delete ------------------------------------

hook_entry() { # STAGE
  jq -nc --arg trace "$TRACE" --arg file "$NODE/$1.trace" --arg hook "$HOOK" --arg stage "$1" \
    '{path: $trace, args: ["trace", $file, $hook, $stage], env: ["PATH=/usr/sbin:/usr/bin"]}'
}
make_bundle "$NODE/c" "$(args /bin/true)" '.process.noNewPrivileges = true' || exit 1
mv "$NODE/c/config.json" "$NODE/plain.json"
"$HOOK" precreate <"$NODE/plain.json" >"$NODE/confined.json" || exit 1

container() { # CONFIG
  jq --argjson create "$(hook_entry createRuntime)" --argjson stop "$(hook_entry poststop)" \
    '.hooks = {createRuntime: [$create], poststop: [$stop]}' "$1" >"$NODE/c/config.json"
  rm -f "$NODE"/{createRuntime,poststop}.trace
  runc create --bundle "$NODE/c" hot >/dev/null 2>&1 </dev/null && runc start hot || exit 1
  wait_for createRuntime
  runc delete --force hot && wait_for poststop || exit 1
}
write_policy <<<"{\"version\": 1, \"runtimes\": [\"$(command -v runc)\"], \"seccomp\": {\"loader\": \"auto\"}}"
container "$NODE/confined.json"  # fills the cache, as on a node
container "$NODE/confined.json"
mv "$NODE/createRuntime.trace" "$NODE/proving.trace"
mv "$NODE/poststop.trace" "$NODE/forgetting.trace"
container "$NODE/plain.json"
mv "$NODE/createRuntime.trace" "$NODE/installing.trace"
traced precreate "$HOOK" precreate <"$NODE/plain.json"

# ---- the shim, in front of a runtime that does nothing -------------------------------------------------

printf '#include <unistd.h>\nint main(void) { return 0; }\n' >"$NODE/nothing.c"
compile "$NODE/nothing" "$NODE/nothing.c" gcc -O2 -static >&2
fake_runtime runc "$NODE/nothing"
shim=$(link_shim runc)
fresh_bundle() { mkdir -p "$NODE/kube" && cp "$ROOT/tests/data/kubernetes-config.json" "$NODE/kube/config.json"; }
create() { # NAME
  fresh_bundle
  traced "$1" "$shim" --log "$NODE/log" --log-format json create --bundle "$NODE/kube" --pid-file "$NODE/pid" one </dev/null
}
# The tracer is the one that a gate would find at the shim already.
fresh_bundle
"$shim" create --bundle "$NODE/kube" warm >&2 || exit 1  # the runtime's features are in the cache
write_policy <<<'{"version": 1, "prove": "never", "seccomp": {"unset": "runtime-default"}}'
create fallback
mkdir -p /etc/bulkhead/seccomp && cp "$ROOT/tests/data/node-profile.json" /etc/bulkhead/seccomp/node.json
write_policy <<<'{"version": 1, "prove": "never", "rules": [
  {"name": "shop", "match": {"namespace": "shop"}, "seccomp": {"profile": "localhost/node.json"}}]}'
create localhost
# As most engines ask: with a profile in config.json.
proves_nothing() { # RUNTIME
  write_policy <<<"{\"version\": 1, \"prove\": \"never\", \"runtimes\": [\"$1\"], \"seccomp\": {\"loader\": \"auto\"}}"
}
proves_nothing "$(command -v runc)"
jq '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_LOG"]' "$NODE/confined.json" >"$NODE/kube/config.json"
traced asked "$shim" create --bundle "$NODE/kube" one </dev/null
traced state "$shim" state one

# ---- the shim's gate, once it holds: nobody can trace that which it traces -----------------------------

umount "$(readlink -f "$(command -v runc)")"
cat >"$NODE/waiting-runc" <<SH
#!/bin/sh
case "\$*" in *run*hot | *exec*hot*) until [ -e $NODE/go ]; do sleep 0.1; done ;; esac
exec $(command -v runc) "\$@"
SH
chmod 755 "$NODE/waiting-runc"
write_policy <<<"{\"version\": 1, \"runtimes\": [\"$NODE/waiting-runc\"]}"
jq '.process.args = ["/bin/sleep", "60"] | del(.hooks)' "$NODE/confined.json" >"$NODE/c/config.json"
gate_traced() { # NAME WORD…
  local name=$1 gate
  shift
  rm -f "$NODE/go"
  "$SHIM" "$@" >/dev/null 2>&1 </dev/null &
  eventually 30 pgrep -x waiting-runc || exit 1  # the gate holds, and its memory is its own
  gate=$(pgrep -x bulkhead-gate)
  "$TRACE" "$NODE/$name.trace" --process "$gate" &
  eventually 30 grep -q '^TracerPid:.[1-9]' "/proc/$gate/status" || exit 1
  touch "$NODE/go"
  wait_for "$name"
}
gate_traced gate run --detach --bundle "$NODE/c" hot
proves_nothing "$NODE/waiting-runc"
traced exec "$SHIM" exec hot true
write_policy <<<"{\"version\": 1, \"runtimes\": [\"$NODE/waiting-runc\"]}"
gate_traced joining exec hot true
runc delete --force hot

# What runs where no tracer can be: until the gate holds. And what finds the record of a container that is gone.
UNTRACED='    *(.text.*_GLOBAL__N_19order_for*)
    *(.text._ZN8bulkhead6kernel8place_of*)
    *(.text.*_GLOBAL__N_19open_gate*)
    *(.text._ZN8bulkhead4shim9open_gate*)
    *(.text._ZN8bulkhead6kernel11RuntimeGate*)
    *(.text.*17is_temporary_name*)'

script() { # PROGRAM TRACE…
  local program=$1 traces=()
  shift
  for trace in "$@"; do traces+=("$NODE/$trace.trace"); done
  python3 "$HERE/sections.py" "$BUILD/bulkhead-$program.map" "${traces[@]}" >"$DIRECTORY/$program.ld" || exit 1
}
DIRECTORY=$1
# What is called most often and does least stands in front of all: what does more touches that, too.
script shim state asked gate exec joining fallback localhost
script hook forgetting proving installing precreate
# The shim's gate begins as the hook's does.
awk 'NR == FNR { if (/^    /) hook[++count] = $0; next }
  /^  }$/ { for (i = 1; i <= count; i++) if (!(hook[i] in seen)) print hook[i] }
  { seen[$0]; print }' "$DIRECTORY/hook.ld" "$DIRECTORY/shim.ld" >"$DIRECTORY/shim.ld.both" &&
  mv "$DIRECTORY/shim.ld.both" "$DIRECTORY/shim.ld"
# Behind all that is traced.
for script in "$DIRECTORY/shim.ld" "$DIRECTORY/hook.ld"; do
  awk -v untraced="$UNTRACED" '/^  }$/ { print untraced } { print }' "$script" >"$script.new" && mv "$script.new" "$script"
done
