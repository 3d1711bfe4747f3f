#!/usr/bin/env python3
"""The picture of the rooms is current, and says what the table says."""

import os
import sys
from itertools import combinations, pairwise

from layout import Size, lay_out, reduced
from picture import picture

PICTURE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/images/rooms.svg")
GRAPH = {"values": set(), "settings": {"values"}, "checks": {"values"}, "fallback": {"checks", "values"},
         "decide": {"fallback", "settings", "values"}, "alone": set()}
LAYOUT = lay_out(GRAPH, dict.fromkeys(GRAPH, Size(100, 20)))


def overlap(a, b):
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


def crosses(line, box):
    """An arrow's points that lie inside a box; between rows there is none."""
    return any(box.x < x < box.x + box.width and box.y < y < box.y + box.height for x, y in line)


def is_current():
    with open(PICTURE, encoding="utf-8") as file:
        return file.read() == picture()


CASES = [
    ("docs/images/rooms.svg is drawn from rooms.txt as it is (make picture)", is_current),
    ("an arrow that follows from others is left out",
     lambda: reduced(GRAPH)["decide"] == {"fallback", "settings"} and reduced(GRAPH)["fallback"] == {"checks"}),
    ("every other arrow is drawn", lambda: len(LAYOUT.arrows) == sum(map(len, reduced(GRAPH).values()))),
    ("every room has a box, and no box lies on another",
     lambda: LAYOUT.places.keys() == GRAPH.keys()
     and not any(overlap(a, b) for a, b in combinations(LAYOUT.places.values(), 2))),
    ("every arrow points down", lambda: all(a[1] < b[1] for line in LAYOUT.arrows for a, b in pairwise(line))),
    ("an arrow that passes a row goes beside its boxes",
     lambda: not any(crosses(line, box) for line in LAYOUT.arrows for box in LAYOUT.places.values())),
]


def main():
    failed = 0
    for sentence, holds in CASES:
        good = holds()
        failed += not good
        print(f"{'ok' if good else 'not ok'} - {sentence}")
    print(f"{len(CASES) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
