# shellcheck shell=bash
# A root tree in which a package for other distributions is tried, as T. To be sourced after lib.sh.
#
#   bare_root               makes it
#   inside COMMAND…         runs it there
#   paths                   what is there, but for /proc and /tmp
#   is_static PROGRAM       whether it needs nothing, and is stripped

T=$NODE/root

# busybox, the runtime that status looks for, and a systemctl that writes down what it was asked.
bare_root() {
  local applet
  mkdir -p "$T"/{bin,usr/bin,usr/lib,etc,dev,proc,sys,run,tmp,var/log,root}
  ln -s usr/lib "$T/lib"  # as distributions have it, and as nothing may replace it
  cp "$(command -v busybox)" "$T/bin/busybox"
  for applet in sh cp mv mkdir rmdir rm ln readlink sed grep xargs tar gunzip; do ln -s busybox "$T/bin/$applet"; done
  printf '#!/bin/sh\necho "runc version 1.1.5"\n' >"$T/usr/bin/runc"
  # shellcheck disable=SC2016  # expanded in the tree
  printf '#!/bin/sh\necho "$@" >>/tmp/systemctl\n' >"$T/bin/systemctl"
  chmod 755 "$T/usr/bin/runc" "$T/bin/systemctl"
  mount -t proc proc "$T/proc"
  touch "$T/dev/null" && mount --bind /dev/null "$T/dev/null"
}
inside() { chroot "$T" /bin/busybox env -i PATH=/usr/bin:/bin "$@"; }
paths() { (cd "$T" && find . -path ./proc -prune -o -path ./tmp -prune -o -print | sort); }
is_static() {
  ! readelf --program-headers "$1" | grep -q INTERP && ! readelf --dynamic "$1" | grep -q NEEDED &&
    ! readelf --sections "$1" | grep -q '\.debug_info'
}
