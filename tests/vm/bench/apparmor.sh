#!/bin/bash
# What AppArmor costs through Bulkhead, as ratios to baselines of the same run, inside the test node:
#
#   apparmor-loaded-RUNTIME   CPU of a container through the shim whose profile is loaded, over the same
#                             container without Bulkhead (config.json as the shim writes it)
#   apparmor-load             time to load a profile from Bulkhead's cache (the command's whole run is
#                             counted against us), over apparmor_parser -r with its own warm cache
#
# Prints one JSON object a line, as tests/bench does, each behind "BENCH ".
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead

TOOL=$BUILD/tests/bench/bench
RESULTS=$NODE/results
: >"$RESULTS"

# ---- a start with the profile loaded ------------------------------------------------------------------

profile_file vm-bench 'deny /nothing r,'
apparmor_parser --replace "$PROFILES/vm-bench"
mkdir -p "$NODE/cycle"
bundle shim vm-bench /bin/true
cp "$NODE/b/config.json" "$NODE/original.json"
"$(program shim runc)" run --bundle "$NODE/b" first >/dev/null 2>&1 </dev/null
cp "$NODE/b/config.json" "$NODE/resulting.json"
for runtime in $(runtimes); do
  cp "$NODE/original.json" "$NODE/cycle/config.json"
  "$TOOL" cycle --name="apparmor-loaded-$runtime" --goal=1.05 --bundle="$NODE/cycle" \
    --program-a="$(program shim "$runtime")" --config-a="$NODE/original.json" \
    --program-b="$(command -v "$runtime")" --config-b="$NODE/resulting.json" --rounds=20 >>"$RESULTS" ||
    not_ok "the bench of $runtime runs"
done

# ---- loading from the cache -----------------------------------------------------------------------------

# The profile of a real application: with abstractions, as the tutorial's.
cp "$ROOT/tests/data/k8s-my-app" "$PROFILES/"
ROUNDS=20
microseconds() { # command…: the sum over the rounds
  local begin end i
  begin=$(date +%s%N)
  for ((i = 0; i < ROUNDS; i++)); do "$@" >/dev/null || return 1; done
  end=$(date +%s%N)
  echo $(((end - begin) / 1000))
}
apparmor_parser --replace --write-cache "$PROFILES/k8s-my-app"
theirs=$(microseconds apparmor_parser --replace "$PROFILES/k8s-my-app")
"$BUILD/bulkhead" apparmor load "$PROFILES/k8s-my-app" >/dev/null
ours=$(microseconds "$BUILD/bulkhead" apparmor load "$PROFILES/k8s-my-app")
base=$(microseconds "$BUILD/bulkhead" --version)
echo "# $ROUNDS loads: apparmor_parser $theirs us, bulkhead apparmor load $ours us, bulkhead --version $base us"
jq -nc --argjson ours "$((ours - base))" --argjson theirs "$theirs" \
  '{name: "apparmor-load-from-cache", ratio: ($ours / $theirs), goal: 0.1, unit: "of apparmor_parser -r, warm cache"}' \
  >>"$RESULTS"

sed 's/^/BENCH /' "$RESULTS"
ok "the benches ran"
finish
