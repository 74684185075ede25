/* SPDX-License-Identifier: MIT */
/*
 * Guest of the tests of DMA (ARM, bare, at 0x20000000): calls `answer`, at
 * 0x20004000, in a loop, and keeps what it returns at 0x20008000, and how often
 * it was called at 0x20008004. DMA may write another `answer`.
 */
    .syntax unified
    .arm
    .global _start
_start:
    ldr     r4, =0x20008000
    mov     r5, #0
loop:
    bl      answer
    str     r0, [r4]
    add     r5, r5, #1
    str     r5, [r4, #4]
    b       loop
    .ltorg
    .org    0x4000
answer:
    mov     r0, #1
    bx      lr
