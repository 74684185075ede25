/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files that build a board in QEMU. [machine lock held] */
#ifndef BRIDGE_BOARD_H
#define BRIDGE_BOARD_H

#include "board/assembly.h"
#include "bridge/guard/objects.h"
#include "bridge/process/callbacks.h"

/* The board that is being built. It is never freed once the machine runs. */
struct board {
    struct bridge_machine *m;
    struct Object *machine;
    const struct plan *plan;
};

/* A part of the running board: QEMU's device and its name on the board. */
struct board_part {
    struct Object *obj;
    char *name;
    bool realized;
    struct object_name known;        /* for messages; place: its name's */
};

/* board_build.c: build the board of `m`, as bridge_callbacks.machine_init. */
int board_machine_init(struct bridge_machine *m, struct ob_err *err);

extern const struct assembly_ops board_ops;

/* Tell the guard that the bridge works on `part`, for the item at `place`. */
void board_guard(const struct plan_place *place, const char *what,
                 const struct board_part *part);

/* board_memory.c */
int board_memory_new(void *m, const struct plan_region *r, void *target,
                     void **ret, struct ob_err *err);
int board_memory_map(void *m, void *region, void *container, uint64_t at,
                     int32_t priority, struct ob_err *err);
int board_unimplemented(void *m, const struct plan_unimp *u, void *container,
                        struct ob_err *err);
int board_part_bytes(void *m, void *part, const struct plan_map *map,
                     uint64_t *ret, struct ob_err *err);
int board_part_map(void *m, void *part, const struct plan_map *map,
                   void *container, struct ob_err *err);

/* board_value.c */
int board_part_prop(void *m, void *part, const char *name,
                    const struct plan_value *value, struct ob_err *err);
int board_part_link(void *m, void *part, const char *name,
                    const struct assembly_target *target, struct ob_err *err);
/* The child bus `name` of `part`, or an error that lists the buses it has. */
int board_bus(const struct board_part *part, const char *name,
              struct BusState **ret, struct ob_err *err);
/*
 * Refuse a property `name` that the part lacks: -ENOENT with the nearest name.
 */
int board_no_property(const struct board_part *part, const char *what,
                      const char *name, struct ob_err *err);

/* board_wire.c */
int board_part_backend(void *m, void *part, const struct plan_backend *b,
                       struct ob_err *err);
int board_part_clock(void *m, void *part, const struct plan_clock *c,
                     void *source, struct ob_err *err);
int board_connect(void *m, const struct assembly_pin *from,
                  const struct assembly_pin *to, struct ob_err *err);

/* boot_kinds.c */
int board_boot(void *m, const struct plan *plan, void *const *parts,
               struct ob_err *err);

/*
 * Copy the text of QEMU's error `why` into `err` and free it. Returns -EINVAL.
 */
int board_qemu_error(struct Error *why, const struct board_part *part,
                     struct ob_err *err);

#endif
