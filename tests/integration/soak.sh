#!/usr/bin/env bash
# Many starts at once, one in twenty of them faulty, while `verify --all` runs in a loop and the watcher is killed and
# begun anew: every good one is proved, every faulty one ends, nothing is left, and no faulty one costs much.
#
# Environment: STARTS and LANES (100 in 8; `make check-soak` takes 2000 in 40).
# shellcheck disable=SC2317,SC2016  # functions called by name; text for jq
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

STARTS=${STARTS:-100} LANES=${LANES:-8}
EVENTS=/var/log/bulkhead/events.jsonl
BULKHEAD=$BUILD/bulkhead
RUNTIMES=()
FAULTS=(bad_program denied trapped killed faults)

fault_filter() { # FAULT
  case $1 in
    bad_program) args /bin/bad ;;
    denied) echo ".linux.seccomp = {defaultAction: \"SCMP_ACT_ERRNO\", architectures: [\"$SCMP_NATIVE\"]}" ;;
    trapped) echo ".linux.seccomp = {defaultAction: \"SCMP_ACT_TRAP\", architectures: [\"$SCMP_NATIVE\"]}" ;;
    *) args /bin/sleep 0.1 ;;
  esac
}
templates() {
  local fault hook
  hook='.hooks = {createRuntime: [{path: "'$HOOK'", args: ["bulkhead-hook", "createRuntime"]}],
    poststop: [{path: "'$HOOK'", args: ["bulkhead-hook", "poststop"]}]}'
  for fault in good "${FAULTS[@]}"; do
    make_bundle "$NODE/shim-$fault" "$(fault_filter "$fault")"
    make_bundle "$NODE/hook-$fault" "$(fault_filter "$fault") | $hook"
  done
}

# What start NUMBER is: every twentieth is faulty, in one way after the other.
fault_of() {
  if (($1 % 20 == 19)); then echo "${FAULTS[$1 / 20 % ${#FAULTS[@]}]}"; else echo good; fi
}
words_of() { # NUMBER RUNTIME BUNDLE
  case $(fault_of "$1") in
    killed) echo "$ENDING $2 $3 soak-$1 kill -KILL" ;;
    faults) echo "$ENDING $2 $3 soak-$1 $FAULT_AT ILL" ;;
    *) echo "$2 run --bundle $3 soak-$1" ;;
  esac
}
start_one() { # NUMBER
  local runtime=${RUNTIMES[$1 % ${#RUNTIMES[@]}]} door=shim bundle=$NODE/soak/$1
  local called=$NODE/bin/bulkhead-$runtime words=()
  ((($1 / 2) % 2 == 0)) || { door=hook called=$runtime; }
  mkdir "$bundle"
  sed "s#$NODE_ID/$door-[a-z_]*#$NODE_ID/soak-$1#" "$NODE/$door-$(fault_of "$1")/config.json" >"$bundle/config.json"
  read -ra words < <(words_of "$1" "$called" "$bundle")
  timeout --signal=KILL 120 "$WHOLE_COST" "${words[@]}" >"$bundle/cost" 2>"$bundle/said" </dev/null
  "$called" delete --force "soak-$1" >/dev/null 2>&1
}
in_lanes() {
  local lane number
  local -a lanes=()
  for ((lane = 0; lane < LANES; ++lane)); do
    { for ((number = lane; number < STARTS; number += LANES)); do start_one "$number"; done; } &
    lanes+=($!)
  done
  wait "${lanes[@]}"
}

# ---- what goes on meanwhile ----------------------------------------------------------------------------

verify_in_a_loop() {
  local code
  while [ ! -e "$NODE/done" ]; do
    code=0
    timeout --signal=KILL 60 "$BULKHEAD" verify --all >"$NODE/verified" 2>&1 || code=$?
    echo "$code" >>"$NODE/verify-codes"
  done
}
# A watcher that the kernel tells nothing (in a pid namespace of its own) ends after a second: it is killed before.
watch_in_a_loop() {
  local watcher
  while [ ! -e "$NODE/done" ]; do
    "$BULKHEAD" watch >"$NODE/watched" 2>&1 &
    watcher=$!
    sleep 0.4
    kill -KILL "$watcher" 2>/dev/null && echo killed >>"$NODE/watchers"
    wait "$watcher" 2>/dev/null
  done
}

# ---- what came of it ----------------------------------------------------------------------------------

numbers() { # good or faulty
  local number
  for ((number = 0; number < STARTS; ++number)); do
    if [ "$(fault_of "$number")" = good ]; then echo "good $number"; else echo "faulty $number"; fi
  done | sed -n "s/^$1 //p"
}
ids_with() { # EVENT…
  jq -r --args 'select(.event as $event | $ARGS.positional | index($event)).id' "$@" <"$EVENTS" | sort -u
}
missing() { comm -23 <(sort "$1") "$2"; }
ended_badly() { # NUMBER
  grep -q . "$NODE/soak/$1/cost" || return
  case $(fault_of "$1") in
    killed | faults) grep -q '^create' "$NODE/soak/$1/said" && ! grep -q 'exit code 0' "$NODE/soak/$1/said" ;;
    *) ! grep -q '^0 ' "$NODE/soak/$1/cost" ;;
  esac
}
mean_cost() { # NUMBER…
  local number
  for number; do tail -n 1 "$NODE/soak/$number/cost"; done | awk '{ sum += $2 } END { printf "%d", sum / NR }'
}
no_gate_of_ours() { ! grep -lsx bulkhead-gate /proc/[0-9]*/comm >/dev/null; }
records() { find /run/bulkhead/containers -name '*.json' 2>/dev/null; }
no_record() { [ -z "$(records)" ]; }

judge() {
  local good faulty good_cost faulty_cost
  mapfile -t good < <(numbers good)
  mapfile -t faulty < <(numbers faulty)
  printf 'soak-%s\n' "${good[@]}" >"$NODE/good"
  printf 'soak-%s\n' "${faulty[@]}" >"$NODE/faulty"
  ids_with proved installed >"$NODE/proved"
  same "each of $(wc -l <"$NODE/good") good starts is proved" "" "$(missing "$NODE/good" "$NODE/proved")"
  same "and ended as its program did" "" "$(for number in "${good[@]}"; do
    grep -q '^0 ' "$NODE/soak/$number/cost" || echo "soak-$number: $(cat "$NODE/soak/$number"/{cost,said})"
  done)"
  same "each of $(wc -l <"$NODE/faulty") faulty starts ended" "" "$(for number in "${faulty[@]}"; do
    ended_badly "$number" || echo "soak-$number: $(fault_of "$number"): $(cat "$NODE/soak/$number"/{cost,said})"
  done)"
  check "nothing holds anything any more" eventually 4 no_gate_of_ours
  eventually 4 no_record
  same "no record is left" "" "$(records)"
  good_cost=$(mean_cost "${good[@]}") faulty_cost=$(mean_cost "${faulty[@]}")
  check "a faulty start costs at most twice a good one ($faulty_cost and $good_cost us of CPU)" \
    test "$faulty_cost" -le $((2 * good_cost))
  same "verify --all always answered ($(wc -l <"$NODE/verify-codes") times)" "" "$(grep -vx '[01]' "$NODE/verify-codes")"
  check "the watcher was killed meanwhile" test -s "$NODE/watchers"
}

soak() {
  mkdir "$NODE/soak"
  local others=()
  verify_in_a_loop &
  others+=($!)
  watch_in_a_loop &
  others+=($!)
  in_lanes
  touch "$NODE/done"
  wait "${others[@]}"
  judge
}

need_shim
need_hook
[ -x "$BULKHEAD" ] || { not_ok "the command is built" "$BULKHEAD is missing: run make"; finish; }
mapfile -t RUNTIMES < <(runtimes)
ENDING=$(helper ending) FAULT_AT=$(helper fault_at) WHOLE_COST=$(helper whole_cost)
for runtime in "${RUNTIMES[@]}"; do link_shim "$runtime" >/dev/null; done
make_rootfs
make_bad_elf "$NODE/rootfs/bin/bad"
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  templates
  soak
  finish
fi
# Where crun works, runc does.
again_in_view crun inside
finish
