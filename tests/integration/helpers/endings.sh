# shellcheck shell=bash
# How a container ends that cannot start, or hardly: plain and through each door, on the same bundle. The script that
# sources this sets RUNTIME.

EVENTS=/var/log/bulkhead/events.jsonl
ID=faulty
NNP=true ENDED='' TOOK_MS=0
DOORS=(hook shim)

# shellcheck disable=SC2016  # jq's variable
HOOKS='.hooks |= reduce ("createRuntime", "poststop") as $stage (.;
  .[$stage] = [{path: "/run/node/bin/bulkhead-hook", args: ["bulkhead-hook", $stage]}])'
# A bundle for each door, in which only the hook differs.
bundles() { # FILTER
  make_bundle "$NODE/plain" ".process.noNewPrivileges = $NNP | $1"
  mkdir -p "$NODE/shim" "$NODE/hook"
  cp "$NODE/plain/config.json" "$NODE/shim/"
  jq "$HOOKS" "$NODE/plain/config.json" >"$NODE/hook/config.json"
}

# Ways of starting: each tells how it ended. Bounded, so that a loop is a failure and not a wait.
run_it() { # RUNTIME BUNDLE
  local code=0
  timeout --signal=KILL 15 "$1" run --bundle "$2" "$ID" 2>&1 >/dev/null </dev/null || code=$?
  echo "run $code" >"$NODE/ended"
}
# Created, with COMMAND done to its first process, then started.
create_then() { # COMMAND… RUNTIME BUNDLE
  local words=("${@:1:$#-2}")
  timeout --signal=KILL 30 "$(helper ending)" "${@:$#-1}" "$ID" "${words[@]}" 2>&1 >"$NODE/ended" </dev/null
}

through() { # DOOR WAY…
  # shellcheck disable=SC2153  # set by who sources this
  local runtime=$RUNTIME begin
  [ "$1" != shim ] || runtime=$NODE/bin/bulkhead-$RUNTIME
  rm -f "$EVENTS"
  begin=${EPOCHREALTIME/./}
  "${@:2}" "$runtime" "$NODE/$1" >"$NODE/said"
  TOOK_MS=$(((${EPOCHREALTIME/./} - begin) / 1000))
  ENDED=$(<"$NODE/ended")
  "$runtime" delete --force "$ID" >/dev/null 2>&1
}

nothing_left() {
  ps -eo comm= >"$NODE/processes"
  ! grep -qvxE 'ps|bash' "$NODE/processes" && [ -z "$(ls -A /run/bulkhead/containers 2>/dev/null)" ]
}
what_is_left() { # NAME
  if eventually 4 nothing_left; then ok "$1: nothing is left"
  else not_ok "$1: nothing is left" "$(ps -eo pid,ppid,stat,comm,args; ls /run/bulkhead/containers)"; fi
}
is_told() { grep -q "\"event\":\"$1\"" "$EVENTS" 2>/dev/null; }

# Where chance decides how the runtime ends (a stack that the kernel places anew for each program): it does now and then.
ends_so_at_times() { # WAY…
  local ended=$ENDED try
  for ((try = 0; try < 20; try++)); do
    through plain "$@"
    [ "$ENDED" != "$ended" ] || break
  done
  local plain=$ENDED
  ENDED=$ended
  [ "$plain" = "$ended" ]
}
# TELLS: where the runtime could not even execute the hook, or Bulkhead refused, a sentence is as good.
# ENDINGS: what it may come to where the runtime itself ends now so, now otherwise.
ends_alike() { # NAME PLAIN WAY…
  if [ -n "${ENDINGS:-}" ]; then
    same "$1: ends as without Bulkhead" "" "$(grep -vxE "$ENDINGS" <<<"$ENDED")"
  elif [ -n "${TELLS:-}" ] && [ "$ENDED" != "$2" ] && [[ $ENDED != *" 0"* ]] && grep -qiE 'bulkhead|hook' "$NODE/said"; then
    ok "$1: ends with a sentence"
    diagnose "$(tail -n 2 "$NODE/said")"
  elif [ "$ENDED" != "$2" ] && ends_so_at_times "${@:3}"; then
    ok "$1: ends as it does at times without Bulkhead"
  else
    same "$1: ends as without Bulkhead" "$2" "$ENDED"
  fi
}
in_time() { [ "$TOOK_MS" -le $((2 * $1 + 3000)) ]; }

# ends_as_plain KIND FILTER WAY…
ends_as_plain() {
  local plain plain_ms door name took
  bundles "$2"
  through plain "${@:3}"
  plain=$ENDED plain_ms=$TOOK_MS
  for door in "${DOORS[@]}"; do
    name="$RUNTIME, $door: $1, no_new_privileges $NNP"
    through "$door" "${@:3}"
    took=$TOOK_MS
    ends_alike "$name" "$plain" "${@:3}"
    TOOK_MS=$took
    check "$name: within twice the time" in_time "$plain_ms"
    what_is_left "$name"
    [ "$plain" = "run 0" ] || { [ -z "${TOLD:-}" ] || check "$name: the event" eventually 4 is_told "$TOLD"; }
  done
}
