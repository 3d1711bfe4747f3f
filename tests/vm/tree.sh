# shellcheck shell=bash disable=SC2153  # TREE, DIRECTORY and HERE are the caller's
# The root tree that a test node boots from memory, made of Debian packages. To be sourced; needs no root: ownership in the
# archive is set by cpio.
#
#   TREE        the tree
#   DIRECTORY   gets vmlinuz, and root.cpio.lz4 by `pack`
#   HERE        tests/vm
#   BUSYBOX     one that runs here and has the applets of the tree's own, where that does not run here
#
#   skeleton
#   unpack_archive ARCHIVE [WORD…]   the words are tar's
#   add_packages ARCHIVE…    without what a test does not read or use; a boot unpacks every byte
#   add_kernel ARCHIVE…      the kernel, and of its modules those of MODULES
#   add_applets              busybox stands in only where no package brought the real program
#   pack                     with tests/vm/init

# What is no part of the kernel itself but of what the tests do: a disk, layered trees, and what CRIU asks sockets and
# packet filters with.
MODULES=(virtio.ko virtio_ring.ko virtio_pci.ko virtio_pci_legacy_dev.ko virtio_pci_modern_dev.ko
  virtio_blk.ko overlay.ko squashfs.ko loop.ko
  unix_diag.ko inet_diag.ko tcp_diag.ko udp_diag.ko raw_diag.ko af_packet_diag.ko netlink_diag.ko
  nfnetlink.ko nf_tables.ko libcrc32c.ko crc32c_generic.ko)
UNREAD=(doc man locale lintian info bash-completion perl5 vim bug gdb)
# What packages bring beside what the tests use of them.
UNUSED=(containerd-stress containerd-shim containerd-shim-runc-v1 podman-remote crit compel)

skeleton() {
  mkdir -p "$TREE"/usr/{bin,sbin,lib,lib64} "$TREE"/{proc,sys,dev,run,tmp,root,etc,var/lib,var/log}
  local directory
  for directory in bin sbin lib lib64; do ln -s "usr/$directory" "$TREE/$directory"; done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$TREE/etc/passwd"
  echo 'root:x:0:' >"$TREE/etc/group"
}

unpack_archive() {
  local archive=$1
  shift
  dpkg-deb --fsys-tarfile "$archive" | tar -x -C "$TREE" --keep-directory-symlink "$@"
}

add_packages() {
  local archive directory program gconv="./usr/lib/*-linux-gnu*/gconv*"
  local -a unread=()
  for directory in "${UNREAD[@]}"; do unread+=("--exclude=./usr/share/$directory"); done
  for program in "${UNUSED[@]}"; do unread+=("--exclude=./usr/bin/$program"); done
  for archive in "$@"; do
    unpack_archive "$archive" "${unread[@]}" --exclude="$gconv" \
      --exclude='./lib/systemd*' --exclude='./usr/lib/systemd*'
  done
}

add_kernel() {
  local archive module version top
  local -a wanted=()
  for top in . ./usr; do
    wanted+=("$top/lib/modules/*/modules.builtin*" "$top/lib/modules/*/modules.order")
    for module in "${MODULES[@]}"; do wanted+=("$top/lib/modules/*/$module*"); done
  done
  for archive in "$@"; do
    # A module that this kernel has built in is not there.
    unpack_archive "$archive" --wildcards "${wanted[@]}" 2>/dev/null || true
    dpkg-deb --fsys-tarfile "$archive" | tar -xO --wildcards './boot/vmlinuz-*' './usr/lib/modules/*/vmlinuz' \
      >>"$DIRECTORY/vmlinuz" 2>/dev/null || true
  done
  find "$TREE/usr/lib/modules" -name '*.ko.xz' -exec busybox unxz {} +  # as newer kernels have them
  version=$(basename "$TREE"/usr/lib/modules/*)
  "${BUSYBOX:-$TREE/bin/busybox}" depmod -b "$TREE" "$version"
  [ -s "$DIRECTORY/vmlinuz" ] || { echo "no kernel is in $*" >&2; return 1; }
}

add_applets() {
  local applet
  for applet in $("${BUSYBOX:-$TREE/bin/busybox}" --list); do
    [ -e "$TREE/bin/$applet" ] || [ -e "$TREE/sbin/$applet" ] || ln -s busybox "$TREE/bin/$applet"
  done
  [ -e "$TREE/sbin/modprobe" ] || ln -s ../bin/busybox "$TREE/sbin/modprobe"  # where the kernel looks for it
}

pack() {
  install -m 755 "$HERE/init" "$TREE/init"
  (cd "$TREE" && find . -print0 | cpio --null -o -H newc --quiet -R 0:0) |
    lz4 -l -1 -q >"$DIRECTORY/root.cpio.lz4"
}
