#!/bin/bash
# Runs suites inside the test node and prints the sum of their results; the words are scripts.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
export BUILD=$PWD/build LOGS=/run/test-logs
# A start by runc, a Go program, takes long under emulation; with_apparmor/outcomes.sh has both runtimes.
export CONFINEMENT_RUNTIMES=crun
export RESTORE_SHORT=1
suites=()
for script in "$@"; do suites+=("$(basename "$script" .sh)=$script"); done
exec tests/run.sh "${suites[@]}"
