#!/bin/bash
# Builds the test node: a kernel and the root tree that it boots from memory, from Debian packages.
#
#   tests/vm/make_root.sh KERNEL DIRECTORY
#
# KERNEL is a name of tests/vm/kernels. DIRECTORY/vmlinuz and DIRECTORY/root.cpio.lz4 are the result;
# what was downloaded is kept in debs/ beside DIRECTORY. Nothing is built when neither this script nor
# the set of packages changed. Needs no root: ownership in the archive is set by cpio.
#
# Nothing of Bulkhead is in the tree: boot.sh appends that.

set -euo pipefail

HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
KERNEL=$1
DIRECTORY=$(realpath -m "$2")
DEBS=$(dirname "$DIRECTORY")/debs
# shellcheck source-path=SCRIPTDIR source=tree.sh
. "$HERE/tree.sh"

# Each line is the package that is wanted, then what it needs and nothing else on the line brings.
PACKAGES=(
  busybox-static
  bash libc6 libtinfo6
  jq libjq1 libonig5
  coreutils libacl1 libattr1 libgmp10 libselinux1 libpcre2-8-0
  util-linux mount libblkid1 libmount1 libsmartcols1 libuuid1
  runc libseccomp2
  libcap2-bin
  crun libyajl2 libcap2 libsystemd0 libgcrypt20 libgpg-error0 liblz4-1 libzstd1 liblzma5
  apparmor libapparmor1 libgcc-s1 libstdc++6
  libmd0
  golang-github-containers-common
  containerd
  podman libgpgme11 libassuan0 libdevmapper1.02.1 libudev1
  libsubid4 libaudit1 libcap-ng0 libpam0g libcrypt1 libsemanage2 libsepol2 libbz2-1.0
  conmon libglib2.0-0 libffi8 zlib1g
  auditd libauparse0
  criu tar libbsd0 libnet1 libnl-3-200 libprotobuf-c1 libnftables1 libnftnl11 libmnl0 libjansson4 libxtables12 libedit2
  libgnutls30 libp11-kit0 libidn2-0 libunistring2 libtasn1-6 libnettle8 libhogweed6
)

die() {
  echo "make_root.sh: $*" >&2
  exit 1
}

# ---- packages --------------------------------------------------------------------------------------

kernel_image() {
  local package image
  package=$(awk -v name="$KERNEL" '$1 == name { print $2 }' "$HERE/kernels")
  [ -n "$package" ] || die "no kernel '$KERNEL' in tests/vm/kernels"
  image=$(apt-cache depends "$package" 2>/dev/null |
    sed -nE 's/^ *Depends: (linux-image-[0-9].*)/\1/p' | head -n 1)
  echo "${image:-$package}${image:+${package#"${package%%/*}"}}"
}

deb() { # package: prints the newest archive of it that is here, or nothing
  local name=${1%%/*}
  find "$DEBS" -maxdepth 1 -name "${name}_*.deb" -printf '%T@ %p\n' | sort -rn | head -n 1 |
    cut -d' ' -f2-
}

download() { # package…
  local package
  local -a missing=()
  for package in "$@"; do [ -n "$(deb "$package")" ] || missing+=("$package"); done
  [ "${#missing[@]}" -gt 0 ] || return 0
  echo "# downloading for the test node: ${missing[*]}" >&2
  # The user _apt, under which apt downloads, may not be able to write here.
  (cd "$DEBS" && apt-get -qq -o APT::Sandbox::User=root download "${missing[@]}" 2>"$DEBS/log") ||
    die "cannot download ${missing[*]}: $(tail -n 3 "$DEBS/log")"
}

stamp() { # archives
  cat "$HERE/make_root.sh" "$HERE/tree.sh" "$HERE/init" | sha256sum
  printf '%s\n' "$@"
}

mkdir -p "$DIRECTORY" "$DEBS"
exec {LOCK}<>"$DEBS/lock"
flock "$LOCK"
IMAGE=$(kernel_image)
download "${PACKAGES[@]}" "$IMAGE"
ARCHIVES=()
for package in "${PACKAGES[@]}" "$IMAGE"; do ARCHIVES+=("$(deb "$package")"); done
WANTED=$(stamp "${ARCHIVES[@]##*/}")
[ "$(cat "$DIRECTORY/stamp" 2>/dev/null)" != "$WANTED" ] || exit 0

echo "# building the test node '$KERNEL' (once)" >&2
TREE=$DIRECTORY/tree
rm -rf "$TREE" "$DIRECTORY"/{stamp,vmlinuz}
skeleton
cp /etc/os-release "$TREE/etc/os-release"  # the packages are this machine's release
add_packages "${ARCHIVES[@]::${#PACKAGES[@]}}"
add_kernel "${ARCHIVES[-1]}"
add_applets
pack
rm -rf "$TREE"
echo "$WANTED" >"$DIRECTORY/stamp"
