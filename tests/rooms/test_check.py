#!/usr/bin/env python3
"""Each kind of wrong include is seen: a small tree with one fault each, and the sentence that it gets."""

import os
import sys
import tempfile

import check

TABLE = """
base
oci-config       base
policy/values    base
policy/decide    policy/values base
kernel           policy base
audit            base
"""
DOCUMENT = """
| `base/` | | | |
| `oci-config/` | | `base` | |
| `policy/` | | `base` | |
| `kernel/` | | `policy`, `base` | |
| `audit/` | | `base` | |
"""
# What a tree without a fault has.
TREE = {
    "tests/rooms/rooms.txt": TABLE,
    "docs/ARCHITECTURE.md": DOCUMENT,
    "base/text.h": "",
    "oci-config/bundle.h": '#include "base/text.h"\n',
    "policy/values/identity.h": '#include <string>\n#include "base/text.h"\n',
    "policy/decide/decide.cc": '#include "policy/values/identity.h"\n#include "tables.inc"\n',
    "policy/decide/generate_tables.cc": "#include <cstdio>\n",
    "kernel/probe.cc": '#include <seccomp.h>\n#include "policy/decide/decide.h"\n',
    "audit/log.cc": "#include <spdlog/logger.h>\n",
}
# Sentence, the file that differs, its text, what the check says (None: nothing).
CASES = [
    ("a tree as designed passes", "base/text.h", "", None),
    ("a room below may not include one above", "base/text.cc", '#include "policy/values/identity.h"\n',
     "base/text.cc:1: base/ may not include policy/values/ (policy/values/identity.h)"),
    ("an inner room below may not include one above", "policy/values/identity.cc", '\n#include "policy/decide/decide.h"\n',
     "policy/values/identity.cc:2: policy/values/ may not include policy/decide/ (policy/decide/decide.h)"),
    ("an inner room may not include another room that its line does not name", "policy/decide/plan.h",
     '#include "oci-config/bundle.h"\n', "policy/decide/plan.h:1: policy/decide/ may not include oci-config/"),
    ("a room beside may not be included", "audit/events.cc", '#include "kernel/probe.h"\n',
     "audit/events.cc:1: audit/ may not include kernel/ (kernel/probe.h)"),
    ("an include with blanks is seen", "base/text.cc", '  #  include  "kernel/probe.h"\n',
     "base/text.cc:1: base/ may not include kernel/"),
    ("a header named by a relative path is an error", "policy/decide/plan.h", '#include "../values/identity.h"\n',
     'policy/decide/plan.h:1: "../values/identity.h": a header is named by its path from the top of the tree'),
    ("a header named without its room is an error", "policy/decide/plan.h", '#include "decide.h"\n',
     'policy/decide/plan.h:1: "decide.h": a header is named by its path'),
    ("a library belongs to one room", "audit/events.cc", "#include <rapidjson/reader.h>\n",
     "audit/events.cc:1: only oci-config/ may include <rapidjson/reader.h>"),
    *[(f"policy may not include <{header}>", "policy/values/identity.cc", f"#include <{header}>\n",
       f"policy/values/identity.cc:1: policy/ is pure and may not include <{header}>")
      for header in ("cstdlib", "random", "thread", "mutex", "future", "chrono", "fstream", "unistd.h", "sys/stat.h")],
    ("a comment names a file that is there", "base/text.h", "// See kernel/probe.cc and linux/kernel/seccomp.h.\n", None),
    ("a comment that names a file that is gone is an error", "base/text.h", "\n// See kernel/gone.cc.\n",
     "base/text.h:2: there is no kernel/gone.cc"),
    ("a page that names a file that is gone is an error", "docs/page.md", "`policy/decide/gone.h`\n",
     "docs/page.md:1: there is no policy/decide/gone.h"),
    ("spdlog is used by one file", "audit/events.cc", "#include <spdlog/sinks/sink.h>\n",
     "audit/: spdlog belongs in one file, not 2: audit/events.cc audit/log.cc"),
    ("quoted() is named in full where the library's may be meant", "kernel/probe.cc",
     '#include <chrono>\nstd::string name = quoted(text);\n', "kernel/probe.cc:2: quoted() may be std::quoted here"),
    ("and where a header of ours brings that", "base/text.h", "#include <iomanip>\nstd::string quoted(std::string);\n", None),
    ("a new inner room needs a line in the table", "policy/proof/verdict.h", "",
     "policy/proof/verdict.h: tests/rooms/rooms.txt has no line for policy/proof/"),
    ("a line without a room is an error", "tests/rooms/rooms.txt", TABLE + "policy/proof base\n",
     "tests/rooms/rooms.txt: policy/proof/ holds no source"),
    ("a circle cannot be written", "tests/rooms/rooms.txt", TABLE.replace("policy/values    base", "policy/values policy/decide"),
     "rooms.txt: policy/values names policy/decide, which stands on no line above it: unknown, or a circle"),
    ("a room that uses itself by its outer name is no circle", "tests/rooms/rooms.txt",
     TABLE.replace("policy/decide    policy/values", "policy/decide    policy"), None),
    ("the document's table has a row for each room", "docs/ARCHITECTURE.md", DOCUMENT.replace("| `audit/`", "| `log/`"),
     "docs/ARCHITECTURE.md has no row for audit/"),
    ("a row of the document names every room that may be used", "docs/ARCHITECTURE.md",
     DOCUMENT.replace("`policy`, `base`", "`base`"),
     "docs/ARCHITECTURE.md: the row of kernel/ names ['base'], rooms.txt ['base', 'policy']"),
    ("a row of the document names no other room", "docs/ARCHITECTURE.md",
     DOCUMENT.replace("`policy`, `base`", "`policy`, `audit`, `base`"),
     "docs/ARCHITECTURE.md: the row of kernel/ names ['audit', 'base', 'policy'], rooms.txt ['base', 'policy']"),
]


def write_tree(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def complaints_of(file, text):
    with tempfile.TemporaryDirectory() as folder:
        write_tree(folder, TREE | {file: text})
        return check.check(folder)


def as_expected(complaints, wanted):
    if wanted is None:
        return not complaints
    return len(complaints) == 1 and complaints[0].startswith(wanted)


def main():
    failed = 0
    for sentence, file, text, wanted in CASES:
        complaints = complaints_of(file, text)
        good = as_expected(complaints, wanted)
        failed += not good
        print(f"{'ok' if good else 'not ok'} - {sentence}")
        if not good:
            print(f"#   wanted: {wanted}\n#   told: {complaints}")
    print(f"{len(CASES) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
