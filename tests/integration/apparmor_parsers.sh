#!/bin/bash
# The AppArmor fallback compiles with every parser that nodes have, for every kernel that the parser can
# describe, and each says what the other versions say.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

ROOTS=$("$ROOT/tests/matrix/parsers.sh" "$BUILD/matrix" 2>"$NODE/why")
[ -n "$ROOTS" ] || { skip "AppArmor's parsers" "$(cat "$NODE/why")"; finish; }

# within ROOT COMMAND…: in a copy on which nothing else works; says what came of it.
within() {
  local root=$1
  shift
  chroot "$root" "$@" 2>&1 | grep -v "config file .* not found"
  return "${PIPESTATUS[0]}"
}

compiled() { # root features text: the digest of the policy
  printf '%s\n' "$3" >"$1/profile"
  within "$1" apparmor_parser -Q -K -M "/etc/apparmor.d/abi/$2" -o /policy /profile >&2 && sha256sum <"$1/policy"
}

without() { grep -vF "$2" <<<"$1"; }

for root in $ROOTS; do
  version=${root##*-}
  copy=$NODE/parser-$version
  cp -a "$root" "$copy" && cp "$BUILD/bulkhead" "$copy/"
  text=$(within "$copy" /bulkhead apparmor default)
  for path in "$copy"/etc/apparmor.d/abi/*; do
    features=$(basename "$path")
    check "$version: the fallback compiles for $features" compiled "$copy" "$features" "$text"
  done
  newest=3.0
  [ ! -e "$copy/etc/apparmor.d/abi/4.0" ] || newest=4.0
  contains "$version: it pins the newest description that all parsers of its age have" "abi <abi/$newest>," "$text"
  full=$(compiled "$copy" "$newest" "$text")
  for rule in "deny network alg," "userns,"; do
    less=$(compiled "$copy" "$newest" "$(without "$text" "$rule")")
    if [ "$newest" = 3.0 ] && [ "$rule" = userns, ]; then
      same "$version: it has no rule that the parser does not know: $rule" "$full" "$less"
    else
      check "$version: the rule takes effect: $rule" test "$full" != "$less"
    fi
  done
done
finish
