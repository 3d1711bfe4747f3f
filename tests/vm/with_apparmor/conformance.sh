#!/bin/bash
# The cases of `bulkhead conformance` that need AppArmor: what this machine's runtimes do passes, and runtimes that drop or
# change the profile are caught.
# shellcheck disable=SC2016,SC2034  # a wrapper's variables; RUNTIME is read by wrapper.sh
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source=../../conformance/wrapper.sh
. "$ROOT/tests/conformance/wrapper.sh"
# shellcheck source=../../conformance/findings.sh
. "$ROOT/tests/conformance/findings.sh"
private_node "$@"
need_bulkhead
mkdir -p /var/tmp # the node has none
cp -R "$ROOT/conformance" "$NODE/data"

OUT=''
conformance() { # RUNTIME GLOB…
  local runtime=$1 glob words=()
  shift
  for glob; do words+=(--case "$glob"); done
  OUT=$("$BUILD/bulkhead" conformance --data "$NODE/data" --runtime "$runtime" --json "${words[@]}" 2>"$NODE/errors")
}
with_verdict() { # VERDICTS
  jq -r --arg all "$1" '.runtimes[0].results[] | select(.verdict | IN($all | split(",")[])) | .name' <<<"$OUT" | xargs
}
caught() { # NAME CASE…
  local name=$1
  shift
  conformance "$NODE/mutant" "$@"
  same "$(basename "$RUNTIME"): caught: $name" "$(printf '%s\n' "$@" | sort | xargs)" "$(with_verdict failed,different | xargs -n 1 | sort | xargs)"
}

"$BUILD/bulkhead" apparmor load "$NODE/data/apparmor/bulkhead-conformance" >"$NODE/loaded" 2>&1 ||
  not_ok "the profiles of the cases are loaded" "$(cat "$NODE/loaded")"
for runtime in $(runtimes); do
  RUNTIME=$(command -v "$runtime")
  conformance "$RUNTIME" 'apparmor.*'
  jq -e '.runtimes[0].results' >/dev/null <<<"$OUT" || not_ok "$runtime: conformance runs" "$OUT $(cat "$NODE/errors")"
  echo "# $runtime: $(jq -r '.runtimes[0] | "\(.version):", (.results[] | "\(.name) \(.verdict)")' <<<"$OUT" | xargs)"
  same "$runtime: nothing fails" "" "$(with_verdict failed,different,vanished)"
  same "$runtime: all are tried, but those that want AppArmor off" "apparmor.exec-off apparmor.off" "$(with_verdict 'could not')"
  check_finding "$ROOT/docs/findings/exec-without-a-profile.md" "$RUNTIME" "$OUT"
  on_create 'del(.process.apparmorProfile)'
  caught "no profile" apparmor.enforced apparmor.inherited apparmor.complain apparmor.stack
  on_create '.process.apparmorProfile = "bulkhead-conformance-other"'
  caught "another profile" apparmor.absent apparmor.unconfined apparmor.enforced
  on_exec '.apparmorProfile = "unconfined"'
  caught "exec without a profile" apparmor.exec
  wrapper '"$runtime" "$@"; exit 0'
  caught "an error is not told" apparmor.missing apparmor.exec-missing
done
finish
