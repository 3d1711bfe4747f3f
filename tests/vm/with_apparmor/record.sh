#!/bin/bash
# `bulkhead record` where the kernel counts calls: the counts are those of a tracer, from the program's
# first call on; a container under record is as confined as one that is not; and whatever reads may be
# killed, and tracefs gone.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source=../../integration/helpers/denials.sh
. "$ROOT/tests/integration/helpers/denials.sh"
# shellcheck source=../../integration/helpers/record.sh
. "$ROOT/tests/integration/helpers/record.sh"
denials_node "$@"

TRACING=/sys/kernel/tracing
mountpoint -q $TRACING || mount -t tracefs tracefs $TRACING
for helper in count_calls threads ways_to_call; do cp "$BUILD/tests/helpers/$helper" "$NODE/rootfs/bin/"; done
mkdir -p "$NODE/truth"
start_watch --backlog-limit 8192

# counted_bundle NAME PROGRAM…: a container of that name, whose calls a tracer inside counts as well.
counted_bundle() {
  local name=$1
  shift
  web_bundle "$name" /bin/count_calls "/truth/$name" "$@"
  jq --arg name "$name" --arg truth "$NODE/truth" '.annotations["io.kubernetes.cri.container-name"] = $name
    | .mounts += [{destination: "/truth", type: "bind", source: $truth, options: ["bind", "rw"]}]' \
    "$NODE/$name/config.json" >"$NODE/$name/.new" && mv "$NODE/$name/.new" "$NODE/$name/config.json"
}

# The tracer's own calls, and those of its child before it stops: they are in the record, not in the truth.
OWN=("${CALLS[clone]}" "${CALLS[getpid]}" "${CALLS[kill]}" "${CALLS[openat]}" "${CALLS[write]}" "${CALLS[exit_group]}")
not_the_tracers() { awk -v trace="${CALLS[ptrace]}" -v wait="${CALLS[wait4]}" '$2 != trace && $2 != wait'; }
# truth NAME: "arch number count" lines, sorted, without the two calls that the tracer makes for each other
# one (ptrace, wait4).
truth() {
  { cat "$NODE/truth/$1"; printf "$NATIVE %s 1\n" "${OWN[@]}"; } | not_the_tracers |
    awk '{ n[$1 " " $2] += $3 } END { for (c in n) print c, n[c] }' | sort
}
# A tracer sees a call before a filter denies it.
told() { # NAME
  record "$1" '.containers[].calls[] | "\(.arch) \(.number) \((.count // 0) + (.denied // 0))"' | not_the_tracers | sort
}
is_truth() { [ "$(told "$1")" = "$(truth "$1")" ]; }

CLONE3=435  # on every architecture; the filter denies it

# Name and program. In all eleven; MORE_PROGRAMS is set by tests/vm/long/record_truth.sh.
programs() {
  cat <<'PROGRAMS'
pipeline /bin/sh -c 'ls / | sort | wc -l; cd /tmp'
forks /bin/sh -c 'i=0; while [ $i -lt 100 ]; do (true); i=$((i+1)); done'
threads /bin/threads
vfork /bin/ways_to_call vfork
exec /bin/ways_to_call exec
denied /bin/denied_caller number $CLONE3 64
PROGRAMS
  [ "$(uname -m)" != x86_64 ] || echo 'compat /bin/denied_caller i386'
  [ -z "${MORE_PROGRAMS:-}" ] || cat <<'PROGRAMS'
signals /bin/ways_to_call signals
copy /bin/sh -c 'dd if=/dev/zero bs=16 count=500 2>/dev/null | cat >/dev/null'
files /bin/find /bin /etc -type f
lines /bin/sh -c 'i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done | awk "{ n += \$2 } END { print n }"'
PROGRAMS
}
while read -r name program; do
  "$BULKHEAD" record start "$name" --container "$name" >"$NODE/started" ||
    not_ok "$name: it is begun" "$(cat "$NODE/started")"
  eval "counted_bundle $name $program"
  check "$name: it runs" run_container "$RUNTIME" "$name" "$NODE/$name"
  same "$name: the kernel counts" histogram "$(record "$name" '.containers[0].how')"
  eventually 20 is_truth "$name"
  same "$name: every call is counted, as often as a tracer sees it" "$(truth "$name")" "$(told "$name")"
  same "$name: and nothing was lost" '[]' "$(losses "$name")"
done < <(programs)
same "the values of an argument add up to the calls: clone's flags" "$(calls forks clone)" \
  "$(record forks "[.containers[].arguments[] | select(.number == ${CALLS[clone]} and .index == 0) | .values[].count] | add")"
same "calls that the filter denied are told beside those that the kernel took" "0 64" \
  "$(calls denied $CLONE3) $(calls denied $CLONE3 denied)"
if [ "$(uname -m)" = x86_64 ]; then
  # By the C library: on arm64, Debian 12's begins threads by clone.
  same "also those of threads at once" "0 64" "$(calls threads $CLONE3) $(calls threads $CLONE3 denied)"
  same "a 32-bit call is recorded as one" 1 "$(calls compat 64 count "$COMPAT")"
  check "and not under the name that its number has in 64 bits" not_recorded compat 64
else
  skip "a 32-bit call of a program of 64 bits" "only x86-64 has them"
fi

# ---- as confined as without ------------------------------------------------------------------------------

# held RUNTIME ID: what holds in a container, as it tells of itself.
STATUS='grep -E "^(Cap|NoNewPrivs|Seccomp:|Uid|Gid|Groups)" /proc/self/status; cat /proc/self/attr/current'
held() {
  web_bundle held /bin/sh -c "$STATUS"
  jq '.process.apparmorProfile = "bulkhead-default"' "$NODE/held/config.json" >"$NODE/held/.new" &&
    mv "$NODE/held/.new" "$NODE/held/config.json"
  run_container "$1" "$2" "$NODE/held"
  cat "$NODE/out"
}
proofs() { grep "\"$1\"" "$EVENTS" | jq -r 'select(.stage == "gate") | .event' | sort -u; } # ID
"$BULKHEAD" apparmor load bulkhead-default >/dev/null 2>&1
for runtime in runc crun; do
  without=$(held $runtime "without-$runtime")
  "$BULKHEAD" record start "held-$runtime" --container web >/dev/null
  with=$(held $runtime "with-$runtime")
  contains "$runtime: what is compared is a confined container" "bulkhead-default (enforce)" "$without"
  same "$runtime: a container under record holds exactly what it holds without" "${without%$'\n'*}" "${with%$'\n'*}"
  contains "$runtime: it sees no other profile than the one that records (record_apparmor.sh)" "rec-held-$runtime-" "${with##*$'\n'}"
  same "$runtime: and it is proved in the same way" "$(proofs "without-$runtime")" "$(proofs "with-$runtime")"
  same "$runtime: while the kernel counted" histogram "$(record "held-$runtime" '.containers[0].how')"
  "$BULKHEAD" record stop "held-$runtime"
done

# ---- forks, and whoever reads ----------------------------------------------------------------------------

"$BULKHEAD" record start storm --container web >/dev/null
# shellcheck disable=SC2016  # the shell of the container expands it
web_bundle storm /bin/sh -c 'i=0; while [ $i -lt 2000 ]; do (true); i=$((i+1)); done'
check "a container that forks fast does its work" run_container "$RUNTIME" storm "$NODE/storm"
check "each of its forks ended, and that is counted" eventually 20 counts_calls storm exit_group 2001
same "with no loss" '[]' "$(losses storm)"
"$BULKHEAD" record stop storm

"$BULKHEAD" record start killed --container web >/dev/null
web_bundle killed /bin/sh -c 'sleep 3; cd /tmp; echo done'
in_view "$RUNTIME" "$(link_shim "$RUNTIME")" run --bundle "$NODE/killed" killed </dev/null >"$NODE/out" 2>&1 &
runner=$!
sleep 1
stop_watch KILL
wait $runner
same "a container whose recorder is killed notices nothing" "done" "$(cat "$NODE/out")"
check "and what it did is counted all the same" has_call killed chdir
start_watch --backlog-limit 8192
"$BULKHEAD" record stop killed

"$BULKHEAD" record start gone --container web >/dev/null
web_bundle gone /bin/sh -c 'sleep 4; cd /tmp; echo done'
in_view "$RUNTIME" "$(link_shim "$RUNTIME")" run --bundle "$NODE/gone" gone </dev/null >"$NODE/out" 2>&1 &
runner=$!
sleep 2
umount -l $TRACING
wait $runner
same "tracefs that is unmounted meanwhile is not noticed by the container" "done" "$(cat "$NODE/out")"
contains "and is a loss that is told" "tracing" "$(losses gone)"
web_bundle later /bin/sh -c 'cd /tmp; echo done'
check "a container that starts without tracefs starts" run_container "$RUNTIME" later "$NODE/later"
eventually 20 has_call gone chdir
same "and its calls are logged" log "$(record gone '.containers[-1].how')"
mount -t tracefs tracefs $TRACING
"$BULKHEAD" record stop gone

while read -r name _; do "$BULKHEAD" record stop "$name"; done < <(programs)
check "when nothing is recorded any more the kernel's tables are gone" test ! -e $TRACING/instances/bulkhead
finish
