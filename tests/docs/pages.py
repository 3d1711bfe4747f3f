"""The documents of this tree, and how a check of them tells its result.

A check prints "ok - NAME" or "not ok - NAME" with lines of explanation that begin with "#", as the
integration scripts do; tests/integration/docs.sh counts them.
"""
import os
import re
import sys
from dataclasses import dataclass

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
LEFT_OUT = {".git", "build", "node_modules"}


def report(name, problems):
    """One result: passed when there are no problems."""
    print(f"{'not ok' if problems else 'ok'} - {name}")
    for problem in problems:
        for line in problem.rstrip("\n").split("\n"):
            print(f"#   {line}")
    sys.stdout.flush()


def pages():
    """Every Markdown document, as a path from the root of the tree."""
    found = []
    for directory, directories, files in os.walk(ROOT):
        directories[:] = sorted(d for d in directories if d not in LEFT_OUT and not d.startswith("."))
        found += [os.path.relpath(os.path.join(directory, f), ROOT) for f in files if f.endswith(".md")]
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


@dataclass
class Block:
    """A fenced block. `mark` is what the HTML comment on the line before it says."""

    page: str
    line: int
    language: str
    mark: str
    text: str

    @property
    def place(self):
        return f"{self.page}:{self.line}"


FENCE = re.compile(r"^(\s*)```(\S*)\s*$")
MARK = re.compile(r"^\s*<!-- (.*) -->\s*$")


def blocks(page):
    """The fenced blocks of a page, without the indentation of their fence."""
    found, mark, block, indent = [], "", None, ""
    for number, line in enumerate(read(page).split("\n"), 1):
        fence = FENCE.match(line)
        if block is None and fence:
            indent = fence.group(1)
            block = Block(page, number, fence.group(2), mark, "")
        elif block is not None and fence and not fence.group(2):
            found.append(block)
            block = None
        elif block is not None:
            block.text += line.removeprefix(indent) + "\n"
        comment = MARK.match(line) if block is None else None
        mark = comment.group(1) if comment else ""
    if block is not None:
        raise SystemExit(f"{block.place}: the block has no end")
    return found


def without_blocks(text):
    """The text with fenced blocks and comments blanked, line by line."""
    kept, inside = [], False
    for line in text.split("\n"):
        if FENCE.match(line):
            inside = not inside
            kept.append("")
        else:
            kept.append("" if inside or MARK.match(line) else line)
    return "\n".join(kept)
