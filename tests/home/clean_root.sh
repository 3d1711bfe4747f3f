#!/usr/bin/env bash
# A fresh Debian machine: a root tree as debootstrap leaves it, with make and git as the README asks, and a clean clone
# of this checkout's last commit. There the README's two commands are run, or those that are given.
#
#   tests/home/clean_root.sh SUITE [COMMAND]…      SUITE: bookworm or trixie; each COMMAND is one of the shell's
#
# The commands run in the clone, as root, one after the other until one fails; what they print is shown and kept in
# ${LOGS:-build/test-logs}. Kernel, devices and processes are this machine's. Needs root, and the mirror that the
# machine's own apt uses.
#
# Environment: BUILD, the build directory: $BUILD/home keeps what was downloaded, and the root of the last run.
# AGAIN=1 goes on in that root, with the last commit.
set -euo pipefail

ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"
# shellcheck source-path=SCRIPTDIR source=../matrix/suites.sh
. tests/matrix/suites.sh
SUITE=${1:?a suite of Debian, as trixie}
shift
[ "$#" -gt 0 ] || set -- "make demo" "make check"
HOMES=$(realpath -m "${BUILD:-build}")/home
LOGS=$(realpath -m "${LOGS:-${BUILD:-build}/test-logs}")
BASE=$HOMES/$SUITE.base TREE=$HOMES/$SUITE

die() {
  echo "clean_root.sh: $*" >&2
  exit 1
}

# ---- the machine -------------------------------------------------------------------------------------------

bare_root() {
  local mirror=${MIRROR:-$(machines_mirror)}
  [ -n "$mirror" ] || die "the machine's sources name no mirror of Debian (DEBIAN_MIRROR)"
  rm -rf --one-file-system "$BASE.new"
  # In a mount namespace of its own: it may leave proc mounted, of which a copy is as large as the memory.
  unshare --mount debootstrap --variant=minbase "$SUITE" "$BASE.new" "$mirror" >"$HOMES/$SUITE.log" 2>&1 ||
    die "debootstrap of $SUITE failed: $(tail -n 3 "$HOMES/$SUITE.log")"
  apt-config dump | grep -E '^Acquire::(https?::.*[Pp]roxy|Check-Valid-Until)' >"$BASE.new/etc/apt/apt.conf.d/90proxy" || :
  echo force-unsafe-io >"$BASE.new/etc/dpkg/dpkg.cfg.d/unsafe-io"  # a tree that is made anew when it is lost
  cp --dereference /etc/resolv.conf /etc/hosts "$BASE.new/etc/"
  mv "$BASE.new" "$BASE"
}

fresh_root() {
  [ -d "$BASE" ] || bare_root
  rm -rf --one-file-system "$TREE"
  cp -a --one-file-system "$BASE" "$TREE"
}
# Where it is from, it can be reached from outside of the tree alone.
clone() {
  local clone=$TREE/root/bulkhead
  [ -d "$clone" ] || git clone -q --no-hardlinks "$ROOT" "$clone"
  git -C "$clone" fetch -q "$ROOT" HEAD
  git -C "$clone" reset -q --hard FETCH_HEAD
}

# inside COMMAND: as the root of that machine. A plain chroot will not do: runc makes / a slave mount. Its packages are
# kept beside it for the next one.
inside() {
  mkdir -p "$HOMES/$SUITE.packages/partial"
  # shellcheck disable=SC2016  # expanded by the inner shell
  TREE=$TREE PACKAGES=$HOMES/$SUITE.packages unshare --mount --propagation private -- /bin/bash -euc '
    mount --bind "$TREE" "$TREE"
    cd "$TREE"
    mount --bind "$PACKAGES" var/cache/apt/archives
    mount -t proc proc proc
    mount --rbind /sys sys
    mount --rbind /dev dev
    mount -t tmpfs -o mode=755 tmpfs run
    mkdir -p run/lock old
    pivot_root . old
    umount -l old
    rmdir old
    cd /root
    exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb /bin/bash -c "$1"' \
    bash "$1" </dev/null
}

# ------------------------------------------------------------------------------------------------------------

[ "$(id -u)" = 0 ] || die "needs root: it runs debootstrap"
for tool in debootstrap git; do command -v "$tool" >/dev/null || die "$tool is not installed"; done
mkdir -p "$HOMES" "$LOGS"
if [ -z "${AGAIN:-}" ] || [ ! -d "$TREE" ]; then fresh_root; fi
inside "command -v make git >/dev/null || { apt-get -qq update && apt-get -qq install -y make git; }" >"$HOMES/$SUITE.log" 2>&1 ||
  die "make and git cannot be installed: $(tail -n 3 "$HOMES/$SUITE.log")"
clone
for command in "$@"; do
  echo "# $SUITE: $command"
  started=$SECONDS status=0
  inside "cd bulkhead && $command" 2>&1 | tee "$LOGS/home-$SUITE.log" || status=$?
  echo "# $SUITE: $command: exit code $status, $((SECONDS - started)) s"
  [ "$status" = 0 ] || exit "$status"
done
