# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
# root reads every file, unless it lacks these capabilities.
chmod 0 config.json
PREFIX=(setpriv --bounding-set -dac_override,-dac_read_search --)
