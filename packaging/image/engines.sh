# shellcheck shell=dash
# Programs onto the node, Bulkhead into the engine's path, and all of it back.

OURS=/opt/bulkhead/bin
UNIT=/etc/systemd/system/bulkhead-watch.service
AFTER_BOOT=/etc/tmpfiles.d/bulkhead-removed.conf

# A node that has the Debian package keeps it: two owners of one program would undo each other.
programs_on_host() {
  if [ -x "$HOST/usr/bin/bulkhead-shim" ]; then echo /usr/bin; else echo "$OURS"; fi
}
bulkhead() { on_host "$(programs_on_host)/bulkhead" "$@"; }

# The shim last: it is what an engine calls, and it looks for the hook beside it. A program that runs
# goes on with the file that it was started from.
put_programs() {
  [ "$(programs_on_host)" = "$OURS" ] || return 0
  for program in bulkhead bulkhead-hook bulkhead-shim; do
    put_file "$OURS/$program" 755 "$PACKAGE/bin/$program" || return 1
  done
  for name in runc crun; do
    link=$(host_path "$OURS")/bulkhead-$name
    [ -L "$link" ] || ln -sf bulkhead-shim "$link"
  done
}

# The engine behind the kubelet, by the socket that it listens on.
engines() {
  case ${BULKHEAD_ENGINES:-auto} in
    auto) ;;
    *) echo "$BULKHEAD_ENGINES" && return ;;
  esac
  if [ -S "$HOST/run/crio/crio.sock" ]; then
    echo crio
  elif [ -S "$HOST/run/cri-dockerd.sock" ]; then
    echo docker
  elif [ -S "$HOST/run/containerd/containerd.sock" ]; then
    echo containerd
  fi
}

# told WHAT COMMAND…: runs it; its words go to the log, and what fails becomes a problem.
told() {
  what=$1
  shift
  "$@" >"$STATE/told" 2>&1
  status=$?
  while IFS= read -r line; do say "$line"; done <"$STATE/told"
  [ "$status" = 0 ] || problem "$what failed with exit code $status: $(tail -n 3 "$STATE/told")"
  return "$status"
}

install_engines() {
  names=$(engines)
  [ -n "$names" ] || {
    problem "no engine listens on this node: name it (BULKHEAD_ENGINES)"
    return 1
  }
  # shellcheck disable=SC2086  # names of engines
  set -- $names
  [ -z "${BULKHEAD_MODE:-}" ] || set -- "$@" --mode "$BULKHEAD_MODE"
  [ -z "${BULKHEAD_RUNTIME_CLASS:-}" ] || set -- "$@" --runtime-class "$BULKHEAD_RUNTIME_CLASS"
  [ "${BULKHEAD_RESTART:-true}" = true ] || set -- "$@" --no-restart
  [ "${BULKHEAD_VERIFY:-true}" = true ] || set -- "$@" --no-verify
  set -- "$@" --no-watch # the watcher is a unit of the image's own
  told "bulkhead install $*" bulkhead install "$@" && holds
}

# Does what was installed still hold?
holds() {
  status=$(bulkhead status --check 2>&1) && return 0
  problem "$status"
  return 1
}

uninstall_engines() {
  set -- --all-found
  [ "${BULKHEAD_RESTART:-true}" = true ] || set -- "$@" --no-restart
  told "bulkhead uninstall $*" bulkhead uninstall "$@"
}
is_uninstalled() {
  [ -x "$(host_path "$(programs_on_host)/bulkhead")" ] || return 0
  bulkhead uninstall --all-found --dry-run >/dev/null 2>&1 && return 0
  problem "Bulkhead is still in the engine's path"
  return 1
}

# ---- the unit that logs denials ----------------------------------------------------------------------

has_systemd() { [ -d "$HOST/run/systemd/system" ] && [ -x "$HOST/usr/bin/systemctl" ]; }

put_watcher() {
  [ "${BULKHEAD_WATCH:-true}" = true ] && has_systemd && [ "$(programs_on_host)" = "$OURS" ] || return 0
  sed "s|^ExecStart=/usr/bin/|ExecStart=$OURS/|" "$PACKAGE/lib/systemd/system/bulkhead-watch.service" >"$STATE/unit"
  cmp -s "$STATE/unit" "$(host_path "$UNIT")" && return 0
  put_file "$UNIT" 644 "$STATE/unit" &&
    told "starting bulkhead-watch" on_host /usr/bin/systemctl daemon-reload &&
    told "starting bulkhead-watch" on_host /usr/bin/systemctl enable bulkhead-watch.service &&
    told "starting bulkhead-watch" on_host /usr/bin/systemctl restart bulkhead-watch.service
}
remove_watcher() {
  [ -e "$(host_path "$UNIT")" ] || return 0
  ! has_systemd || told "stopping bulkhead-watch" on_host /usr/bin/systemctl disable --now bulkhead-watch.service
  remove_file "$UNIT"
  ! has_systemd || told "stopping bulkhead-watch" on_host /usr/bin/systemctl daemon-reload
}

# ---- what is left on the node after uninstall ----------------------------------------------------------

# Engines stop a container with the program that started it, and `exec` asks the policy: both stay
# while such a container runs, and go at the next boot if no Pod of ours sees the last one end.
LEFT='/opt/bulkhead /etc/bulkhead/policy.d/00-install.json /etc/bulkhead/policy.d/50-cluster.json
/var/lib/bulkhead /var/cache/bulkhead'

a_container_runs() { ls "$HOST"/run/bulkhead/containers/*.json >/dev/null 2>&1; }

clean_up() {
  remove_watcher
  [ "$(programs_on_host)" = "$OURS" ] || return 0
  if a_container_runs; then
    {
      for path in $LEFT; do echo "R! $path"; done
      echo "r! $AFTER_BOOT"
    } >"$STATE/tmpfiles"
    put_file "$AFTER_BOOT" 644 "$STATE/tmpfiles"
    return
  fi
  for path in $LEFT /run/bulkhead "$AFTER_BOOT"; do rm -rf "$(host_path "$path")"; done
  rmdir "$(host_path /etc/bulkhead/policy.d)" "$(host_path /etc/bulkhead)" 2>/dev/null || :
}
keep_after_boot() { remove_file "$AFTER_BOOT"; }
