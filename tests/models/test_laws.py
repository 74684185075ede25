# SPDX-License-Identifier: MIT
"""models/tests/test_laws.c leaves no type of the library out."""
import pathlib
import re

MODELS = pathlib.Path(__file__).resolve().parents[2] / "models"


def test_every_type_is_held_to_the_laws():
    types = set(re.findall(r"extern const struct ob_device_type (\w+);",
                           (MODELS / "models.h").read_text()))
    subjects = set(re.findall(r"\{ &(\w+),",
                              (MODELS / "tests/test_laws.c").read_text()))
    assert types and types == subjects
