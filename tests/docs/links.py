#!/usr/bin/env python3
"""Every link of every document leads somewhere, and every document is reached by one.

  links.py           relative links, anchors, pictures, paths named in `backticks`; needs no network:
                     of an address on the web only the form is looked at.
"""
import os
import posixpath
import re
import string

from pages import ROOT, pages, read, report, without_blocks

LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HTML = re.compile(r"<(?:img|source|a)\b[^>]*?(?:src|srcset|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$", re.M)
CODE = re.compile(r"`([^`\n]+)`")
ROOMS = ("admission", "audit", "base", "cli", "docs", "hook", "kernel", "oci-config", "packaging",
         "policy", "shim", "tests")
IN_TREE = re.compile(r"^(?:%s)/[A-Za-z0-9_./-]*$" % "|".join(ROOMS))
# What a host's browser adds between the words of an anchor is left to it: letters of other scripts stay.
DROPPED = set(string.punctuation) - {"-", "_"} | {"…", "→", "·", "“", "”", "’", "–", "—"}


def anchor_of(heading):
    """As the forges make it: lower case, spaces become dashes, punctuation goes."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return "".join("-" if c == " " else c for c in text if c not in DROPPED)


def anchors(page):
    seen, found = {}, set()
    for heading in HEADING.finditer(without_blocks(read(page))):
        name = anchor_of(heading.group(2))
        count = seen.get(name, 0)
        seen[name] = count + 1
        found.add(f"{name}-{count}" if count else name)
    return found


def links(page):
    text = without_blocks(read(page))
    prose = CODE.sub("", text)
    return [m.group(1) for m in LINK.finditer(prose)] + [m.group(1) for m in HTML.finditer(prose)]


def problem_of(page, link):
    """What is wrong with a link of a page; None when it leads somewhere."""
    if re.match(r"^https://[^/\s]+\.[a-z]+(?:/|$)", link):
        return None
    if re.match(r"^[a-z]+:", link):
        return f"{page}: {link}: only https:// leads out of the tree"
    path, _, anchor = link.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
    if target.startswith(".."):
        return f"{page}: {link}: leads out of the tree"
    if not os.path.exists(os.path.join(ROOT, target)):
        return f"{page}: {link}: there is no {target}"
    if anchor and (not target.endswith(".md") or anchor not in anchors(target)):
        return f"{page}: {link}: {target} has no heading #{anchor}"
    return None


def unknown_paths(page):
    named = [c for c in CODE.findall(without_blocks(read(page))) if IN_TREE.match(c)]
    return [f"{page}: `{c}`: no such file in the tree" for c in named
            if not os.path.exists(os.path.join(ROOT, c)) and not c.startswith("docs/images/")]


def unreached():
    """Documents to which no chain of links leads from README.md."""
    reached, todo = set(), ["README.md"]
    while todo:
        page = todo.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in links(page):
            path = link.partition("#")[0]
            target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
            if path.endswith(".md") and os.path.exists(os.path.join(ROOT, target)):
                todo.append(target)
    return [f"{page}: no link leads there" for page in pages() if page not in reached]


def main():
    count = 0
    for page in pages():
        targets = links(page)
        count += len(targets)
        report(f"{page}: its {len(targets)} links lead somewhere",
               [p for p in (problem_of(page, link) for link in targets) if p])
        report(f"{page}: the files of the tree that it names exist", unknown_paths(page))
    report("every document is reached from README.md", unreached())
    report("links were found at all", [] if count > 40 else [f"only {count}"])


main()
