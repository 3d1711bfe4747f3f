#!/bin/bash
# The table of what a start needs, where the processor is another one. A start takes seconds there.
export BRIEF=1
exec "$(dirname "${BASH_SOURCE[0]}")/../../integration/startup.sh"
