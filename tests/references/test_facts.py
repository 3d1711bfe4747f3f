#!/usr/bin/env python3
"""Reading the defaults of the field: what is known is read whole, and what is not known is an error."""
import json
import sys
from pathlib import Path

import containerd_default
import facts

DATA = Path(__file__).resolve().parent / "../data/references"
ARCHES = """
func arches() []specs.Arch {
	switch runtime.GOARCH {
	case "amd64":
		return []specs.Arch{specs.ArchX86_64, specs.ArchX86}
	default:
		return []specs.Arch{}
	}
}
"""
PROFILE = """
func DefaultProfile(sp *specs.Spec) *specs.LinuxSeccomp {
	nosys := uint(unix.ENOSYS)
	syscalls := []specs.LinuxSyscall{
		{
			Names: []string{
				"read", // a comment
				"accept",
			},
			Action: specs.ActAllow,
			Args:   []specs.LinuxSeccompArg{},
		},
		{
			Names:  []string{"socket"},
			Action: specs.ActAllow,
			Args:   []specs.LinuxSeccompArg{{Index: 0, Value: unix.AF_ALG + 1, Op: specs.OpEqualTo}},
		},
	}
	s := &specs.LinuxSeccomp{
		DefaultAction: specs.ActErrno,
		Architectures: arches(),
		Syscalls:      syscalls,
	}
	if ok, err := kernelversion.GreaterEqualThan(
		kernelversion.KernelVersion{Kernel: 4, Major: 8}); err == nil {
		if ok {
			s.Syscalls = append(s.Syscalls, specs.LinuxSyscall{Names: []string{"ptrace"}, Action: specs.ActAllow})
		}
	}
	admin := false
	for _, c := range sp.Process.Capabilities.Bounding {
		switch c {
		case "CAP_SYS_ADMIN":
			admin = true
			s.Syscalls = append(s.Syscalls, specs.LinuxSyscall{Names: []string{"clone3"}, Action: specs.ActAllow})
		}
	}
	if !admin {
		switch runtime.GOARCH {
		case "s390", "386":
			s.Syscalls = append(s.Syscalls, specs.LinuxSyscall{Names: []string{"clone"}, Action: specs.ActAllow})
		default:
			s.Syscalls = append(s.Syscalls, specs.LinuxSyscall{Names: []string{"clone3"}, Action: specs.ActErrno, ErrnoRet: &nosys})
		}
	}
	return s
}
"""
READ = sorted([
    "accept: ALLOW", "architecture", "clone: ALLOW, with arches s390 x86, without caps CAP_SYS_ADMIN",
    "clone3: ALLOW, with caps CAP_SYS_ADMIN", "clone3: ERRNO 38, without arches s390 x86, without caps CAP_SYS_ADMIN",
    "default SCMP_ACT_ERRNO 1", "ptrace: ALLOW, with minKernel 4.8", "read: ALLOW", "socket: ALLOW, when arg0 EQ 39",
])
NOT_KNOWN = {  # what a newer containerd could have instead
    "another constant": ("unix.AF_ALG + 1", "unix.AF_XDP"),
    "another operator": ("specs.OpEqualTo", "specs.OpSomething"),
    "another action": ("Action: specs.ActErrno, ErrnoRet", "Action: specs.ActNotify, ErrnoRet"),
    "another condition": ("if !admin {", "if rootless {"),
    "another member": ("Names:  []string", "Comment: \"\", Names:  []string"),
    "another statement": ("admin := false", "sort(syscalls)"),
    "admin by another capability": ('case "CAP_SYS_ADMIN"', 'case "CAP_BPF"'),
}


def read(profile):
    return facts.facts_of(containerd_default.read(ARCHES + profile), "", "", "", "")


def short(statement):
    return "architecture" if statement.startswith("architecture") else statement


def is_refused(profile):
    try:
        read(profile)
    except containerd_default.Unknown:
        return True
    return False


def unknown_member_is_refused():
    try:
        facts.bare_rule({"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"seccompFlags": []}})
    except SystemExit:
        return True
    return False


def files_are_as_written():
    return all(facts.text_of(json.loads(path.read_text())) == path.read_text() for path in DATA.glob("*.json"))


def main():
    checks = {
        "a Go function is read with its conditions": sorted(map(short, facts.statements(read(PROFILE)))) == READ,
        "a member of a rule that is not known is an error": unknown_member_is_refused(),
        "every file is what the facts in it are written as": files_are_as_written(),
    }
    for what, (old, new) in NOT_KNOWN.items():
        checks[f"{what} in the Go function is an error"] = old in PROFILE and is_refused(PROFILE.replace(old, new))
    failed = [name for name, good in checks.items() if not good]
    for name in checks:
        print("FAIL" if name in failed else "ok", name)
    print(f"{len(checks) - len(failed)} passed, {len(failed)} failed, 0 skipped")
    sys.exit(1 if failed else 0)


main()
