#!/bin/bash
# docs/how-to/hot-fix.md: one file denies a call or a family of sockets in every container that starts after it
# was laid down, whatever its profile, with nothing restarted, behind the shim and under the hook alone; without
# the file it is as before.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
make_rootfs
[ -n "${BULKHEAD_INSIDE:-}" ] || need_shim
HOT_FIX=/etc/bulkhead/policy.d/90-hot-fix.json
mkdir -p /etc/bulkhead/policy.d

cat >"$NODE/opens.c" <<'CODE'
// Opens a socket of each family that is named, and asks for userfaultfd: "17: 0 mseal: …".
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    printf("%s: %s; ", argv[i], socket(atoi(argv[i]), SOCK_DGRAM, 0) < 0 ? strerrorname_np(errno) : "0");
  }
  printf("getcpu: %s\n", syscall(SYS_getcpu, NULL, NULL, NULL) < 0 ? strerrorname_np(errno) : "0");
  return 0;
}
CODE
compile "$NODE/rootfs/bin/opens" "$NODE/opens.c" gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static

# A profile of the container's own, beside the fallback.
# shellcheck disable=SC2016  # a variable of jq
OWN='.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", architectures: ["'"$SCMP_NATIVE"'"],
  syscalls: [{names: $calls, action: "SCMP_ACT_ALLOW"}]}'
CALLS=$("$BUILD/bulkhead" default --format docker | jq -c '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW") | .names[]] | unique')

asks() { # filter of jq: what the program finds in a container, which meets Bulkhead at the door DOOR
  local program=$NODE/bin/bulkhead-$RUNTIME config hook=.
  if [ "$DOOR" = hook ]; then
    program=$RUNTIME
    hook=".hooks.createRuntime = [{path: \"$NODE/hook/bulkhead-hook\", args: [\"bulkhead-hook\", \"createRuntime\"]}]"
  fi
  make_bundle "$NODE/b"
  config=$(jq --argjson calls "$CALLS" "$1 | $hook | .process.args = [\"/bin/opens\", \"2\", \"1\", \"16\"]" "$NODE/b/config.json")
  printf '%s' "$config" >"$NODE/b/config.json"
  "$program" run --bundle "$NODE/b" "hot-$RANDOM" </dev/null 2>&1
}

OPEN='2: 0; 1: 0; 16: 0; getcpu: 0'
from_before_to_after() {
  rm -f "$HOT_FIX"
  same "$DOOR, $RUNTIME: before, the fallback lets them" "$OPEN" "$(asks .)"
  same "$DOOR, $RUNTIME: and so does a profile of its own" "$OPEN" "$(asks "$OWN")"

  echo '{"version": 1, "seccomp": {"deny": ["socket(AF_NETLINK)"]}}' >"$HOT_FIX"
  same "$DOOR, $RUNTIME: with the file a family of sockets is denied under the fallback" \
    '2: 0; 1: 0; 16: EAFNOSUPPORT; getcpu: 0' "$(asks .)"
  same "$DOOR, $RUNTIME: and under a profile of its own" \
    '2: 0; 1: 0; 16: EAFNOSUPPORT; getcpu: 0' "$(asks "$OWN")"

  echo '{"version": 1, "seccomp": {"deny": ["getcpu", "socket(AF_INET)"]}}' >"$HOT_FIX"
  same "$DOOR, $RUNTIME: another file denies a call" '2: EAFNOSUPPORT; 1: 0; 16: 0; getcpu: EPERM' "$(asks .)"

  echo '{"version": 1, "seccomp": {"unset": "keep", "deny": ["getcpu"]}}' >"$HOT_FIX"
  same "$DOOR, $RUNTIME: a container without a filter is denied it, too" '2: 0; 1: 0; 16: 0; getcpu: EPERM' "$(asks .)"

  if [ "$DOOR" = shim ]; then  # the hook's gate installs when the program's execve has begun
    echo '{"version": 1, "seccomp": {"deny": ["execve"]}}' >"$HOT_FIX"
    contains "$DOOR, $RUNTIME: under one that denies execve no program starts" "peration not permitted" "$(asks .)"
  fi

  echo '{"version": 1, "seccomp": {"deny": ["getcup"]}}' >"$HOT_FIX"
  got=$(asks .)
  check "$DOOR, $RUNTIME: with a misspelt one nothing starts" test "${got/getcpu: /}" = "$got"
  [ "$DOOR" = hook ] ||  # crun does not say what a hook says
    contains "$DOOR, $RUNTIME: and it is said what was meant" 'did you mean getcpu?' "$got"

  rm "$HOT_FIX"
  same "$DOOR, $RUNTIME: without the file all is as before" "$OPEN" "$(asks .)"
}

if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  RUNTIME=$1
  for DOOR in shim hook; do from_before_to_after; done
else
  mkdir -p "$NODE/hook" && cp "$BUILD/bulkhead-hook" "$NODE/hook/"  # not beside the shim, which would call it
  for runtime in $(runtimes); do
    link_shim "$runtime" >/dev/null
    again_in_view "$runtime" "$runtime"
  done
fi
finish
