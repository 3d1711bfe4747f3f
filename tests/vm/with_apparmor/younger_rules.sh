#!/bin/bash
# What AppArmor 4 and 5 brought: with their parsers the fallback pins abi/4.0 and has their rules, and a profile
# of the node's that says nothing of user namespaces or io_uring denies them where the kernel mediates them.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead
need_attempt

FEATURES=$APPARMOR/features
PARSERS=$BUILD/parsers
[ -n "$(ls "$PARSERS" 2>/dev/null)" ] || { skip "younger parsers" "none could be had from Debian's suites"; finish; }

# Nothing but AppArmor is in the way.
mkdir -p /etc/bulkhead
echo '{"version": 1, "seccomp": {"unset": "keep"}}' >/etc/bulkhead/policy.json

use_parser() { # root: the node's parser, with its descriptions of kernels
  local loader=$1/usr/lib64/ld-linux-x86-64.so.2
  umount /usr/sbin/apparmor_parser "$PROFILES/abi" 2>/dev/null
  printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' \
    "$loader" "$1/usr/lib/x86_64-linux-gnu" "$1/usr/sbin/apparmor_parser" >"$NODE/parser"
  chmod 755 "$NODE/parser"
  mount --bind "$NODE/parser" /usr/sbin/apparmor_parser
  mount --bind "$1/etc/apparmor.d/abi" "$PROFILES/abi"
}

# tries LABEL WORD…: what comes of it in a container.
tries() {
  bundle shim "$1" /bin/attempt "${@:2}"
  start shim runc
}

profile_of() { # NAME ABI RULES
  printf 'abi <%s>,\nprofile %s flags=(attach_disconnected,mediate_deleted) {\n  %s\n  %s\n}\n' \
    "$2" "$1" "$BASE_RULES" "$3" >"$PROFILES/$1"
}

for root in "$PARSERS"/*; do
  version=${root##*-}
  use_parser "$root"
  unload bulkhead-default
  contains "$version: the fallback pins abi/4.0" "abi <abi/4.0>," "$("$BUILD/bulkhead" apparmor default)"
  got=$(tries - unshare - socket32 38)
  contains "$version: the fallback leaves user namespaces to seccomp" "unshare -: 0" "$got"
  contains "$version: and denies AF_ALG to 32-bit programs" "socket32 38: EACCES" "$got"
  contains "$version: it is proved" '"apparmor":"bulkhead-default"' "$(last_event proved)"

  denied=0
  if grep -qs userns_create "$FEATURES/namespaces/mask"; then denied=EACCES
  else echo "# this kernel does not mediate user namespaces: the rule is left out"; fi
  profile_of "no-userns-$version" abi/4.0 ''
  contains "$version: a profile of abi/4.0 without userns decides" "unshare -: $denied" \
    "$(tries "no-userns-$version" unshare -)"
  profile_of "userns-$version" abi/4.0 'userns,'
  contains "$version: and one with it allows it" "unshare -: 0" "$(tries "userns-$version" unshare -)"

  [ -e "$PROFILES/abi/5.0" ] || continue
  denied=0
  if [ -e "$FEATURES/io_uring" ]; then denied=EACCES
  else echo "# this kernel does not mediate io_uring: the rule is left out"; fi
  profile_of "no-uring-$version" abi/5.0 ''
  contains "$version: a profile of abi/5.0 without io_uring decides" "uring -: $denied" \
    "$(tries "no-uring-$version" uring -)"
  profile_of "uring-$version" abi/5.0 'io_uring,'
  contains "$version: and one with it allows it" "uring -: 0" "$(tries "uring-$version" uring -)"
done
finish
