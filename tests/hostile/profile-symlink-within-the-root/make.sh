# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
# As a mounted ConfigMap lays its files.
mkdir /etc/bulkhead/seccomp/..data
cp "$ROOT/tests/data/node-profile.json" /etc/bulkhead/seccomp/..data/p.json
ln -s ..data/p.json /etc/bulkhead/seccomp/p.json
