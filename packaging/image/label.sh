# shellcheck shell=dash
# The node's labels, by way of node-feature-discovery: its worker reads this file and sets them. A label
# that is no longer renewed, because no Pod of ours runs, goes after EXPIRY seconds.

FEATURES=/etc/kubernetes/node-feature-discovery/features.d/bulkhead
EXPIRY=600

mode_of_node() {
  bulkhead policy show --json 2>/dev/null |
    sed -n 's/^ *"mode": *"\([a-z]*\)".*/\1/p'
}

# tell_label ACTION: after a pass, by what is in $PROBLEMS.
tell_label() {
  if [ "$1" = uninstall ] && [ ! -s "$PROBLEMS" ]; then
    remove_file "$FEATURES"
    return
  fi
  ready=false
  if [ "$1" = install ] && [ ! -s "$PROBLEMS" ]; then ready=true; fi
  mode=$(mode_of_node)
  {
    echo "# +expiry-time=$(date -u -d "@$(($(date +%s) + EXPIRY))" +%Y-%m-%dT%H:%M:%SZ)"
    echo "bulkhead.io/ready=$ready"
    echo "bulkhead.io/mode=${mode:-none}"
    echo "bulkhead.io/version=$("$PACKAGE/bin/bulkhead" --version | cut -d' ' -f2)"
  } >"$STATE/label"
  put_file "$FEATURES" 644 "$STATE/label"
}
