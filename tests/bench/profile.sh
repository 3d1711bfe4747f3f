#!/usr/bin/env bash
# Where the time of a start and of an exec goes: CPU time and page faults of shim, hook and gate by what they do, sampled
# by perf over some hundred of each. What the runtime itself does is left out.
#
#   tests/bench/profile.sh [RUNTIME]     runc or crun, default: the first of this machine
#
# Sampling itself costs: compare the shares, and take the sum from `make bench`.
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
command -v perf >/dev/null || { echo "perf is not installed: packaging/dependencies.sh profile" >&2; exit 1; }
private_node "$@"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$ROOT/tests/bench/lib.sh"
STARTS=200 RATE=10000
RUNTIME=${1:-$(runtimes | head -n 1)}

# sampled EVENT OPTION WORD…: what perf saw of that many starts, as text.
sampled() {
  local event=$1 option=$2
  shift 2
  # shellcheck disable=SC2016  # expanded by the inner shell
  in_view "$RUNTIME" perf record -q -e "$event" "$option" -g -o "$NODE/perf.data" -- \
    "$BASH" -c 'for ((i = 0; i < $1; i++)); do "${@:2}" </dev/null >/dev/null 2>&1; done' sh "$STARTS" "$@" >&2 || return
  perf script -i "$NODE/perf.data" -F comm,ip,sym 2>/dev/null
}
profile() { # TITLE PROGRAM WORD…
  local title=$1
  shift
  in_view "$RUNTIME" "$@" >/dev/null 2>&1 </dev/null || return  # fills the caches
  sampled cpu-clock "-F$RATE" "$@" >"$NODE/time" && sampled page-faults -c1 "$@" >"$NODE/faults" || return
  printf '\n%s\n' "$title"
  python3 -B "$ROOT/tests/bench/stages.py" "$STARTS" "$RATE" "$NODE/time" "$NODE/faults"
}
profile_start() { # TITLE CONFIG PROGRAM
  cp "$2" "$NODE/cycle/config.json"
  profile "$1" "$3" run --bundle "$NODE/cycle" bench
}
profile_exec() { # TITLE
  jq '.process.args = ["/bin/sleep", "1000"]' "$NODE/asked.json" >"$NODE/cycle/config.json"
  in_view "$RUNTIME" "$SHIM" run --detach --bundle "$NODE/cycle" joined >/dev/null 2>&1 </dev/null || return
  profile "$1" "$SHIM" exec joined /bin/true
  in_view "$RUNTIME" "$SHIM" delete --force joined
}

need_shim
need_hook
build_tools || exit
make_bundle "$NODE/cycle" "$(args /bin/true)" '.process.noNewPrivileges = true'
cp "$NODE/cycle/config.json" "$NODE/none.json"
resulting_config "$NODE/none.json" "$NODE/asked.json" || exit
with_hook "$HOOK" "$NODE/asked.json" >"$NODE/asked-hook.json"
write_policy <<<"{\"version\": 1, \"runtimes\": [\"$RUNTIME\"]}"
profile_start "Behind the shim, $RUNTIME" "$NODE/asked.json" "$SHIM" &&
  profile_start "By the hook alone, $RUNTIME" "$NODE/asked-hook.json" "$(command -v "$RUNTIME")" &&
  profile_exec "An exec behind the shim, $RUNTIME"
