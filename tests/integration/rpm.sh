#!/usr/bin/env bash
# The packages for distributions with rpm: what is in them, and what they do when they are installed, upgraded and
# removed by rpm in a root tree that has no more than busybox.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
# shellcheck source=helpers/bare_root.sh
. "$ROOT/tests/integration/helpers/bare_root.sh"
# shellcheck source=helpers/foreign_programs.sh
. "$ROOT/tests/integration/helpers/foreign_programs.sh"

for program in rpm rpmbuild strip readelf make busybox; do
  command -v "$program" >/dev/null || { skip "the packages for rpm" "$program is not installed"; finish; }
done

VERSION=$(sed -n 's/^VERSION := //p' "$ROOT/Makefile")
OUT=$NODE/build/dist
PACKAGE=$OUT/bulkhead-$VERSION-1.$(uname -m).rpm
DOCUMENTS=$OUT/bulkhead-doc-$VERSION-1.noarch.rpm

# made GOAL [RELEASE]: from the programs that are built already.
made() {
  mkdir -p "$NODE/build" && ln -sfn "$BUILD"/bulkhead* "$NODE/build/" &&
    (cd "$ROOT" && env -u MAKEFLAGS -u MAKELEVEL SOURCE_DATE_EPOCH=1795478400 \
      make --no-print-directory "$1" BUILD="$NODE/build" RPM_RELEASE="${2:-1}")
}
bytes() { sha256sum <"$PACKAGE" && sha256sum <"$DOCUMENTS"; }
listed() { rpm -qp --queryformat "$1" "$PACKAGE" "$DOCUMENTS"; }

contents() {
  local first program
  check "make rpm" made rpm-only
  [ -s "$DOCUMENTS" ] || finish
  first=$(bytes)
  check "make rpm, again" made rpm-only
  same "two of them have the same bytes" "$first" "$(bytes)"
  check "make tarball" made tarball-only
  tar -xzf "$NODE/build/dist/bulkhead-$VERSION.tar.gz" -C "$NODE"
  same "the two packages have the tarball's files, each once" "$(sed 's|^|/|' "$NODE/bulkhead-$VERSION/FILES")" \
    "$(listed '[%{FILEMODES:perms} %{FILENAMES}\n]' | sed -n 's/^[^d][^ ]* //p' | LC_ALL=C sort)"
  same "with the same bytes" "$(cd "$NODE/bulkhead-$VERSION" && find etc usr -type f -exec sha256sum {} + | sed 's|  |  /|' | LC_ALL=C sort)" \
    "$(listed '[%{FILEMODES:perms} %{FILEDIGESTS}  %{FILENAMES}\n]' | sed -n 's/^-[^ ]* //p' | LC_ALL=C sort)"
  same "nothing is anybody's but root's" "root:root" "$(listed '[%{FILEUSERNAME}:%{FILEGROUPNAME}\n]' | sort -u)"
  same "files have the modes that they need" "-rw-r--r-- -rwxr-xr-x drwxr-xr-x lrwxrwxrwx" \
    "$(listed '[%{FILEMODES:perms}\n]' | sort -u | xargs)"
  same "what can be run are the programs" "/usr/bin/bulkhead /usr/bin/bulkhead-hook /usr/bin/bulkhead-shim" \
    "$(listed '[%{FILEMODES:perms} %{FILENAMES}\n]' | sed -n 's/^-rwxr-xr-x //p' | sort | xargs)"
  same "what is configuration stays when it was changed" "/etc/logrotate.d/bulkhead" \
    "$(rpm -qp --configfiles "$PACKAGE" "$DOCUMENTS")"
  same "no directory of a distribution is ours" "" "$(listed '[%{FILEMODES:perms} %{FILENAMES}\n]' |
    sed -n 's/^d[^ ]* //p' | grep -v -e bulkhead -e '^/usr/share/containers/oci/hooks.d$')"
  same "they need nothing but a shell" "/bin/sh" "$(rpm -qp --requires "$PACKAGE" "$DOCUMENTS" | grep -v '^rpmlib(' | sort -u)"
  lacks "nothing of this machine is in them" "$NODE" "$(rpm -qp --xml "$PACKAGE" "$DOCUMENTS")"
}

for_arm64() {
  local package=$NODE/arm64/dist/bulkhead-$VERSION-1.aarch64.rpm program
  have_foreign "the packages for rpm, for arm64" || return 0
  check "make rpm ARCH=arm64" made_foreign "$NODE/arm64" rpm-only
  same "for arm64: rpm knows that they are" "aarch64 noarch" \
    "$(rpm -qp --queryformat '%{ARCH} ' "$package" "$NODE/arm64/dist/${DOCUMENTS##*/}" | xargs)"
  same "for arm64: the same files" "$(rpm -qlp "$PACKAGE")" "$(rpm -qlp "$package")"
  for program in bulkhead bulkhead-shim bulkhead-hook; do
    check "for arm64: $program is of that architecture, static and stripped" is_foreign "$NODE/arm64/rpm/staged/usr/bin/$program"
  done
}

# As Debian's packages have them: what debhelper adds to those is theirs.
same_as_the_deb() {
  if ! command -v dpkg-deb dh >/dev/null || [ ! -e "$ROOT/.git" ]; then
    skip "the same files as in Debian's packages" "no debhelper, or not a git checkout"
    return
  fi
  (cd "$ROOT" && BULKHEAD_PROGRAMS=$BUILD made deb-only) >"$NODE/deb.log" 2>&1
  # LICENSE is in their copyright.
  same "the same files as in Debian's packages" "$(listed '[%{FILENAMES}\n]' | grep -v /LICENSE$ | sed 's|^/usr/lib/systemd|/lib/systemd|' | sort)" \
    "$(of_the_deb | grep -e bulkhead -e '^/usr/share/containers/oci/hooks.d$' | grep -vE "$DEBHELPERS" | sort -u)"
}
DEBHELPERS='/usr/share/(doc/bulkhead/(copyright|changelog)|doc/bulkhead-doc|lintian)'
of_the_deb() {
  local deb
  for deb in "$OUT"/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -t; done | sed -E 's|^\.||; s|/$||; s|\.gz$||; s|^/usr/lib/systemd|/lib/systemd|'
}

# ---- in a root tree ----------------------------------------------------------------------------------------

# No package there gives it the shell that it has.
rpm_in() { rpm --root "$T" --dbpath /var/lib/rpm "$@" 2>"$NODE/err" || { cat "$NODE/err"; return 1; }; }
asked() { sort "$T/tmp/systemctl"; rm -f "$T/tmp/systemctl"; }

in_a_root() {
  bare_root
  mkdir -p "$T/var/lib/rpm" "$T/run/systemd/system" "$T/etc/containerd"
  rpm_in --initdb
  paths >"$NODE/before"
  check "rpm installs it" rpm_in -i --nodeps "$PACKAGE" "$DOCUMENTS"
  same "systemd is told" "daemon-reload
enable --now bulkhead-watch.service bulkhead-check.timer" "$(asked)"
  same "the program runs" "$("$BUILD/bulkhead" --version)" "$(inside bulkhead --version)"
  contains "the shim is found under the runtime's name, and passes on" "runc version" "$(inside bulkhead-runc --version)"
  check "all is as rpm knows it" rpm_in -V --nodeps bulkhead bulkhead-doc
  upgrade
  kept
  removal
}

upgrade() {
  echo "# mine" >>"$T/etc/logrotate.d/bulkhead"
  check "the next release is built" made rpm-only 2
  check "rpm upgrades to it" rpm_in -U --nodeps "${PACKAGE/-1./-2.}" "${DOCUMENTS/-1./-2.}"
  same "systemd is told, and nothing is enabled again" "daemon-reload
try-restart bulkhead-watch.service bulkhead-check.timer" "$(asked)"
  check "what was changed in /etc stays" grep -q mine "$T/etc/logrotate.d/bulkhead"
  same "the links are there still" bulkhead-shim "$(readlink "$T/usr/bin/bulkhead-runc")"
}

# A node is never left with an engine whose runtime is gone.
kept() {
  mv "$T/usr/bin/bulkhead" "$NODE/bulkhead"
  echo 'BinaryName = "/usr/bin/bulkhead-runc"' >"$T/etc/containerd/config.toml"
  rpm_in -e --nodeps bulkhead >/dev/null
  contains "it is not removed where an engine needs it and the command is gone" "an engine's configuration names our programs" "$(cat "$NODE/err")"
  check "rpm has it still" rpm_in -q bulkhead
  check "and its programs are there" test -x "$T/usr/bin/bulkhead-shim"
  mv "$NODE/bulkhead" "$T/usr/bin/bulkhead"
  rm "$T/etc/containerd/config.toml"
}

removal() {
  # A container that started through Bulkhead and runs: its engine stops it by the name that started it.
  mkdir -p "$T/run/bulkhead/containers"
  echo '{"version":1,"pid":1}' >"$T/run/bulkhead/containers/a.json"
  check "rpm removes it, while a container runs" rpm_in -e --nodeps bulkhead bulkhead-doc
  contains "systemd is told" "disable --now bulkhead-watch.service bulkhead-check.timer" "$(asked)"
  same "the engine finds the plain runtime under the name that it knows" /usr/bin/runc "$(readlink "$T/usr/bin/bulkhead-runc")"
  contains "and the owner is told" "remove /usr/bin/bulkhead-runc, bulkhead-crun and bulkhead-hook when they have ended" "$(cat "$NODE/err")"
  # crun dies where nobody reads what it tells a hook.
  same "the hook that its config.json names reads all that it is told" "0 0" \
    "$(head -c 1000000 /dev/zero | inside bulkhead-hook poststop; echo "${PIPESTATUS[*]}")"
  check "and lets nothing start" eval '! inside bulkhead-hook createRuntime'
  rm -rf "$T/usr/bin"/bulkhead-{runc,hook} "$T/run/bulkhead"
  check "rpm installs it once more" rpm_in -i --nodeps "$PACKAGE"
  check "rpm removes it" rpm_in -e --nodeps bulkhead
  same "nothing is left but what was changed" "./etc/logrotate.d/bulkhead.rpmsave" "$(paths | comm -13 "$NODE/before" - |
    while IFS= read -r path; do [ -d "$T/$path" ] || echo "$path"; done | grep -v '^\./var/lib/rpm/')"
  same "nothing that was there is gone" "" "$(paths | comm -23 "$NODE/before" -)"
  same "no directory with our name is left" "" "$(paths | grep -i bulkhead | grep -v rpmsave)"
}

contents
for_arm64
same_as_the_deb
in_a_root
finish
