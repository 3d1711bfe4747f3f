#!/usr/bin/env bash
# A row of the second table: the runtime $1 (runc, crun) of this user land with the library $2 for its libseccomp. Each
# engine's default profile, in its newest form (tests/data/references), and the fallback start under it, proved, behind
# the shim and by the hook alone.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
private_node "$@"
# shellcheck source=row.sh
. "$ROOT/tests/matrix/row.sh"

RUNTIME=$1 LIBRARY=$2

# What the profile comes to for a container of this bundle, as an engine expands it.
expanded() { # FILE
  mkdir -p /etc/bulkhead/seccomp
  cp "$1" /etc/bulkhead/seccomp/row.json
  write_policy <<<'{"version": 1, "rules": [{"name": "row", "match": {}, "because": "a test",
    "seccomp": {"profile": "localhost/row.json"}}]}'
  make_bundle "$NODE/c"
  "$BULKHEAD" check --json "$NODE/c" | jq -c .decision.seccomp.profile
  remove_policy
}

# starts NAME CALLED FILTER: under the profile $NODE/profile.json.
starts() {
  policy
  make_bundle "$NODE/c" "$(args /bin/probe seccomp bpf)" ".linux.seccomp = $(cat "$NODE/profile.json")" "$3"
  try "$2" run --bundle "$NODE/c" row
  is "starts confined $1" 'seccomp=2
bpf=1' "$OUT"
  [ "$CODE" = 0 ] || diagnose "$(cat "$NODE/err")"
  proved "proved $1" proved
}
default_profile() { # COLUMN
  column "$1"
  starts "behind the shim" "$NODE/bin/bulkhead-$RUNTIME" .
  starts "by the hook alone" "$RUNTIME" \
    ".hooks.createRuntime = [{path: \"$HOOK\", args: [\"bulkhead-hook\", \"createRuntime\"]}]"
}

need_bulkhead
if [ -z "${BULKHEAD_INSIDE:-}" ]; then
  mount --bind "$LIBRARY" "$(readlink -f "$(ldconfig -p | sed -n 's/.*libseccomp.so.2 .*=> //p')")"
  again_in_view "$RUNTIME" "$@"
  finish
fi
"$BULKHEAD" default >"$NODE/profile.json"
default_profile fallback
for reference in moby moby-upstream containers-common containerd containerd-upstream; do
  expanded "$ROOT/tests/data/references/$reference.json" >"$NODE/profile.json"
  default_profile "$reference"
done
finish
