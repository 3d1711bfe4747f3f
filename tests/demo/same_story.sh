#!/usr/bin/env bash
# The demo as a test: every line of it holds, and it reads as tests/demo/story.txt does, on every machine and every
# architecture. Only the versions in its first line are this machine's. RECORD=1 writes that file.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
STORY=tests/demo/story.txt PASSED=0 FAILED=0
result() { # name, whether it is so
  if [ "$2" = 0 ]; then PASSED=$((PASSED + 1)) && echo "ok - $1"
  else FAILED=$((FAILED + 1)) && echo "not ok - $1"; fi
}

STATUS=0
TOLD=$(tests/demo/demo.sh 2>&1) || STATUS=$?
printf '%s\n' "$TOLD"
result "every line of the demo holds" "$STATUS"
TOLD=$(sed '1s/on runc version [^ ]*, kernel .*/on runc version …, kernel …/' <<<"$TOLD")
[ -z "${RECORD:-}" ] || printf '%s\n' "$TOLD" >"$STORY"
if command -v runc >/dev/null && command -v crun >/dev/null; then
  diff "$STORY" - <<<"$TOLD" | sed 's/^/#   /'
  result "it reads as everywhere" "$((PIPESTATUS[0]))"
fi
echo "$PASSED passed, $FAILED failed, 0 skipped"
[ "$FAILED" = 0 ]
