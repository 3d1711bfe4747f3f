#!/bin/bash
# Installs the Debian packages that a target of the Makefile needs and that are missing, and says
# which. As another user than root it prints the one command to run and fails.
#
#   packaging/dependencies.sh build|build-arm64|demo|check|lint|fuzz|bench|profile|deb|rpm|image|home|vm …
set -euo pipefail

declare -A packages=(
  [build]="g++ make libseccomp-dev libapparmor-dev libcap-dev libmd-dev rapidjson-dev libspdlog-dev
           libfmt-dev libcli11-dev libtomlplusplus-dev prometheus-cpp-dev"
  # Beside those of `build`, to build for arm64 on another machine; and its emulator, for unit tests.
  [build-arm64]="g++-aarch64-linux-gnu libseccomp-dev:arm64 libapparmor-dev:arm64 libcap-dev:arm64
           libmd-dev:arm64 qemu-user-static"
  [demo]="runc crun busybox-static jq util-linux"
  [check]="catch2 mold runc crun busybox-static jq util-linux containerd podman conmon uidmap attr acl
           golang-github-containers-common debootstrap python3 strace libz3-dev musl-tools
           binutils catatonit libcap2-bin procps man-db mandoc python3-yaml golang-go golang-golang-x-net-dev curl zsh fish
           debhelper lintian prometheus auditd buildah python3-kubernetes rpm tmux nginx-light"
  [lint]="clang-format clang-tidy-19 shellcheck python3 libseccomp-dev"
  [fuzz]="clang-16 libclang-rt-16-dev"
  [deb]="dpkg-dev debhelper fakeroot git lintian"
  [rpm]="rpm"
  [home]="debootstrap git"
  [image]="buildah busybox-static jq"
  [profile]="linux-perf python3"
  [bench]="runc crun busybox-static jq util-linux golang-github-containers-common"
  [vm-arm64]="qemu-system-arm musl-dev:arm64"
  [vm]="qemu-system-x86 e2fsprogs cpio lz4 busybox-static runc jq util-linux"
)

# Docker's and Node.js' own packages conflict with Debian's: what is there serves as well.
command -v dockerd >/dev/null || packages[check]+=" docker.io"
# Where docker.io does not bring the client, it is a package of its own (Debian 13).
[ -z "$(apt-cache pkgnames docker-cli 2>/dev/null)" ] || command -v docker >/dev/null || packages[check]+=" docker-cli"
command -v npm >/dev/null || packages[check]+=" npm"

# The library of the unit tests, by the name that the release gives it.
for name in $(apt-cache pkgnames libprometheus-cpp-core 2>/dev/null); do packages[vm-arm64]+=" $name:arm64"; done

# A browser for the pages; not every architecture has one.
[ -z "$(apt-cache pkgnames chromium-headless-shell 2>/dev/null)" ] || packages[check]+=" chromium-headless-shell"

wanted=()
for purpose in "$@"; do
  [ -n "${packages[$purpose]:-}" ] || { echo "dependencies.sh: unknown purpose '$purpose'" >&2; exit 2; }
  read -r -d '' -a names <<<"${packages[$purpose]}" || :
  wanted+=("${names[@]}")
done

command -v dpkg-query >/dev/null || {
  echo "This is not Debian or Ubuntu. Needed here under their names there: ${wanted[*]}" >&2
  exit 0
}

# The other architectures of which packages are wanted.
foreign=()
for name in "${wanted[@]}"; do [[ $name != *:* ]] || foreign+=("${name##*:}"); done
mapfile -t foreign < <(printf '%s\n' "${foreign[@]}" | sed '/^$/d' | sort -u | grep -vxF "$(dpkg --print-foreign-architectures)")

# installed NAME[:ARCHITECTURE]: for this machine, where no other is named.
own=$(dpkg --print-architecture)
installed() {
  local architecture=$own
  [[ $1 != *:* ]] || architecture=${1##*:}
  dpkg-query -W -f '${Architecture} ${Status}\n' "$1" 2>/dev/null | grep -Eqx "(all|$architecture) install ok installed"
}
missing=()
for name in "${wanted[@]}"; do installed "$name" || missing+=("$name"); done
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
  echo "Missing packages. Run as root: ${foreign[*]/#/dpkg --add-architecture }${foreign:+; apt-get update; }apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "Installing the missing packages: ${missing[*]}"
# Services that come with a package (containerd, Prometheus) are not started: only tests need them, and
# start their own.
refuse_services=/usr/sbin/policy-rc.d
if [ ! -e "$refuse_services" ]; then
  trap 'rm -f "$refuse_services"' EXIT INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$refuse_services"
  chmod 755 "$refuse_services"
fi
# No daemon is started by that: the tests start their own.
export DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1
for architecture in "${foreign[@]}"; do dpkg --add-architecture "$architecture"; done
apt-get -qq -o DPkg::Lock::Timeout=300 update
apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}" >/dev/null
