#!/bin/bash
# What the kernel says of this very process, and what a new namespace and clone3 get.
set -eu
grep '^Seccomp:' /proc/self/status
python3 - <<'END'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, NR_clone3 = 0x20000, 435
print("unshare", libc.unshare(CLONE_NEWNS), os.strerror(ctypes.get_errno()))
print("clone3", libc.syscall(NR_clone3, 0, 0), os.strerror(ctypes.get_errno()))
END
echo "answer: 42"
