# SPDX-License-Identifier: MIT
"""The installed command, and the two places where it lets models run."""

from support.processes import run


class Staged:
    """The installed tree: outboard(arguments...) runs its command."""

    def __init__(self, stage):
        self.stage = stage
        self.command = stage / "bin" / "outboard"
        self.bridge = stage / "lib" / "outboard" / "outboard-bridge.so"

    def __call__(self, *argv, **options):
        return run([self.command, *argv], **options)


class Place:
    """Where models run: in QEMU's process, or each module in its own."""

    def __init__(self, name, outboard, *options):
        self.name = name
        self.outboard = outboard
        self.options = options      # of outboard's command

    @property
    def isolated(self):
        """Do models run in processes of their own?"""
        return self.name == "isolated"

    def argv(self, *words):
        """The command line that runs `words` with its models there."""
        return [str(word) for word in (self.outboard.command, *self.options,
                                       *words)]


# name -> options of outboard's command
PLACES = {"in-process": (), "isolated": ("--isolate=all",)}
