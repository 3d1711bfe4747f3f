#!/bin/bash
# `bulkhead watch` under a storm: one container floods while another is denied once a second; and what
# is lost when the watcher does not come to read is told.
#
# Environment: FULL=1 floods for 20 s instead of 10.
# shellcheck disable=SC2119,SC2317  # options are for some; functions that trap and eventually call
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/tests/integration/helpers/denials.sh"
denials_node "$@"
LENGTH=10
[ -z "${FULL:-}" ] || LENGTH=20

# ---- what this machine delivers ------------------------------------------------------------------------

# delivered_rate: how many records a second reach a reader that only counts them, out of a flood as fast as
# the machine makes one. Beyond that the kernel drops records, whoever reads.
delivered_rate() {
  local reader
  "$(helper audit_reader)" $((16 << 20)) >"$NODE/reader.out" &
  reader=$!
  OTHERS+=("$reader")
  eventually 10 grep -q listening "$NODE/reader.out"
  make_bundle "$NODE/measure" "$(args /bin/denied_caller storm 2)" "$(denying SCMP_ACT_ERRNO getppid)"
  run_container $RUNTIME "den-measure-$$" "$NODE/measure"
  kill "$reader"
  wait "$reader"
  echo $(($(tail -n 1 "$NODE/reader.out") / 2))
}
delivered_rate >"$NODE/delivered"  # in this shell, which owns the reader
DELIVERED=$(<"$NODE/delivered")
check "a reader that only counts is delivered records" test "$DELIVERED" -gt 0
# What the watcher shall keep up with (`make bench`, denials-rate), and less on a machine that delivers less.
FLOOD=$((DELIVERED / 4 < 50000 ? DELIVERED / 4 : 50000))

# ---- a flood beside a trickle --------------------------------------------------------------------------

start_watch --backlog-limit 16384
CALLS=$((LENGTH + 2))
make_bundle "$NODE/calm" "$(args /bin/denied_caller rate 1 $CALLS)" "$(denying SCMP_ACT_ERRNO getppid)"
make_bundle "$NODE/storm" "$(args /bin/denied_caller storm $LENGTH $FLOOD)" "$(denying SCMP_ACT_ERRNO getppid)"
in_view $RUNTIME "$(link_shim $RUNTIME)" run --bundle "$NODE/calm" "den-calm-$$" </dev/null >"$NODE/calm.out" 2>&1 &
CALM=$!
eventually 10 lines ".id == \"den-calm-$$\""
run_container $RUNTIME "den-storm-$$" "$NODE/storm"
STORMED=$(tail -n 1 "$NODE/out")
wait "$CALM"
eventually 5 counts_to "$STORMED" ".id == \"den-storm-$$\""
sleep 1.2  # an interval, after which losses are told
state .watch.state >"$NODE/state"
echo "# a reader that only counts gets $DELIVERED records a second"
echo "# $STORMED denials in $LENGTH s, $((STORMED / LENGTH)) a second; behind by at most $(jq .longest_lag_ms "$NODE/state") ms"
same "a container that is denied once a second beside a flood loses nothing" $CALLS \
  "$(counted ".id == \"den-calm-$$\"")"
check "the flood is told in few lines" \
  test "$(lines ".id == \"den-storm-$$\"" | wc -l)" -le $((2 * LENGTH + 5))
same "and each denial of it is counted" "$STORMED" "$(counted ".id == \"den-storm-$$\"")"
stop_watch

# ---- what is lost is told ------------------------------------------------------------------------------

# A watcher that does not come to read: the receive buffer overflows, and serials are missing as soon as
# one arrives again.
start_watch
UNREAD=100000  # some four times what the buffer holds
make_bundle "$NODE/unread" "$(args /bin/denied_caller getppid $UNREAD)" "$(denying SCMP_ACT_ERRNO getppid)"
kill -STOP "$WATCHER"
run_container $RUNTIME "den-unread-$$" "$NODE/unread"
kill -CONT "$WATCHER"
eventually 10 lines ".id == \"den-unread-$$\""
make_bundle "$NODE/after" "$(args /bin/denied_caller call)" "$(denying SCMP_ACT_ERRNO getppid)"
# The kernel may still be at the end of the flood, and drop this one, too.
for try in 1 2 3; do
  run_container $RUNTIME "den-after-$$-$try" "$NODE/after"
  ! eventually 5 lines ".id == \"den-after-$$-$try\"" || break
done
overflowed() { [ "$(state .watch.state.losses.receive_overflows)" -gt 0 ]; }
check "a receive buffer that overflowed is told by status" eventually 10 overflowed
stop_watch  # which settles what never arrived
SEEN=$(counted ".id == \"den-unread-$$\"")
MISSING=$(state .watch.state.losses.missing_serials)
same "and so is every one of the $UNREAD that never arrived" $((UNREAD + try - 1)) $((SEEN + MISSING))
contains "status says in words what was not seen" "audit events that never arrived" \
  "$("$BULKHEAD" status | tr -s ' \n' ' ')"
contains "denials says it too" "Not seen: since" "$("$BULKHEAD" denials)"
finish
