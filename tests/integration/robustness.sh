#!/usr/bin/env bash
# What must hold while everything moves: the policy is replaced under 200 starting containers, profiles
# are overwritten while they are read, creates are killed at random instants.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
CONTAINERS=200 LANES=8 KILLS=500

fresh() {
  rm -rf /etc/bulkhead/* /var/log/bulkhead/*
  mkdir -p /etc/bulkhead/seccomp
}

# Runs a function for 1 … CONTAINERS in LANES parallel lanes.
in_lanes() {
  local lane number
  local -a lanes=()
  for ((lane = 0; lane < LANES; ++lane)); do
    { for ((number = lane; number < CONTAINERS; number += LANES)); do "$1" "$number"; done; } &
    lanes+=($!)
  done
  wait "${lanes[@]}"
}

# tally FILE…: each distinct content with how many files hold it.
tally() { sort "$@" | uniq -c | sed 's/^ *//'; }

# ---- the policy is replaced while containers start ----------------------------------------------------

replace_policies() {
  while :; do
    write_policy <"$NODE/policy.a"
    write_policy <"$NODE/policy.b"
  done
}

run_one() {
  local bundle=$NODE/many/$1
  "$R" run --bundle "$bundle" "many-$1" >"$bundle/out" 2>"$bundle/err" </dev/null ||
    echo "exit code $? $(head -n 1 "$bundle/err")" >"$bundle/out"
  tr '\n' ' ' <"$bundle/out" >"$bundle/line" && echo >>"$bundle/line"
}

policies_change() {
  local number replacer seen
  R=$(link_shim "$RUNTIME")
  fresh
  cp "$(data_profile node-profile)" /etc/bulkhead/seccomp/node.json
  echo '{"version": 1}' >"$NODE/policy.a"
  echo '{"version": 1, "rules": [{"name": "b", "match": {},
    "seccomp": {"profile": "localhost/node.json"}}]}' >"$NODE/policy.b"
  write_policy <"$NODE/policy.a"
  make_bundle "$NODE/many/0" "$(args /bin/probe seccomp ptrace)"
  for ((number = 1; number < CONTAINERS; ++number)); do
    mkdir "$NODE/many/$number"
    sed "s#$NODE_ID/0#$NODE_ID/$number#" "$NODE/many/0/config.json" >"$NODE/many/$number/config.json"
  done
  replace_policies &
  replacer=$!
  in_lanes run_one
  kill "$replacer"
  wait "$replacer" 2>/dev/null
  seen=$(tally "$NODE"/many/*/line)
  same "$RUNTIME: of $CONTAINERS containers each has one policy or the other" "seccomp=2 ptrace=1
seccomp=2 ptrace=3" "$(sed 's/^[0-9]* //; s/ $//' <<<"$seen")"
  diagnose "$seen"
  each_is_told() { [ "$(wc -l <"$EVENTS")" = $((2 * CONTAINERS)) ]; }
  check "$RUNTIME: two lines in the event log for each container" eventually 10 each_is_told
  same "$RUNTIME: every line is JSON: a decision and a proof of each" "$CONTAINERS $CONTAINERS" \
    "$(jq -rs '[(map(select(.stage == "shim run")) | length), (map(select(.stage == "gate" and .event == "proved")) | length)] | join(" ")' "$EVENTS")"
  rm -rf "$NODE/many"
}

# ---- a profile is overwritten in place while it is read -------------------------------------------------

overwrite_profile() {
  while :; do
    cat "$NODE/profile.a" >/etc/bulkhead/seccomp/p.json
    cat "$NODE/profile.b" >/etc/bulkhead/seccomp/p.json
  done
}

# What tells the two profiles apart, and a mixture of them from either.
SUMMARY='[.defaultErrnoRet, (.syscalls | map(.names[]) | unique | length)]'

create_one() {
  local bundle=$NODE/some/$1
  mkdir -p "$bundle"
  cp "$NODE/original.json" "$bundle/config.json"
  if "$R" create --bundle "$bundle" "some-$1" 2>"$bundle/err" </dev/null; then
    jq -c ".linux.seccomp | $SUMMARY" "$bundle/config.json" >"$bundle/line"
  else
    echo "refused with $?" >"$bundle/line"
  fi
}

profile_changes() {
  local writer seen
  R=$(link_shim runc)
  fresh
  write_policy <<<'{"version": 1, "rules": [{"name": "p", "match": {},
    "seccomp": {"profile": "localhost/p.json"}}]}'
  jq '.defaultErrnoRet = 1' "$(data_profile node-profile)" >"$NODE/profile.a"
  jq '.defaultErrnoRet = 2 | .syscalls[1].names += ["personality", "sysinfo"]' \
    "$(data_profile node-profile)" >"$NODE/profile.b"
  overwrite_profile &
  writer=$!
  in_lanes create_one
  kill "$writer"
  wait "$writer" 2>/dev/null
  seen=$(tally "$NODE"/some/*/line)
  same "a profile overwritten while it is read is taken whole or refused" '' \
    "$(cut -d' ' -f2- <<<"$seen" | grep -vxF -e "$(jq -c "$SUMMARY" "$NODE/profile.a")" \
      -e "$(jq -c "$SUMMARY" "$NODE/profile.b")" -e "refused with 3")"
  diagnose "$seen"
  rm -rf "$NODE/some"
}

# ---- one bundle, many creates ----------------------------------------------------------------------------

create_same() { "$R" create --bundle "$NODE/one" "one-$1" >/dev/null 2>&1 </dev/null || echo "$?"; }

one_bundle() {
  R=$(link_shim runc)
  fresh
  mkdir -p "$NODE/one"
  cp "$NODE/original.json" "$NODE/one/config.json"
  same "$CONTAINERS creates of one bundle at once: none fails" '' "$(in_lanes create_same)"
  check "config.json is what one create makes of it" cmp "$NODE/resulting.json" "$NODE/one/config.json"
  same "and nothing else is in the bundle" config.json "$(ls -A "$NODE/one")"
}

# ---- kill -9 -------------------------------------------------------------------------------------------

kills() {
  local text
  fresh
  mkdir -p "$NODE/killed"
  if text=$("$(helper kill_create)" "$NODE/original.json" "$NODE/resulting.json" "$NODE/killed" \
    "$KILLS" "$(link_shim runc)" 2>&1); then
    ok "kill -9 at $KILLS instants of create leaves config.json old or new, and nothing stays behind"
    diagnose "$text"
  else
    not_ok "kill -9 at $KILLS instants of create leaves config.json old or new" "$text"
  fi
}

# What a killed create leaves is there for microseconds only, so it is also laid here by hand.
stray_file() {
  fresh
  mkdir -p "$NODE/stray"
  cp "$NODE/original.json" "$NODE/stray/config.json"
  head -c 3000 "$NODE/resulting.json" >"$NODE/stray/.config.json.bulkhead"
  "$(link_shim runc)" create --bundle "$NODE/stray" stray
  same "the next create takes away what a killed one left" config.json "$(ls -A "$NODE/stray")"
  check "and makes the same config.json" cmp "$NODE/resulting.json" "$NODE/stray/config.json"
  head -c 3000 "$NODE/resulting.json" >"$NODE/stray/.config.json.bulkhead"
  "$(link_shim runc)" create --bundle "$NODE/stray" stray
  same "also when it has nothing to write" config.json "$(ls -A "$NODE/stray")"
}

with_a_runtime_that_does_nothing() {
  fake_runtime runc "$(helper marker_runtime)"
  cp "$ROOT/tests/data/kubernetes-config.json" "$NODE/original.json"
  fresh
  mkdir -p "$NODE/first"
  cp "$NODE/original.json" "$NODE/first/config.json"
  "$(link_shim runc)" create --bundle "$NODE/first" first
  cp "$NODE/first/config.json" "$NODE/resulting.json"
  if cmp -s "$NODE/original.json" "$NODE/resulting.json"; then
    not_ok "create changes the config.json that is used here"
  fi
  profile_changes
  one_bundle
  stray_file
  kills
}

need_shim
if [ $# = 1 ]; then
  RUNTIME=$1
  policies_change
  finish
fi
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
with_a_runtime_that_does_nothing
finish
