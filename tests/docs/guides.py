#!/usr/bin/env python3
"""What the guides show of an engine's configuration is what `bulkhead install` writes.

  guides.py TREE PAGE…    TREE is a root tree in which all engines were installed

A block with the comment <!-- as installed: PATH --> on the line before it must say the same as that file,
when both are read; a file of the tree that names Bulkhead must be shown by one of the pages.
"""
import json
import os
import re
import sys
import tomllib

from pages import blocks, report

READERS = {"json": json.loads, "toml": tomllib.loads}


def differences(shown, installed, at=""):
    if isinstance(shown, dict) and isinstance(installed, dict):
        return [d for key in sorted(shown.keys() | installed.keys())
                for d in differences(shown.get(key), installed.get(key), f"{at}.{key}")]
    return [] if shown == installed else [f"{at[1:]}: shown {shown}, installed {installed}"]


def check(block, tree):
    path = block.mark.removeprefix("as installed: ")
    name = f"{block.place}: it is what `bulkhead install` writes to {path}"
    try:
        with open(os.path.join(tree, path.lstrip("/")), encoding="utf-8") as file:
            installed = READERS[block.language](file.read())
    except OSError as error:
        report(name, [str(error)])
        return path
    report(name, differences(READERS[block.language](block.text), installed))
    return path


def written(tree):
    """Files that name Bulkhead's programs, as paths from the root of the tree."""
    found = set()
    for directory, _, files in os.walk(tree):
        for name in files:
            path = os.path.join(directory, name)
            with open(path, encoding="utf-8") as file:
                if re.search("usr/bin/bulkhead-", file.read()):
                    found.add("/" + os.path.relpath(path, tree))
    return found


def main():
    tree, pages = sys.argv[1], sys.argv[2:]
    shown = {check(block, tree) for page in pages for block in blocks(page)
             if block.mark.startswith("as installed: ")}
    # What was installed, for `bulkhead status --check`, is no configuration.
    missing = {p for p in written(tree) - shown if not p.startswith("/var/lib/")}
    report("every file that `bulkhead install` writes is shown by a guide",
           [f"{path} is in none" for path in sorted(missing)] if shown else ["none is shown"])


main()
