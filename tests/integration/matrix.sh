#!/usr/bin/env bash
# Each engine's and runtime's oldest and newest version, in its own user land: a part of `make check-matrix`.
exec "$(dirname "${BASH_SOURCE[0]}")/../matrix/check.sh" --third
