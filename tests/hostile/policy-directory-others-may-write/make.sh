# shellcheck shell=bash # read by run.sh
mkdir /etc/bulkhead/policy.d
chmod 777 /etc/bulkhead/policy.d
