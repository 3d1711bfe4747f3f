# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
mkdir -p /etc/bulkhead/seccomp/p.json
