# shellcheck shell=bash disable=SC2034 # read by run.sh
as_crun
