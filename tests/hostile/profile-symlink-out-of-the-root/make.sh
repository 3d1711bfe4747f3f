# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
cp "$ROOT/tests/data/node-profile.json" /run/outside.json
ln -s /run/outside.json /etc/bulkhead/seccomp/p.json
