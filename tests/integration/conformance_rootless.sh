#!/usr/bin/env bash
# `bulkhead conformance` of a user who is not root: in a user namespace it runs what can run there, and says what could not.
#
# Environment: FULL=1, with all cases.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
mountpoint -q /var/tmp || mount -t tmpfs -o mode=1777 tmpfs /var/tmp # others may run conformance meanwhile
install_program bulkhead

USER_ID=12345
CASES=()
if [ -z "${FULL:-}" ]; then
  for one in 'seccomp.action.*' 'seccomp.listener.*' 'exec.*' 'user.*' 'masked.*' 'cgroup.*' 'devices.*' 'apparmor.*'; do
    CASES+=(--case "$one")
  done
fi
as_user() {
  setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups env -i PATH="$PATH" XDG_RUNTIME_DIR="$NODE/of_the_user" "$@"
}
OUT='' CODE=0
conformance() { # WORD…
  CODE=0
  OUT=$(as_user timeout 250 "$NODE/bin/bulkhead" conformance --data "$NODE/data" "$@" 2>"$NODE/errors") || CODE=$?
}
of() { jq -r --arg all "$1" ".runtimes[0].results[] | select(.verdict | IN(\$all | split(\",\")[])) | $2" <<<"$OUT"; }

on_runtime() {
  conformance --runtime "$(command -v "$1")" --json "${CASES[@]}"
  if [ "$CODE" = 6 ]; then skip "$1: who is not root" "$(cat "$NODE/errors")" && return; fi
  echo "# $1, uid $USER_ID: $(of passed,known .name | wc -l) were run, $(of 'could not' .name | wc -l) could not:"
  of 'could not' '.reasons[0]' | sort | uniq -c | sort -rn | sed 's/^/#   /'
  same "$1: what can run for who is not root passes" "0 " "$CODE $(of failed,different,vanished '"\(.name): \(.reasons[0])"')"
  check "$1: that is most of it" test "$(of passed,known .name | wc -l)" -gt "$(of 'could not' .name | wc -l)"
  same "$1: what could not says why" "" "$(of 'could not' 'select(.reasons | length == 0) | .name')"
  same "$1: control groups take the node's own root" "it takes the node's own root" \
    "$(of 'could not' 'select(.name | startswith("cgroup.")) | .reasons[0]' | sort -u)"
  same "$1: nothing is left" "" "$(find /var/tmp -maxdepth 1 -name 'bulkhead-conformance-*')"
}

if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  on_runtime "$1"
  finish
fi
cp -R "$ROOT/conformance" "$NODE/data"
install -d -o "$USER_ID" -g "$USER_ID" -m 700 "$NODE/of_the_user"
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
