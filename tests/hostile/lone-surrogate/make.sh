# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
sed -i 's/"annotations": {}/"annotations": {"a": "\\ud800"}/' config.json
