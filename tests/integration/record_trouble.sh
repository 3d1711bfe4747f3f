#!/bin/bash
# Records when something goes wrong: a recorder that is killed, a disk that is full, a container that makes calls up or
# wants to write its record itself, many containers at once. The container notices nothing, and what was missed is told.
#
# FULL=1: more of it, and a hundred containers at once.
# shellcheck disable=SC2317  # functions that trap and eventually call
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=helpers/denials.sh
. "$ROOT/tests/integration/helpers/denials.sh"
denials_node "$@"
# shellcheck source=helpers/record.sh
. "$ROOT/tests/integration/helpers/record.sh"
cp "$(helper made_up_calls)" "$NODE/rootfs/bin/"
soon() { eventually 30 "$@"; }
begin_record() { "$BULKHEAD" record start "$1" --container web >/dev/null || not_ok "$1 is begun"; }
# behind ID BUNDLE: runs it in the background, as RUNNER.
behind() {
  in_view "$RUNTIME" "$(link_shim "$RUNTIME")" run --bundle "$2" "$1" </dev/null >"$NODE/out" 2>&1 &
  RUNNER=$!
}
start_watch --backlog-limit 8192

# ---- a recorder that is killed ------------------------------------------------------------------------------

begin_record killed
web_bundle killed /bin/sh -c 'sleep 5; cd /tmp; mkdir /dev/shm/x; echo done'
behind killed "$NODE/killed"
soon has_call killed clock_nanosleep
stop_watch KILL
wait $RUNNER
same "a container whose recorder is killed notices nothing" "done" "$(cat "$NODE/out")"
contains "that nobody read the rest is told while nobody does" "did not run for a time" "$(losses killed)"
start_watch --backlog-limit 8192
contains "and when somebody does again" "did not run for a time" "$(losses killed)"
same "a profile of it does not pass for complete" 8 "$("$BULKHEAD" record profile killed >/dev/null 2>&1; echo $?)"
"$BULKHEAD" record stop killed

if [ -n "${FULL:-}" ]; then
begin_record missed
web_bundle missed /bin/sh -c 'sleep 5; cd /tmp; echo done'
behind missed "$NODE/missed"
soon has_call missed clock_nanosleep
stop_watch KILL
wait $RUNNER
start_watch --backlog-limit 8192
lost_unwatched() { [[ $(losses missed) == *'did not run for a time'* ]]; }
check "the same where the container ended meanwhile and nobody asked" soon lost_unwatched
"$BULKHEAD" record stop missed

begin_record whole
web_bundle whole /bin/sh -c 'cd /tmp; echo done'
run_container "$RUNTIME" whole "$NODE/whole"
soon ended whole 1
stop_watch
"$BULKHEAD" record >/dev/null
start_watch --backlog-limit 8192
same "what ended before the recorder did is whole" '[]' "$(losses whole)"
"$BULKHEAD" record stop whole
fi

# The watcher holds what it read for a while; whoever ends a recording waits for that.
begin_record hasty
web_bundle hasty /bin/sh -c 'cd /tmp; sleep 1; mkdir /dev/shm/x; echo done'
run_container "$RUNTIME" hasty "$NODE/hasty"
"$BULKHEAD" record stop hasty
check "what a container did last is in a record that is stopped at once" has_call hasty mkdir
same "with no loss" '[]' "$(losses hasty)"
in_view "$RUNTIME" "$BULKHEAD" record run -o "$NODE/hasty.json" -- \
  "$(link_shim "$RUNTIME")" run --bundle "$NODE/hasty" hasty >"$NODE/out" 2>&1 </dev/null
check "and in the profile of a command around which one was made" jq -e '[.syscalls[].names[]] | index("mkdir")' "$NODE/hasty.json"

# ---- where the kernel tells nothing --------------------------------------------------------------------------

# Others hear of processes all the time, which is no answer to whoever asks here.
(while :; do sleep 0.2; done) &
OTHERS+=($!)
elsewhere() { # COMMAND…: in a pid namespace of its own, on a node of its own
  # shellcheck disable=SC2016  # the inner shell expands it
  timeout 20 unshare --pid --fork --mount --mount-proc bash -c 'mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/log && exec "$@"' - "$@"
}
began=$SECONDS
elsewhere "$BULKHEAD" watch 2>"$NODE/out"
same "where the kernel tells nothing about processes, watch ends by itself" 7 $?
check "within seconds, whatever it tells others" test $((SECONDS - began)) -le 8
contains "and says why" "initial pid namespace" "$(cat "$NODE/out")"
began=$SECONDS
elsewhere "$BULKHEAD" record run --incomplete -o "$NODE/nothing.json" -- /bin/echo went >"$NODE/out" 2>&1
contains "a command that is recorded there runs all the same" went "$(cat "$NODE/out")"
check "and is not held up by what cannot be heard" test $((SECONDS - began)) -le 8
kill "${OTHERS[-1]}"

# ---- a disk that is full -------------------------------------------------------------------------------------

begin_record full
mount -t tmpfs -o size=16k,mode=700 tmpfs /var/log/bulkhead/record
head -c 16k /dev/zero >/var/log/bulkhead/record/filler 2>/dev/null
web_bundle full /bin/sh -c 'cd /tmp; sleep 3; mkdir /dev/shm/x; echo done'
check "a container starts while the disk of the records is full" run_container "$RUNTIME" full "$NODE/full"
same "and does its work" "done" "$(cat "$NODE/out")"
status() { "$BULKHEAD" status | tr -s '\n ' ' '; }
wait_is_told() { [[ $(status) == *'records wait: '*'No space left on device'* ]]; }
check "status tells that records wait, and why" soon wait_is_told
contains "and so does whoever asks for the records" "No space left on device" "$("$BULKHEAD" record 2>&1)"
rm /var/log/bulkhead/record/filler
umount /var/log/bulkhead/record
check "when there is room what was read meanwhile is in the record" soon has_call full mkdir
same "with no loss" '[]' "$(losses full)"
nothing_waits() { [[ $(status) != *'records wait'* ]]; }
check "and status is content" soon nothing_waits
"$BULKHEAD" record stop full

# ---- calls that no kernel has ----------------------------------------------------------------------------------

if [ -n "${FULL:-}" ]; then
begin_record made-up
web_bundle made-up /bin/made_up_calls 5000
check "a container that makes up five thousand calls runs" run_container "$RUNTIME" made-up "$NODE/made-up"
is_bounded() { [ "$(record made-up '.containers[0].losses.beyond // 0')" -gt 0 ]; }
check "its record is bounded, and tells that there was more" soon is_bounded
check "and holds what one container's may" test "$(record made-up '.containers[0].calls | length')" -le 2048
"$BULKHEAD" record stop made-up
fi

# ---- a container that wants to write its record -----------------------------------------------------------------

begin_record own
before=$(record killed tojson)
# shellcheck disable=SC2016  # the shell of the container expands it
web_bundle own /bin/sh -c 'for root in / /proc/1/root/ /proc/self/root/../../../; do
    for place in var/log/bulkhead/record/own.json var/log/bulkhead/record/killed.json run/bulkhead/record/own/1-1.json; do
      mkdir -p "$root${place%/*}" && echo "{}" >"$root$place"
    done; done; echo done'
jq '.root.readonly = false' "$NODE/own/config.json" >"$NODE/own/.new" && mv "$NODE/own/.new" "$NODE/own/config.json"
run_container "$RUNTIME" own "$NODE/own"
contains "a container that writes where records lie writes into its own files" "done" "$(cat "$NODE/out")"
check "which are its image's" test -s "$NODE/rootfs/var/log/bulkhead/record/own.json"
check "its record is what it did" soon has_call own mkdir
same "with no loss" '[]' "$(losses own)"
same "and another's is as it was" "$before" "$(record killed tojson)"
rm -r "$NODE/rootfs/var" "$NODE/rootfs/run/bulkhead"
same "nobody but root may look at records or notes" "700 600 700 600" \
  "$(stat -c %a /var/log/bulkhead/record /var/log/bulkhead/record/own.json /run/bulkhead/record/own "$(find /run/bulkhead/record/own -type f | head -n 1)" | xargs)"
"$BULKHEAD" record stop own

# ---- many at once ---------------------------------------------------------------------------------------------------

if [ -n "${FULL:-}" ]; then
MANY=100
begin_record many
web_bundle many /bin/sh -c 'cd /tmp; sleep 600'
for ((i = 0; i < MANY; i++)); do
  start_container "$RUNTIME" "many-$i" "$NODE/many" || { not_ok "$MANY containers start under record" "$(cat "$NODE/out")"; break; }
done
all_seen() { [ "$(record many '.containers | length')" = "$MANY" ]; }
check "$MANY containers at once are all recorded" soon all_seen
check "the first of them with its calls" soon has_call many chdir
same "each under its own id" "$MANY" "$(record many '[.containers[].id] | unique | length')"
same "and with no loss" '[]' "$(losses many)"
"$BULKHEAD" record stop many
fi
finish
