# Debian's other suites beside the machine's own: apt on a configuration, lists and a cache below one
# directory. Nothing of the machine's is touched, and no root is needed. To be sourced.
#
#   suites_in DIRECTORY     must come first. DIRECTORY/apt is made; what it holds is used again
#   reached                 whether any suite was; asks what they offer today
#   offered PACKAGE         "version suite" of each version
#   closure SUITE PACKAGE[=VERSION]…   downloads them with what they need; prints the files
#   names SUITE PACKAGE     of all that it needs, and its own
#   package SUITE PACKAGE   downloads it alone; prints the file
#   unpack ROOT [WORD…]     the files on stdin into a root with merged /usr; the words are tar's
#
# Environment: DEBIAN_MIRROR, to use instead of the one that the machine itself uses; SUITES_ARCH, the architecture of the
# packages, where it is not the machine's.

# shellcheck shell=bash

MIRROR=${DEBIAN_MIRROR:-}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
SUITES=(trixie sid experimental)

machines_mirror() {
  # shellcheck disable=SC2016  # apt's own variable
  command -v apt-get >/dev/null &&
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m 1 '/debian/$'
}
suites_in() {
  APT=$1/apt
  [ -n "$MIRROR" ] || MIRROR=$(machines_mirror) || :
  private_apt
}

# apt ends with 0 also where it reached no suite.
reached() {
  [ -n "$MIRROR" ] || { echo "the machine's sources name no mirror of Debian (DEBIAN_MIRROR)"; return 1; }
  [ -r "$KEYRING" ] || { echo "$KEYRING is missing (package debian-archive-keyring)"; return 1; }
  timeout 300 apt-get -qq update >"$APT/update.log" 2>&1 || :
  [ -n "$(offered libc6)" ] || { grep -m1 "^[EW]:" "$APT/update.log" || echo "no suite was reached"; return 1; }
}

private_apt() {
  local architecture=
  [ -z "${SUITES_ARCH:-}" ] ||
    architecture="APT::Architecture \"$SUITES_ARCH\"; APT::Architectures { \"$SUITES_ARCH\"; };"
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
$architecture
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

# closure SUITE PACKAGE[=VERSION]…: downloads them with what they need; prints the files. apt names what it
# would download, so it is asked with no archive there.
closure() {
  apt get -qq -y -t "$1" --download-only install "${@:2}" >/dev/null
  apt get -qq -y -t "$1" -o Dir::Cache::archives="$APT/none" --print-uris install "${@:2}" |
    awk -v archives="$APT/archives/" '{ print archives $2 }'
}

names() {
  apt get -qq -y -t "$1" -o Dir::Cache::archives="$APT/none" --print-uris install "$2" | awk '{ sub("_.*", "", $2); print $2 }'
}

unpack() { # ROOT [WORD…], files on stdin
  local root=$1 file directory
  shift
  mkdir -p "$root/usr"
  for directory in bin sbin lib lib64; do
    mkdir -p "$root/usr/$directory" && ln -sfn "usr/$directory" "$root/$directory"
  done
  while read -r file; do
    dpkg-deb --fsys-tarfile "$file" | tar -x --keep-directory-symlink --no-same-owner -C "$root" "$@"
  done
}

# package SUITE PACKAGE: downloads it alone; prints the file.
package() {
  local file
  file=$(cd "$APT/none" && apt get -qq -t "$1" --print-uris download "$2" | awk '{ print $2 }')
  (cd "$APT/archives" && apt get -qq -t "$1" download "$2" >/dev/null) && echo "$APT/archives/$file"
}
