#!/bin/bash
# The outcomes where the processor is another one: nothing that decides them is of an architecture, and a start by runc, a Go
# program, takes seconds under emulation. So runc has one way, the one in which both programs are met; crun has them all.
export OUTCOMES_OF_RUNC=both
exec "$(dirname "${BASH_SOURCE[0]}")/../with_apparmor/outcomes.sh"
