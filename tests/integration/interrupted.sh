#!/usr/bin/env bash
# What is killed, signalled or asked often at any moment: the runtime behind each door, the gate that holds a
# container or follows one who joins it. Nothing hangs, nothing is left, and no program runs that was not proved.
# FULL=1 takes the long way: 200 moments instead of 24, and probes for a minute instead of 3 seconds.
# shellcheck disable=SC2317,SC2016,SC2119,SC2120  # functions called by name; text for jq
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

MOMENTS=${FULL:+200} MOMENTS=${MOMENTS:-24}
PROBE_SECONDS=${FULL:+60} PROBE_SECONDS=${PROBE_SECONDS:-3}
EVENTS=/var/log/bulkhead/events.jsonl
ID=struck
RUNTIME='' DOOR='' R=''
# How long a start and an exec take here, in microseconds: moments are drawn within.
START_US=0 EXEC_US=0

# ---- the ground ------------------------------------------------------------------------------------

prepare() {
  need_hook
  need_shim
  make_rootfs
  mkdir -p "$NODE/rootfs/out" "$NODE/out"
  compile "$BUILD/tests/helpers/first_call" "$ROOT/tests/integration/helpers/first_call.c" \
    "${CC:-gcc}" -O2 -static -nostdlib && cp "$BUILD/tests/helpers/first_call" "$NODE/rootfs/bin/first_call"
}
MOUNT='.mounts += [{destination: "/out", type: "bind", source: "/run/node/out", options: ["rbind", "rw"]}]'
HOOKS='.hooks = ({} | reduce ("createRuntime", "poststop") as $stage (.;
  .[$stage] = [{path: "/run/node/bin/bulkhead-hook", args: ["bulkhead-hook", $stage]}]))'
bundle() {
  if [ "$DOOR" = hook ]; then make_bundle "$NODE/c" "$MOUNT" "$HOOKS" "$@"
  else make_bundle "$NODE/c" "$MOUNT" "$@"; fi
}
through() { # DOOR: the words in R
  DOOR=$1
  remove_policy
  case $1 in
    shim) R=$(link_shim "$RUNTIME") ;;
    loader)  # the shim's, with a filter of the gate's
      R=$(link_shim "$RUNTIME")
      write_policy <<<'{"version": 1, "seccomp": {"loader": "gate"}}'
      ;;
    *) R=$RUNTIME ;;
  esac
}
name() { echo "$RUNTIME, $DOOR: $1"; }

# Mounts below the runtime's directory of the container.
left_mounts() { awk -v below="/run/runc/$ID/" 'index($2, below) == 1 { print $2 }' /proc/mounts; }
# runc 1.1 mounts a copy of itself in its directory of the container for a moment. Killed in it, with or without us, it
# leaves the mount, its delete cannot remove the directory, and each later start finds the name taken.
delete_container() {
  local left
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
  left=$(left_mounts)
  [ -n "$left" ] || return 0
  diagnose "runc was killed while its copy was mounted, and left $left"
  umount "$left"
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
}
fresh() {
  delete_container
  rm -f "$NODE/out/mark"
}
# Names of the programs that run; not of those that tell it.
names() {
  ps -eo comm= >"$NODE/names"
  grep -vxE 'ps|bash' "$NODE/names" | sort | uniq -c | xargs
}
same_names() { [ "$(names)" = "$1" ]; }
# Counted by the shell: of a pipeline's own processes now more and now fewer are there.
processes() { local all=(/proc/[0-9]*) && echo "${#all[@]}"; }
quiet() { [ "$(processes)" -le "$BEFORE" ]; }
# Everything that an attempt started has ended, and what it wrote is gone. A record that no poststop removed goes
# with the next start.
nothing_left() { # NAME
  delete_container
  if eventually 10 quiet; then return 0; fi
  not_ok "$(name "$1: nothing is left")" "$(ps -eo pid,stat,comm,args)"
  return 1
}
microseconds() { # COMMAND…
  local begin=${EPOCHREALTIME/./}
  "$@" >/dev/null 2>&1 </dev/null
  echo $((${EPOCHREALTIME/./} - begin))
}
# A random moment within LENGTH_US and a fifth more.
moment() { echo $(((RANDOM * 32768 + RANDOM) % ($1 * 6 / 5))); }
pause_us() { sleep "$(printf '0.%06d' "$1")"; }
proved() { jq -e --arg id "$ID" 'select(.id == $id and (.event == "proved" or .event == "installed"))' "$EVENTS"; }

has_ended() { ! kill -0 "$1"; }
# bounded COMMAND…: says on stdout what did not end in 10 seconds, and ends it. crun 1.8 waits for ever where its
# init dies while a hook ends: it takes one SIGCHLD for both, and all its children are dead.
bounded() {
  local pid
  "$@" >/dev/null 2>&1 </dev/null &
  pid=$!
  disown "$pid"  # else the shell tells of each death
  if eventually 10 has_ended "$pid"; then return 0; fi
  if pgrep -r R,S,D,T -P "$pid" >/dev/null || ! grep -q crun "/proc/$pid/comm"; then echo hung
  else echo "crun waits for its dead"; fi
  kill -KILL "$pid"
}
run() { bounded "$R" run --bundle "$NODE/c" "$ID"; }
running() { # a container to join
  bundle "$(args /bin/sleep 1000)" "$@"
  "$R" run --detach --bundle "$NODE/c" "$ID" >"$NODE/started" 2>&1 </dev/null
  eventually 10 begun || diagnose "no container to join: $(tail -n 3 "$NODE/started")"
  eventually 10 no_gate
}
no_gate() { ! grep -qx bulkhead-gate /proc/[0-9]*/comm; }
begun() { grep -q sleep "/proc/$("$RUNTIME" state "$ID" | jq .pid)/cmdline"; }
execute() { bounded "$R" exec "$ID" /bin/first_call; }
measure() {
  fresh
  bundle "$(args /bin/first_call)"
  run >/dev/null 2>&1 </dev/null  # leaves the program in the cache
  START_US=$(microseconds run)
  nothing_left measure
  running
  EXEC_US=$(microseconds execute)
  fresh
}

# ---- the runtime is killed -------------------------------------------------------------------------

# It may end before or after its program began, as without us; what holds is that a program that began was proved,
# and that delete takes everything away.
strike_runtime() { # SIGNAL
  local struck
  "$R" run --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null &
  struck=$!
  disown "$struck"
  pause_us "$(moment "$START_US")"
  kill "-$1" "$struck" 2>/dev/null
  eventually 20 has_ended "$struck" || { kill -KILL "$struck"; return 1; }
}
runtime_is_struck() { # SIGNAL
  local count unproved=0 hung=0 began=0
  bundle "$(args /bin/first_call)"
  for ((count = 0; count < MOMENTS; ++count)); do
    fresh
    rm -f "$EVENTS"
    strike_runtime "$1" || hung=$((hung + 1))
    nothing_left "the runtime gets SIG$1" || return
    [ -e "$NODE/out/mark" ] || continue
    began=$((began + 1))
    eventually 2 proved || unproved=$((unproved + 1))
  done
  same "$(name "the runtime gets SIG$1 at $MOMENTS moments: none hangs, no program ran unproved")" "0 0" "$hung $unproved"
  diagnose "programs that had begun: $began"
}

# ---- the gate is killed ------------------------------------------------------------------------------

# A gate is there for a part of a start only, which may be short.
early_moment() { moment $((($1 >> (RANDOM % 6)) + 1)); }
# strike_gate LENGTH_US COMMAND…: runs the command and kills the gate in a moment of it; prints that moment, then
# "hung" where the command did not end.
strike_gate() {
  local length=$1
  shift
  "$NODE/bin/strike" bulkhead-gate "$(early_moment "$length")" 5000 "$NODE/out/mark" first_call \
    >"$NODE/moment" &
  local striker=$!
  "$@"
  kill "$striker" 2>/dev/null
  wait "$striker" 2>/dev/null
  grep . "$NODE/moment" || echo none
}
marked() { [ -e "$NODE/out/mark" ]; }
gate_is_killed() { # NAME LENGTH_US COMMAND…
  local what=$1 length=$2 count moments ran_after=0
  shift 2
  : >"$NODE/moments"
  for ((count = 0; count < MOMENTS; ++count)); do
    rm -f "$NODE/out/mark"
    strike_gate "$length" "$@" >"$NODE/seen"
    cat "$NODE/seen" >>"$NODE/moments"
    [ "$what" != start ] || nothing_left "the gate is killed at start" || return
    if grep -q held "$NODE/seen" && marked; then ran_after=$((ran_after + 1)); fi
  done
  moments=$(sort "$NODE/moments" | uniq -c | xargs)
  same "$(name "the gate is killed at $MOMENTS moments of $what: no program ran that it held, none hung")" "0 0" \
    "$ran_after $(grep -cx hung "$NODE/moments")"
  diagnose "moments: $moments"
}
gate_killed_at_start() {
  bundle "$(args /bin/first_call)"
  gate_is_killed start "$START_US" run
  check "$(name "gate killed at start: that was while it held, too")" grep -q held "$NODE/moments"
}
gate_killed_at_exec() {
  local before
  fresh
  running
  before=$(names)
  gate_is_killed exec "$EXEC_US" execute
  check "$(name "gate killed at exec: the container goes on")" begun
  eventually 10 same_names "$before"
  same "$(name "gate killed at exec: nothing is left in it")" "$before" "$(names)"
  grep -qv none "$NODE/moments" || skip "$(name "gate killed at exec: in a moment that it held")" "no gate follows an exec here"
  fresh
}

# What a killed gate had taken out of config.json is in it again.
bundle_is_whole() {
  fresh
  run >/dev/null
  same "$(name "the next start finds its profile, and leaves nothing beside it")" "begun object config.json" \
    "$(marked && echo begun) $(jq -r '.linux.seccomp | type' "$NODE/c/config.json") $(ls -A "$NODE/c")"
}

# ---- probes --------------------------------------------------------------------------------------------

# What may not grow: processes, files of ours, descriptors and threads of the container's init, mounts, groups.
sizes() {
  local pid
  pid=$("$RUNTIME" state "$ID" | jq .pid)
  echo "processes $(names)"
  echo "files $(find /run/bulkhead /var/cache/bulkhead | wc -l)"
  echo "descriptors $(find "/proc/$pid/fd" | wc -l)"
  grep -E '^(Threads|TracerPid)' "/proc/$pid/status"
  echo "mounts $(wc -l </proc/self/mountinfo)"
  echo "groups $(find /sys/fs/cgroup -type d -path "*$NODE_ID*" | wc -l)"
}
same_sizes() { [ "$(sizes)" = "$1" ]; }
probe() {
  [ "$(timeout 20 "$R" exec "$ID" /bin/echo alive 2>&1 </dev/null)" = alive ] || echo failed >>"$NODE/probes"
}
probes() {
  local before count total=$((PROBE_SECONDS * 20)) waiting=()
  fresh
  running
  probe
  before=$(sizes)
  : >"$NODE/probes"
  for ((count = 0; count < total; ++count)); do
    probe &
    waiting+=($!)
    sleep 0.05
  done
  wait "${waiting[@]}"
  same "$(name "$total exec probes, 20 a second: each is answered")" 0 "$(wc -l <"$NODE/probes")"
  eventually 10 same_sizes "$before"
  same "$(name "exec probes: nothing has grown")" "$before" "$(sizes)"
  fresh
}

# ------------------------------------------------------------------------------------------------------

all_of() {
  local signal
  BEFORE=$(processes)
  measure
  if [ "$DOOR" = loader ]; then
    gate_killed_at_start
    bundle_is_whole
    gate_killed_at_exec
    return
  fi
  for signal in KILL TERM INT; do runtime_is_struck "$signal"; done
  gate_killed_at_start
  gate_killed_at_exec
  probes
}

prepare
cp "$(helper strike)" "$NODE/bin/strike"
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  RUNTIME=$1
  through "$2"
  if [ $# = 2 ]; then all_of; else BEFORE=$(processes) && measure && "${@:3}"; fi
  finish
fi
if [ $# -gt 0 ]; then  # RUNTIME DOOR FUNCTION…: for work on this script
  again_in_view "$1" "$@"
  finish
fi
for runtime in $(runtimes); do
  for door in shim loader hook; do again_in_view "$runtime" "$runtime" "$door"; done
done
finish
