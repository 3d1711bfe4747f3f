#!/bin/bash
# Builds the test node: a kernel and the root tree that it boots from memory, from Debian packages.
#
#   tests/vm/make_root.sh KERNEL DIRECTORY
#
# KERNEL is a name of tests/vm/kernels, of the architecture ARCH (machines.sh). DIRECTORY/vmlinuz and DIRECTORY/root.cpio.lz4 are the result;
# what was downloaded is kept in debs/ beside DIRECTORY. Nothing is built when neither this script nor
# the set of packages changed. Needs no root: ownership in the archive is set by cpio.
#
# Nothing of Bulkhead is in the tree: boot.sh appends that.

set -euo pipefail

HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
KERNEL=$1
DIRECTORY=$(realpath -m "$2")
DEBS=$(dirname "$DIRECTORY")/debs
# shellcheck source-path=SCRIPTDIR source=machines.sh
. "$HERE/machines.sh"
# shellcheck source-path=SCRIPTDIR source=tree.sh
. "$HERE/tree.sh"

# The libraries that these need come with them, by whatever names the release gives them; nothing else does, as the
# interpreters of scripts that no test runs.
PACKAGES=(
  busybox-static bash libc6 coreutils util-linux mount jq tar libcap2-bin
  runc crun containerd podman conmon golang-github-containers-common criu
  apparmor auditd
  libapparmor1 libmd0 libstdc++6  # of our own tests
)
die() {
  echo "make_root.sh: $*" >&2
  exit 1
}

# ---- packages --------------------------------------------------------------------------------------

# Packages of another architecture come by an apt of its own, which knows this machine's release for that architecture;
# what it was told once is enough, unless an archive can no longer be had.
foreign_apt() {
  SUITES_ARCH=$ARCH
  # shellcheck source-path=SCRIPTDIR source=../matrix/suites.sh
  . "$HERE/../matrix/suites.sh"
  # shellcheck disable=SC2034  # for suites.sh
  SUITES=("$(. /etc/os-release && echo "$VERSION_CODENAME")")
  suites_in "$DEBS"
  [ -n "$(offered libc6)" ] || reached >&2 || die "no packages for $ARCH"
}

kernel_image() {
  local package image
  package=$(awk -v arch="$ARCH" -v name="$KERNEL" '$1 == arch && $2 == name { print $3 }' "$HERE/kernels")
  [ -n "$package" ] || die "no kernel '$KERNEL' in tests/vm/kernels"
  image=$(apt-cache depends "$package" 2>/dev/null |
    sed -nE 's/^ *Depends: (linux-image-[0-9].*)/\1/p' | head -n 1)
  echo "${image:-$package}${image:+${package#"${package%%/*}"}}"
}

# with_libraries PACKAGE…: prints these, and the libraries that they and their libraries depend on; of alternatives the
# first.
with_libraries() {
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
    awk -v wanted="$*" '
      /^[^ ]/ { of = $1; skip = 0; next }
      /Depends: / && !skip && $NF ~ /^(lib|zlib)/ { needs[of] = needs[of] " " $NF }
      { skip = /^ *\|/ }
      END {
        count = split(wanted, all, " ")
        for (i = 1; i <= count; i++) seen[all[i]] = 1
        for (i = 1; i <= count; i++) {
          print all[i]
          more = split(needs[all[i]], library, " ")
          for (j = 1; j <= more; j++) if (!seen[library[j]]++) all[++count] = library[j]
        }
      }'
}

deb() { # package: prints the newest archive of it that is here, or nothing
  local name=${1%%/*}
  find "$DEBS" -maxdepth 1 -name "${name}_*.deb" -printf '%T@ %p\n' | sort -rn | head -n 1 |
    cut -d' ' -f2-
}

get_archives() { (cd "$DEBS" && apt-get -qq -o APT::Sandbox::User=root download "$@" 2>"$DEBS/log"); }
download() { # package…
  local package
  local -a missing=()
  for package in "$@"; do [ -n "$(deb "$package")" ] || missing+=("$package"); done
  [ "${#missing[@]}" -gt 0 ] || return 0
  echo "# downloading for the test node: ${missing[*]}" >&2
  # The user _apt, under which apt downloads, may not be able to write here.
  get_archives "${missing[@]}" || { [ -n "$FOREIGN" ] && reached >&2 && get_archives "${missing[@]}"; } ||
    die "cannot download ${missing[*]}: $(tail -n 3 "$DEBS/log")"
}

stamp() { # archives
  cat "$HERE/make_root.sh" "$HERE/machines.sh" "$HERE/tree.sh" "$HERE/init" | sha256sum
  printf '%s\n' "$@"
}

mkdir -p "$DIRECTORY" "$DEBS"
exec {LOCK}<>"$DEBS/lock"
flock "$LOCK"
if [ -n "$FOREIGN" ]; then
  foreign_apt
  # The unit tests run in the node where this machine cannot run them, and so does what startup.sh asks.
  mapfile -t -O "${#PACKAGES[@]}" PACKAGES < <(printf '%s\n' libseccomp2 libcap2 strace musl && apt-cache pkgnames libprometheus-cpp-core)
  # shellcheck disable=SC2034  # for tree.sh
  BUSYBOX=busybox
fi
# crun loads it when it is asked to restore; no package of its names it as needed.
# Podman 5 makes no container without its netavark, also one without a network.
mapfile -t -O "${#PACKAGES[@]}" PACKAGES < <(apt-cache pkgnames libcriu2 &&
  apt-cache depends podman | sed -nE 's/^ *Depends: (netavark)$/\1/p')
IMAGE=$(kernel_image)
LIBRARIES=$(with_libraries "${PACKAGES[@]}")
mapfile -t PACKAGES <<<"$LIBRARIES"
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
