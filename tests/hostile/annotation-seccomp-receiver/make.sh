# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
edit '.annotations["run.oci.seccomp.receiver"] = "AAAA"'
