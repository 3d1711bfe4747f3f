"""The table of the rooms (rooms.txt), read."""

import os

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rooms.txt")


def outer(room):
    return room.split("/")[0]


def expand(name, rooms):
    """The rooms that a name stands for: itself, or all inner rooms of that name; none when it stands for nothing."""
    return [name] if name in rooms else [room for room in rooms if outer(room) == name]


def read_table(path=TABLE):
    """Returns {room: set of rooms it may use}, in the table's order. ValueError: a name that stands on no line above is
    unknown, or would close a circle."""
    rooms = {}
    with open(path, encoding="utf-8") as table:
        for line in table:
            words = line.split("#")[0].split()
            if words:
                rooms[words[0]] = {room for name in words[1:] for room in allowed(words[0], name, rooms)}
    return rooms


def allowed(room, name, rooms):
    above = expand(name, rooms)
    if not above:
        raise ValueError(f"rooms.txt: {room} names {name}, which stands on no line above it: unknown, or a circle")
    return above
