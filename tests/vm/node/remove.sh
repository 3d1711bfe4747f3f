#!/bin/bash
# The package goes: while containers run, with a configuration that it cannot mend, after `uninstall`; then
# nothing of ours is on the node, and the engines are as they were.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

CONFIG=/etc/containerd/config.toml

# An engine must never be left pointing at a program that is gone.
programs_gone() {
  mv /usr/bin/bulkhead "$NODE/bulkhead"
  exits "a command that is gone keeps the package while engines name its programs" 1 dpkg --remove bulkhead
  contains "and says what to do" "install this package again" "$OUT$ERR"
  mv "$NODE/bulkhead" /usr/bin/bulkhead
  check "dpkg finds it installed again" dpkg -i "$PACKAGE"
}
configuration_broken() {
  cp "$CONFIG" "$NODE/config.toml"
  sed -i '1s/^/version = = 2 # /' "$CONFIG"
  exits "a configuration that cannot be read keeps the package" 1 dpkg --remove bulkhead
  contains "and says which file" "$CONFIG" "$OUT$ERR"
  check "its programs are there" test -x /usr/bin/bulkhead-shim
  cp "$NODE/config.toml" "$CONFIG"
  check "dpkg finds it installed once the file is mended" dpkg -i "$PACKAGE"
  exits "status --check tells that a removal was interrupted" 1 bulkhead status --check
  contains "and what finishes it" "bulkhead install containerd" "$OUT"
  succeeds "install finishes it" bulkhead install containerd podman
  check "status --check holds" bulkhead status --check
}

removed_while_running() {
  ctr_run --detach "$CRI_IMAGE" stays "${WAITS[@]}"
  podman_run --detach --name stays "$CRI_IMAGE" "${WAITS[@]}" >/dev/null
  succeeds "installed into the engines: the package is purged, and takes that back first" dpkg --purge bulkhead
  same "containerd's configuration names nothing of ours" "" "$(grep -i bulkhead "$CONFIG")"
  check "containerd is active" systemctl is-active containerd.service
  check "the CRI is served" eventually 120 cri_answers
  same "the link that running containers need leads to the plain runtime" "$(command -v runc)" \
    "$(readlink -f /usr/bin/bulkhead-runc)"
  check "the hook that they name reads what a runtime tells it, however long" \
    bash -o pipefail -c 'head -c 1000000 /dev/zero | /usr/bin/bulkhead-hook poststop'
  exits "and lets nothing start" 1 /usr/bin/bulkhead-hook createRuntime
  check "no unit of ours is loaded" bash -c '! systemctl list-units --all --no-legend "bulkhead*" | grep .'
  same "one from before is confined still: its profile is not taken out under it" "bulkhead-default (enforce)" \
    "$(cat "/proc/$(ctr task ls | awk '$1 == "stays" { print $2 }')/attr/current")"
  same "ctr: exec into it works" seccomp=2 "$(ctr task exec --exec-id e1 stays /bin/probe seccomp)"
  ctr task kill --signal KILL stays
  check "ctr: it is stopped and deleted" eventually 60 ctr task rm stays
  ctr container rm stays
  check "Podman: one from before is stopped" podman stop --time 60 stays
  check "Podman: and deleted" podman rm stays
  check "a new container starts" podman_run --rm "$CRI_IMAGE" /bin/true
}

# Once more from the beginning, the way that the documents give.
uninstalled() {
  check "the package is installed again" dpkg -i "$PACKAGE"
  succeeds "install" bulkhead install containerd podman
  succeeds "uninstall" bulkhead uninstall containerd podman
  check "containerd is active" systemctl is-active containerd.service
  succeeds "purge" dpkg --purge bulkhead
}

# What the test itself put there (its root tree's stamp) is not ours.
nothing_is_left() {
  local known='^/(etc|etc/ld.so.cache|etc/systemd/system|etc/apparmor.d|etc/containerd|etc/containerd/config.toml|usr|usr/bin|usr/lib|usr/lib/systemd/system|usr/share(/.*)?|var|var/(lib|log|cache|tmp|spool)|var/log/(dpkg.log|alternatives.log|apt|journal/[0-9a-f]+/system.journal)|var/cache/(man|ldconfig)(/.*)?|root|tmp|opt|lost\+found|mnt)$'
  same "no path is new on the root file system" "" \
    "$(find / -xdev \( -path /var/lib/containerd -o -path /var/lib/containers -o -path /var/lib/dpkg \) -prune -o -print |
      sort | comm -13 "$NODE/paths.before" - | grep -vE '^(/var/lib/(containerd|containers|dpkg|systemd|cni)|/etc/cni|/var/log|/var/tmp|/root/)')"
  same "no path of ours is anywhere" "" \
    "$(find / -xdev -iname '*bulkhead*' -not -path "$ROOT/*" -not -path /.bulkhead-rootfs | grep -v '^/var/lib/containerd/\|^/var/lib/containers/')"
  same "find / -newer shows directories only, and what the engines, dpkg and systemd write" "" \
    "$(newer_than "$NODE/marker" | while IFS= read -r path; do [ -d "$path" ] || echo "$path"; done | grep -vE "$known")"
  same "/etc is as it was, to the byte" "" \
    "$(find / -xdev -type f -path '/etc/*' -exec sha256sum {} + | sort -k2 | diff "$NODE/etc.before" - | grep -v 'ld.so.cache')"
  same "nothing of ours is in /run" "" "$(find /run -iname '*bulkhead*' -not -path "$ROOT/*" -not -path "$NODE/*" -not -path '/run/containerd/*' -not -path '/run/user/*' | grep -v '^/run/node')"
  same "the kernel holds no profile of ours" "" "$(grep bulkhead /sys/kernel/security/apparmor/profiles)"
  same "no control group of ours is left" "" "$(find /sys/fs/cgroup -iname '*bulkhead*' -not -path "*/$NODE_ID*")"
}

programs_gone
configuration_broken
removed_while_running
uninstalled
nothing_is_left
check "the CRI is served" eventually 120 cri_answers
as_engines_do >"$NODE/after.txt" 2>"$NODE/err"
same "the engines give what they gave before" "$(cat "$NODE/before.txt")" "$(cat "$NODE/after.txt")"
finish
