# shellcheck shell=bash disable=SC2034  # variables for the scripts
# What the benches that run containers stand on, on top of tests/integration/lib.sh.
TOOLS=$BUILD/tests/bench
HERE=$ROOT/tests/bench

note() { echo "# $*" >&2; }

build_tools() {
  local program
  [ ! "$HERE/measure.cc" -nt "$TOOLS/bench" ] || rm -f "$TOOLS/bench" "$TOOLS/lanes"
  for program in bench lanes; do
    compile "$TOOLS/$program" "$HERE/$program.cc" g++ -std=c++23 -O2 -Wall -Wextra -Werror -static \
      "$HERE/measure.cc" || return 1
  done
  for program in noop_runtime noop_hook floor exec_wrapper hello peak_rss largest_gap; do
    compile "$TOOLS/$program" "$HERE/$program.c" gcc -std=c17 -D_GNU_SOURCE -O2 -Wall \
      -Wextra -Werror -static || return 1
  done
}

# as_installed: SHIM and HOOK are copies without symbols, as a package installs them. What the linker wrote piece by piece
# is cached by the kernel in small pieces as well, and a start of it takes some hundredths more.
as_installed() {
  local place=$TOOLS/installed name program
  mkdir -p "$place"
  for name in SHIM HOOK; do
    [ -n "${!name:-}" ] || continue  # the hook is not built
    program=$place/${!name##*/}
    strip -o "$place/.new" "${!name}" && cp "$place/.new" "$place/.copy" && mv "$place/.copy" "$program" || return
    printf -v "$name" %s "$program"
  done
  rm "$place/.new"
}

# A mount namespace of its own, in which the no-op stands where runc is.
with_noop() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  unshare --mount --propagation private -- /bin/sh -c \
    'mount --bind "$1" "$2" && shift 2 && exec "$@"' \
    sh "$TOOLS/noop_runtime" "$(readlink -f "$(command -v runc)")" "$@"
}

# resulting_config FROM TO: what the shim makes of a config.json in NODE/cycle, by running it in front of the no-op.
resulting_config() {
  cp "$1" "$NODE/cycle/config.json"
  with_noop "$(link_shim runc)" create --bundle "$NODE/cycle" bench || return
  cp "$NODE/cycle/config.json" "$2"
}

# with_hook PROGRAM CONFIG: the config with that program as createRuntime and poststop hook.
with_hook() {
  jq --arg hook "$1" '.hooks.createRuntime = [{path: $hook,
      args: ["bulkhead-hook", "createRuntime"], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]
    | .hooks.poststop = [{path: $hook, args: ["bulkhead-hook", "poststop"],
      env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]' "$2"
}

# Results are lines of RESULTS, {"name","ratio","goal","unit"}; smaller is better.
result() { # NAME VALUE GOAL UNIT
  jq -nc --arg name "$1" --argjson value "$2" --argjson goal "$3" --arg unit "$4" \
    '{name: $name, ratio: $value, goal: $goal, unit: $unit}' >>"$RESULTS"
}

# table FILE: of a JSON array of results.
table() {
  jq -r '.[] | [.name, .ratio, .goal, .unit, (if .ratio <= .goal then "met" else "MISSED" end)] | @tsv' \
    "$1" | awk -F'\t' 'BEGIN { printf "%-36s %8s %8s  %-34s %s\n", "bench", "measured", "goal", "unit", "" }
    { printf "%-36s %8.3f %8.3f  %-34s %s\n", $1, $2, $3, $4, $5 }'
}
