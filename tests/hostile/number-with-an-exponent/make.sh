# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
# jq would write 1000. Programs differ in whether this is an integer.
sed -i 's/"value": 8,/"value": 8e0,/' config.json
