#!/usr/bin/env bash
# Runs a command in the user land of another suite, as root:
#
#   tests/matrix/enter.sh ROOT COMMAND…
#
# The kernel, /dev and this checkout are the machine's; what is written elsewhere is gone afterwards. ROOT becomes the
# root of a mount namespace by pivot_root(2): runtimes refuse to work below a chroot.

set -euo pipefail

if [ -z "${ENTERED:-}" ]; then
  ENTERED=1 exec unshare --mount --propagation private -- "$BASH" "$0" "$@"
fi
unset ENTERED
HERE=$(cd -P "$(dirname "$0")/../.." && pwd)
BUILD=$(realpath -m "${BUILD:-$HERE/build}")
ROOT=$1
shift

# An overlay, so that the tree stays as it was unpacked; in a directory of one name, so that nothing is left.
WORK=${ROOT%/}.entered
mkdir -p "$WORK"
mount -t tmpfs tmpfs "$WORK"
mkdir "$WORK"/{above,work,root}
mount -t overlay -o "lowerdir=$ROOT,upperdir=$WORK/above,workdir=$WORK/work" overlay "$WORK/root"
cd "$WORK/root"
for directory in /proc /sys /dev; do mount --rbind "$directory" ".$directory"; done
mount -t tmpfs tmpfs ./run
for directory in "$HERE" "$BUILD"; do mkdir -p ".$directory" && mount --rbind "$directory" ".$directory"; done
mkdir -p .old
pivot_root . .old
hash -r
umount -l /.old
cd "$HERE"
export BUILD PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root LD_LIBRARY_PATH=
exec "$@"
