#!/bin/bash
# The gate where the processor is another one: the rows of tests/integration/gate.sh in which registers, instructions and
# calls made in a container's name come in. The others are the kernel's, and take minutes under emulation.
export GATE_TESTS="first_instruction gate_killed_at_exec late_start unseen user_namespace every_capability program_of_32_bits"
exec "$(dirname "${BASH_SOURCE[0]}")/../../integration/gate.sh"
