# SPDX-License-Identifier: MIT
"""Where the board of tests/modules/probe has what: its parts and registers."""

A, B, BIG, BYTES, UART = (0x40000000, 0x40010000, 0x40001000, 0x40002000,
                          0x40020000)
RAM = 0x20000000
(ID, SCRATCH, IRQ, EDGES, LEVEL, HZ, DMA_AT, DMA_GET, DMA_PUT, FORWARD, FIRED,
 ALARM, CHAR, ASK, RANDOM, OUT, SEND) = range(0, 0x44, 4)
