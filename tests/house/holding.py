# SPDX-License-Identifier: MIT
"""What the tests of the house share: lists of complaints, files of a tree."""


def hold(faults):
    assert not faults, "\n" + "\n".join(faults)


def hold_but(found, rooms):
    """No complaint except in the listed rooms.

    `found` is {room: complaints}. A listed room that keeps the rule is a
    failure too, so the list only shrinks.
    """
    hold([fault for room in sorted(found) if room not in rooms
          for fault in found[room]])
    kept = [room for room in rooms if room not in found]
    assert not kept, (f"{', '.join(kept)}: keeps the rule now; take it out of "
                      "its list in tests/house/waiting.py")


def by_room(faults, room_of):
    """{room: complaints} of complaints that begin with a file's name."""
    found = {}
    for fault in faults:
        found.setdefault(room_of(fault.split(":")[0]), []).append(fault)
    return found


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
