/* SPDX-License-Identifier: MIT */
/*
 * The source of the boot ROM's tables and functions: RP2040 Datasheet, 2.8.3.
 * The array in rp2040-bootrom.c holds its code. A test assembles this file and
 * compares the two.
 *
 *     arm-none-eabi-gcc -c rp2040-bootrom.S -o rom.o
 *     arm-none-eabi-objcopy -O binary rom.o rom.bin
 */
    .syntax unified
    .cpu cortex-m0plus
    .thumb
    .text

    .word 0x20042000            /* initial stack: the end of SRAM */
    .word stop + 1              /* reset: see stop */
    .word stop + 1              /* NMI */
    .word stop + 1              /* HardFault */
    .byte 'M', 'u', 1, 3        /* magic; ROM of a B2 chip */
    .hword functions
    .hword data
    .hword lookup + 1
    .hword 0

functions:
    .ascii "P3"
    .hword popcount + 1
    .ascii "R3"
    .hword reverse + 1
    .ascii "L3"
    .hword leading + 1
    .ascii "T3"
    .hword trailing + 1
    .ascii "MS"
    .hword set + 1
    .ascii "S4"
    .hword set + 1
    .ascii "MC"
    .hword copy + 1
    .ascii "C4"
    .hword copy + 1
    .ascii "UB"
    .hword stop + 1
    .ascii "DT"
    .hword stop + 1
    .ascii "IF"
    .hword flash + 1
    .ascii "EX"
    .hword flash + 1
    .ascii "RE"
    .hword flash + 1
    .ascii "RP"
    .hword flash + 1
    .ascii "FC"
    .hword flash + 1
    .ascii "CX"
    .hword flash + 1
data:                           /* no data; the end of functions */
    .hword 0

/* r0: a table, r1: a code. Returns the entry of the code, or 0. */
lookup:
    ldrh r2, [r0]
    ldrh r3, [r0, #2]
    adds r0, #4
    cmp r2, r1
    beq 1f
    cmp r2, #0
    bne lookup
    movs r3, #0
1:  mov r0, r3
    bx lr

popcount:
    movs r1, #0
1:  cmp r0, #0
    beq 2f
    subs r2, r0, #1
    ands r0, r2
    adds r1, #1
    b 1b
2:  mov r0, r1
    bx lr

reverse:
    movs r1, #0
    movs r2, #32
1:  lsrs r0, r0, #1
    adcs r1, r1
    subs r2, #1
    bne 1b
    mov r0, r1
    bx lr

leading:
    movs r1, #32
1:  cmp r0, #0
    beq 2f
    subs r1, #1
    lsrs r0, r0, #1
    b 1b
2:  mov r0, r1
    bx lr

trailing:
    movs r1, #32
1:  cmp r0, #0
    beq 2f
    subs r1, #1
    lsls r0, r0, #1
    b 1b
2:  mov r0, r1
    bx lr

/* Fill. r0: address, r1: byte, r2: count. Keeps r0. */
set:
    cmp r2, #0
    beq 2f
1:  subs r2, #1
    strb r1, [r0, r2]
    bne 1b
2:  bx lr

/* Copy. r0: to, r1: from, r2: count. Keeps r0. */
copy:
    push {r4, lr}
    movs r3, #0
1:  cmp r3, r2
    beq 2f
    ldrb r4, [r1, r3]
    strb r4, [r0, r3]
    adds r3, #1
    b 1b
2:  pop {r4, pc}

/* The model cannot erase or program flash: no effect. */
flash:
    bx lr

/* The board has no USB boot: the processor stays here. */
stop:
    wfi
    b stop
    .balign 4
