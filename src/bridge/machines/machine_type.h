/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QOM type for each board of the registry, so that `-M help`, query-machines
 * and `-M NAME` find it; and the values that a machine's init may read from
 * QEMU's machine. All calls [machine lock held].
 */
#ifndef BRIDGE_MACHINE_TYPE_H
#define BRIDGE_MACHINE_TYPE_H

#include "bridge/process/callbacks.h"

#define DOCTOR_MACHINE "outboard-doctor"

/*
 * Register a type for every board of the registry. If QEMU has a board of the
 * same name, ours takes the name, and QEMU's own becomes NAME-qemu. Call once,
 * at the hook, after layout_derive().
 */
int machine_types_register(const struct registry *registry,
                           struct ob_err *err);

/* The doctor's scratch machine: no CPU, 1 MiB of RAM. */
void machine_type_register_doctor(int (*init)(struct bridge_machine *m,
                                              struct ob_err *err));

/*
 * A text option of the machine ("kernel", "initrd", "append", "dtb",
 * "firmware"), or NULL if the user did not give it. Free it with g_free().
 */
char *machine_text(const struct bridge_machine *m, const char *option);

/* A member of -smp ("cpus", "maxcpus", "cores", ...), or 0 if unknown. */
uint32_t machine_smp(const struct bridge_machine *m, const char *member);

/*
 * The RAM that QEMU created for -m (or -machine memory-backend=), not mapped
 * yet; NULL if the board has no such RAM. QEMU owns it.
 */
struct MemoryRegion *machine_ram(const struct bridge_machine *m);

/* The size of that RAM in bytes: from -m, or the board's default; 0 without. */
uint64_t machine_ram_bytes(const struct bridge_machine *m);

/* Copy the text of a QEMU error into `err` and free the QEMU error. */
int machine_qemu_error(struct Error *qerr, const char *where,
                       struct ob_err *err);

#endif
