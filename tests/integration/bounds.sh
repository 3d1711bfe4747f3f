#!/usr/bin/env bash
# Profiles that cost much to judge (tests/shapes/costly.py): each is answered, or refused by a bound that is told, for
# little processor time, by every command; and what a runtime starts, starts behind the shim.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

BULKHEAD=$BUILD/bulkhead
PROFILES=$NODE/profiles
RUNTIME=$(runtimes | head -n 1)

# cost COMMAND WORD…: sets MS and CODE.
cost() { read -r MS CODE <<<"$(python3 -B "$ROOT/tests/shapes/cost.py" "$@")"; }
# What this machine needs for a fixed piece of work, about as much as an answer may cost. sha256sum is none: it takes four
# times as long where coreutils is built without OpenSSL.
reference() { cost gzip -c "$NODE/zeroes"; }

is_cheap() { # NAME COMMAND WORD…
  local name=$1
  shift
  cost "$@"
  check "$name: $MS ms, of $LIMIT" test "$MS" -le "$LIMIT"
}
commands() { # SHAPE
  local profile=$PROFILES/$1.json bundle=$NODE/bundles/$1
  is_cheap "$1: lint" "$BULKHEAD" lint "$profile"
  is_cheap "$1: check" "$BULKHEAD" check "$bundle"
  is_cheap "$1: explain" "$BULKHEAD" explain "$profile" openat
  is_cheap "$1: explain of a call with a fixed argument" "$BULKHEAD" explain "$profile" 'openat(1)'
}
# Bulkhead compiles the profile as the runtime does, once more, and libseccomp may take a second for it.
starts() { # SHAPE
  local run=(run --bundle "$NODE/bundles/$1" bounds) plain plain_ms
  cost timeout --signal=KILL 3 "$RUNTIME" "${run[@]}"
  plain=$CODE plain_ms=$MS
  "$RUNTIME" delete --force bounds >/dev/null 2>&1
  cost "$NODE/bin/cold" "$NODE/bin/bulkhead-$RUNTIME" "${run[@]}"
  "$RUNTIME" delete --force bounds >/dev/null 2>&1
  if [ "$plain" = 0 ]; then
    same "$1: starts as without Bulkhead" 0 "$CODE"
    check "$1: a start: $MS ms, without Bulkhead $plain_ms" test "$MS" -le $((2 * plain_ms + 2 * LIMIT))
  else
    check "$1: does not start, as without Bulkhead" test "$CODE" != 0
    check "$1: a start: $MS ms, of 1000 and twice $LIMIT" test "$MS" -le $((1000 + 2 * LIMIT))
  fi
}
all_of() { # SHAPE
  make_bundle "$NODE/bundles/$1" "$(args /bin/true)" || return
  jq --slurpfile profile "$PROFILES/$1.json" '.linux.seccomp = $profile[0]' "$NODE/bundles/$1/config.json" >"$NODE/new"
  mv "$NODE/new" "$NODE/bundles/$1/config.json"
  commands "$1"
  starts "$1"
}

[ -n "$RUNTIME" ] || { skip "profiles that cost much" "no runtime is installed"; finish; }
need_shim
link_shim "$RUNTIME" >/dev/null
printf '%s\n' '#!/bin/sh' 'rm -rf /var/cache/bulkhead/*' 'exec "$@"' >"$NODE/bin/cold"
chmod 755 "$NODE/bin/cold"
mkdir -p "$PROFILES"
python3 -B "$ROOT/tests/shapes/costly.py" "$PROFILES"
head -c 20M /dev/zero >"$NODE/zeroes"
reference
LIMIT=$((MS > 0 ? MS : 1))
for profile in "$PROFILES"/*.json; do all_of "$(basename "$profile" .json)"; done
finish
