# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
{ printf '\xef\xbb\xbf'; cat config.json; } >.new && mv .new config.json
