#!/bin/bash
# A checkpoint and a restore behind each door, as without Bulkhead: a row of tests/integration/transparency.sh that
# needs a kernel on which CRIU works.
if ! why=$(criu check 2>&1); then
  echo "not ok - CRIU works on this kernel"
  printf '%s\n' "$why" "0 passed, 1 failed, 0 skipped"
  exit 1
fi
exec "$(dirname "${BASH_SOURCE[0]}")/../../integration/transparency.sh" runc checkpoint_and_restore
