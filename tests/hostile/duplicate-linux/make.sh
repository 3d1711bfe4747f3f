# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
sed -i '0,/"linux": {/s//"linux": {},\n&/' config.json
