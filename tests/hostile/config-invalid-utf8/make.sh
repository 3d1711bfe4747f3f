# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
sed -i 's/"ociVersion"/"x\xff":"", "ociVersion"/' config.json
