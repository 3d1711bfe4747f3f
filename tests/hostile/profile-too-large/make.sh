# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
{ cat "$ROOT/tests/data/node-profile.json"; head -c 2000000 /dev/zero | tr '\0' ' '; } >/etc/bulkhead/seccomp/p.json
