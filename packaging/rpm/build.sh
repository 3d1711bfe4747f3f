#!/usr/bin/env bash
# Builds the packages for distributions with rpm from a root with the files of `make install`: what they have is what
# lies there, so that nobody lists it twice.
#
#   packaging/rpm/build.sh ROOT WORK OUT     WORK is emptied; the packages come to OUT
#
# Environment: VERSION, RELEASE (1), MACHINE (as uname -m has it; this one), SOURCE_DATE_EPOCH. Two builds of the same files have the same bytes.
set -euo pipefail

HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DEBIAN=$HERE/../debian
MACHINE=${MACHINE:-$(uname -m)}
ROOT=$(realpath "$1") WORK=$(realpath -m "$2") OUT=$(realpath -m "$3")

# What is in the root as rpm lists it. A directory is ours where our name is in its path, or Debian's package makes it.
entries() {
  local path
  (cd "$ROOT" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort) | while read -r path; do
    if [ -d "$ROOT/$path" ] && [ ! -L "$ROOT/$path" ]; then
      [[ $path != *bulkhead* ]] && ! grep -qx "$path" "$DEBIAN/bulkhead.dirs" || echo "%dir \"/$path\""
    elif [[ $path == etc/* ]]; then
      echo "%config(noreplace) \"/$path\""
    else
      echo "\"/$path\""
    fi
  done
}
# Which of them are documentation is said once, for Debian's packages.
of_doc() { sed 's|.*|"/&[/"]|' "$DEBIAN/bulkhead-doc.install"; }
lists() {
  printf '%%defattr(-,root,root,-)\n' | tee "$WORK/files" >"$WORK/doc"
  entries >"$WORK/entries"
  grep -f <(of_doc) "$WORK/entries" >>"$WORK/doc"
  grep -v -f <(of_doc) "$WORK/entries" >>"$WORK/files"
}

# A scriptlet's text: without its first line and debhelper's mark, and no macro to rpm.
script() { sed -e '1{/^#!/d}' -e '/^#DEBHELPER#$/d' -e 's/%/%%/g' "$@"; }
spec() {
  script "$HERE/post" >"$WORK/post"
  script "$DEBIAN/bulkhead.prerm" "$HERE/preun" >"$WORK/prerm"
  script "$DEBIAN/bulkhead.postrm" >"$WORK/postrm"
  sed -e "s|@VERSION@|$VERSION|; s|@RELEASE@|${RELEASE:-1}|; s|@WORK@|$WORK|" \
    -e "/^@POST@$/{r $WORK/post" -e "d}; /^@PRERM@$/{r $WORK/prerm" -e "d}; /^@POSTRM@$/{r $WORK/postrm" -e 'd}' \
    "$HERE/bulkhead.spec.in" >"$WORK/bulkhead.spec"
}

# Nothing is stripped, compressed or searched once more by rpm, and nothing of this machine is in what it writes.
build() {
  rpmbuild -bb --quiet --target "$MACHINE-linux" --define "_topdir $WORK" --define "_rpmdir $OUT" \
    --define '_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' \
    --define '__spec_install_post %{nil}' --define 'debug_package %{nil}' --define '_build_id_links none' \
    --define '_binary_payload w6.gzdio' --define '_buildhost bulkhead' --define 'use_source_date_epoch_as_buildtime 1' \
    --define 'clamp_mtime_to_source_date_epoch 1' "$WORK/bulkhead.spec" >"$WORK/log" 2>&1 || { cat "$WORK/log" >&2; exit 1; }
}

rm -rf "$WORK" && mkdir -p "$WORK/root" "$OUT"
cp -a "$ROOT/." "$WORK/root"
ROOT=$WORK/root
(cd "$ROOT" && xargs install -d <"$DEBIAN/bulkhead.dirs")
lists
spec
build
