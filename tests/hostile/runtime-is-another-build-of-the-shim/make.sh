# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
PROGRAM=$SHIM
{ cat "$SHIM"; echo another; } >/run/node/build
chmod 755 /run/node/build
