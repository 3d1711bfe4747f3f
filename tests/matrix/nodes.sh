# shellcheck shell=bash
# Whole user lands of Debian's suites, with their engines and runtimes, in which the tests' scripts can run
# (tests/matrix/enter.sh). To be sourced after suites.sh.
#
#   nodes_in DIRECTORY   must come first; nodes are made there, and what is there is used again until this file changes
#   node SUITE           prints the root of that suite's user land; makes it where it is missing
#   version_in ROOT PACKAGE   the version of it that lies there, without Debian's part; nothing where it is missing
#
# A node holds what its suite offers of NODE_PACKAGES with all that these need; experimental is filled up from sid.

# shellcheck disable=SC2034  # suites.sh reads it
SUITES=(bookworm trixie sid experimental)
NODE_ENGINES=(runc crun containerd podman docker.io docker-cli runsc)
NODE_TOOLS=(bash coreutils util-linux mount findutils grep sed tar gawk procps diffutils strace jq busybox-static python3-minimal
  golang-github-containers-common libc-bin)

nodes_in() {
  NODES=$1
  mkdir -p "$NODES"
  suites_in "$NODES"
}

node() {
  local root=$NODES/$1
  [ "$root/.packages" -nt "${BASH_SOURCE[0]}" ] || make_node "$1" "$root" >&2 || return
  echo "$root"
}

make_node() { # SUITE ROOT
  local package
  local -a wanted=() files=()
  for package in "${NODE_ENGINES[@]}" "${NODE_TOOLS[@]}"; do
    ! offers "$1" "$package" || wanted+=("$package")
  done
  rm -rf "$2.new"
  mapfile -t files < <(closure "$1" "${wanted[@]}")
  [ "${#files[@]}" -gt "${#wanted[@]}" ] || { echo "apt finds no closure of ${wanted[*]} in $1"; return 1; }
  printf '%s\n' "${files[@]}" | unpack "$2.new" --exclude=./usr/share/{doc,man,locale} && finish_node "$2.new" || return
  printf '%s\n' "${files[@]##*/}" >"$2.new/.packages"
  rm -rf "$2" && mv "$2.new" "$2"
}

# offers SUITE PACKAGE: experimental stands on sid.
offers() {
  local suites=$1
  [ "$1" != experimental ] || suites='experimental|sid'
  offered "$2" | grep -qE " ($suites)$"
}

# What the packages' scripts would have done, as far as the tests' need goes.
finish_node() { # ROOT
  local applet
  mkdir -p "$1"/{proc,sys,dev,run,tmp,root,etc,var/lib,var/log,var/cache,var/tmp}
  echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
  printf 'root:x:0:\ndocker:x:999:\n' >"$1/etc/group"
  rm -rf "$1/var/run" && ln -s /run "$1/var/run"
  echo '127.0.0.1 localhost' >"$1/etc/hosts"
  touch "$1/etc/resolv.conf"
  for applet in $("$1/usr/bin/busybox" --list); do
    [ -e "$1/usr/bin/$applet" ] || [ -e "$1/usr/sbin/$applet" ] || ln -s busybox "$1/usr/bin/$applet"
  done
  ldconfig -r "$1"
}

version_in() {
  sed -nE "s/^$2_([0-9]+%3a)?([^_+-]*).*/\2/p" "$1/.packages" | sed 's/~ds.*//' | head -n 1
}
