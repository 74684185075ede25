# SPDX-License-Identifier: MIT
"""The arm64 build: where it is, and how its programs run to their end."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OUTBOARD_BUILD_ARM64",
                                    ROOT / "build-arm64"))
NATIVE = pathlib.Path(os.environ.get("OUTBOARD_BUILD", ROOT / "build"))
LIMIT_S = 120
# What of the build goes where in an installed tree.
STAGED = {"src/cli/outboard": "bin/outboard",
          "src/bridge/outboard-bridge.so":
          "lib/outboard/outboard-bridge.so",
          "src/runner/outboard-runner": "lib/outboard/outboard-runner"}


def clean_environment():
    """The caller's environment without what could change a run."""
    return {key: value for key, value in os.environ.items()
            if not key.startswith(("OUTBOARD_", "QEMU_", "LD_"))
            or key == "OUTBOARD_CACHE"}


def run(*argv, limit_s=LIMIT_S):
    """Run argv to its end."""
    return subprocess.run([str(word) for word in argv], timeout=limit_s,
                          env=clean_environment(), text=True,
                          stdin=subprocess.DEVNULL, errors="replace",
                          capture_output=True, check=False)
