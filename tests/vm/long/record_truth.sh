#!/bin/bash
# More programs whose calls are held against a tracer than there is time for in make check.
MORE_PROGRAMS=yes exec bash "$(dirname "${BASH_SOURCE[0]}")/../with_apparmor/record.sh" "$@"
