# SPDX-License-Identifier: MIT
"""What the tests of processes of their own share: a module that is hostile."""

import pytest

from support import evil_module


@pytest.fixture
def evil(outboard, tmp_path):
    """The hostile module of the unit tests; its licence keeps it isolated."""
    return evil_module.build(outboard.stage, tmp_path)
