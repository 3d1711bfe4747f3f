#!/bin/bash
# Runs one command as one test and prints the count line that tests/run.sh reads.
set -uo pipefail
if "$@"; then
  echo "1 passed, 0 failed, 0 skipped"
else
  status=$?
  echo "0 passed, 1 failed, 0 skipped"
  exit "$status"
fi
