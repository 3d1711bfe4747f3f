# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
edit '.linux.seccomp.futureMember = "ours" | .linux.futureMember = {a: 1}'
