# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
edit '.linux.seccomp |= (.defaultAction = "SCMP_ACT_LOG" | del(.defaultErrnoRet)
  | .syscalls[0] |= {names: ["raed", "wirte"], action: "SCMP_ACT_ERRNO"})'
