#!/bin/bash
# A disk with the recorder that Bulkhead's is held against: Debian's oci-seccomp-bpf-hook, what it compiles its eBPF program
# with when a container starts, and the headers of the node's kernel, which it compiles it from.
#
#   tests/vm/bench/bpf_hook_disk.sh KERNEL IMAGE     KERNEL as `uname -r` says; fails where the packages cannot be had
#
# Environment: BUILD.
set -euo pipefail
HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
KERNEL=$1 IMAGE=$(realpath -m "$2")
KEPT=${BUILD:?}/matrix
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
TREE=$SCRATCH/tree
mkdir -p "$TREE" "$SCRATCH/headers" "$KEPT" "$(dirname "$IMAGE")"

# The image's name says which kernel it is for; another hook is another image.
headers() {
  (cd "$SCRATCH/headers" && apt-get -qq -o APT::Sandbox::User=root download "linux-headers-$KERNEL" \
    "linux-headers-${KERNEL%%-cloud*}-common") >&2 && ls "$SCRATCH/headers"/*.deb
}
# shellcheck source-path=SCRIPTDIR source=../../matrix/suites.sh
hook() {
  . "$HERE/../../matrix/suites.sh"
  suites_in "$KEPT"
  [ -n "$(offered oci-seccomp-bpf-hook)" ] || reached >&2
  closure trixie oci-seccomp-bpf-hook
}
unread=()
for directory in doc man locale lintian bug; do unread+=("--exclude=./usr/share/$directory"); done
# shellcheck source-path=SCRIPTDIR source=../../matrix/suites.sh
unpack_here() { (. "$HERE/../../matrix/suites.sh" && unpack "$TREE" "${unread[@]}"); }
packages=$( (hook) && headers)
unpack_here <<<"$packages"
mkdir -p "$TREE"/{proc,sys,dev,run,tmp}
rm -f "$IMAGE"
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$TREE" "$IMAGE.new" 900M
mv "$IMAGE.new" "$IMAGE"
