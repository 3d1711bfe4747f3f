#!/usr/bin/env python3
"""Prints the picture of the rooms, docs/images/rooms.svg, as rooms.txt has them."""

import sys

from check import outer_uses
from layout import Size, lay_out
from rooms import read_table

CELL = Size(100, 26)
HEAD = 30  # height of a room's name above its inner rooms
PAD = 14

STYLE = """
    .page { fill: #ffffff; stroke: #d0d7de; }
    .room { fill: #f6f8fa; stroke: #6e7781; }
    .inner { fill: #ddf0ff; stroke: #0a5cad; }
    .arrow { fill: none; stroke: #424a53; stroke-width: 1.2; }
    .head { fill: #424a53; }
    text { font-family: system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif; font-size: 12.5px; fill: #1f2328; }
    .name { font-size: 14px; font-weight: 600; }
    .middle { text-anchor: middle; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; stroke: #30363d; }
      .room { fill: #1c2128; stroke: #8b949e; }
      .inner { fill: #10304f; stroke: #58a6ff; }
      .arrow { stroke: #b1bac4; }
      .head { fill: #b1bac4; }
      text { fill: #e6edf3; }
    }"""
MARKER = ('<marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
          'markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0.5 L8 4 L0 7.5 z"/></marker>')


def inner_graph(room, rooms):
    """{inner room: inner rooms of the same room that it may use}, by their short names."""

    def inner(names):
        return {name.split("/")[1] for name in names if name.startswith(room + "/")}

    return {name.split("/")[1]: inner(used) for name, used in rooms.items() if name.startswith(room + "/")}


def rect(kind, x, y, size):
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{size.width:.1f}" height="{size.height:.1f}" rx="5"/>'


def label(kind, x, y, text):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{text}</text>'


def arrow(points, x, y):
    steps = " L".join(f"{x + px:.1f} {y + py:.1f}" for px, py in points)
    return f'<path class="arrow" d="M{steps}" marker-end="url(#to)"/>'


def draw_inner(layout, x, y):
    yield from (arrow(points, x, y) for points in layout.arrows)
    for name, place in layout.places.items():
        yield rect("inner", x + place.x, y + place.y, place)
        yield label("middle", x + place.x + place.width / 2, y + place.y + 17, name)


def draw_room(room, layout, x, y, size):
    yield rect("room", x, y, size)
    yield label("name middle", x + size.width / 2, y + 20, room)
    if layout:
        yield from draw_inner(layout, x + (size.width - layout.size.width) / 2, y + HEAD)


def size_of(layout):
    if layout is None:
        return Size(CELL.width + 2 * PAD, HEAD)
    return Size(layout.size.width + 2 * PAD, layout.size.height + HEAD + PAD)


def description(rooms):
    return " ".join(f"{room} uses {', '.join(sorted(used))}." if used else f"{room} uses none."
                    for room, used in outer_uses(rooms).items())


def draw(rooms):
    uses = outer_uses(rooms)
    graphs = {room: inner_graph(room, rooms) for room in uses}
    inner = {room: lay_out(graph, dict.fromkeys(graph, CELL)) if graph else None for room, graph in graphs.items()}
    whole = lay_out(uses, {room: size_of(layout) for room, layout in inner.items()})
    width, height = whole.size.width + 2 * PAD, whole.size.height + 2 * PAD
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
           f'height="{height:.0f}" role="img" aria-labelledby="title description">')
    yield f'<title id="title">The rooms of the source tree</title>\n<desc id="description">{description(rooms)}</desc>'
    yield f"<style>{STYLE}\n</style>\n<defs>{MARKER}</defs>"
    yield rect("page", 0.5, 0.5, Size(width - 1, height - 1))
    for room, place in whole.places.items():
        yield from draw_room(room, inner[room], PAD + place.x, PAD + place.y, place)
    yield from (arrow(points, PAD, PAD) for points in whole.arrows)
    yield "</svg>"


def picture():
    return "\n".join(draw(read_table())) + "\n"


if __name__ == "__main__":
    sys.stdout.write(picture())
