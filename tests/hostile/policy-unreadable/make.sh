# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
echo '{"version": 1}' >/etc/bulkhead/policy.json
chmod 0 /etc/bulkhead/policy.json
PREFIX=(setpriv --bounding-set -dac_override,-dac_read_search --)
