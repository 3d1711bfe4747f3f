# shellcheck shell=bash # read by run.sh
# What people fill in may be spelt as they like; nothing of it is a variant of a known key.
edit '.linux.sysctl = {"net.ipv4.Conf": "1"} | .linux.resources = {unified: {"Memory.max": "1", CPU: "2"}}
  | .annotations += {Linux: "x", linux: "y"} | .extension = {Process: {Args: []}}'
