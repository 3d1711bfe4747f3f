#!/bin/bash
# A table of the kernel's that fills while calls are counted is emptied, and nothing is lost by that.
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
soon() { eventually 60 "$@"; }

"$BULKHEAD" record start values --container web >/dev/null
web_bundle values /bin/ways_to_call values
check "a container with more values than half a table holds does its work" run_container "$RUNTIME" values "$NODE/values"
soon ended values 1
same "the table was emptied meanwhile, and every call before and behind that is counted" 4000 "$(calls values 16)"
same "which the values add up to as far as a record holds them" true \
  "$(record values '[.containers[].arguments[] | select(.number == 16)] | all(.more == true)')"
same "with no loss" '[]' "$(losses values)"
check "what was taken out of it is kept" test -s /run/bulkhead/record/.counted.json
"$BULKHEAD" record stop values

finish
