# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
mkdir /etc/bulkhead/policy.d
echo '{"version": 1, "mode": "observed"}' >/etc/bulkhead/policy.d/10-mode.json
