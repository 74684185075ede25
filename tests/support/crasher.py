# SPDX-License-Identifier: MIT
"""Where the board of tests/modules/crasher has what, and how it crashes."""

A, B = 0x40000000, 0x40010000
(ID, VALUE, CRASH, LEVELS, HZ, ALARM, FIRED, IRQ, AT, FORWARD,
 FRAGILE) = range(0, 0x2c, 4)
SEGV, ABORT, EXIT, LOOP = range(1, 5)       # what CRASH and FRAGILE take
ASKED, SEEN, TURNS = range(0x20008000, 0x2000800c, 4)      # the guest's words
ONES = 0xffffffff       # what a part reads as whose model has crashed
