/* SPDX-License-Identifier: MIT */
/*
 * Guest of the tests of crashes (ARM, bare, at 0x20000000): reads VALUE of
 * part a without end, and crashes its model when it is told to.
 *
 *     0x20008000  written by the test: how to crash; 0 again when it is done
 *     0x20008004  VALUE as it was read last
 *     0x20008008  how often it was read
 */
    .syntax unified
    .arm
    .global _start
_start:
    ldr     r0, =0x40000000
    ldr     r1, =0x20008000
1:  ldr     r2, [r0, #4]            /* VALUE */
    str     r2, [r1, #4]
    ldr     r2, [r1, #8]
    add     r2, r2, #1
    str     r2, [r1, #8]
    ldr     r2, [r1]
    cmp     r2, #0
    beq     1b
    mov     r3, #0
    str     r3, [r1]
    str     r2, [r0, #8]            /* CRASH */
    b       1b
    .ltorg
