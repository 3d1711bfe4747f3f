"""Makes seccomp profiles of the shapes that people publish, from a seed.

A profile begins as one of BASES: the engines' default profile in their dialect and as engines expand it, lists as
recorders write them, lists of what is denied, profiles that only log, strict ones that trap or kill. Then some of PARTS
change it in one way each that published profiles have: masks, errnos, architectures, conditions, hundreds of rules,
names of younger kernels, flags, a listener. To add one, write a function and list it.
"""

import copy

EPERM, ENOSYS, EACCES = 1, 38, 13
ALLOW, ERRNO = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
X86 = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
# What the asking program calls, so that a rule for it shows in the answers (asks.c).
ASKED = ["getppid", "socket", "personality", "unshare", "ptrace", "mount", "bpf", "keyctl", "openat", "ioctl", "prctl",
         "fchmodat", "io_uring_setup", "userfaultfd", "perf_event_open", "kexec_load", "swapon", "init_module", "setns",
         "process_vm_readv", "kcmp", "quotactl", "clock_settime", "sethostname", "chroot", "mseal"]
DENIED = ["acct", "add_key", "bpf", "clock_settime", "init_module", "io_uring_setup", "kcmp", "kexec_load", "keyctl",
          "mount", "move_pages", "name_to_handle_at", "open_by_handle_at", "perf_event_open", "personality",
          "pivot_root", "process_vm_readv", "ptrace", "quotactl", "reboot", "setns", "swapon", "umount2", "unshare",
          "userfaultfd"]
UNKNOWN = ["mseal", "statmount", "listmount", "lsm_get_self_attr", "setxattrat", "file_getattr", "uretprobe",
           "security", "_llseek", "newcall", "vserver", "open_tree_attr"]
NAMESPACES = 0x7e020000


def allowed_names(default):
    """Everything that the default profile allows whatever the container is given."""
    return [name for rule in default["syscalls"] if rule["action"] == ALLOW
            and not {"args", "includes", "excludes"} & set(rule) for name in rule["names"]]


def rule(names, action=ALLOW, args=(), errno=None):
    made = {"names": list(names), "action": action}
    if args:
        made["args"] = list(args)
    if errno is not None:
        made["errnoRet"] = errno
    return made


def condition(index, value, op="SCMP_CMP_EQ", two=0):
    return {"index": index, "value": value, "valueTwo": two, "op": op}


# ---- where a profile begins ----------------------------------------------------------------------------------

def engine_dialect(_, default):
    return copy.deepcopy(default)


def engine_expanded(_, default):
    rules = [{key: one[key] for key in ("names", "action", "args", "errnoRet") if key in one}
             for one in default["syscalls"] if "caps" not in one.get("includes", {})]
    return {"defaultAction": ERRNO, "defaultErrnoRet": EPERM, "architectures": X86, "syscalls": copy.deepcopy(rules)}


def recorded(rng, default):
    """As recorders write it: one rule of sorted names, what the program was not seen to call left out."""
    names = [name for name in allowed_names(default) if rng.random() < 0.97]
    return {"defaultAction": ERRNO, "architectures": rng.choice([X86, X86[:1], X86[:2]]),
            "syscalls": [rule(sorted(names))]}


def one_rule_each(rng, default):
    names = allowed_names(default)
    return {"defaultAction": ERRNO, "architectures": X86, "syscalls": [rule([name]) for name in names]}


def deny_list(rng, _):
    return {"defaultAction": ALLOW, "architectures": rng.choice([X86, X86[:1]]),
            "syscalls": [rule(rng.sample(DENIED, rng.randint(1, len(DENIED))), ERRNO)]}


def audit_all(rng, _):
    return {"defaultAction": "SCMP_ACT_LOG"}


def complain(rng, default):
    return {"defaultAction": "SCMP_ACT_LOG", "architectures": X86, "syscalls": [rule(allowed_names(default))]}


def strict(rng, default):
    action = rng.choice(["SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP",
                         "SCMP_ACT_TRACE"])
    return {"defaultAction": action, "architectures": X86, "syscalls": [rule(allowed_names(default) + ASKED[:9])]}


def tiny(rng, _):
    return rng.choice([{"defaultAction": ERRNO}, {"defaultAction": "SCMP_ACT_KILL"}, {"defaultAction": ALLOW},
                       {"defaultAction": ALLOW, "syscalls": [rule(["mkdir", "chmod"], ERRNO)]}])


BASES = [engine_dialect, engine_expanded, recorded, recorded, one_rule_each, deny_list, deny_list, audit_all, complain,
         strict, tiny]


# ---- what else profiles have ---------------------------------------------------------------------------------

def rules_of(profile):
    return profile.setdefault("syscalls", [])


def forget(profile, names):
    for one in rules_of(profile):
        one["names"] = [name for name in one["names"] if name not in names]
    profile["syscalls"] = [one for one in rules_of(profile) if one["names"]]


def other_action(rng, profile):
    """An action that is not the default one, allowing more often than not."""
    default = profile["defaultAction"]
    return rng.choice([one for one in [ALLOW, ALLOW, ERRNO, "SCMP_ACT_LOG", "SCMP_ACT_TRAP"] if one != default])


def namespace_mask(rng, profile, _):
    forget(profile, ["clone", "unshare"])
    rules_of(profile).append(rule(["clone", "unshare"], ALLOW, [condition(0, NAMESPACES, "SCMP_CMP_MASKED_EQ", 0)]))


def personalities(rng, profile, _):
    forget(profile, ["personality"])
    for value in rng.sample([0, 8, 0x20000, 0x20008, 0xffffffff, 0xffffffffffffffff], 4):
        rules_of(profile).append(rule(["personality"], ALLOW, [condition(0, value)]))


def families(rng, profile, _):
    """Sockets by family, as ranges, single values or under a mask."""
    forget(profile, ["socket"])
    ways = [[[condition(0, 38, "SCMP_CMP_LT")], [condition(0, 39)], [condition(0, 40, "SCMP_CMP_GT")]],
            [[condition(0, family)] for family in (1, 2, 10, 16)],
            [[condition(0, 40, "SCMP_CMP_NE")]],
            [[condition(0, 16), condition(2, 9, "SCMP_CMP_NE")], [condition(0, 2)]],
            [[condition(0, 0xfffffff8, "SCMP_CMP_MASKED_EQ", 0)]]]
    for args in rng.choice(ways):
        rules_of(profile).append(rule(["socket"], ALLOW, args))


def errnos(rng, profile, _):
    names = rng.sample(ASKED[1:], 3)
    forget(profile, names)
    for name in names:
        rules_of(profile).append(rule([name], ERRNO, errno=rng.choice([EPERM, ENOSYS, EACCES, 22, 97, 4095])))


def default_errno(rng, profile, _):
    profile["defaultErrnoRet"] = rng.choice([EPERM, ENOSYS, EACCES])


def other_actions(rng, profile, _):
    names = rng.sample(ASKED, 4)
    forget(profile, names)
    for name in names:
        rules_of(profile).append(rule([name], rng.choice(["SCMP_ACT_LOG", "SCMP_ACT_TRAP", "SCMP_ACT_KILL",
                                                          "SCMP_ACT_TRACE", "SCMP_ACT_KILL_PROCESS", ALLOW, ERRNO])))


def architectures(rng, profile, _):
    profile.pop("archMap", None)
    profile["architectures"] = rng.choice([
        [], X86[:1], X86[:2], X86[1:], ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"], X86 + ["SCMP_ARCH_AARCH64"],
        X86 + ["SCMP_ARCH_RISCV64", "SCMP_ARCH_S390X", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_MIPS64"]])


def unknown_names(rng, profile, _):
    rules_of(profile).append(rule(rng.sample(UNKNOWN, rng.randint(2, 8)) + ["getpid"], other_action(rng, profile)))


def only_unknown_names(rng, profile, _):
    rules_of(profile).append(rule(rng.sample(UNKNOWN[9:], 1), other_action(rng, profile)))


def many_conditions(rng, profile, _):
    """Dozens of rules for one call, with a condition each."""
    name, arguments = rng.choice([("openat", (2, 3)), ("ioctl", (1,)), ("socket", (0, 1, 2)), ("prctl", (0, 1, 2, 3))])
    operators = rng.choice([["SCMP_CMP_EQ"], ["SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ"],
                            ["SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_LT", "SCMP_CMP_NE"]])
    forget(profile, [name])
    action = other_action(rng, profile)
    for _ in range(rng.choice([8, 20, 60, 90])):
        value = rng.choice([rng.randrange(64), 1 << rng.randrange(22), rng.randrange(1 << 16)])
        op = rng.choice(operators)
        two = value & rng.randrange(1 << 22) if op == "SCMP_CMP_MASKED_EQ" else 0
        rules_of(profile).append(rule([name], action, [condition(rng.choice(arguments), value, op, two)]))


def conditions_together(rng, profile, _):
    """Rules with several conditions, each on another argument."""
    name = rng.choice(["prctl", "process_vm_readv", "mount"])
    forget(profile, [name])
    action = other_action(rng, profile)
    for _ in range(rng.choice([1, 5, 30])):
        rules_of(profile).append(rule([name], action, [condition(index, rng.randrange(8))
                                                       for index in rng.sample(range(5), rng.randint(2, 5))]))


def conditions_on_one_argument(rng, profile, _):
    forget(profile, ["socket"])
    rules_of(profile).append(rule(["socket"], other_action(rng, profile),
                                  [condition(0, 1, "SCMP_CMP_GE"), condition(0, 16, "SCMP_CMP_LE")]))


def hundreds_of_rules(rng, profile, default):
    action = profile["defaultAction"]
    for name in rng.sample(allowed_names(default), 250):
        rules_of(profile).append(rule([name], ALLOW if action != ALLOW else "SCMP_ACT_LOG"))


def repeated_rules(rng, profile, _):
    for one in rng.sample(rules_of(profile), min(3, len(rules_of(profile)))):
        rules_of(profile).append(copy.deepcopy(one))


def flags(rng, profile, _):
    profile["flags"] = rng.choice([[], ["SECCOMP_FILTER_FLAG_LOG"], ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
                                   ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
                                   ["SECCOMP_FILTER_FLAG_TSYNC"]])


def listener(rng, profile, _):
    profile["listenerPath"] = "/run/no-such-listener.sock"
    if rng.random() < 0.5:
        rules_of(profile).append(rule(["kexec_load"], "SCMP_ACT_NOTIFY"))


def notify_nobody(rng, profile, _):
    forget(profile, ["kexec_load"])
    rules_of(profile).append(rule(["kexec_load"], "SCMP_ACT_NOTIFY"))


def engine_members(rng, profile, _):
    for one in rng.sample(rules_of(profile), min(5, len(rules_of(profile)))):
        one["comment"] = "of the engine's dialect"
        one[rng.choice(["includes", "excludes"])] = rng.choice([{"caps": ["CAP_SYS_ADMIN"]}, {"arches": ["s390x"]},
                                                                {"minKernel": "4.8"}, {}])


def forgotten_calls(rng, profile, _):
    """What a list lacks because nobody saw the program call it."""
    forget(profile, rng.sample(["brk", "mprotect", "arch_prctl", "prlimit64", "getrandom", "rseq", "set_robust_list",
                                "readlink", "capset", "setgroups", "futex", "close", "write", "execve"], 2))


PARTS = [namespace_mask, personalities, families, errnos, default_errno, other_actions, architectures, unknown_names,
         only_unknown_names, many_conditions, many_conditions, conditions_together, conditions_on_one_argument,
         hundreds_of_rules, repeated_rules, flags, listener, notify_nobody, engine_members, forgotten_calls]


def make_profile(rng, default):
    """A profile and the names of what it was made of."""
    base = rng.choice(BASES)
    profile = base(rng, default)
    parts = rng.sample(PARTS, rng.choice([0, 1, 1, 2, 2, 3]))
    for part in parts:
        part(rng, profile, default)
    return profile, [base.__name__] + [part.__name__ for part in parts]
