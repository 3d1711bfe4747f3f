#!/bin/bash
# Values of arguments where the kernel takes probes: the flags of clone3, which lie in memory, and the families of 32-bit
# sockets; what `record profile --arguments` makes of them; and that nothing of the probes stays.
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
cp "$BUILD/tests/helpers/ways_to_call" "$NODE/rootfs/bin/"
start_watch --backlog-limit 8192

# program NAME WAY [PROFILE]: that runs with CAP_SYS_ADMIN, with which the fallback allows clone3.
program() {
  web_bundle "$1" /bin/ways_to_call "$2"
  jq --slurpfile profile "${3:-/dev/null}" '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])
    | if $profile == [] then . else .linux.seccomp = $profile[0] end' "$NODE/$1/config.json" >"$NODE/$1/.new" &&
    mv "$NODE/$1/.new" "$NODE/$1/config.json"
}
# values NAME CALL [ARCH]: "value count …" of its first argument.
values() {
  record "$1" "[.containers[].arguments[]? | select(.arch == ${3:-$NATIVE} and .number == $2 and .index == 0)
    | .values[] | \"\(.value) \(.count)\"] | join(\" \")"
}
are_values() { [ "$(values "$1" "$3" "${4:-}")" = "$2" ]; }
recorded() { # NAME WAY
  "$BULKHEAD" record start "$1" --container web >"$NODE/started" 2>&1
  program "$1" "$2"
  run_container "$RUNTIME" "$1" "$NODE/$1"
}
profile() { "$BULKHEAD" record profile "$1" --arguments -o "$NODE/$1.json" 2>"$NODE/$1.notes"; }
runs() { run_container "$RUNTIME" "$1" "$NODE/$1" || { cat "$NODE/out"; return 1; }; }
fails() { ! "$@"; }
counts_by_event() { grep -q hist: "$TRACING/instances/bulkhead/events/syscalls/sys_enter_$1/trigger"; }  # CALL
probes() { grep bulkhead/ "$TRACING/kprobe_events"; }
declare -r CLONE3=435 SOCKET_32=359

check "a program starts children by clone3" recorded flags clone3
same "the kernel counts" histogram "$(record flags '.containers[0].how')"
same "by two of its functions, too" 2 "$(probes | grep -vc __x64_sys_)"
same "and the arguments of seven calls where these enter it" 7 "$(probes | grep -c __x64_sys_)"
check "not by an event that every call of the node pays for" fails counts_by_event prctl
check "the flags are in the record, though they lie in memory" eventually 20 are_values flags "1536 3" $CLONE3
"$BULKHEAD" record stop flags
profile flags
contains "a profile of them is one of clone, which C libraries use instead" "clone3 is answered with ENOSYS" "$(cat "$NODE/flags.notes")"
program same-flags clone3 "$NODE/flags.json"
check "under it the same program works" runs same-flags
program other-flags host "$NODE/flags.json"
check "and one with other flags does not" fails runs other-flags

check "a program makes sockets by the 32-bit entry and by the native one" recorded families sockets
check "the families of its 32-bit ones are in the record" eventually 20 are_values families "1 2 2 1" $SOCKET_32 "$COMPAT"
same "and the native one's by themselves" "1 1" "$(values families 41)"
"$BULKHEAD" record stop families
profile families
check "a profile of them has conditions for both" fails grep -q "socket keeps all" "$NODE/families.notes"
program same-families sockets "$NODE/families.json"
check "under it the same program works" runs same-families
check "when nothing is recorded any more the probes are gone" fails probes

mount --bind /dev/null $TRACING/kprobe_events
check "a program is recorded where the kernel takes no probes" recorded unseen clone3
contains "which is told when the record begins" "CONFIG_KPROBE_EVENTS" "$(cat "$NODE/started")"
check "its calls are counted" eventually 20 counts_calls unseen $CLONE3 3
check "and the arguments of native ones by the kernel's own events" counts_by_event prctl
"$BULKHEAD" record stop unseen
umount $TRACING/kprobe_events
profile unseen
contains "and the profile says which call it leaves whole" "clone3 keeps all its flags: not every one was seen" "$(cat "$NODE/unseen.notes")"
finish
