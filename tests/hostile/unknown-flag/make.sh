# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
edit '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_FAST"]'
