#!/usr/bin/env bash
# Docker for real: dockerd of this machine in the private node, `bulkhead install docker`, containers that
# are confined and proved, what people do with Docker as without Bulkhead, and `uninstall`.
# shellcheck disable=SC2317,SC2016  # functions called by name; text for other shells
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

for needed in dockerd docker runc strace; do
  command -v "$needed" >/dev/null || { skip "Docker" "$needed is not installed (packages docker.io and runc)"; finish; }
done
need_hook
need_shim
cp "$BUILD/bulkhead" "$NODE/bin/bulkhead"
link_shim runc >/dev/null
BULKHEAD=$NODE/bin/bulkhead
EVENTS=/var/log/bulkhead/events.jsonl
CONFIG=/etc/docker/daemon.json

STATUS=0 OUT='' ERR=''
try() {
  STATUS=0
  "$@" >"$NODE/out" 2>"$NODE/err" </dev/null || STATUS=$?
  OUT=$(tr -d '\r' <"$NODE/out") ERR=$(cat "$NODE/err")
}
exits() { # NAME CODE COMMAND…
  local name=$1 code=$2
  shift 2
  try "$@"
  if [ "$STATUS" = "$code" ]; then ok "$name"; else not_ok "$name" "exit code $STATUS instead of $code
$OUT
$ERR"; fi
}

# ---- the daemon ------------------------------------------------------------------------------------------

start_dockerd() { # word…
  dockerd --iptables=false --ip6tables=false --bridge=none --storage-driver vfs --data-root "$NODE/docker/data" \
    --exec-root /run/docker-exec --cgroup-parent "/$NODE_ID" "$@" >>"$NODE/dockerd.log" 2>&1 &
  DOCKERD=$!
  eventually 60 docker ${2:+--host "$2"} version
}
stop_dockerd() { kill "$DOCKERD" && wait "$DOCKERD"; }
default_runtime() { docker info --format '{{.DefaultRuntime}}'; }
is_default() { [ "$(default_runtime)" = "$1" ]; }
# What the daemon has of images and containers: nothing of the proof's may stay.
holds() { docker ps --all --quiet --no-trunc; docker images --quiet; }

run() { docker run --network none "$@"; }
# heard COMMAND…: once more where nothing was heard: Docker 26 loses now and then what a container wrote that ends at
# once, without Bulkhead as well.
heard() {
  local status
  for _ in 1 2 3 4 5; do
    status=0
    "$@" >"$NODE/heard" || status=$?
    [ ! -s "$NODE/heard" ] || break
  done
  cat "$NODE/heard"
  return "$status"
}
confined() { heard run --rm --security-opt seccomp=unconfined probe /bin/probe seccomp unshare; }

# ---- what people do --------------------------------------------------------------------------------------

exit_code() { heard run --rm probe /bin/sh -c 'echo words; exit 42'; }
privileged() { heard run --rm --privileged probe /bin/sh -c 'id -u; ls /dev | wc -l'; }
terminal() { heard run --rm --tty probe /bin/tty; }
repeated() { echo "some words" | run --rm --interactive probe /bin/cat; }
standard_input() { heard repeated; }
as_user() { heard run --rm --user 1000:1000 --cap-drop all --security-opt no-new-privileges probe /bin/sh -c 'id -u; id -g'; }
no_such_program() { run --rm probe /bin/no-such-program >/dev/null 2>&1; }
detached() {
  run --detach --name one probe /bin/sh -c 'trap "exit 3" TERM; echo begun; while :; do sleep 0.05; done' >/dev/null
  docker exec one /bin/sh -c 'echo inside; exit 6'
  echo "exec $?"
  docker logs one
  docker stop --time 10 one >/dev/null
  docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' one
  docker start one >/dev/null
  docker inspect --format '{{.State.Status}}' one
  docker kill one >/dev/null
  docker wait one
  docker rm --force one >/dev/null
}
NAMES=("docker run --rm" "--privileged" "--tty" "standard input" "a user without capabilities" "a missing program"
  "--detach, exec, logs, stop, start, kill, wait")
USES=(exit_code privileged terminal standard_input as_user no_such_program detached)
all_uses() {
  local at
  for at in "${!USES[@]}"; do
    try "${USES[at]}"
    printf '%s: %s, exit code %s\n' "${NAMES[at]}" "$OUT" "$STATUS"
  done
}

# ---- from nothing to nothing -------------------------------------------------------------------------------

mkdir -p "$NODE/own/etc/docker"
mount --bind "$NODE/own/etc/docker" /etc/docker
printf '{ "log-driver": "json-file",\n  "runtimes": { "other": { "path": "/usr/sbin/runc", "runtimeArgs": ["--debug"] } } }\n' \
  >"$CONFIG"
cp "$CONFIG" "$NODE/before"
start_dockerd || { not_ok "dockerd starts" "$(tail -n 20 "$NODE/dockerd.log")"; finish; }
make_rootfs
check "an image is made" sh -c "tar -C '$NODE/rootfs' -c . | docker import - probe"
same "without Bulkhead a container may ask for no filter" "seccomp=0
unshare=0" "$(confined)"
all_uses >"$NODE/uses.before"
holds >"$NODE/holds.before"

exits "install --no-restart" 0 "$BULKHEAD" install docker --no-restart
contains "install --no-restart: says that the daemon has not read it" \
  "docker: its daemon was left alone: until it restarts, containers start as before" "$OUT"
contains "install --no-restart: proves nothing" "dockerd has not read its configuration: no container was started" "$OUT"
same "install --no-restart: the daemon is as it was" runc "$(default_runtime)"
exits "install makes the daemon read it, also when the files are as wanted" 0 "$BULKHEAD" install docker
contains "install: the daemon is told to reload" "docker: no systemd here: dockerd was told to reload, by SIGHUP" "$OUT"
contains "install: proves a container" "docker: a container started, and the kernel confirmed" "$OUT"
contains "install: says what may still be chosen" "may still choose \`--runtime runc\`" "$OUT"
contains "install: says how to go back" "docker: to go back: bulkhead uninstall docker" "$OUT"
same "install: its proof leaves no container and no image" "$(cat "$NODE/holds.before")" "$(holds)"
same "install: its proof leaves no file" "" "$(find /run -maxdepth 1 -name 'bulkhead-proof*')"
same "the shim is the default runtime" bulkhead "$(default_runtime)"
contains "the other runtime stays" '"other": { "path": "/usr/sbin/runc", "runtimeArgs": ["--debug"] }' "$(cat "$CONFIG")"
contains "status knows" "shim" "$("$BULKHEAD" status --json | jq -r '.engines[] | select(.name == "docker") | .coverage')"
exits "status --check holds" 0 "$BULKHEAD" status --check

: >"$EVENTS"
same "a container that asks for no filter is confined" "seccomp=2
unshare=1" "$(confined)"
contains "and proved" proved "$(jq -r .event "$EVENTS")"
same "and known as Docker's" docker "$(jq -r 'select(.event == "proved") | .engine' "$EVENTS")"
docker run --detach --name joined --network none --security-opt seccomp=unconfined probe /bin/sleep 100 >/dev/null
same "docker exec is confined" "seccomp=2
unshare=1" "$(docker exec joined /bin/probe seccomp unshare)"
same "docker exec --privileged has what its container has" "$(docker exec joined /bin/probe seccomp capeff)" \
  "$(docker exec --privileged joined /bin/probe seccomp capeff 2>"$NODE/err")"
contains "and stderr says why" "dropped (the container does not have them; exec.capabilities = container" "$(cat "$NODE/err")"
contains "bulkhead ps shows it" "$(docker inspect --format '{{.Id}}' joined)" "$("$BULKHEAD" ps --json)"
exits "bulkhead verify finds it confined" 0 "$BULKHEAD" verify "$(docker inspect --format '{{.Id}}' joined)"
exits "and by the name that Docker gives it" 0 "$BULKHEAD" verify joined
docker rm --force joined >/dev/null
WHY='runc cannot start the container: once the filter is loaded it needs'
echo '{"defaultAction": "SCMP_ACT_ERRNO"}' >"$NODE/nothing.json"
docker run --rm --network none --security-opt seccomp="$NODE/nothing.json" probe /bin/true >"$NODE/said" 2>&1
contains "docker says why nothing can start under a profile" "is not started: $WHY" "$(cat "$NODE/said")"
# Where it is only probable, runc's create succeeds before the filter is loaded; whether Docker notices the end before it
# asks for the start is a race.
echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["execveat"], "action": "SCMP_ACT_ALLOW"}]}' >"$NODE/nothing.json"
docker run --name nothing --network none --security-opt seccomp="$NODE/nothing.json" probe /bin/true >"$NODE/said" 2>&1
check "docker says why, or noticed the end before it asked for the start" \
  grep -qF -e "$WHY" -e "cannot start a stopped process" "$NODE/said"
# Docker that asks for the start gets the reason, and keeps its log; one that noticed the end first has closed the log
# before it is read (under load 7 of 40 times, and in none of these was the reason in it).
logged_why() { docker logs nothing 2>&1 | grep -qF "$WHY"; }
if grep -qF "$WHY" "$NODE/said"; then
  check "docker's log of the container says why it probably did not start" eventually 5 logged_why
else
  skip "docker's log of the container says why it probably did not start" "Docker noticed the end before it asked for the start"
fi
check "and Bulkhead's event has it in any case" eventually 5 grep -qF "$WHY" "$EVENTS"
docker rm --force nothing >/dev/null
same "what people do works as before" "$(cat "$NODE/uses.before")" "$(all_uses)"
no_records() { [ -z "$(find /run/bulkhead/containers -type f)" ]; }
check "no record is left" eventually 10 no_records

stop_dockerd
start_dockerd
check "dockerd starts with that configuration" docker version
same "and starts a confined container" "seccomp=2
unshare=1" "$(confined)"

# One that runs while Bulkhead goes can still be stopped and removed.
docker run --detach --name meanwhile --network none probe /bin/sleep 100 >/dev/null
exits "uninstall" 0 "$BULKHEAD" uninstall docker
contains "uninstall: the daemon is told" "by SIGHUP" "$OUT"
check "uninstall: the file is as before, to the byte" cmp "$NODE/before" "$CONFIG"
check "uninstall: the daemon reads it" eventually 20 is_default runc
same "then a container starts as before" "seccomp=0
unshare=0" "$(confined)"
check "a container that ran meanwhile is stopped" docker stop --time 1 meanwhile
check "and removed" docker rm meanwhile
exits "nothing is promised any more" 0 "$BULKHEAD" status --check

exits "install --runtime-class" 0 "$BULKHEAD" install docker --runtime-class strict
contains "install --runtime-class: is proved by a container of that runtime" "the kernel confirmed" "$OUT"
same "install --runtime-class: the default stays" runc "$(default_runtime)"
same "install --runtime-class: who chooses it is confined" "seccomp=2" \
  "$(heard run --rm --runtime strict --security-opt seccomp=unconfined probe /bin/probe seccomp)"
exits "uninstall takes it away" 0 "$BULKHEAD" uninstall docker
check "as before, to the byte" cmp "$NODE/before" "$CONFIG"

# The daemon reads the change, but nothing starts: all is put back, and the daemon reads that.
printf '#!/bin/sh\n[ "$1" != --version ] || exit 0\necho "no luck" >&2\nexit 1\n' >"$NODE/broken" && chmod 755 "$NODE/broken"
mount --bind "$NODE/broken" "$NODE/bin/bulkhead-shim"
exits "an installation that cannot be proved fails" 7 "$BULKHEAD" install docker
contains "an installation that cannot be proved says why" "docker: a container did not start" "$ERR"
contains "an installation that cannot be proved is put back" "the configuration was put back as it was" "$ERR"
check "an installation that cannot be proved leaves no trace" cmp "$NODE/before" "$CONFIG"
check "an installation that cannot be proved: the daemon reads it" eventually 20 is_default runc
umount "$NODE/bin/bulkhead-shim"

# observe: nothing is refused or changed, and the proof is what was observed.
exits "install --mode observe" 0 "$BULKHEAD" install docker --mode observe
contains "install --mode observe: says what was proved" "confirmed its confinement before its first instruction" "$OUT"
same "install --mode observe: a container gets what it asked for" "seccomp=0
unshare=0" "$(confined)"
contains "install --mode observe: and it is noted" observed "$(jq -r .event "$EVENTS")"
exits "install --mode enforce" 0 "$BULKHEAD" install docker --mode enforce
contains "install --mode enforce: is proved" "the kernel confirmed" "$OUT"
same "install --mode enforce: holds from then on" "seccomp=2
unshare=1" "$(confined)"

# Killed after dockerd was given the file that names its own default, and before the final one.
kills_second_rename() {
  { strace -qq -o /dev/null -e trace=renameat -e inject=renameat:signal=KILL:when=3 "$@"; } >/dev/null 2>&1 </dev/null
}
kills_second_rename "$BULKHEAD" uninstall docker
same "uninstall, killed after the handover: the daemon has let go" runc "$(default_runtime)"
same "uninstall, killed after the handover: its file names that" runc "$(jq -r '."default-runtime"' "$CONFIG")"
contains "uninstall, killed after the handover: status --check tells" "docker: its installation or removal was interrupted" \
  "$("$BULKHEAD" status --check)"
exits "uninstall finishes it" 0 "$BULKHEAD" uninstall docker
check "as before, to the byte" cmp "$NODE/before" "$CONFIG"
same "and the daemon of all this lives" "seccomp=0" "$(heard run --rm --security-opt seccomp=unconfined probe /bin/probe seccomp)"

# Where the client does not look for it, the daemon cannot be asked.
stop_dockerd
start_dockerd --host "unix://$NODE/elsewhere.sock" 2>/dev/null
exits "install, with the daemon's socket elsewhere" 0 "$BULKHEAD" install docker
contains "says that nothing is proved" "dockerd runs, but does not listen at /run/docker.sock: no container was started" "$OUT"
exits "uninstall, with the daemon's socket elsewhere" 0 "$BULKHEAD" uninstall docker
contains "says what is left to do" "its daemon was left alone: restart it" "$OUT"
check "dockerd never panicked" sh -c "! grep -q ^panic: '$NODE/dockerd.log'"
stop_dockerd
finish
