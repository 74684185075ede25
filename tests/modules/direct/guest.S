/* SPDX-License-Identifier: MIT */
/*
 * Guest of the tests of registers that are read as memory (ARM, bare, at
 * 0x20000000): reads COUNT without end; whenever it has changed, writes it to
 * SCRATCH and looks whether SCRATCH and ECHO follow at once. What it saw:
 *
 *     0x20008000  how often COUNT was read
 *     0x20008004  how often it was another one than before
 *     0x20008008  how often what was just written could not be read
 *
 * A word at 0x20008010 that is not 0 goes to TICK first; then at the 20th
 * change TELL is written how often COUNT was read, which ends the machine.
 */
    .syntax unified
    .arm
    .global _start
_start:
    ldr     r0, =0x40000000         /* READS: a control, read once */
    ldr     r1, [r0]
    mov     r10, r0
    ldr     r9, =0x20008010
    ldr     r9, [r9]
    cmp     r9, #0
    strne   r9, [r0, #4]
    ldr     r0, =0x40001000         /* COUNT, SCRATCH, ECHO */
    ldr     r1, =0x20008000
    mov     r2, #0                  /* COUNT as last seen */
    mov     r4, #0
    mov     r5, #0
    mov     r6, #0
loop:
    ldr     r3, [r0]
    add     r4, r4, #1
    str     r4, [r1]
    cmp     r3, r2
    beq     loop
    mov     r2, r3
    add     r5, r5, #1
    teq     r9, #0
    beq     quiet
    cmp     r5, #20
    streq   r4, [r10, #16]
quiet:
    str     r3, [r0, #4]
    ldr     r7, [r0, #4]
    cmp     r7, r3
    addne   r6, r6, #1
    ldr     r7, [r0, #8]
    mvn     r8, r3
    cmp     r7, r8
    addne   r6, r6, #1
    str     r6, [r1, #8]
    str     r5, [r1, #4]
    b       loop
