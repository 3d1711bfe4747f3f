#!/usr/bin/env bash
# A suite's kernel, and a tree with its AppArmor and runtimes to boot from memory, for tests/vm/boot.sh.
#
#   tests/matrix/make_machine.sh SUITE NODES      makes NODES/vm-SUITE; NODES is the directory of nodes.sh

set -euo pipefail

HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../vm" && pwd)
SUITE=$1
DIRECTORY=$2/vm-$1
TREE=$DIRECTORY/tree
TOOLS=(busybox-static bash jq coreutils util-linux mount grep sed gawk runc crun apparmor libcap2-bin)
# shellcheck source-path=SCRIPTDIR source=suites.sh
. "$HERE/../matrix/suites.sh"
# shellcheck source-path=SCRIPTDIR source=nodes.sh
. "$HERE/../matrix/nodes.sh"
# shellcheck source-path=SCRIPTDIR source=../vm/tree.sh
. "$HERE/tree.sh"

nodes_in "$2"
rm -rf "$DIRECTORY"
mkdir -p "$DIRECTORY"
mapfile -t FILES < <(closure "$SUITE" "${TOOLS[@]}")
[ "${#FILES[@]}" -gt "${#TOOLS[@]}" ] || { echo "apt finds no closure of ${TOOLS[*]} in $SUITE" >&2; exit 1; }
# Newer suites have the kernel and its modules in packages of their own.
IMAGES=()
for name in $(names "$SUITE" linux-image-cloud-amd64 | grep -E '^linux-(image|binary|modules)-[0-9]'); do
  IMAGES+=("$(package "$SUITE" "$name")")
done
skeleton
add_packages "${FILES[@]}"
add_kernel "${IMAGES[@]}"
add_applets
ldconfig -r "$TREE"
pack
rm -rf "$TREE"
printf '%s\n' "${FILES[@]##*/}" "${IMAGES[@]##*/}" >"$DIRECTORY/.packages"
