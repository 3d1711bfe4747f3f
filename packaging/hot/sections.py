#!/usr/bin/env python3
"""Prints a linker script that puts the executed functions of a program side by side.

    sections.py MAP TRACE… > shim.ld

MAP is what the linker wrote for the program (-Wl,-Map), each TRACE a file of addresses from
packaging/hot/trace.c, in the order of execution, which becomes the order of the functions. Sections
are named, not addresses: the script stays right when the code changes, and only loses some of its
effect until it is made again (`make hot`).
"""
import bisect
import re
import sys

SECTION = re.compile(r"^ (\.text\S*)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$")
NAME_ALONE = re.compile(r"^ (\.text\S*)\s*$")
MEMBER = re.compile(r"([^/]+\.a)\(([^)]+)\)$")
LIBRARIES = re.compile(r"lib(c|stdc\+\+|gcc|gcc_eh|md|seccomp|apparmor|cap)\.a\(")


def read_sections(path):
    """The input sections of .text as (address, size, name, file), by address."""
    sections, name = [], None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            alone = NAME_ALONE.match(line)
            if alone:
                name = alone.group(1)
                continue
            match = SECTION.match(line)
            if match:
                name = match.group(1) or name
                address, size = int(match.group(2), 16), int(match.group(3), 16)
                if name and address and size:
                    sections.append((address, size, name, match.group(4)))
            name = None
    return sorted(sections)


def read_addresses(paths):
    for path in paths:
        with open(path, encoding="ascii") as lines:
            yield from (int(line, 16) for line in lines)


def executed(sections, addresses):
    """The sections that the addresses lie in, in that order."""
    begins = [section[0] for section in sections]
    hot = {}
    for address in addresses:
        at = bisect.bisect_right(begins, address) - 1
        if at >= 0 and address < sections[at][0] + sections[at][1]:
            hot[sections[at]] = None
    return list(hot)


def pattern(section):
    """How the linker finds the section again: ours by name, a library's by its member."""
    _, _, name, file = section
    if file.endswith("crt1.o"):
        return f"*crt1.o({name})"
    member = MEMBER.search(file)
    if member and LIBRARIES.search(file):
        return f"*{member.group(1)}:{member.group(2)}({name})"
    return f"*({name})" if name.startswith(".text.") else None


def main():
    hot = executed(read_sections(sys.argv[1]), read_addresses(sys.argv[2:]))
    patterns = list(dict.fromkeys(p for p in map(pattern, hot) if p))
    if not patterns:
        sys.exit("sections.py: none of the addresses lies in a section of the map")
    print("/* Made by `make hot`; see packaging/hot/sections.py. */")
    print("SECTIONS\n{\n  .text.hotpath :\n  {")
    for line in patterns:
        print(f"    {line}")
    print("  }\n}\nINSERT BEFORE .text;")


main()
