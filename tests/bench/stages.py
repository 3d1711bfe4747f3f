#!/usr/bin/env python3
"""Sums the samples of `perf script -F comm,ip,sym` by what our programs did: one row for each program and stage.

    stages.py STARTS SAMPLES_A_SECOND SAMPLES FAULTS
"""
import collections
import re
import sys

OURS = ("bulkhead-shim", "bulkhead-hook", "bulkhead-gate")
# What the C library finds out about the CPU before main; in a virtual machine each question is an exit.
START_UP = ("handle_amd", "handle_intel", "get_common_indices", "get_extended_indices", "update_active",
            "__libc_start_main", "_dl_", "__tunable", "init_cacheinfo", "_start", "__libc_init")
STAGES = {
    "__x64_sys_execve": "kernel: execve", "__x64_sys_clone": "kernel: clone", "__x64_sys_exit_group": "kernel: exit",
    "__x64_sys_ptrace": "kernel: ptrace", "wait": "kernel: wait for stops", "fsync": "kernel: fsync",
    "open": "kernel: open, stat, read, close", "stat": "kernel: open, stat, read, close",
    "read": "kernel: open, stat, read, close", "close": "kernel: open, stat, read, close",
    "write": "kernel: write, rename, unlink", "rename": "kernel: write, rename, unlink",
    "unlink": "kernel: write, rename, unlink", "mmap": "kernel: memory", "mprotect": "kernel: memory", "brk": "kernel: memory",
}


def samples(path):
    """(comm, [symbol, from the innermost]) for each sample."""
    comm, frames = None, []
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if not line.strip():
                if comm:
                    yield comm, frames
                comm, frames = None, []
            elif not line[0].isspace():
                comm = line.strip()
            elif len(line.split()) > 1:
                frames.append(line.split(None, 1)[1].strip())
    if comm:
        yield comm, frames


def stage_of(frames):
    calls = [f for f in frames if f.startswith(("__x64_sys_", "__do_sys_", "ksys_", "do_sys_"))]
    if any("asm_exc_page_fault" in f for f in frames):
        return "kernel: page faults"
    for call in calls:
        for part, stage in STAGES.items():
            if part in call:
                return stage
    if calls or any("do_syscall_64" in f for f in frames):
        return "kernel: other calls"
    user = next((f for f in frames), "")
    if user.startswith(START_UP):
        return "C library: before main"
    room = re.search(r"bulkhead::([a-z_]+)::", user)
    if room:
        return f"{room.group(1).replace('_', '-') if room.group(1) == 'oci_config' else room.group(1)}/"
    if "rapidjson" in user:
        return "oci-config/"
    return "libraries: memory, strings, numbers"


def sums(path):
    counted = collections.Counter()
    for comm, frames in samples(path):
        if comm in OURS:
            counted[comm, stage_of(frames)] += 1
    return counted


def main():
    starts, rate = int(sys.argv[1]), int(sys.argv[2])
    time, faults = sums(sys.argv[3]), sums(sys.argv[4])
    print(f"{'program':<15} {'stage':<38} {'us a start':>10} {'faults':>7}")
    for comm in OURS:
        stages = {s for c, s in list(time) + list(faults) if c == comm}
        total = sum(n for (c, _), n in time.items() if c == comm)
        for stage in sorted(stages, key=lambda s: -time[comm, s]):
            print(f"{comm:<15} {stage:<38} {time[comm, stage] * 1e6 / rate / starts:>10.0f}"
                  f" {faults[comm, stage] / starts:>7.1f}")
        if stages:
            print(f"{comm:<15} {'all':<38} {total * 1e6 / rate / starts:>10.0f}"
                  f" {sum(n for (c, _), n in faults.items() if c == comm) / starts:>7.1f}")


main()
