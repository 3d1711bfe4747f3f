#!/bin/bash
# What AppArmor costs through Bulkhead, as ratios to baselines of the same run, inside the test node:
#
#   apparmor-loaded-RUNTIME   CPU of a container through the shim whose profile is loaded, over the same
#                             container without Bulkhead (config.json as the shim writes it)
#   apparmor-load-PROFILE     least time to load a profile from Bulkhead's cache, as hook and shim do it,
#                             over apparmor_parser -r with its own warm cache; the medians are told beside it
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

# The fallback, which most containers get, and the profile of an application with many includes.
"$BUILD/bulkhead" apparmor default >"$PROFILES/bulkhead-default"
cp "$ROOT/tests/data/k8s-my-app" "$PROFILES/"
sleep 3  # a file that changed just now is not trusted by its times
for profile in bulkhead-default k8s-my-app; do
  apparmor_parser --replace --write-cache "$PROFILES/$profile"
  "$BUILD/bulkhead" apparmor load "$PROFILES/$profile" >/dev/null
  read -r ours theirs ours_median theirs_median < <("$BUILD/tests/bench/load_profile" 25 "$profile" \
    /usr/sbin/apparmor_parser --replace "$PROFILES/$profile")
  echo "# $profile: $ours us from Bulkhead's cache, $theirs us by apparmor_parser with its own;" \
    "medians $ours_median and $theirs_median"
  jq -nc --arg name "apparmor-load-$profile" --argjson ours "${ours:-0}" --argjson theirs "${theirs:-1}" \
    '{name: $name, ratio: ($ours / $theirs), goal: 0.1, unit: "of apparmor_parser -r, warm cache"}' >>"$RESULTS"
done

sed 's/^/BENCH /' "$RESULTS"
ok "the benches ran"
finish
