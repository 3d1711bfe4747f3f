#!/usr/bin/env python3
"""The pictures of the documents: hand-drawn SVG that stands alone and fits its frame.

  picture.py FILE…

Each has a title and a description, colours for dark pages, text as text, nothing from outside; no text
leaves the shape that it is written in. The width of text is an estimate, made for a wide font.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

from pages import read, report

SVG = "{http://www.w3.org/2000/svg}"
MAY_HOLD = {"svg", "title", "desc", "style", "defs", "marker", "path", "rect", "text", "g"}
# Widths of a character by the size of its font, for DejaVu Sans, the widest that readers have.
WIDE, NARROW, MONO, OTHER = 0.87, 0.33, 0.62, 0.6
BOLD = 1.1


def estimate(text, size, classes):
    if "file" in classes:
        return len(text) * MONO * size
    units = sum(NARROW if c in "ijlftr.,:;'()| " else WIDE if c in "mwMW" else OTHER for c in text)
    return units * size * (BOLD if "name" in classes else 1)


def sizes(style):
    """Font sizes by class, from the style sheet; '' is that of all text."""
    found = {"": 16.0}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style):
        size = re.search(r"font-size:\s*([\d.]+)px", body)
        if size:
            found[selector.strip().removeprefix(".").replace("text", "")] = float(size.group(1))
    return found


def extent(text, table):
    classes = text.get("class", "").split()
    size = next((table[c] for c in classes if c in table), table[""])
    width = estimate("".join(text.itertext()), size, classes)
    left = float(text.get("x")) - (width / 2 if "middle" in classes else 0)
    return left, left + width, float(text.get("y")), size


def overflowing(root):
    """Texts that begin inside of a box and end outside of it, or outside of the picture."""
    table = sizes(root.find(SVG + "style").text)
    boxes = [tuple(float(r.get(k)) for k in ("x", "y", "width", "height")) for r in root.iter(SVG + "rect")]
    problems = []
    for text in root.iter(SVG + "text"):
        left, right, y, _ = extent(text, table)
        anchor = float(text.get("x"))
        for x, top, width, height in boxes:
            if x < anchor < x + width and top < y < top + height and (left < x or right > x + width):
                problems.append(f"'{''.join(text.itertext())}' needs {left:.0f} to {right:.0f}, "
                                f"its box has {x:.0f} to {x + width:.0f}")
    return problems


def overlapping(root):
    table = sizes(root.find(SVG + "style").text)
    texts = [(extent(t, table), "".join(t.itertext())) for t in root.iter(SVG + "text")]
    return [f"'{name}' and '{other}' overlap"
            for i, ((left, right, y, size), name) in enumerate(texts)
            for (left2, right2, y2, _), other in texts[i + 1:]
            if abs(y - y2) < size * 0.9 and left < right2 and left2 < right]


def described(root):
    by_id = {e.get("id"): e for e in root.iter() if e.get("id")}
    names = root.get("aria-labelledby", "").split()
    return [] if root.get("role") == "img" and len(names) == 2 and all(
        n in by_id and len("".join(by_id[n].itertext())) > 20 for n in names) else [
        'role="img" and aria-labelledby must name a title and a description']


def foreign(root, text):
    problems = [f"<{e.tag.removeprefix(SVG)}> has no place in it" for e in root.iter()
                if e.tag.removeprefix(SVG) not in MAY_HOLD]
    without_namespace = text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    return problems + [f"refers to the outside: {m}" for m in
                       re.findall(r"(?:https?:|data:|@import|href=|url\((?!#))\S*", without_namespace)]


def colours(root):
    """Classes whose colours the dark page does not set anew."""
    light, _, dark = root.find(SVG + "style").text.partition("@media (prefers-color-scheme: dark)")
    wanted = {s.strip() for s, body in re.findall(r"([^{}]+)\{([^{}]*)\}", light)
              if re.search(r"#[0-9a-f]{3}", body)}
    return [f"'{s}' has no colour for dark pages" for s in sorted(wanted)
            if not re.search(re.escape(s) + r"\s*\{", dark)]


def main():
    for path in sys.argv[1:]:
        text = read(path)
        try:
            root = ElementTree.fromstring(text)
        except ElementTree.ParseError as error:
            report(f"{path}: is well-formed", [str(error)])
            continue
        report(f"{path}: is well-formed", [])
        report(f"{path}: is described for who cannot see it", described(root))
        report(f"{path}: holds shapes and text, and nothing from outside", foreign(root, text))
        report(f"{path}: every colour has one for dark pages", colours(root))
        report(f"{path}: no text leaves its box", overflowing(root))
        report(f"{path}: no text lies on another", overlapping(root))


main()
