# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
PROGRAM=$SHIM
echo 'no program' >/run/node/garbage && chmod 755 /run/node/garbage
