/* SPDX-License-Identifier: MIT */
/*
 * Shared by the bench's files. Each calls only files before it: log.c,
 * wires.c, bus.c, host_ops.c (the host operations), access.c (what a test does
 * to a device), props.c (devices and their properties), life.c (life,
 * modules), check*.c (the laws; check_int.h).
 */
#ifndef BENCH_INT_H
#define BENCH_INT_H

#include <glib.h>

#include <outboard/bench.h>

#include "device/device.h"

_Static_assert(OB_LOG_MISTAKE == HOST_LOG_MISTAKE, "one number, two names");

struct bench_line {
    uint32_t kind;
    char *text;
};

/*
 * What a link leads to: a device, or a bus; neither once it is gone. With
 * `part`, accesses to a part's regions read and write the memory of the bus.
 */
struct bench_target {
    struct ob_bench_dev *dev;
    struct ob_bench_bus *bus;
    bool part;
};

enum bench_wire_kind { BENCH_WIRE_IRQ, BENCH_WIRE_OUTPUT, BENCH_WIRE_CLOCK };

struct bench_wire {
    enum bench_wire_kind kind;
    uint32_t group, n;
    struct ob_bench_dev *to;
    uint32_t to_group, to_n;
};

struct bench_level {
    int32_t level;
    uint32_t changes, rises;
};

struct bench_timer {
    uint64_t deadline;          /* UINT64_MAX: not armed */
    uint64_t turn;              /* order of arming */
    uint32_t expired;           /* times */
    /* For ob_bench_check(): times armed; in the past, after 100 years. */
    uint32_t arms, late, distant;
    uint64_t late_deadline, late_now, distant_deadline;
};

struct bench_chr {
    GByteArray *waiting;        /* for the device's room() */
    GByteArray *sent;           /* with a NUL at its end */
    bool pumping;
};

/* Memory that the guest reads in place of a device's registers. */
struct bench_pages {
    void *at;
    size_t bytes;
};

struct ob_bench_dev {
    struct ob_bench *bench;
    const struct device_decl *type;
    struct device *device;
    char *id;
    struct device_region **regions;
    struct bench_level *irqs;
    struct bench_level **outputs;       /* [group][line] */
    uint64_t *clocks;                   /* Hz */
    struct bench_timer *timers;
    struct bench_chr *chrs;
    GArray *wires;                      /* struct bench_wire, outgoing */
    GArray *pages;                      /* struct bench_pages */
};

struct bench_map {
    uint64_t addr, bytes;
    uint8_t *ram;               /* owned; or NULL and: */
    struct host_memory *memory;  /* that the RAM is; or NULL: plain memory */
    struct ob_bench_dev *dev;
    uint32_t region;
};

struct ob_bench_bus {
    struct ob_bench *bench;
    GArray *maps;               /* struct bench_map */
    GArray *ranges;             /* struct host_range, of what is shared */
    struct host_map shared;
};

struct ob_bench {
    GPtrArray *types;           /* const struct device_decl * */
    GPtrArray *owned;           /* struct device_decl *: the bench's own */
    GPtrArray *devs;
    GPtrArray *buses;           /* the first one is the system's */
    GPtrArray *targets;         /* of links; owned */
    GArray *lines;              /* struct bench_line */
    GArray *requests;           /* uint32_t */
    GPtrArray *checked;         /* char *: lines of ob_bench_check() */
    const struct check *check;  /* the one that runs, or NULL */
    GThread *thread;
    struct ob_err err;
    struct ob_err refused;      /* the first module that was refused */
    uint64_t now, turns, seed;
    uint32_t wanted, mistakes;
    bool strict, stepping;
    bool no_pages;              /* all reads call the devices */
};

extern const struct host_ops bench_port;

/* A mistake of the test's or of the model's: counted, logged, told. */
void bench_mistake(struct ob_bench *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void bench_log(struct ob_bench *b, uint32_t kind, const char *line);

/*
 * Let the bench know `type` of module `module`, which outlives it. 0, or
 * -EEXIST and the bench's error.
 */
int bench_type_add(struct ob_bench *b, const char *module,
                   const struct device_decl *type);

/* The type called `name`; NULL, and the bench's error: no module has it. */
const struct device_decl *bench_type_need(struct ob_bench *b,
                                          const char *name);
/* What happens now to a device of ob_bench_check(): "a read of CTRL". */
void bench_check_doing(const struct ob_bench *b, char *text, size_t bytes);
/* "name=value,name=value", or NULL. 0 or a negative errno, and the error. */
int bench_props_set(struct ob_bench_dev *dev, const char *props);
/* Forget what was sent through backend `n` of the flat list. */
void bench_chr_clear(struct ob_bench_dev *dev, uint32_t n);

/* The bus `bus` reads or writes `count` bytes; 0 or -EFAULT. */
int bench_bus_rw(struct ob_bench_bus *bus, uint64_t addr, void *bytes,
                 uint64_t count, bool write);
struct ob_bench_bus *bench_bus_new(struct ob_bench *b);
/* RAM at 0 of an empty bus that no other process shares. */
uint8_t *bench_ram_plain(struct ob_bench_bus *bus, uint64_t bytes);
void bench_bus_free(struct ob_bench_bus *bus);
/* What models in other processes may reach by themselves. */
const struct host_map *bench_bus_shared(struct ob_bench_bus *bus);
/* Nothing of `dev` is mapped any more. */
void bench_bus_forget(struct ob_bench_bus *bus, struct ob_bench_dev *dev);

/* Is `n` below `count`? If not, that is the test's mistake. */
/* The public result of an errno: what a test sees. */
int32_t bench_result(int ret);
bool bench_one(const struct ob_bench_dev *dev, const char *call,
               const struct decl_groups *groups, uint32_t item, uint32_t *n);
void bench_clock_put(struct ob_bench_dev *dev, uint32_t n, uint64_t period);
bool bench_index_ok(const struct ob_bench_dev *dev, const char *call,
                    uint32_t n, uint32_t count);
/* Pass a level, or a frequency, on along the device's wires. */
void bench_wires_pass(struct ob_bench_dev *dev, enum bench_wire_kind kind,
                      uint32_t group, uint32_t n, int32_t level);
/* Deliver what waits, as distant as the device has room. */
void bench_chr_pump(struct ob_bench_dev *dev, uint32_t n);

#endif
