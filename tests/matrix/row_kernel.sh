#!/usr/bin/env bash
# A row of the matrix, inside a virtual machine: a kernel with the AppArmor of its suite. What every runtime's row asks, of
# crun, and whether a container is held by its filter and by AppArmor.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
export BUILD=$PWD/build
LOG=/run/row.log

{
  tests/matrix/row_runtime.sh crun
  tests/vm/with_apparmor/both_halves.sh | sed -E 's/^((not )?ok - )/\1apparmor: /'
} >"$LOG" 2>&1 </dev/null
grep -avE '^[0-9]+ passed, ' "$LOG"
echo "$(grep -ac '^ok - ' "$LOG") passed, $(grep -ac '^not ok - ' "$LOG") failed, 0 skipped"
