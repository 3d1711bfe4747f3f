#!/bin/bash
# The code keeps to the table of the rooms (tests/rooms/rooms.txt), and the check sees each kind of fault.
set -euo pipefail
cd "$(dirname "$0")/rooms"
python3 -B check.py
python3 -B test_check.py
