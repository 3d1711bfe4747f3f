#!/bin/bash
# A whole node: a bare Debian root with systemd, containerd and Podman is booted in a virtual machine, and
# Bulkhead's package is installed, used, upgraded, removed and purged in it.
#
#   tests/vm/node.sh [SUITE…]     suites are the scripts in tests/vm/node/, by name without .sh and in the
#                                 order given; all of them when none is named
#   tests/vm/node.sh --shell      a shell in the node, with everything that the tests have
#
# Ends with "N passed, N failed, N skipped". The console is kept in ${LOGS:-build/test-logs} and shown when
# the node does not come to its end. What is downloaded and built is kept in $BUILD/vm. Needs root.
#
# Environment: BUILD, the build directory; NODE_SECONDS, after which the node is switched off (1800);
# NODE_PACKAGE, a package to test instead of building one.

set -euo pipefail

ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"
BUILD=$(realpath -m "${BUILD:-build}")
export BUILD
LOGS=$(realpath -m "${LOGS:-$BUILD/test-logs}")
# shellcheck source-path=SCRIPTDIR source=machines.sh
. tests/vm/machines.sh
KERNEL=debian
NODE_TREE=$BUILD/vm/node.tree   # the root as debootstrap and apt left it
NODE_DIRECTORY=$BUILD/vm/node   # what is booted: vmlinuz, root.cpio.lz4, root.ext4
# One node goes through all of these, so their order is theirs.
SUITES=(install engines units upgrade remove)
PACKAGES=(systemd systemd-sysv dbus udev kmod containerd podman crun runc apparmor
  golang-github-containers-common catatonit jq procps iproute2 busybox-static logrotate)
# Units that a test node does not need, each of which costs a boot under emulation.
MASKED=(apparmor.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
  e2scrub_reap.service fstrim.timer logrotate.timer podman-auto-update.timer podman-auto-update.service
  podman-restart.service podman.service podman.socket getty@tty1.service serial-getty@ttyS0.service
  systemd-update-utmp.service systemd-random-seed.service systemd-pstore.service
  systemd-logind.service systemd-firstboot.service systemd-modules-load.service)

cannot() {
  echo "# SKIP the node: $*"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}
die() {
  echo "not ok - $*"
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
}

for tool in qemu-system-x86_64 cpio lz4 mke2fs debootstrap dpkg-buildpackage dh go busybox; do
  command -v "$tool" >/dev/null || cannot "$tool is not installed (packaging/dependencies.sh check deb vm)"
done
[ "$(uname -m)" = x86_64 ] || cannot "it is an x86-64 machine, this one is $(uname -m)"
[ "$(id -u)" = 0 ] || cannot "its root tree is built by root"
[ -e .git ] || cannot "the package is built from a git checkout"

# ---- the node's disk -----------------------------------------------------------------------------------

newest() { sort -rn | sed -n '1s/^[^ ]* //p'; }  # of lines "time path"
# The one that make_root.sh took for this kernel; those of other kernels lie beside it.
kernel_archive() { echo "$BUILD/vm/debs/$(grep -m 1 '^linux-image-' "$BUILD/vm/$KERNEL/stamp")"; }

# What the root tree still lacks of a node that boots.
prepare_tree() {
  local unit
  rm -f "$NODE_TREE/usr/sbin/policy-rc.d"  # it kept services from starting while the tree was built
  dpkg-deb --fsys-tarfile "$(kernel_archive)" |
    tar -x -C "$NODE_TREE" --keep-directory-symlink --wildcards '*/lib/modules/*'
  chroot "$NODE_TREE" depmod "$(basename "$NODE_TREE"/usr/lib/modules/*)"
  for unit in "${MASKED[@]}"; do ln -sf /dev/null "$NODE_TREE/etc/systemd/system/$unit"; done
  echo 5a5a5a5a5a5a4a5a8a5a5a5a5a5a5a5a >"$NODE_TREE/etc/machine-id"
  echo node >"$NODE_TREE/etc/hostname"
  echo '127.0.0.1 localhost node' >"$NODE_TREE/etc/hosts"  # containerd's pods have a copy
  : >"$NODE_TREE/etc/fstab"
}

# The tree that the kernel unpacks: what finds the disk. boot.sh appends the tests and the first program.
make_initrd() {
  local initrd=$NODE_DIRECTORY/initrd version
  rm -rf "$initrd"
  mkdir -p "$initrd"/{bin,dev,proc,sys,new,lib/modules}
  : >"$initrd/init"  # by this file switch_root knows what it may delete
  version=$(basename "$NODE_TREE"/usr/lib/modules/*)
  cp "$(command -v busybox)" "$initrd/bin/busybox"
  "$initrd/bin/busybox" --install -s "$initrd/bin"
  find "$initrd/bin" -type l -exec ln -sf busybox {} \;
  (cd "$NODE_TREE/usr/lib" && find modules -name 'virtio*.ko*' -o -name 'modules.builtin*' -o -name modules.order |
    cpio --quiet -pdm "$initrd/lib")
  find "$initrd/lib" -name '*.ko.xz' -exec busybox unxz {} +  # as newer kernels have them
  busybox depmod -b "$initrd" "$version"
  (cd "$initrd" && find . -print0 | cpio --null -o -H newc --quiet -R 0:0) | lz4 -l -1 -q >"$NODE_DIRECTORY/root.cpio.lz4"
  rm -rf "$initrd"
}

# Made anew when the tree, the kernel or this script changed.
make_node() {
  tests/vm/make_root.sh "$KERNEL" "$BUILD/vm/$KERNEL"
  tests/integration/rootfs.sh "$NODE_TREE" "${PACKAGES[@]}"
  local wanted
  wanted=$(cat tests/vm/node.sh "$NODE_TREE/.bulkhead-rootfs" && kernel_archive)
  [ "$(cat "$NODE_DIRECTORY/stamp" 2>/dev/null)" != "$wanted" ] || return 0
  echo "# building the node's disk (once)"
  rm -rf "$NODE_DIRECTORY"
  mkdir -p "$NODE_DIRECTORY"
  prepare_tree
  make_initrd
  cp "$BUILD/vm/$KERNEL/vmlinuz" "$NODE_DIRECTORY/vmlinuz"
  mke2fs -q -t ext4 -m 0 -d "$NODE_TREE" "$NODE_DIRECTORY/root.ext4" 2000M >/dev/null
  echo "$wanted" >"$NODE_DIRECTORY/stamp"
}

# ---- what is tested in it --------------------------------------------------------------------------------

built_package() {
  make --no-print-directory deb-only BULKHEAD_PROGRAMS="$BUILD" >"$LOGS/node-deb.log" 2>&1 &&
    find "$BUILD/dist" -name 'bulkhead_*.deb' -printf '%T@ %p\n' | newest
}

# The package, and one that is older: the same files, a version that sorts before it, and programs of other
# bytes, so that a test can tell which of the two is installed.
make_packages() {
  local package=${NODE_PACKAGE:-} older=$BUILD/vm/older program
  [ -n "$package" ] || package=$(built_package) || die "the package builds: $(tail -n 5 "$LOGS/node-deb.log")"
  cp "$package" "$1/bulkhead.deb"
  rm -rf "$older"
  dpkg-deb --raw-extract "$package" "$older"
  sed -i 's/^Version: \(.*\)$/Version: \1~older/' "$older/DEBIAN/control"
  for program in bulkhead bulkhead-shim bulkhead-hook; do printf older >>"$older/usr/bin/$program"; done
  (cd "$older" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  dpkg-deb --root-owner-group -Zgzip -z1 --build "$older" "$1/older.deb" >/dev/null
  rm -rf "$older"
}

# Sources of the tests keep their places, so that scripts find each other as they do in a checkout.
make_tests() {
  mkdir -p "$1/build/tests/helpers"
  cp -a --parents tests/run.sh tests/vm tests/integration tests/cri "$1/"
  make_packages "$1"
  # shellcheck source=../integration/lib.sh source=../cri/lib.sh
  bash -c '. tests/integration/lib.sh && . tests/cri/lib.sh && helper probe && build_cri' >/dev/null
  cp "$BUILD/tests/cri" "$1/build/tests/cri"
  cp "$BUILD/tests/helpers/probe" "$1/build/tests/helpers/probe"
  find "$1/build" -type f -exec touch {} +  # newer than their sources: nothing is compiled in the node
}

run_node() { # words of boot.sh…
  VM_DISK=$NODE_DIRECTORY/root.ext4 VM_DISK_OPTIONS=snapshot=on VM_SECONDS=${NODE_SECONDS:-1800} VM_MEMORY=2048 \
    VM_APPEND="rdinit=/bulkhead/tests/vm/node/init systemd.show_status=0 systemd.default_timeout_start_sec=300 quiet${WORDS:-}" \
    tests/vm/boot.sh "$NODE_DIRECTORY" "$TESTS" "$@"
}

mkdir -p "$LOGS"
make_node
TESTS=$(mktemp -d)
trap 'rm -rf "$TESTS"' EXIT
make_tests "$TESTS"
if [ "${1:-}" = --shell ]; then
  WORDS=" bulkhead.shell" run_node --shell
  exit
fi
[ "$#" -gt 0 ] || set -- "${SUITES[@]}"
set -- "${@/#/tests/vm/node/}"
set -- tests/vm/inside.sh "${@/%/.sh}"
STARTED=$SECONDS
rm -f "$LOGS/node.console" "$LOGS/node.results"
if ! run_node "$LOGS/node.console" "$LOGS/node.results" "$@" && emulator_erred "$LOGS/node.console"; then
  echo "# the emulation ended it: booting once more"
  cp "$LOGS/node.console" "$LOGS/node.erred.console"
  run_node "$LOGS/node.console" "$LOGS/node.results" "$@" || :
fi
echo "# the node: $((SECONDS - STARTED)) s"
tr -d '\r' <"$LOGS/node.results" | grep -avE '^[0-9]+ passed|^exit code' || :
if ! grep -aq '^exit code ' "$LOGS/node.results"; then
  echo "#   the console:"
  tail -n 80 "$LOGS/node.console" | sed 's/^/#   /'
  die "the node came to its end"
fi
SUM=$(tr -d '\r' <"$LOGS/node.results" | grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' | tail -n 1)
echo "${SUM:-0 passed, 1 failed, 0 skipped}"
[[ $SUM == *" 0 failed,"* ]]
