/* SPDX-License-Identifier: MIT */
/* The start of the guest program: set the stack and call guest_main(). */
    .section .text.start, "ax"
    .global _start
_start:
    ldr     x0, =0x40300000
    mov     sp, x0
    bl      guest_main
1:  wfi
    b       1b
