#!/bin/bash
# The code keeps to the table of the rooms (tests/rooms/rooms.txt), and the check sees each kind of fault.
set -euo pipefail
cd "$(dirname "$0")/rooms"
export PYTHONDONTWRITEBYTECODE=1
python3 check.py
python3 test_check.py
