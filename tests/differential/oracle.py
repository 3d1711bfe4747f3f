"""What no program may hold, by policy. No document and no command line of a case is read for it: the policies
demand enough for the kernel's answers alone to show a hole.
"""

# Position of each capability in the sets of /proc/PID/status.
DROPPED = {"CAP_NET_RAW": 13, "CAP_SYS_PTRACE": 19, "CAP_SYS_ADMIN": 21}

CONFINED = {"seccomp": {"unset": "runtime-default", "floor": "runtime-default"},
            "process": {"no_new_privileges": "set", "drop_capabilities": list(DROPPED)}}
POLICIES = {
    "built-in": {},
    "confined": {**CONFINED, "process": {**CONFINED["process"], "read_only_rootfs": "set"}},
    "user": {**CONFINED, "process": {**CONFINED["process"], "run_as_non_root": "require"}},
}
SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def capabilities(holds):
    return {name: int(holds[name], 16) for name in SETS}


def more_than_allowed(policy, holds, init=None):
    """Names of what the program holds and may not; init is the lines of the container's init at an exec."""
    found = []
    if holds["Seccomp"].strip() != "2":
        found.append("no filter")
    if init and any(value & ~int(init["CapBnd"], 16) for value in capabilities(holds).values()):
        found.append("a capability beyond the container's")
    if policy == "built-in":
        return found
    if holds["unshare"] == 0:
        found.append("a filter weaker than the floor")
    if holds["NoNewPrivs"].strip() != "1":
        found.append("no no_new_privs")
    found += [f"{name} in {one}" for name, bit in DROPPED.items()
              for one, value in capabilities(holds).items() if value >> bit & 1]
    if policy == "user" and "0" in holds["Uid"].split():
        found.append("user 0")
    if policy == "confined" and not holds["read_only_root"]:
        found.append("a writable root")
    return found


def failures(case, run, init=None):
    """What is wrong with this run of the case, as a list of names; empty where all is well."""
    if run.hung:
        return ["it hangs"]
    if run.crashed:
        return ["Bulkhead crashed"]
    found = [name for holds in run.holds for name in more_than_allowed(case["policy"], holds, init)]
    if run.holds and run.told == "refused":
        found.append("it ran although it was refused")
    return sorted(set(found))
