/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of ob_bench_check(). Each calls only files before it:
 * check.c (the lines), check_block.c (saved states), check_trial.c (a device on
 * a bench of its own), check_walk.c (what happens to it), check_pair.c (two
 * devices that must be equal), check_laws.c (the laws), check_type.c (the
 * call).
 *
 * A law makes trials. A trial has a bench of its own, so time, memory, log and
 * parts of two trials are separate and can be compared. All numbers come from
 * the seed, so a run can be repeated.
 */
#ifndef CHECK_INT_H
#define CHECK_INT_H

#include <inttypes.h>

#include "bench/bench_int.h"

enum check_law {
    LAW_CREATE, LAW_MISTAKES, LAW_INSTANCES, LAW_READ_ONLY, LAW_WRITE_BACK,
    LAW_RESET, LAW_RESTORED, LAW_DEADLINES, LAW_EXPIRATIONS, LAWS,
};

struct op;

struct check {
    struct ob_bench *b;             /* the author's */
    const struct op *now;           /* what happens at the moment, or NULL */
    const struct device_decl *type;
    const char *props;
    struct ob_bench_check_options opt;
    uint32_t broken;                /* bits 1 << LAW_* */
    uint32_t run, step;             /* where a walk is, for the lines */
    bool stop;                      /* timers run wild: more takes too long */
    struct bench_timer *timers;     /* sums over all trials */
    uint8_t *alike;                 /* 1: this byte of the state struct is the
                                       same in two new devices; or NULL */
    char raw[200];                  /* the first difference of two structs, by
                                       LAW_RESTORED; or "" */
};

/*
 * Note that a law is broken; "what (value seen, value expected); what to do".
 * Only the first time for each law makes a line.
 */
void check_broken(struct check *c, enum check_law law, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Add a line, and print it if the bench is strict. */
void check_line(struct ob_bench *b, const char *type, enum check_law law,
                const char *what);
static inline bool check_is_broken(const struct check *c, enum check_law law)
{
    return c->broken >> law & 1;
}

/* All bits of a number of `bytes` bytes, 1 to 8. */
static inline uint64_t check_mask(uint32_t bytes)
{
    return UINT64_MAX >> (64 - 8 * bytes);
}

/* --- check_block.c -------------------------------------------------------- */

/* One entry of a saved state, as device_save() writes it. */
struct block_entry {
    uint8_t kind, width;
    char name[320];
    uint32_t count;
    const uint8_t *data;            /* in the block */
};
/*
 * The entry at `*at` of a block that device_save() made; 0 starts. False: that
 * was the last one.
 */
bool block_next(const GByteArray *block, size_t *at, struct block_entry *ret);
uint64_t block_value(const struct block_entry *e, uint32_t n);
/* Element `n` of a register with storage; false: the block has none. */
bool block_reg(const GByteArray *block, const char *region, const char *reg,
               uint32_t n, uint64_t *ret);
/*
 * Do the blocks differ? Then `what` gets the first difference: "the saved value
 * of regs.CTRL is 0x1 (expected 0x0)".
 */
bool block_differs(const GByteArray *seen, const GByteArray *expected,
                   char *what, size_t bytes);

/* --- check_trial.c -------------------------------------------------------- */

struct trial {
    struct check *c;
    struct ob_bench *bench;
    struct ob_bench_dev *dev;       /* of the type that is checked */
    uint64_t requests;              /* a hash of the model's requests so far */
};

/* A trial whose clock shows `now`; NULL: refused, and LAW_CREATE is broken. */
struct trial *trial_new(struct check *c, uint64_t now);
/* Adds what the timers did, and mistakes, to the check. NULL is fine. */
void trial_free(struct trial *r);
/* Report mistakes, and forget all lines. */
void trial_log_clear(struct trial *r);
/* Let time pass; breaks LAW_EXPIRATIONS if timers expire too often. */
void trial_step(struct trial *r, uint64_t ns);
/* Do what the model has asked of the machine: a reset. */
void trial_requests_serve(struct trial *r);
/* Memory, parts, clocks and waiting characters become those of `from`. */
void trial_world_copy(struct trial *to, struct trial *from);
/* Forget characters that wait for room. */
void trial_waiting_drop(struct trial *r);
void trial_inputs_low(struct trial *r);
/*
 * The first byte of the state struct, among those that can be compared, that
 * differs: "byte 24 of the state struct (behind "ctrl") is". False: none.
 */
bool trial_raw_differs(const struct trial *seen, const struct trial *expected,
                       char *what, size_t bytes);

/* --- check_walk.c --------------------------------------------------------- */

struct walk {
    const struct device_decl *type;
    uint64_t seed;
};

enum op_kind {
    OP_WRITE, OP_MODIFY, OP_READ, OP_STEP, OP_INPUT, OP_CLOCK, OP_FEED,
    OP_EVENT, OP_RESET,
};

/* Something that happens to a device. */
struct op {
    enum op_kind kind;
    uint32_t item, n;               /* region, line, clock, backend */
    uint64_t offset, value;         /* value, level, hz, ns, event, reset */
    uint64_t ignored;               /* bits that a write must not change */
    uint32_t bytes;
    uint8_t feed[16];
};

struct walk walk_new(const struct check *c, enum check_law law,
                     uint32_t stream);
uint64_t walk_any(struct walk *w);
uint64_t walk_value(struct walk *w);
struct op walk_next(struct walk *w, const struct trial *r);
/* Returns what a read returned. */
uint64_t op_run(const struct op *op, struct trial *r);
void op_text(const struct op *op, const struct device_decl *type, char *text,
             size_t bytes);
/* `steps` things happen to `r`. */
void walk_run(struct walk *w, struct trial *r, uint32_t steps);

/* Let the next timer expire, if it is near. */
void walk_jump(struct trial *r);

uint32_t reg_element_offset(const struct decl_reg *g, uint32_t n);
/* The bits whose access is in `accesses`, bits 1 << OB_RW and so on. */
uint64_t reg_bits(const struct decl_reg *g, uint32_t accesses);
/* "CTRL", "CTRL[2]" or "regs+0x10". */
void place_text(const struct device_decl *type, uint32_t region,
                uint64_t offset, char *text, size_t bytes);

/* --- check_pair.c --------------------------------------------------------- */

struct pair {
    struct check *c;
    enum check_law law;
    const char *fix;                /* what to do; the end of the line */
    struct trial *seen, *expected;    /* owned */
    struct walk walk;
    struct trial *between;            /* something happens to it in between */
    struct walk between_walk;
    bool flips;                     /* `seen` gets other read-only bits */
    char last[160];                 /* what happened last */
    char cause[200];                /* an addition to the line, or "" */
    bool differs;                   /* and a line was made */
};

/* Two equal new devices; false: they could not be made. */
bool pair_new(struct pair *p, struct check *c, enum check_law law,
              const char *fix);
void pair_free(struct pair *p);
/* `steps` things happen to both. Ends at the first difference. */
void pair_run(struct pair *p, uint32_t steps);
/* Compare lines, timers, characters, requests, log. */
void pair_lines(struct pair *p);
/* Compare saved states. */
void pair_states(struct pair *p);
/* Read all registers of both. */
void pair_sweep(struct pair *p);

/* --- check_laws.c --------------------------------------------------------- */

void laws_check(struct check *c);

#endif
