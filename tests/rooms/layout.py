"""Boxes in rows, drawn so that every arrow points down: each row uses only rows below it.

Arrows that follow from others are left out. One that passes a row gets a place of its own there, so that no line crosses
a box."""

from collections import namedtuple
from fractions import Fraction
from itertools import pairwise

GAP_X = 16
GAP_Y = 30
PASSAGE = 12  # width of the place of an arrow that passes a row

Size = namedtuple("Size", "width height")
Place = namedtuple("Place", "x y width height")
Layout = namedtuple("Layout", "size places arrows")  # {name: Place}, [[(x, y), …]]


def reachable(graph, name):
    return set().union(*({used} | reachable(graph, used) for used in graph[name]))


def reduced(graph):
    """The graph without the arrows that follow from others."""
    return {name: {used for used in direct if not any(used in reachable(graph, other) for other in direct)}
            for name, direct in graph.items()}


def level(graph, name):
    return 1 + max((level(graph, used) for used in graph[name]), default=-1)


def with_passages(graph):
    """Rows from the bottom up, and arrows from row to the next: an arrow that passes rows is a chain of passages."""
    levels = {name: level(graph, name) for name in graph}
    rows = [[name for name in graph if levels[name] == n] for n in range(max(levels.values()) + 1)]
    chains = []
    for name, used_names in graph.items():
        for used in sorted(used_names):
            chain = [name, *((name, used, n) for n in range(levels[name] - 1, levels[used], -1)), used]
            for passage in chain[1:-1]:
                rows[passage[2]].append(passage)
            chains.append(chain)
    return rows, chains


def sort_rows(rows, chains):
    """Each cell near the middle of those that it is connected with, a few times up and down. Fractions: how floats are
    summed differs between versions of Python, and with it which of two cells comes first."""
    links = [link for chain in chains for link in pairwise(chain)]
    for sweep in range(8):
        order = {cell: Fraction(2 * index + 1, 2 * len(row)) for row in rows for index, cell in enumerate(row)}

        def middle(cell, side=sweep % 2):
            near = [order[link[1 - side]] for link in links if link[side] == cell]
            return sum(near) / len(near) if near else order[cell]

        for row in rows:
            row.sort(key=middle)
            order |= {cell: Fraction(2 * index + 1, 2 * len(row)) for index, cell in enumerate(row)}


def place_row(row, sizes, y, height, total):
    widths = [sizes[cell].width if cell in sizes else PASSAGE for cell in row]
    x = (total - sum(widths) - GAP_X * (len(row) - 1)) / 2
    places = {}
    for cell, width in zip(row, widths):
        own = sizes[cell].height if cell in sizes else height
        places[cell] = Place(x, y + height - own, width, own)
        x += width + GAP_X
    return places


def row_width(row, sizes):
    return sum(sizes[cell].width if cell in sizes else PASSAGE for cell in row) + GAP_X * (len(row) - 1)


def line(chain, places):
    """From the lower edge of the first to the upper edge of the last, straight down through each passage."""
    points = []
    for cell in chain:
        place = places[cell]
        x = place.x + place.width / 2
        points += [(x, place.y), (x, place.y + place.height)]
    return points[1:-1]


def lay_out(graph, sizes):
    """graph: {name: names it uses}, without circles; sizes: {name: Size}."""
    rows, chains = with_passages(reduced(graph))
    sort_rows(rows, chains)
    total = max(row_width(row, sizes) for row in rows)
    places, y = {}, 0
    for row in reversed(rows):
        height = max(sizes[cell].height for cell in row if cell in sizes)
        places |= place_row(row, sizes, y, height, total)
        y += height + GAP_Y
    arrows = [line(chain, places) for chain in chains]
    return Layout(Size(total, y - GAP_Y), {name: places[name] for name in graph}, arrows)
