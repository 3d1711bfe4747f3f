# shellcheck shell=bash disable=SC2034  # the paths are for who sources this
# Root trees with engines' configurations, on which `bulkhead install` and `uninstall` work with --root.
# Sourced after lib.sh, in a private node.

# shellcheck source=command.sh
. "$(dirname "${BASH_SOURCE[0]}")/command.sh"

# ---- root trees --------------------------------------------------------------------------------------

T=$NODE/tree
CONTAINERD=etc/containerd/config.toml
DOCKER=etc/docker/daemon.json
PODMAN=etc/containers/containers.conf.d/50-bulkhead.conf
HOOKS=usr/share/containers/oci/hooks.d

# new_tree PROGRAM…: a root tree with our programs, runc, crun, and these.
new_tree() {
  local program
  rm -rf "$T"
  mkdir -p "$T/usr/bin"
  for program in bulkhead-shim bulkhead-hook runc crun "$@"; do
    printf '#!/bin/sh\n' >"$T/usr/bin/$program" && chmod 755 "$T/usr/bin/$program"
  done
  ln -s bulkhead-shim "$T/usr/bin/bulkhead-runc"
  ln -s bulkhead-shim "$T/usr/bin/bulkhead-crun"
}
# put FILE < text
put() { mkdir -p "$(dirname "$T/$1")" && cat >"$T/$1"; }
snapshot() { rm -rf "$NODE/before" && cp -a "$T" "$NODE/before"; }
# Every file and directory of the tree, its bytes and its mode.
files_of() { (cd "$1" && find . -printf '%p %y %m %l ' \( ! -type f -printf '\n' -o -exec sha256sum {} \; \) | sort); }
unchanged() { same "$1" "$(files_of "$NODE/before")" "$(files_of "$T")"; }

# The lines that went and came between `snapshot` and now, of every file but what install notes for itself.
changed_lines() {
  diff -U0 -rN "$NODE/before" "$T" --no-dereference --exclude=installed.json --exclude='bulkhead-*' |
    sed 's/\r$/\\r/' | sed -E '/^(diff|---|\+\+\+|@@|\\) ?/d'
}
# The same as --dry-run told it.
told_lines() { grep -E '^[+-]' <<<"$OUT" | grep -vE '^(\+\+\+|---) '; }

# round_trip ENGINE NAME: install, install again, uninstall; the tree is as it was.
round_trip() {
  snapshot
  exits "$1, $2: --dry-run tells of changes" 1 install "$1" --dry-run --root "$T"
  unchanged "$1, $2: --dry-run makes none"
  local once told
  told=$(told_lines | sort)
  exits "$1, $2: install" 0 install "$1" --root "$T"
  same "$1, $2: --dry-run told exactly what was done" "$told" "$(changed_lines | sort)"
  once=$(files_of "$T")
  exits "$1, $2: install again" 0 install "$1" --root "$T"
  same "$1, $2: twice changes nothing" "$once" "$(files_of "$T")"
  exits "$1, $2: --dry-run has nothing to tell" 0 install "$1" --dry-run --root "$T"
  exits "$1, $2: uninstall" 0 uninstall "$1" --root "$T"
  unchanged "$1, $2: uninstall leaves what was there before"
  exits "$1, $2: uninstall again" 0 uninstall "$1" --root "$T"
}
# refused ENGINE NAME CODE FRAGMENT
refused() {
  snapshot
  exits "$1, $2: refused" "$3" install "$1" --root "$T"
  contains "$1, $2: says why" "$4" "$ERR"
  unchanged "$1, $2: nothing is changed"
}
text_of() { cat "$T/$1"; }

