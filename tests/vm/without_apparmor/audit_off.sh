#!/bin/bash
# A kernel with audit=0 on its command line: it records no denial, and both who would read it and who
# asks are told so, with what to do.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
watching_node "$@"

contains "this node was booted with auditing off" " audit=0" " $(cat /proc/cmdline)"
status=0
"$BUILD/bulkhead" watch >"$NODE/out" 2>&1 </dev/null || status=$?
contains "watch says that there is nothing to watch" "auditing is disabled at boot (audit=0" "$(cat "$NODE/out")"
contains "and what to do" "take audit=0 out of the boot loader's configuration" "$(cat "$NODE/out")"
same "its exit code is that of the kernel's refusals" 7 "$status"
"$BUILD/bulkhead" status --json >"$NODE/out" 2>&1 </dev/null
contains "status says it as well" "auditing is disabled at boot (audit=0" \
  "$(jq -r '.state[] | select(.what == "audit") | .detail' "$NODE/out")"
contains "in its table, too" "auditing is disabled" "$("$BUILD/bulkhead" status | tr -s ' \n' ' ')"
finish
