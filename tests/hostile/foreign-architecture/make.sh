# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
edit '.linux.seccomp.architectures += ["SCMP_ARCH_LOONGARCH64"]'
