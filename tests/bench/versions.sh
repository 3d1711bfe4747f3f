#!/usr/bin/env bash
# What Bulkhead costs on each runtime of Debian's suites (tests/matrix/fetch.sh): CPU time of a start, of a start
# that fails and of an exec, hook and gate included, over what the plain runtime takes with the same profile in the
# same run. Prints the tables, writes BUILD/bench-versions.json and the tables of docs/performance.md.
#
#   tests/bench/versions.sh [--quick] [--page]     --quick: fewer rounds, for trying the bench, not for judging
#                                                  --page: docs/performance.md gets the tables
# Environment: PROGRAMS, paths of runtimes to measure instead.
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
[ -n "${BULKHEAD_NODE_ID:-}${BULKHEAD_INSIDE:-}" ] ||
  PROGRAMS=${PROGRAMS:-$(for one in $(runtimes); do readlink -f "$(command -v "$one")"; done |
    cat - <("$ROOT/tests/matrix/fetch.sh" "$BUILD/matrix") | xargs)}
export PROGRAMS
private_node "$@"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$ROOT/tests/bench/lib.sh"
ROUNDS=25
[[ " $* " != *" --quick "* ]] || ROUNDS=5
RESULTS=$NODE/versions.jsonl

# ---- one runtime ---------------------------------------------------------------------------------------

policy() { # FILE LOADER ARCHITECTURES
  jq -n --arg runtime "$RUNTIME" --arg loader "$2" --arg architectures "$3" \
    '{version: 1, runtimes: [$runtime], seccomp: {$loader, $architectures}}' >"$1"
}

prepare() {
  policy "$NODE/proving.json" runtime as-asked
  policy "$NODE/ready.json" gate as-asked
  policy "$NODE/native.json" runtime native
  make_bundle "$NODE/cycle" "$(args /bin/true)" '.process.noNewPrivileges = true'
  cp "$NODE/cycle/config.json" "$NODE/none.json"
  resulting_config "$NODE/none.json" "$NODE/asked.json" || return
  with_hook "$HOOK" "$NODE/none.json" >"$NODE/none-hook.json"
  with_hook "$HOOK" "$NODE/asked.json" >"$NODE/asked-hook.json"
  with_hook "$TOOLS/floor" "$NODE/asked.json" >"$NODE/asked-floor.json"
  jq '.linux.seccomp.architectures = ["'"$SCMP_NATIVE"'"]' "$NODE/asked.json" >"$NODE/native-asked.json"
  for config in asked asked-hook; do
    jq '.process.args = ["/no/such/program"]' "$NODE/$config.json" >"$NODE/$config-fails.json"
  done
}

# lane NAME ok|fails CONFIG POLICY WORD…
lane() {
  local name=$1 outcome=$2 config=$3 policy=$4
  shift 4
  printf '%s\t%s\t%s>%s %s>%s\t%s\n' "$name" "$outcome" "$NODE/$config.json" "$NODE/cycle/config.json" \
    "$NODE/$policy.json" /etc/bulkhead/policy.json "$*"
}
starts() {
  local run="run --bundle $NODE/cycle bench"
  lane start/plain/asked ok asked proving "$RUNTIME" "$run"
  lane start/plain/none ok none proving "$RUNTIME" "$run"
  lane start/shim/asked ok asked proving "$SHIM" "$run"
  lane start/shim/none ok none proving "$SHIM" "$run"
  lane start/hook/asked ok asked-hook proving "$RUNTIME" "$run"
  lane start/hook/none ok none-hook proving "$RUNTIME" "$run"
  lane start/both/asked ok asked-hook proving "$SHIM" "$run"
  lane start/both/none ok none-hook proving "$SHIM" "$run"
  lane start/ready/asked ok asked ready "$SHIM" "$run"
  lane start/native/asked ok asked native "$SHIM" "$run"
  lane failing/plain/asked fails asked-fails proving "$RUNTIME" "$run"
  lane failing/shim/asked fails asked-fails proving "$SHIM" "$run"
  lane failing/hook/asked fails asked-hook-fails proving "$RUNTIME" "$run"
  lane failing/both/asked fails asked-hook-fails proving "$SHIM" "$run"
  lane failing/ready/asked fails asked-fails ready "$SHIM" "$run"
}
# What nobody could do with less (floor.c). Where the gate loads the filter, the runtime compiles none.
floors() {
  local run="run --bundle $NODE/cycle bench"
  lane start/floor/shim ok asked proving "$TOOLS/floor" "$RUNTIME" "$run"
  lane start/floor/hook ok asked-floor proving "$RUNTIME" "$run"
  lane start/floor/ready ok none proving "$TOOLS/floor" "$RUNTIME" "$run"
  lane start/floor/native ok native-asked proving "$TOOLS/floor" "$RUNTIME" "$run"
  lane exec/floor/shim ok asked proving "$TOOLS/floor" "$RUNTIME" exec plain /bin/true
  lane exec/floor/ready ok asked proving "$TOOLS/floor" "$RUNTIME" exec bare /bin/true
}
execs() {
  lane exec/plain/asked ok asked proving "$RUNTIME" exec plain /bin/true
  lane exec/plain/none ok asked proving "$RUNTIME" exec bare /bin/true
  lane exec/shim/asked ok asked proving "$SHIM" exec shim /bin/true
  lane exec/ready/asked ok asked ready "$SHIM" exec ready /bin/true
  lane exec/native/asked ok asked native "$SHIM" exec native /bin/true
}

# joined PROGRAM ID CONFIG POLICY: a container to join.
joined() {
  cp "$NODE/$4.json" /etc/bulkhead/policy.json
  make_bundle "$NODE/$2" "$(args /bin/sleep 1000)" '.process.noNewPrivileges = true' \
    ".linux.seccomp = $(jq -c '.linux.seccomp' "$NODE/$3.json")" 'del(.linux.seccomp | nulls)'
  "$1" run --detach --bundle "$NODE/$2" "$2" >/dev/null 2>&1 </dev/null
}
join_all() {
  joined "$RUNTIME" plain asked proving && joined "$RUNTIME" bare none proving &&
    joined "$SHIM" shim asked proving && joined "$SHIM" ready asked ready &&
    joined "$SHIM" native asked native
}

one_runtime() {
  local lane median low high
  prepare && join_all || return
  { starts && execs && floors; } >"$NODE/lanes"
  "$TOOLS/lanes" cpu "$ROUNDS" "$NODE/lanes" >"$NODE/times" 2>"$NODE/said" ||
    { tail -n 5 "$NODE/said" >&2; return 1; }  # runtimes warn at each start
  for one in plain bare shim ready native; do "$RUNTIME" delete --force "$one"; done
  while read -r lane median low high; do
    jq -nc --arg runtime "$NAME" --arg lane "$lane" --argjson us "[$median, $low, $high]" \
      '($lane / "/") as [$what, $door, $profile] | {runtime: $runtime, $what, $door, $profile, us: $us[0],
        quartiles: $us[1:]}' >>"$RESULTS"
  done <"$NODE/times"
}

# ---- all of them ---------------------------------------------------------------------------------------

# Of the runtime's own start, or exec, with the same profile.
ratios() {
  jq -s 'map(. as $row | . + {ratio: (.us / (first($all[] | select(.runtime == $row.runtime and
      .what == $row.what and .door == "plain" and .profile == "asked")).us) * 1000 | round / 1000)})' \
    --slurpfile all "$1" "$1"
}

table() { # WHAT
  echo "| runtime | plain, ms | no profile | shim | shim, none asked | hook | hook, none asked | both | both, none asked | ready |"
  echo "|---|---|---|---|---|---|---|---|---|---|"
  jq -r --arg what "$1" 'map(select(.what == $what)) | group_by(.runtime)[] | . as $rows |
    def cell($door; $profile): first($rows[] | select(.door == $door and .profile == $profile).ratio) // "-";
    (first($rows[] | select(.door == "plain" and .profile == "asked"))) as $plain |
    "| \($plain.runtime) | \($plain.us / 100 | round / 10) (\($plain.quartiles | map(. / 100 | round / 10 | tostring) | join("–"))) | "
    + ([cell("plain"; "none"), cell("shim"; "asked"), cell("shim"; "none"), cell("hook"; "asked"),
        cell("hook"; "none"), cell("both"; "asked"), cell("both"; "none"), cell("ready"; "asked")]
       | map(tostring) | join(" | ")) + " |"' "$BUILD/bench-versions.json"
}
# The runtime compiles the machine's own architecture alone.
native_table() {
  echo "| runtime | a start | an exec |"
  echo "|---|---|---|"
  jq -r 'map(select(.door == "native")) | group_by(.runtime)[] |
    "| \(.[0].runtime) | \(map(select(.what == "start"))[0].ratio) | \(map(select(.what == "exec"))[0].ratio) |"' \
    "$BUILD/bench-versions.json"
}
# runtime what door profile goal
GOALS='crun-1.28 start shim asked 1.20
runc-1.4.3 start shim asked 1.04
crun-1.28 start hook asked 1.30
runc-1.4.3 start hook asked 1.06
crun-1.28 exec shim asked 1.30
runc-1.4.3 exec shim asked 1.05
runc-1.4.3 start ready asked 0.55
runc-1.1.5 start ready asked 0.65
runc-1.4.3 exec ready asked 0.45
runc-1.1.5 exec ready asked 0.55
crun-1.8.1 start ready asked 0.42
runc-1.4.3 start native asked 0.80'
# Beside the least that a program can do which sees for itself what is held.
goals() {
  local runtime what door profile goal
  echo "| runtime | what | measured | the least | goal | |"
  echo "|---|---|---|---|---|---|"
  while read -r runtime what door profile goal; do
    jq -r --arg runtime "$runtime" --arg what "$what" --arg door "$door" --arg profile "$profile" \
      --argjson goal "$goal" 'map(select(.runtime == $runtime and .what == $what)) as $rows |
      first($rows[] | select(.door == "floor" and .profile == $door).ratio) as $least |
      $rows[] | select(.door == $door and .profile == $profile) |
      "| \(.runtime) | \(.what), \(.door) | \(.ratio) | \($least) | \($goal) | \(
        if .ratio <= $goal then "met" elif $least > $goal then "out of reach" else "missed" end) |"' \
      "$BUILD/bench-versions.json"
  done <<<"$GOALS"
}

tables() {
  echo "Measured on $(date +%F), by Linux $(uname -r | cut -d. -f1,2), $(nproc) CPUs, medians of $ROUNDS rounds."
  printf '\n### A start\n\n'
  table start
  printf '\n### A start that fails, since there is no such program\n\n'
  table failing
  printf '\n### An exec\n\n'
  table exec
  printf '\n### With the machine'"'"'s own architecture alone\n\n'
  native_table
  printf '\n### Goals\n\n'
  goals
}
write_page() {
  local page=$ROOT/docs/performance.md
  { sed '/^<!-- tables:/q' "$page" && tables; } >"$page.new" && mv "$page.new" "$page"
}

need_shim
need_hook
build_tools || exit
as_installed || exit
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  RUNTIME=$1 NAME=$2
  one_runtime || { echo "# $NAME could not be measured" >&2; exit 1; }
  exit 0
fi
[ -n "$PROGRAMS" ] || { echo "# no runtime can be had" >&2; exit 1; }
: >"$RESULTS"
status=0
for program in $PROGRAMS; do
  version=$("$program" --version | awk 'NR == 1 { print $NF }')
  name=$(basename "$program")-${version%%[+~]*}
  note "$name"
  BULKHEAD_INSIDE=$NODE_ID in_view "$program" "$BASH" "$SCRIPT" "$program" "$name" "$@" || status=1
done
ratios "$RESULTS" >"$BUILD/bench-versions.json"
tables
[[ " $* " != *" --page "* ]] || write_page
exit "$status"
