#!/bin/bash
# Runs suites inside the test node and prints the sum of their results; the words are scripts.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
export BUILD=$PWD/build LOGS=/run/test-logs
suites=()
for script in "$@"; do suites+=("$(basename "$script" .sh)=$script"); done
exec tests/run.sh "${suites[@]}"
