# SPDX-License-Identifier: MIT
"""For every test in Python: an end to each, so that one cannot take all."""
import signal

import pytest

LIMIT_S = 240


@pytest.fixture(autouse=True)
def limit(request):
    """Fail a test that runs longer than LIMIT_S, or its limit mark says."""
    mark = request.node.get_closest_marker("limit")
    seconds = mark.args[0] if mark else LIMIT_S

    def over(signum, frame):
        pytest.fail(f"no end within {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
