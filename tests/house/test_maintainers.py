# SPDX-License-Identifier: MIT
"""MAINTAINERS names a room for every file, and no path that is missing."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATUS = ("Maintained", "Odd fixes", "Orphan")


def rooms():
    """name -> {key: [values]}; the comment before the first is left out."""
    found = {}
    for block in (ROOT / "MAINTAINERS").read_text().split("\n\n")[1:]:
        name, *lines = block.strip().split("\n")
        room = found.setdefault(name, {})
        for line in lines:
            key, value = re.fullmatch(r"([SMFR]): (.+)", line).groups()
            room.setdefault(key, []).append(value)
    return found


def test_maintainers_room_has_status_role_paths_and_review():
    assert rooms()
    for name, room in rooms().items():
        assert room["S"][0] in STATUS, name
        assert re.fullmatch(r"@outboard/[a-z]+", room["M"][0]), name
        assert room["F"] and room["R"], name


def test_maintainers_paths_exist_once():
    paths = [path for room in rooms().values() for path in room["F"]]
    assert len(set(paths)) == len(paths)
    for path in paths:
        assert (ROOT / path).is_dir() == path.endswith("/"), path
        assert (ROOT / path).exists(), path


def test_maintainers_every_file_has_a_room():
    paths = [path for room in rooms().values() for path in room["F"]]
    files = subprocess.run(["git", "-c", "safe.directory=*", "-C", ROOT,
                            "ls-files"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    assert [name for name in files if not any(
        name == path or path.endswith("/") and name.startswith(path)
        for path in paths)] == []
