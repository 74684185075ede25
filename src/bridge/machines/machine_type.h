/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QOM type for each board of the index, so that `-M help`, query-machines
 * and `-M NAME` know it; and what a machine's init may ask of QEMU's machine.
 * All [machine lock held].
 */
#ifndef BRIDGE_MACHINE_TYPE_H
#define BRIDGE_MACHINE_TYPE_H

#include "bridge/process/callbacks.h"

#define DOCTOR_MACHINE "outboard-doctor"

/*
 * Register a type for every board of the index. A board that QEMU has too
 * wins its name, and QEMU's own is then called NAME-qemu. After
 * layout_derive(), at the hook, once.
 */
int machine_types_register(const struct registry *ix, struct ob_err *err);

/* The doctor's scratch machine: no CPU, 1 MiB of RAM. */
void machine_type_register_doctor(int (*init)(struct bridge_machine *m,
                                              struct ob_err *err));

/*
 * A text option of the machine ("kernel", "initrd", "append", "dtb",
 * "firmware"), or NULL if it was not given. g_free() it.
 */
char *machine_text(const struct bridge_machine *m, const char *option);

/* A member of -smp ("cpus", "maxcpus", "cores", ...), or 0 if unknown. */
uint32_t machine_smp(const struct bridge_machine *m, const char *member);

/*
 * The RAM that -m (or -machine memory-backend=) made, not mapped anywhere yet;
 * NULL if the board has no RAM of that kind. Belongs to QEMU.
 */
struct MemoryRegion *machine_ram(const struct bridge_machine *m);

/* Its bytes: of -m, or the board's default; 0 without. */
uint64_t machine_ram_bytes(const struct bridge_machine *m);

/* The text of a QEMU error into `err`, and the error freed. */
int machine_qemu_error(struct Error *qerr, const char *where,
                       struct ob_err *err);

#endif
