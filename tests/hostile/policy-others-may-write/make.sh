# shellcheck shell=bash # read by run.sh
echo '{"version": 1}' >/etc/bulkhead/policy.json
chmod 666 /etc/bulkhead/policy.json
