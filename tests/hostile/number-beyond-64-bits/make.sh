# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
sed -i 's/"value": 8,/"value": 18446744073709551616,/' config.json
