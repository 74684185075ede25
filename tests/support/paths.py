# SPDX-License-Identifier: MIT
"""Where the tests find the tree, its build and what was downloaded."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OUTBOARD_BUILD", ROOT / "build"))
STAGE = BUILD / "stage"
CACHE = pathlib.Path(os.environ.get(
    "OUTBOARD_CACHE",
    pathlib.Path(os.environ.get("XDG_CACHE_HOME",
                                pathlib.Path.home() / ".cache")) /
    "outboard"))
# The command with AddressSanitizer, which `make check` builds.
SANITIZED = pathlib.Path(os.environ.get("OUTBOARD_SANITIZED", ROOT /
                                        "build-asan")) / "src/cli/outboard"
