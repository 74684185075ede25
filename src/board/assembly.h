/* SPDX-License-Identifier: MIT */
/*
 * Builds a board from its plan, through a host's operations: the bridge
 * implements `struct assembly_ops` with QEMU, the tests with a recorder.
 *
 * The order of calls, which matters to QEMU:
 * 1. process_check(), type_check() of every part: if one is unknown, nothing is
 *    created
 * 2. memory_new() for the system, machine RAM and every region, then
 *    memory_map() of those that are mapped
 * 3. unimplemented()
 * 4. for each part, after the parts that it links to or is plugged into:
 *    part_new(); props, links, backends, clocks; part_realize()
 * 5. part_bytes() of everything that is mapped, to find overlaps, then
 *    part_map()
 * 6. or-gates: part_new("qemu:or-irq"), prop num-lines, part_realize(), and
 *    connect() of its output
 * 7. connect() of every wire
 * 8. boot()
 *
 * The first call that fails ends the build. The host removes what exists (in
 * QEMU: the process ends with status 1). The host's errors have no place:
 * assembly_build() puts "file:line:col: " in front. Every call checks its
 * arguments against what exists (property, mmio index, bus, line numbers)
 * before it does something on which QEMU would abort. All calls: [machine lock
 * held], in one thread, while the machine is created.
 */
#ifndef BOARD_ASSEMBLY_H
#define BOARD_ASSEMBLY_H

#include "base/err.h"
#include "board/plan.h"

/* What a link points to, as live objects. */
struct assembly_target {
    enum plan_target_kind kind;
    void *part;                     /* PART, BUS */
    void *region;                   /* REGION */
    const char *bus;                /* BUS */
};

/* One end of a wire, as a live part; see struct plan_pin. */
struct assembly_pin {
    void *part;
    bool irq;
    const char *name;
    uint32_t index;
    const struct plan_place *place; /* where the board says so, or NULL */
};

/*
 * `m` is the argument of assembly_build(). Returns 0 or -errno with text in
 * `err`.
 */
struct assembly_ops {
    /*
     * May a part of type `type` say where its model runs, here `where`, or
     * (ISOLATION_NONE) what happens when its process ends? 0 for unknown types.
     * May be NULL: every part may.
     */
    int (*process_check)(void *m, const char *type,
                         enum modinfo_isolation where, struct ob_err *err);
    /*
     * Is there a type `type` that a board may use, with its model at `where`?
     * If not, name the nearest one. On -ENOENT an optional part is left out,
     * with everything that leads to it.
     */
    int (*type_check)(void *m, const char *type,
                      enum modinfo_isolation where, struct ob_err *err);

    /*
     * Create the region `r`. `target` is what an alias looks into, else NULL.
     * PLAN_SYSTEM and PLAN_MACHINE_RAM exist already: return them.
     */
    int (*memory_new)(void *m, const struct plan_region *r, void *target,
                      void **ret, struct ob_err *err);
    int (*memory_map)(void *m, void *region, void *container, uint64_t at,
                      int32_t priority, struct ob_err *err);
    int (*unimplemented)(void *m, const struct plan_unimp *u, void *container,
                         struct ob_err *err);

    /* Create, but do not realize; a QOM child `name` of the machine. */
    int (*part_new)(void *m, const char *name, const char *type,
                    enum modinfo_isolation where, void **ret,
                    struct ob_err *err);
    /* What the board wants when the part's process ends. May be NULL. */
    void (*part_crash)(void *m, void *part, enum plan_crash crash);
    int (*part_prop)(void *m, void *part, const char *name,
                     const struct plan_value *value, struct ob_err *err);
    /* Set the link property if the part has it, else add a const link. */
    int (*part_link)(void *m, void *part, const char *name,
                     const struct assembly_target *target, struct ob_err *err);
    int (*part_backend)(void *m, void *part, const struct plan_backend *b,
                        struct ob_err *err);
    /*
     * Clock input `c->name`: at c->hz if `source` is NULL, else from its clock
     * output c->output.
     */
    int (*part_clock)(void *m, void *part, const struct plan_clock *c,
                      void *source, struct ob_err *err);
    /*
     * `bus_part` NULL: on the system bus, or on no bus if the type has none.
     * Else on the bus `bus` of that (realized) part.
     */
    int (*part_realize)(void *m, void *part, void *bus_part, const char *bus,
                        struct ob_err *err);
    /*
     * The size of the region that part_map() would map. May be NULL: then
     * overlaps of parts are not found.
     */
    int (*part_bytes)(void *m, void *part, const struct plan_map *map,
                      uint64_t *ret, struct ob_err *err);
    /*
     * Map MMIO region map->name, or region number map->index if name is NULL.
     */
    int (*part_map)(void *m, void *part, const struct plan_map *map,
                    void *container, struct ob_err *err);
    int (*connect)(void *m, const struct assembly_pin *from,
                   const struct assembly_pin *to, struct ob_err *err);

    /*
     * Load what -kernel, -bios, -dtb, -initrd name as plan->boot says, and make
     * the CPUs start there at every reset. `parts` are the live parts by their
     * position in plan->parts. Called for every board, also with
     * PLAN_BOOT_NONE.
     */
    int (*boot)(void *m, const struct plan *plan, void *const *parts,
                struct ob_err *err);
};

/*
 * Build `plan` through `ops`. Returns 0, or the first error with its place.
 * `plan` must live as long as the host keeps pointers into it.
 */
int assembly_build(const struct plan *plan, const struct assembly_ops *ops,
                   void *m, struct ob_err *err);

#endif
