# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
edit '.linux.seccomp |= (del(.defaultErrnoRet) | .defaultAction = "SCMP_ACT_ALLOW")'
