# shellcheck shell=bash disable=SC2034 # read by run.sh
as_crun
# crun looks for it where its caller is, not below the bundle, where a good one lies.
mkdir other && cp config.json other/other.json && cp config.json other/ && echo '{' >other.json
