#!/usr/bin/env python3
"""Prints policy/syscalls/syscalls.tbl: names, first kernel, numbers by architecture.

usage: make_table.py SYSCALLS_2 VERSION=UAPI …

SYSCALLS_2 is the manual page syscalls(2), whose table tells in which kernel a call came. VERSION=UAPI is a
version of Linux and a directory of its linux-libc-dev, oldest first: the newest one (usr/lib/linux/uapi)
has the names and numbers, the others bound the first kernel of what the page does not tell. Those are
asked for x86's calls alone: older packages hold the headers of one architecture.
"""
import re
import sys
from pathlib import Path

X32_BIT = 0x40000000
ARM_PRIVATE = 0x0F0000  # __ARM_NR_BASE
NOT_CALLS = {"BASE", "Linux", "OABI_SYSCALL_BASE", "SYSCALL_BASE", "SYSCALL_MASK", "multiplexer", "syscalls"}
NOT_CALL = re.compile(r"(reserved|unused)\d+")
# Of these the names alone are known: profiles that are written for every machine hold them.
WITHOUT_COLUMN = ["loongarch", "mips", "powerpc", "riscv", "s390"]

HEADERS = {
    "x86_64": ["x86/asm/unistd_64.h"],
    "x86": ["x86/asm/unistd_32.h"],
    "x32": ["x86/asm/unistd_x32.h"],
    "aarch64": ["arm64/asm/unistd_64.h"],
    "arm": ["arm/asm/unistd-eabi.h", "arm/asm/unistd.h"],
}

DEFINITION = re.compile(r"#define __(ARM_)?NR_(\w+)\s+\(?(?:(__ARM_NR_BASE|__NR_SYSCALL_BASE|__X32_SYSCALL_BIT)\s*\+\s*)?(\w+)\)?\s*$")


def numbers(uapi, arch):
    """name → number of one architecture."""
    found = {}
    for header in HEADERS[arch]:
        for line in (Path(uapi) / header).read_text().splitlines():
            definition = DEFINITION.match(line)
            if not definition:
                continue
            private, name, base, value = definition.groups()
            if value.isdigit():
                offset = X32_BIT if base == "__X32_SYSCALL_BIT" else ARM_PRIVATE if private else 0
                found[name] = int(value) + offset
    return {name: number for name, number in found.items() if name not in NOT_CALLS}


def first_kernels(page):
    """name → version, from the table of syscalls(2)."""
    text = re.sub(r'^\.\\".*\n', "", Path(page).read_text(), flags=re.M)
    # A cell of several lines stands between T{ and T}.
    text = re.sub(r"T\{\n(.*?)\nT\}", lambda cell: cell.group(1).replace("\n", " "), text, flags=re.S)
    row = re.compile(r"^(?:\\f\[B\]|\.BR )(\w+)(?:\\f\[\])? ?\(2\).*?\t(?:.*?)(\d+\.\d+(?:\.\d+)?)", re.M)
    return {name: version for name, version in row.findall(text)}


def all_names(*directories):
    defined = re.compile(r"#define __(?:ARM_)?NR_(\w+)\s")
    headers = [header for directory in directories for header in Path(directory).rglob("unistd*.h")]
    names = {name for header in headers for name in defined.findall(header.read_text())}
    return {name for name in names - NOT_CALLS if not NOT_CALL.fullmatch(name)}


def since(name, told, kernels):
    if name in told:
        return told[name]
    before = None
    for version, names in kernels:
        if name in names:
            return f"{before}-{version}" if before else "-"
        before = version
    return "-"


def main(page, *kernels):
    trees = [kernel.split("=", 1) for kernel in kernels]
    newest_version, newest = trees[-1]
    by_arch = {arch: numbers(newest, arch) for arch in HEADERS}
    told = first_kernels(page)
    seen = [(version, all_names(uapi)) for version, uapi in trees]
    print(f"# System calls of Linux {newest_version}, made by `make syscall-table`.")
    print("# since: the first kernel; 6.12-7.2: after 6.12, in 7.2 at the latest; -: 6.1 or older, not told.")
    print("name since " + " ".join(HEADERS))
    others = all_names(*(Path(newest) / arch for arch in WITHOUT_COLUMN))
    for name in sorted(others.union(*by_arch.values())):
        cells = [str(by_arch[arch].get(name, "-")) for arch in HEADERS]
        bounds = seen if name in by_arch["x86"] or name in by_arch["x86_64"] else []
        print(name, since(name, told, bounds), *cells)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
