#!/usr/bin/env python3
"""Fails where a file includes what the design does not let its room include (docs/ARCHITECTURE.md).

    check.py [TREE]           hold the sources below TREE (default: this repository) against rooms.txt
    check.py --unused [TREE]  list what rooms.txt allows and no file uses
"""

import os
import re
import sys
from collections import namedtuple

from rooms import expand, outer, read_table

# A library's headers → the only room whose files may include them.
LIBRARY_ROOM = {
    "rapidjson/": "oci-config",
    "seccomp.h": "kernel",
    "sys/apparmor.h": "kernel",
    "sys/capability.h": "kernel",
    "spdlog/": "audit",
    "prometheus/": "audit",
    "CLI/": "cli",
    "toml++/": "cli",
    "sha2.h": "base",
}
# policy/ decides without asking the world: no file, process, clock, thread, environment or chance.
IMPURE = set("""
    cstdio cstdlib ctime csignal csetjmp clocale iostream fstream istream ostream iomanip print syncstream filesystem chrono
    random locale thread mutex shared_mutex stop_token condition_variable future atomic latch barrier semaphore
    stdio.h stdlib.h time.h signal.h setjmp.h locale.h unistd.h fcntl.h dirent.h poll.h spawn.h pthread.h threads.h
    sched.h syslog.h pwd.h grp.h netdb.h glob.h ftw.h dlfcn.h termios.h""".split())
IMPURE_FOLDERS = ("sys/",)

# They bring std::quoted, in newer libraries <chrono> as well.
STD_QUOTED = {"chrono", "format", "iomanip"}

Include = namedtuple("Include", "file line quoted name")


def files_of(tree, top, endings):
    for folder, _, files in os.walk(os.path.join(tree, top)):
        yield from (os.path.relpath(os.path.join(folder, file), tree) for file in sorted(files) if file.endswith(endings))


def sources(tree, top):
    # Generators are programs of the build, not of a room.
    return (file for file in files_of(tree, top, (".cc", ".h")) if not os.path.basename(file).startswith("generate_"))


def lines(tree, file):
    with open(os.path.join(tree, file), encoding="utf-8") as text:
        return text.read().splitlines()


def includes(tree, file):
    for number, line in enumerate(lines(tree, file), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if found:
            yield Include(file, number, found[1] == '"', found[2])


def wrong_room(include, room, rooms):
    """A header of another room that the table does not allow."""
    target = os.path.dirname(include.name)
    tops = {outer(known) for known in rooms}
    if not include.quoted or outer(target) not in tops or target == room or target in rooms[room]:
        return None
    return f"{room}/ may not include {target}/ ({include.name})"


def wrong_path(include, room, rooms):
    """A path that starts at the including file and so names no room."""
    generated = include.name.endswith(".inc")
    if include.quoted and not generated and ("/" not in include.name or ".." in include.name):
        return f'"{include.name}": a header is named by its path from the top of the tree'
    return None


def wrong_library(include, room, rooms):
    for library, only in LIBRARY_ROOM.items():
        if include.name.startswith(library) and outer(room) != only:
            return f"only {only}/ may include <{include.name}>"
    return None


def impure(include, room, rooms):
    if outer(room) != "policy" or include.quoted:
        return None
    if include.name in IMPURE or include.name.startswith(IMPURE_FOLDERS):
        return f"policy/ is pure and may not include <{include.name}>"
    return None


RULES = (wrong_room, wrong_path, wrong_library, impure)


def check_files(tree, rooms):
    """What each rule says of each include, and the rooms that no line of the table has."""
    for top in dict.fromkeys(map(outer, rooms)):
        for file in sources(tree, top):
            room = os.path.dirname(file)
            if room not in rooms:
                yield f"{file}: tests/rooms/rooms.txt has no line for {room}/"
                continue
            for include in includes(tree, file):
                for complaint in filter(None, (rule(include, room, rooms) for rule in RULES)):
                    yield f"{file}:{include.line}: {complaint}"


def check_named_files(tree, rooms):
    """Files of the tree that a comment or a page names, and that are not there."""
    tops = "|".join(sorted({outer(room) for room in rooms} | {"tests"}))
    named = re.compile(rf"(?<![\w/.-])(?:{tops})/[\w/-]+\.(?:h|cc|py|sh)\b")
    for top in (*dict.fromkeys(map(outer, rooms)), "tests", "docs"):
        for file in files_of(tree, top, (".cc", ".h", ".sh", ".md", ".mk")):
            for number, line in enumerate(lines(tree, file), 1):
                # Test directories include their own headers by a path from tests/unit/.
                if not re.match(r"\s*#\s*include", line):
                    yield from (f"{file}:{number}: there is no {name}" for name in named.findall(line)
                                if not os.path.exists(os.path.join(tree, name)))


def check_spdlog(tree, rooms):
    files = {i.file for file in sources(tree, "audit") for i in includes(tree, file) if i.name.startswith("spdlog/")}
    if len(files) > 1:
        yield f"audit/: spdlog belongs in one file, not {len(files)}: {' '.join(sorted(files))}"


def brings_std_quoted(tree, file, seen):
    """By itself or through a header of ours; `seen` is what is known by now."""
    if file not in seen:
        seen[file] = False
        ours = (i.name for i in includes(tree, file) if i.quoted and os.path.exists(os.path.join(tree, i.name)))
        seen[file] = any(not i.quoted and i.name in STD_QUOTED for i in includes(tree, file)) or any(
            [brings_std_quoted(tree, name, seen) for name in ours])
    return seen[file]


def check_quoted(tree, rooms):
    """quoted() of a string without its namespace is std::quoted where that is declared."""
    seen = {}
    for top in dict.fromkeys(map(outer, rooms)):
        for file in sources(tree, top):
            calls = [n for n, line in enumerate(lines(tree, file), 1) if re.search(r"(?<![\w:])quoted\(", line)]
            if calls and file != "base/text.h" and brings_std_quoted(tree, file, seen):
                yield f"{file}:{calls[0]}: quoted() may be std::quoted here: base::quoted"


def check_table(tree, rooms):
    """Lines of the table for rooms that are not there."""
    for room in rooms:
        if not any(os.path.dirname(file) == room for file in sources(tree, room)):
            yield f"tests/rooms/rooms.txt: {room}/ holds no source"


def outer_uses(rooms):
    """{outer room: the other outer rooms that it, or an inner room of it, may use}."""
    uses = {outer(room): set() for room in rooms}
    for room, used in rooms.items():
        uses[outer(room)] |= {outer(name) for name in used} - {outer(room)}
    return uses


def check_document(tree, rooms):
    """The table that people read says the same of the outer rooms."""
    page = "docs/ARCHITECTURE.md"
    cells = (re.match(r"\| `([^`/]+)/` \|[^|]*\|([^|]*)\|", line) for line in lines(tree, page))
    rows = {cell[1]: cell[2] for cell in cells if cell}
    for room, used in outer_uses(rooms).items():
        named = set(re.findall(r"`([^`]+)`", rows.get(room, "")))
        if room not in rows:
            yield f"{page} has no row for {room}/"
        elif named != used:
            yield f"{page}: the row of {room}/ names {sorted(named)}, rooms.txt {sorted(used)}"


def check(tree):
    try:
        rooms = read_table(os.path.join(tree, "tests/rooms/rooms.txt"))
    except ValueError as error:
        return [str(error)]
    return [complaint for part in (check_files, check_named_files, check_spdlog, check_quoted, check_table, check_document)
            for complaint in part(tree, rooms)]


def unused(tree):
    rooms = read_table(os.path.join(tree, "tests/rooms/rooms.txt"))
    for room, used in rooms.items():
        seen = {os.path.dirname(i.name) for file in sources(tree, room) if os.path.dirname(file) == room
                for i in includes(tree, file) if i.quoted}
        yield from (f"{room} {name}" for name in sorted(used - seen))


def main(arguments):
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    options = [a for a in arguments if a.startswith("--")]
    tree = next((a for a in arguments if not a.startswith("--")), here)
    if "--unused" in options:
        print("\n".join(unused(tree)))
        return 0
    complaints = check(tree)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if not complaints:
        print("includes: every arrow points the way the design says")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
