# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
# One long string: the size alone is the fault.
{ printf '{"padding":"'; head -c 104857600 /dev/zero | tr '\0' x; printf '"}'; } >config.json
