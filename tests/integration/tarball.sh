#!/usr/bin/env bash
# The tarball for other distributions: what is in it, that its programs need nothing, and that the commands
# of its INSTALL work in a root tree that has no more than busybox, down to removing it again.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
# shellcheck source=helpers/bare_root.sh
. "$ROOT/tests/integration/helpers/bare_root.sh"
# shellcheck source=helpers/foreign_programs.sh
. "$ROOT/tests/integration/helpers/foreign_programs.sh"

TARBALL=$BUILD/dist/bulkhead-$(sed -n 's/^VERSION := //p' "$ROOT/Makefile").tar.gz
TOP=$(basename "$TARBALL" .tar.gz)

# From the programs that are built already.
build_tarball() {
  (cd "$ROOT" && env -u MAKEFLAGS -u MAKELEVEL SOURCE_DATE_EPOCH=1795478400 \
    make --no-print-directory tarball-only BUILD="$BUILD")
}

# The commands of INSTALL, which stand indented, from one line that matches to another; in the directory
# that the archive makes.
commands() { # from to
  sed -n "/$1/,/$2/s/^    //p" "$T/root/$TOP/INSTALL"
}
runs() { # name from to
  commands "$2" "$3" >"$T/root/commands"
  check "$1: there are commands" test -s "$T/root/commands"
  check "$1" inside /bin/sh -euc "cd /root/$TOP && . /root/commands"
  rm "$T/root/commands"
}

contents() {
  local listed program
  check "make tarball" build_tarball
  cp "$TARBALL" "$NODE/first.tar.gz"
  check "make tarball, again" build_tarball
  check "two of them have the same bytes" cmp "$NODE/first.tar.gz" "$TARBALL"
  listed=$(tar -tzvf "$TARBALL")
  same "all of it is in one directory" "$TOP" "$(tar -tzf "$TARBALL" | cut -d/ -f1 | sort -u)"
  same "nothing in it is anybody's but root's" "" "$(awk '$2 != "0/0"' <<<"$listed")"
  same "nothing in it can be written by others" "" "$(awk '$1 ~ /^[^l].....w|^[^l].......w/' <<<"$listed")"
  # Unpacked over a root, a directory lib/ would replace the link that distributions have there.
  same "at its top are" "FILES INSTALL LICENSE etc usr" \
    "$(tar -tzf "$TARBALL" | cut -d/ -f2 | sort -u | xargs)"
  mkdir -p "$NODE/unpacked" && tar -xzf "$TARBALL" -C "$NODE/unpacked"
  same "FILES names what is in it" \
    "$(cd "$NODE/unpacked/$TOP" && find etc usr -type f -o -type l | LC_ALL=C sort)" "$(cat "$NODE/unpacked/$TOP/FILES")"
  for program in bulkhead bulkhead-shim bulkhead-hook; do
    check "$program is static and stripped" is_static "$NODE/unpacked/$TOP/usr/bin/$program"
  done
  check "a unit's program is in it" grep -qx "usr/bin/bulkhead" "$NODE/unpacked/$TOP/FILES"
  same "every unit is in it" "$(cd "$ROOT/packaging/systemd" && ls)" "$(ls "$NODE/unpacked/$TOP/usr/lib/systemd/system")"
  check "man pages are in it" test -s "$NODE/unpacked/$TOP/usr/share/man/man8/bulkhead.8"
  check "and documents" test -s "$NODE/unpacked/$TOP/usr/share/doc/bulkhead/docs/how-to/install.md"
}
installed() {
  bare_root
  inside /bin/tar -xzf - -C /root <"$TARBALL"
  paths >"$NODE/before"
  runs "INSTALL: the programs" "^Install" "^Where"
  check "the link /lib is one still" test -L "$T/lib"
  same "the programs run: bulkhead" "$("$BUILD/bulkhead" --version)" "$(inside bulkhead --version)"
  contains "the shim is found under the runtime's name, and passes on" "runc version" "$(inside bulkhead-runc --version)"
  runs "INSTALL: the units" "^Where" "^See"
  same "systemd is told" "daemon-reload
enable --now bulkhead-watch.service bulkhead-check.timer" "$(cat "$T/tmp/systemctl")"
  runs "INSTALL: a first look" "^See" "^Then"
  contains "status finds the shim where it was put" /usr/bin/bulkhead-shim "$(inside bulkhead status)"
  # An older program that runs, as the watcher does: writing into it would fail, or change it as it runs.
  cp -a "$T/usr/bin/bulkhead" "$NODE/program"
  cp "$T/bin/busybox" "$T/usr/bin/bulkhead"
  ln "$T/usr/bin/bulkhead" "$T/tmp/sleep"
  chroot "$T" /tmp/sleep 1000 &
  local running=$!
  runs "INSTALL: an upgrade, while a program runs" "^Install" "^Where"
  check "its program is the new one" cmp "$NODE/program" "$T/usr/bin/bulkhead"
  check "and the old one runs on" kill "$running"
  runs "INSTALL: removing it" "^Remove" "^FILES"
  same "no file is left" "" "$(paths | comm -13 "$NODE/before" - | while IFS= read -r path; do
    [ -d "$T/$path" ] || echo "$path"; done)"
  same "nothing that was there is gone" "" "$(paths | comm -23 "$NODE/before" -)"
  same "no directory with our name is left" "" "$(paths | grep -i bulkhead | grep -v "^./root/")"
}

for_arm64() {
  local program top
  have_foreign "the tarball for arm64" || return 0
  check "make tarball ARCH=arm64" made_foreign "$NODE/arm64" tarball-only
  top=$NODE/arm64/$TOP-arm64
  tar -xzf "$NODE/arm64/dist/$TOP-arm64.tar.gz" -C "$NODE/arm64"
  for program in bulkhead bulkhead-shim bulkhead-hook; do
    check "for arm64: $program is of that architecture, static and stripped" is_foreign "$top/usr/bin/$program"
  done
  contains "for arm64: INSTALL says so" "Bulkhead for Linux on aarch64" "$(head -n 1 "$top/INSTALL")"
  same "for arm64: the same files" "$(cat "$NODE/unpacked/$TOP/FILES")" "$(cat "$top/FILES")"
}

for program in tar gzip readelf make busybox; do
  command -v "$program" >/dev/null || { skip "the tarball" "$program is not installed"; finish; }
done
contents
for_arm64
installed
finish
