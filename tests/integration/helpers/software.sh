# shellcheck shell=bash disable=SC2034  # variables for the scripts
# Real software in containers: the tree of rootfs.sh, what is run of it, and bundles. A script calls need_software_tree
# before it enters its private node, whose empty /run hides what /etc/resolv.conf may lead to.
TREE=$BUILD/rootfs

need_software_tree() {
  [ "$(id -u)" = 0 ] && [ -z "${BULKHEAD_NODE_ID:-}${BULKHEAD_INSIDE:-}" ] || return 0
  "$ROOT/tests/integration/rootfs.sh" "$TREE" && return
  not_ok "the root tree with real software is built"
  finish
}

# Name, user in the container, and the command; its last line is "answer: 42". nginx's workers, PostgreSQL and Redis are
# not root.
SOFTWARE=(
  "a shell|root|/bin/bash /software/shell.sh"
  "Python|root|python3 /software/python.py"
  "Node.js|root|node /software/node.js"
  "a Go program|root|/bin/bash /software/go.sh"
  "a JVM|root|rhino /software/jvm.js"
  "nginx|root|/bin/bash /software/nginx.sh"
  "PostgreSQL|postgres|/bin/bash /software/postgres.sh"
  "Redis|redis|/bin/bash /software/redis.sh"
)

# What Docker and containerd give to a container by default: the usual case, and for the fallback
# stricter than what `runc spec` writes only in that it must not matter.
CAPABILITIES='["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW",
  "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
  "CAP_KILL", "CAP_AUDIT_WRITE"]'

uid_of() { awk -F: -v name="$1" '$1 == name { print $3 }' "$TREE/etc/passwd"; }

# software_bundle NAME USER COMMAND…: a bundle below $NODE with the Debian tree, read-only but for /tmp and /run.
software_bundle() {
  local directory=$NODE/$1 uid
  uid=$(uid_of "$2")
  shift 2
  # shellcheck disable=SC2086  # the command is words
  make_bundle "$directory" ".root.path = \"$TREE\"" "$(args "$@")" \
    ".process.user = {uid: $uid, gid: $uid}" \
    '.process.noNewPrivileges = false' \
    ".process.capabilities = ($CAPABILITIES as \$c | {bounding: \$c, permitted: \$c, effective: \$c})" \
    ".mounts += [
       {destination: \"/tmp\", type: \"tmpfs\", source: \"tmpfs\", options: [\"nosuid\", \"nodev\", \"mode=1777\"]},
       {destination: \"/run\", type: \"tmpfs\", source: \"tmpfs\", options: [\"nosuid\", \"nodev\", \"mode=1777\"]},
       {destination: \"/software\", type: \"bind\", source: \"$ROOT/tests/integration/real_software\",
        options: [\"rbind\", \"ro\"]}]"
}
