# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
PROGRAM=$SHIM
cp "$SHIM" /run/node/copy
