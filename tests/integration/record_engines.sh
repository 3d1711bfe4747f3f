#!/bin/bash
# "From nothing to a profile" of docs/how-to/record-a-profile.md, line by line as it stands there: with Podman, and with
# FULL=1 with ctr and Docker, each a real engine in front of Bulkhead.
# shellcheck disable=SC2317  # functions that trap and eventually call
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=helpers/denials.sh
. "$ROOT/tests/integration/helpers/denials.sh"
denials_node "$@"
HOWTO=$ROOT/docs/how-to/record-a-profile.md
SHIMMED=$(link_shim runc)
install_program bulkhead
mkdir -p "$NODE/path" "$NODE/desk"
export PATH=$NODE/path:$NODE/bin:$PATH

# wrapper NAME: a program of that name that is found first, from standard input.
wrapper() {
  { echo '#!/bin/bash'; cat; } >"$NODE/path/$1"
  chmod 755 "$NODE/path/$1"
}
# lines_for ENGINE: the commands of the block that follows its name.
lines_for() { awk -v engine="$1" '$0 ~ "^<!-- engine: " engine " -->" { found = 1 } found && /^```/ { if (inside) exit; inside = 1; next } inside' "$HOWTO"; }

# walk ENGINE: runs the lines, in bash with -e, and looks at what came of them.
walk() {
  local engine=$1 number
  lines_for "$engine" >"$NODE/desk/lines"
  number=$(grep -cv '^$' "$NODE/desk/lines")
  check "$engine: the guide has no more than five commands" test "$number" -ge 3 -a "$number" -le 5
  check "$engine: they run" sh -c "cd '$NODE/desk' && exec bash -euo pipefail ./lines"
  check "$engine: the profile is of what ran" jq -e '[.syscalls[].names[]] | index("getdents64")' "$NODE/desk/web.json"
  check "$engine: and allows nothing that nothing did" \
    jq -e '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW").names[]] | index("mkdir") | not' "$NODE/desk/web.json"
  # shellcheck disable=SC2016  # jq's variables
  check "$engine: which is what the container ran under at last" jq -ne --slurpfile made "$NODE/desk/web.json" --slurpfile under "$NODE/desk/under.json" '
    def allowed: [.[0].syscalls[] | select(.action == "SCMP_ACT_ALLOW").names[]];
    ($under | allowed) as $under | ($under | length) > 0 and ($under - ($made | allowed)) == []'
  "$BULKHEAD" record rm web >/dev/null 2>&1
  rm -f "$NODE/desk/web.json" "$NODE/desk/under.json"
}
# The runtime of the engines: the shim, beside which the profile of each container is kept.
wrapper kept-runtime <<EOF
for word in "\$@"; do
  [ "\$before" != --bundle ] || bundle=\$word
  before=\$word
done
[ ! -s "\${bundle:-.}/config.json" ] || jq '.linux.seccomp // {}' "\${bundle:-.}/config.json" >"$NODE/desk/under.json"
exec "$SHIMMED" "\$@"
EOF
KEPT=$NODE/path/kept-runtime

start_watch --backlog-limit 8192

# ---- Podman -----------------------------------------------------------------------------------------------------

if command -v podman >/dev/null; then
  real=$(command -v podman)
  wrapper podman <<EOF
words=()
for word in "\$@"; do
  [ "\$word" != IMAGE ] || words+=(--rootfs)
  words+=("\${word/#IMAGE/$NODE/rootfs}")
  [ "\$word" != run ] || words+=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none --cgroup-parent "/$NODE_ID")
done
exec "$real" --root "$NODE/podman/root" --runroot "$NODE/podman/run" --tmpdir "$NODE/podman/tmp" \
  --events-backend file --storage-driver vfs --cgroup-manager cgroupfs --runtime "$KEPT" "\${words[@]}"
EOF
  walk podman
else
  skip "with Podman" "podman is not installed"
fi
[ -n "${FULL:-}" ] || finish

# ---- ctr ------------------------------------------------------------------------------------------------------------

if command -v ctr >/dev/null && start_containerd; then
  real=$(command -v ctr)
  wrapper ctr <<EOF
words=()
for word in "\$@"; do
  [ "\$word" != IMAGE ] || words+=(--rootfs)
  word=\${word/#IMAGE/$NODE/rootfs}
  words+=("\${word/#\/usr\/bin\/bulkhead-runc/$KEPT}")
done
exec "$real" --address "$NODE/containerd/socket" --namespace "$NODE_ID" "\${words[@]}"
EOF
  walk ctr
  kill "$CONTAINERD"
else
  skip "with ctr" "containerd is not installed"
fi

# ---- Docker -----------------------------------------------------------------------------------------------------------

if command -v dockerd >/dev/null && command -v docker >/dev/null; then
  dockerd --iptables=false --ip6tables=false --bridge=none --storage-driver vfs --data-root "$NODE/docker/data" \
    --exec-root /run/docker-exec --cgroup-parent "/$NODE_ID" --add-runtime "kept=$KEPT" --default-runtime kept \
    --pidfile "$NODE/docker.pid" --host "unix://$NODE/docker.sock" >"$NODE/dockerd.log" 2>&1 &
  OTHERS+=($!)
  export DOCKER_HOST=unix://$NODE/docker.sock
  eventually 60 docker version || not_ok "dockerd starts" "$(tail -n 5 "$NODE/dockerd.log")"
  tar -C "$NODE/rootfs" -c . | docker import - probe >/dev/null
  real=$(command -v docker)
  wrapper docker <<EOF
words=()
for word in "\$@"; do
  words+=("\${word/#IMAGE/probe}")
  [ "\$word" != run ] || words+=(--network none)
done
exec "$real" "\${words[@]}"
EOF
  walk docker
else
  skip "with Docker" "docker is not installed"
fi
finish
