# shellcheck shell=bash # read by run.sh
# The current directory holds a good config.json; the bundle that is named does not.
mkdir other && echo '{' >other/config.json
