/* SPDX-License-Identifier: MIT */
/*
 * A board's plan: what a board file (or a board in C) says, with repetition and
 * expressions evaluated, names resolved, and all checks done that do not need
 * QEMU. Making one is a pure function of the board's text and of what the user
 * asked for (-m, -smp).
 *
 * Items refer to each other by position in the plan's arrays. All texts, arrays
 * and structs belong to the plan. A plan never changes once it is complete; any
 * thread may read it.
 */
#ifndef BOARD_PLAN_H
#define BOARD_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "modinfo/modinfo.h"

#define PLAN_NONE UINT32_MAX        /* "no such item", for positions */

/*
 * Limits of a board: far above real hardware, far below a problem for the host.
 */
enum {
    PLAN_PARTS_MAX = 4096,
    PLAN_REGIONS_MAX = 4096,
    PLAN_WIRES_MAX = 65536,
    PLAN_REPEAT_MAX = 1024,         /* of one "repeat" */
    PLAN_CPUS_MAX = 512,
};

/* The place of an item in a text, for errors: "file:line:col: ". */
struct plan_place {
    const char *file;               /* or "acme.so: board x: parts/uart0" */
    uint32_t line, col;             /* from 1 */
};

/*
 * A property's value as the board gives it, `{...}` evaluated. The host
 * converts it to the property's type:
 * - bool, number and list as such;
 * - a string goes through the property's own text form. If the property is a
 *   number and `is_number` is set, `number` is its value: the string was
 *   "0x3c000000", "64 MiB" or "54 MHz".
 *
 * Numbers: `is_number` with `number`; negative ones `is_negative` with `number`
 * their absolute value; fractions neither, `text` as written.
 */
struct plan_value {
    enum json_kind kind;            /* BOOL, NUMBER, STRING or ARRAY */
    bool boolean, is_number, is_negative;
    uint64_t number;
    const char *text;               /* of a string or number; else NULL */
    const struct plan_value *items; /* of a list */
    uint32_t count;
    struct plan_place place;
};

struct plan_prop {
    const char *name;
    struct plan_value value;
    struct plan_place place;        /* of the name */
};

/* What a link points to. */
enum plan_target_kind {
    PLAN_TARGET_PART,               /* parts[index] */
    PLAN_TARGET_REGION,             /* regions[index] */
    PLAN_TARGET_BUS,                /* bus `bus` of parts[index] */
};
struct plan_target {
    enum plan_target_kind kind;
    uint32_t index;
    const char *bus;                /* child bus name, or NULL */
};

struct plan_link {
    const char *name;               /* property, or name of a const link */
    struct plan_target target;
    struct plan_place place;        /* of the target's text */
};

/* A clock input of a part: a fixed rate, or another part's clock output. */
struct plan_clock {
    const char *name;
    uint64_t hz;                    /* used if `part` is PLAN_NONE */
    uint32_t part;
    const char *output;             /* clock output of `part` */
    struct plan_place place;
};

/* One MMIO region of a part in a container. */
struct plan_map {
    const char *name;               /* region's name, or NULL: by index */
    uint32_t index;
    uint32_t container;             /* position in regions[] */
    uint64_t at;                    /* in the container, bytes */
    int32_t priority;
    struct plan_place place;
};

/* The user's backends on the command line. */
enum plan_backend_kind {
    PLAN_SERIAL,                    /* -serial number `index` */
    PLAN_DRIVE,                     /* -drive if=`interface`,index=`index` */
    PLAN_NIC,                       /* -nic number `index` */
};
struct plan_backend {
    enum plan_backend_kind kind;
    const char *prop;               /* property; NULL: chardev, drive, or */
    const char *interface;          /*   netdev and mac. "sd", "pflash".. */
    uint32_t index;
    struct plan_place place;
};

/* What happens to a part when its model's process ends (docs/ipc.md). */
enum plan_crash {
    PLAN_CRASH_ERROR, PLAN_CRASH_STOP, PLAN_CRASH_RESTART, PLAN_CRASH_COUNT,
};
/*
 * The word for `crash` ("error", "stop", "restart"), and its inverse (-1:
 * unknown).
 */
const char *plan_crash_name(enum plan_crash crash);
int plan_crash_find(const char *name);

/*
 * A type that is written as "qemu:NAME" is QEMU's own type NAME, also if a
 * module has a type NAME. Returns NAME; NULL if `type` is not written so.
 */
#define PLAN_QEMU_TYPE "qemu:"
const char *plan_qemu_type(const char *type);

/* One device on the board. */
struct plan_part {
    const char *name;               /* "uart0"; QOM child of the machine */
    const char *type;               /* SDK model, QOM type, or "qemu:NAME" */
    struct plan_place place;        /* of the name */
    struct plan_place type_place;
    const struct plan_prop *props;
    const struct plan_link *links;
    const struct plan_clock *clocks;
    const struct plan_map *maps;
    const struct plan_backend *backends;
    uint32_t prop_count, link_count, clock_count, map_count, backend_count;
    bool optional;                  /* left out if its type is unknown */
    enum modinfo_isolation isolation;   /* where its model is to run */
    struct plan_place isolation_place;
    bool crash_said;                /* the board has "on-crash" */
    enum plan_crash on_crash;
    struct plan_place crash_place;
    uint32_t bus_part;              /* plugged into this part's bus, or */
    const char *bus;                /*   PLAN_NONE: system bus, or none */
    struct plan_place bus_place;
};

enum plan_region_kind {
    PLAN_SYSTEM,                    /* regions[0]: the CPUs' address space */
    PLAN_MACHINE_RAM,               /* regions[1] if ram_bytes: what -m gives */
    PLAN_RAM,
    PLAN_ROM,    /* loaded from a file; the guest cannot write it */
    PLAN_CONTAINER,
    PLAN_ALIAS,                     /* a window into `target` */
};
struct plan_region {
    const char *name;
    enum plan_region_kind kind;
    uint64_t bytes;                 /* UINT64_MAX for the system */
    uint32_t target;                /* alias: position in regions[] */
    uint64_t from;                  /* alias: offset in the target */
    uint32_t container;             /* where it is mapped, or PLAN_NONE */
    uint64_t at;
    int32_t priority;
    struct plan_place place;
};

/* A range that logs accesses (-d unimp) and reads as 0; priority -1000. */
struct plan_unimp {
    const char *name;
    uint32_t container;
    uint64_t at, bytes;
    struct plan_place place;
};

/*
 * One end of a wire. An output is a sysbus interrupt (`irq`) or a gpio output.
 * An input is always a gpio input. The `name` "power" of a CPU powers it on
 * while the line is high.
 */
struct plan_pin {
    uint32_t part;
    bool irq;                       /* output: one of "irq" */
    const char *name;               /* NULL: unnamed, by number alone */
    uint32_t index;
};
struct plan_wire {
    struct plan_pin from, to;
    uint32_t or_gate;               /* position in gates[], or PLAN_NONE */
    uint32_t or_input;              /*   and which of its inputs */
    struct plan_place place;        /* of the input's text */
};

/* An or-gate that the plan adds where several outputs drive one input. */
struct plan_gate {
    const char *name;               /* "gic.126-or" */
    uint32_t inputs;
    struct plan_pin to;
    struct plan_place place;
};

/* A 32-bit store that the start code makes before it enters a kernel. */
struct plan_store {
    uint64_t at;
    uint32_t value;
    bool every_cpu;                 /* false: the first CPU only */
};

/* A property to set in the kernel's device tree. */
struct plan_dt_prop {
    const char *node;               /* "/memory@0", "/" */
    const char *name;
    struct plan_value value;        /* string, number (1 cell), list of both; */
};                                  /*   true: there, and empty */

struct plan_range {
    uint64_t at, bytes;
};

enum plan_boot_kind {
    PLAN_BOOT_NONE,                 /* -kernel and -bios are refused */
    PLAN_BOOT_CORTEX_M,
    PLAN_BOOT_LINUX_ARM64,
    PLAN_BOOT_LINUX_RISCV64,
    PLAN_BOOT_BARE,
};

/*
 * cortex-m: -kernel is an ELF file (loaded at its own addresses) or a raw
 * binary (loaded at `kernel_at`, up to `kernel_room` bytes). The CPU fetches
 * its vector table itself at every reset.
 *
 * bare: the same for any CPU. At every reset it starts at the ELF file's entry,
 * or at the start of the binary.
 *
 * linux-arm64: -kernel is an arm64 Image (plain or gzip; its own text offset
 * counts from `kernel_base`), an ELF file (at its own addresses, entered at its
 * entry) or another raw binary (at `kernel_at`, like U-Boot's u-boot.bin). The
 * device tree goes to `dtb_at`, -initrd to `initrd_at` (0 for either: behind
 * what lies before it, 2 MiB aligned). -bios is raw, at `bios_at`. All CPUs
 * start in the code of board_start_code() at `start_at`, which ends in EL2 with
 * the device tree in x0 (-bios: as the CPU starts, in EL3).
 *
 * linux-riscv64: -bios is an ELF file or raw at `bios_at`. Without -bios it is
 * `bios_file`; with "none" there is no firmware. -kernel is a RISC-V Image, an
 * ELF file or raw at `kernel_base`. All harts start in the code of
 * board_start_riscv() at `start_at`, which passes the device tree and -kernel
 * to the firmware. With `dt_new` there is a device tree even without -dtb:
 * dt_props are all of it.
 */
struct plan_boot {
    enum plan_boot_kind kind;
    struct plan_place place;
    uint32_t cpu;                   /* part: the first CPU */
    uint64_t kernel_at, kernel_room;
    uint64_t kernel_base;           /* 2 MiB aligned start of RAM */
    uint64_t dtb_at, initrd_at;
    uint64_t bios_at, bios_room;    /* room 0: no -bios here */
    uint64_t start_at, start_room;
    uint64_t slots_at;              /* spin table: 8 bytes for each CPU */
    uint64_t timer_hz;              /* CNTFRQ; 0: leave */
    const struct plan_store *stores;
    uint32_t store_count;
    const char *bios_file;          /* as QEMU looks for it; or NULL */
    bool dt_new;                    /* dt_props make a complete tree */
    const char *dt_memory;          /* node whose reg becomes `banks`, or */
    const struct plan_range *banks; /*   NULL; split where a size needs more */
    uint32_t bank_count;            /*   cells than the tree has */
    const struct plan_dt_prop *dt_props;
    uint32_t dt_prop_count;
};

struct plan {
    const char *board;              /* name in -M */
    uint64_t ram_bytes;             /* of PLAN_MACHINE_RAM; 0: no such RAM */
    uint32_t cpus;
    const struct plan_region *regions;
    const struct plan_part *parts;  /* in the order of the text */
    const uint32_t *order;          /* parts, those linked to first */
    const struct plan_unimp *unimps;
    const struct plan_wire *wires;
    const struct plan_gate *gates;
    uint32_t region_count, part_count, unimp_count, wire_count, gate_count;
    struct plan_boot boot;
    void *arena;                    /* private: owns all of the above */
};

/* What the user asked for; 0 means the board's default. */
struct board_ask {
    uint64_t ram_bytes;             /* -m */
    uint32_t cpus;                  /* -smp */
};

/*
 * Read and check the head of a board document (modinfo/modinfo.h). *ret owns
 * all its strings; the caller frees it (board_head_free). -EINVAL with place
 * and text in `err`.
 */
int board_head_read(const struct json_doc *doc, struct board_head **ret,
                    struct ob_err *err);
void board_head_free(struct board_head *head);      /* NULL is fine */

/*
 * Make the plan of a board document. `ask` may be NULL: the defaults. A size or
 * number that the board does not have is refused. The caller owns *ret
 * (plan_free), which does not need `doc` any more. -EINVAL with place and text
 * in `err` for anything wrong. Boards in C: board/builder.h.
 */
int board_plan(const struct json_doc *doc, const struct board_ask *ask,
               struct plan **ret, struct ob_err *err);

/* Free a plan and everything it owns. NULL is allowed. */
void plan_free(struct plan *plan);

/*
 * The code in which every CPU of a PLAN_BOOT_LINUX_ARM64 board starts, for the
 * address boot->start_at: little-endian AArch64 instructions. The first CPU
 * goes to `entry` with `dtb` in x0 (0: none). `as_reset` enters in the
 * exception level of reset (-bios) instead of EL2. *ret is allocated with
 * malloc() and has *ret_bytes bytes; the caller frees it. -ENOSPC if it is
 * longer than boot->start_room.
 */
int board_start_code(const struct plan *plan, uint64_t entry, uint64_t dtb,
                     bool as_reset, uint32_t **ret, uint32_t *ret_bytes,
                     struct ob_err *err);

/*
 * The same for a PLAN_BOOT_LINUX_RISCV64 board: every hart enters `entry` in M
 * mode with its number in a0, `dtb` in a1 and OpenSBI's struct fw_dynamic_info
 * in a2, which sends it to `next` in S mode (0: no next stage).
 */
int board_start_riscv(const struct plan *plan, uint64_t entry, uint64_t next,
                      uint64_t dtb, uint32_t **ret, uint32_t *ret_bytes,
                      struct ob_err *err);

#endif
