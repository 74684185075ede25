/* SPDX-License-Identifier: MIT */
/* What guest.c and a target's own file know of each other. */
#ifndef GUEST_H
#define GUEST_H

void guest_main(void);
void guest_irq(void);

/* Interrupts that came so far, and: wait until at least one came. */
int target_irq_count(void);
void target_irq_wait(void);

#endif
