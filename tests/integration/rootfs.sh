#!/bin/bash
# Builds the root tree in which real software is tried under RuntimeDefault: the machine's own
# release by debootstrap, with Python, Node.js, a JVM, a Go program, nginx, PostgreSQL and Redis. It is kept
# between runs and made anew when this script changes. Needs root and, to build, the network.
#
#   tests/integration/rootfs.sh [DIRECTORY [PACKAGE…]]     default: rootfs/ in the build directory
#
# With packages named, these are installed instead of that software (tests/vm/node.sh does that).
#
# The mirrors are those that the machine's own apt uses, its proxy settings too: none is named here.
# The Go program is caddy, a web server: Debian's package of it is one binary, and it uses what Go
# programs use (threads, epoll, signals), which `go build` of a hello would not. rhino runs on the JVM
# and reaches its class library from a script, so no Java compiler is needed.

set -euo pipefail

ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DIRECTORY=$(cd "$ROOT" && realpath -m "${1:-${BUILD:-build}/rootfs}")
PACKAGES=(python3 nodejs default-jre-headless rhino caddy nginx-light postgresql redis-server curl)
[ "$#" -lt 2 ] || PACKAGES=("${@:2}")
STAMP=$DIRECTORY/.bulkhead-rootfs

die() {
  echo "rootfs.sh: $*" >&2
  exit 1
}

# "URI SUITE" of each archive of this release, its own one first.
archives() {
  # shellcheck disable=SC2016  # apt expands it
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    grep -E " $CODENAME(-security|-updates)?$" | sort -u | sort -s -k2,2
}

wanted() { { cat "${BASH_SOURCE[0]}" && echo "${PACKAGES[@]}"; } | sha256sum; }

fresh() { [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(wanted)" ]; }

base_system() {
  local uri suite
  read -r uri suite < <(archives) || die "apt of this machine has no source for '$CODENAME'"
  debootstrap --variant=minbase "$suite" "$TREE" "$uri" >"$TREE.log" 2>&1 ||
    die "debootstrap failed: $(tail -n 5 "$TREE.log")"
}

# Services must not start in a tree that is being built, and a tree that is made anew when it is
# lost needs no fsync per file.
prepare_apt() {
  printf '#!/bin/sh\nexit 101\n' >"$TREE/usr/sbin/policy-rc.d"
  chmod 755 "$TREE/usr/sbin/policy-rc.d"
  echo force-unsafe-io >"$TREE/etc/dpkg/dpkg.cfg.d/unsafe-io"
  # man-db's pages, read by nobody here; the JRE's postinst needs the directory.
  printf 'path-exclude=/usr/share/%s/*\n' doc man locale >"$TREE/etc/dpkg/dpkg.cfg.d/lean"
  archives | sed 's/^/deb [signed-by=\/usr\/share\/keyrings\/archive.gpg] /; s/$/ main/' \
    >"$TREE/etc/apt/sources.list"
  cat /usr/share/keyrings/*-archive-keyring.gpg >"$TREE/usr/share/keyrings/archive.gpg"
  apt-config dump | grep -E '^Acquire::https?::.*[Pp]roxy' >"$TREE/etc/apt/apt.conf.d/90proxy" || true
  cp /etc/resolv.conf "$TREE/etc/resolv.conf"
  mkdir -p "$TREE/usr/share/man/man1"
}

install_packages() {
  mount -t proc proc "$TREE/proc"
  chroot "$TREE" /bin/sh -euc '
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C
    apt-get -q update
    apt-get -q -y --no-install-recommends install "$@"
    apt-get clean
    rm -rf /var/lib/apt/lists/*' sh "${PACKAGES[@]}" >>"$TREE.log" 2>&1 ||
    die "installing the packages failed: $(tail -n 5 "$TREE.log")"
  umount "$TREE/proc"
}

CODENAME=$(. /etc/os-release && echo "$VERSION_CODENAME")
fresh && exit 0
[ "$(id -u)" = 0 ] || die "needs root: it runs debootstrap"
command -v debootstrap >/dev/null || die "debootstrap is missing: apt-get install debootstrap"

# In a mount namespace of its own, so that whatever debootstrap mounts ends with this script.
if [ -z "${BULKHEAD_ROOTFS_PRIVATE:-}" ]; then
  BULKHEAD_ROOTFS_PRIVATE=1 exec unshare --mount --propagation private -- "$BASH" "$0" "$DIRECTORY" "${PACKAGES[@]}"
fi
mkdir -p "$(dirname "$DIRECTORY")"
exec {LOCK}<>"$DIRECTORY.lock"
flock "$LOCK"
fresh && exit 0
TREE=$DIRECTORY.new
rm -rf "$TREE" "$DIRECTORY"
echo "# building the root tree $DIRECTORY (once)" >&2
base_system
prepare_apt
install_packages
wanted >"$TREE/.bulkhead-rootfs"
mv "$TREE" "$DIRECTORY"
rm -f "$DIRECTORY.new.log"
