#!/usr/bin/env bash
# Makes policy/syscalls/syscalls.tbl again, from the newest kernel headers that Debian's suites offer:
# names and numbers from linux-libc-dev, the first kernel of each from syscalls(2) of manpages-dev.
#
#   policy/syscalls/update_table.sh [DIRECTORY]     DIRECTORY (default: build/matrix) keeps the packages
set -euo pipefail

HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DIRECTORY=$(realpath -m "${1:-$HERE/../../build/matrix}")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../../tests/matrix/suites.sh
. "$HERE/../../tests/matrix/suites.sh"

# headers SUITE [DIRECTORY]: "VERSION=PATH", of that directory below /usr.
headers() {
  local file version
  file=$(package "$1" linux-libc-dev)
  version=$(dpkg-deb --field "$file" Version | sed -E 's/^([0-9]+\.[0-9]+).*/\1/')
  dpkg-deb -x "$file" "$WORK/$version"
  echo "$version=$WORK/$version/usr/${2:-include}"
}

SUITES+=(bookworm)
suites_in "$DIRECTORY"
why=$(reached) || { echo "the table is left as it is: $why" >&2; exit 1; }
dpkg-deb -x "$(package sid manpages-dev)" "$WORK/man"
gunzip "$WORK/man/usr/share/man/man2/syscalls.2.gz"
"$HERE/make_table.py" "$WORK/man/usr/share/man/man2/syscalls.2" \
  "$(headers bookworm)" "$(headers trixie)" "$(headers sid lib/linux/uapi)" >"$WORK/table"
mv "$WORK/table" "$HERE/syscalls.tbl"
chmod 644 "$HERE/syscalls.tbl"
