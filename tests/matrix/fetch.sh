#!/usr/bin/env bash
# Brings the versions of runc and crun that Debian's other suites offer, beside the machine's own.
#
#   tests/matrix/fetch.sh [DIRECTORY]
#
# DIRECTORY (default: build/matrix) then holds one directory for each version, and this prints the path of
# each as one ordinary program, which finds its libraries itself and can stand wherever a runtime's path is
# expected:
#
#   build/matrix/crun-1.28/crun
#   build/matrix/runc-1.4.3/runc
#
# apt works on a configuration, lists and a cache below DIRECTORY: the machine's own are not touched, and no
# root is needed. What is there is not asked for again; REFRESH=1 asks what the suites offer today. Where
# nothing can be had it prints no path, says why on stderr and ends with 0: who calls it skips.

set -euo pipefail

HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DIRECTORY=$(realpath -m "${1:-$HERE/../../build/matrix}")
APT=$DIRECTORY/apt
MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
SUITES=(trixie sid experimental)
PACKAGES=(runc crun)

give_up() {
  echo "no other versions of the runtimes: $*" >&2
  exit 0
}

programs() { find "$DIRECTORY" -mindepth 2 -maxdepth 2 -type f \( -name runc -o -name crun \) | sort -V; }

# ---- apt, on its own ---------------------------------------------------------------------------------

private_apt() {
  mkdir -p "$APT"/{lists,archives,none}/partial
  : >"$APT/status"
  printf "deb [signed-by=$KEYRING] $MIRROR %s main\n" "${SUITES[@]}" >"$APT/sources.list"
  # An empty status makes a closure whole; without the last line apt would add all that is essential.
  cat >"$APT/conf" <<EOT
Dir::Etc::sourcelist "$APT/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "$APT/lists";
Dir::State::status "$APT/status";
Dir::State::extended_states "$APT/extended_states";
Dir::Cache "$APT";
Debug::NoLocking "true";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
pkgCacheGen::Essential "none";
EOT
  export APT_CONFIG=$APT/conf
}

# offered PACKAGE: "version suite" of each version that the suites have.
offered() {
  apt cache madison "$1" | sed -nE 's/^[^|]*\| *([^ |]+) *\|.* ([^ /]+)\/main.*/\1 \2/p' | sort -u -k1,1
}

# The machine's configuration may switch the package cache off: seconds for each call.
apt() {
  local command=$1
  shift
  "apt-$command" -o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin "$@"
}

# closure SUITE PACKAGE[=VERSION]: downloads it with what it needs; prints the files. apt names what it
# would download, so it is asked with no archive there.
closure() {
  apt get -qq -y -t "$1" --download-only install "$2" >/dev/null
  apt get -qq -y -t "$1" -o Dir::Cache::archives="$APT/none" --print-uris install "$2" |
    awk -v archives="$APT/archives/" '{ print archives $2 }'
}

unpack() { # ROOT, files on stdin
  local root=$1 file directory
  mkdir -p "$root/usr"
  for directory in bin sbin lib lib64; do
    mkdir -p "$root/usr/$directory" && ln -sfn "usr/$directory" "$root/$directory"
  done
  while read -r file; do
    dpkg-deb --fsys-tarfile "$file" | tar -x --keep-directory-symlink --no-same-owner -C "$root"
  done
}

# ---- one ordinary program ----------------------------------------------------------------------------

loader() { echo "$1"/usr/lib64/ld-linux-*.so.?; }
library_path() { echo "$1/usr/lib/$(basename "$(dirname "$(find "$1/usr/lib" -name libc.so.6 | head -n 1)")")"; }

need_patchelf() {
  PATCHELF=$APT/patchelf
  [ -x "$PATCHELF/usr/bin/patchelf" ] || closure trixie patchelf | unpack "$PATCHELF"
}

# A runtime executes itself again, so neither a script nor a call of its loader can stand for it.
make_program() { # ROOT FILE PROGRAM
  local loader
  loader=$(loader "$PATCHELF")
  cp "$2" "$3.new"
  "$loader" --library-path "$(library_path "$PATCHELF")" "$PATCHELF/usr/bin/patchelf" \
    --set-interpreter "$(loader "$1")" --force-rpath --set-rpath "$(library_path "$1")" "$3.new"
  mv "$3.new" "$3"
}

bring() { # PACKAGE VERSION SUITE
  local home=$DIRECTORY/$1-${2%%[+-]*}
  [ ! -x "$home/$1" ] || return 0
  closure "$3" "$1=$2" | unpack "$home/root"
  make_program "$home/root" "$(find "$home/root/usr" -path "*bin/$1" -type f)" "$home/$1"
  "$home/$1" --version >/dev/null || { echo "$1 $2 does not run" >&2; rm -f "$home/$1"; }
}

# ------------------------------------------------------------------------------------------------------

if [ -z "${REFRESH:-}" ] && [ -n "$(programs 2>/dev/null)" ]; then
  programs
  exit 0
fi
command -v apt-get dpkg-deb >/dev/null || give_up "this is not Debian or Ubuntu"
[ -r "$KEYRING" ] || give_up "$KEYRING is missing (package debian-archive-keyring)"
private_apt
# It ends with 0 also where it reached no suite.
timeout 300 apt-get -qq update >"$APT/update.log" 2>&1 || :
[ -n "$(offered patchelf)" ] || give_up "$(grep -m1 "^[EW]:" "$APT/update.log" || echo "no suite was reached")"
need_patchelf
for package in "${PACKAGES[@]}"; do
  while read -r version suite; do bring "$package" "$version" "$suite"; done < <(offered "$package")
done
[ -n "$(programs)" ] || give_up "the suites ${SUITES[*]} offer none"
programs
