/* SPDX-License-Identifier: MIT */
/*
 * The test bench: a host without QEMU, for unit tests of models. It serves a
 * model exactly as QEMU's bridge does (it is the same code, on other wires),
 * on a clock that only the test moves, so that a test is quick, repeatable and
 * never sleeps.
 *
 *     struct ob_bench *b = ob_bench_new();
 *     ob_bench_module(b, &outboard_module);
 *     struct ob_bench_dev *t = ob_bench_make(b, "acme-timer", "t0", NULL);
 *     ob_bench_write32(t, 0, TIMER_LOAD, 100);
 *     ob_bench_step(b, 1000000);
 *     assert(ob_bench_irq(t, 0));
 *     assert(ob_bench_free(b) == 0);
 *
 *     cc test.c acme.c $(pkg-config --cflags --libs outboard-bench)
 *
 * Rules that hold for every call
 * - One bench and all of its devices belong to one thread.
 * - What the bench hands out is its own and ends with it (or with the device),
 *   unless the call says otherwise.
 * - `region`, `group` and `n` are indices in the type's declaration;
 *   ob_bench_index() finds them by name. An index that is not there is the
 *   test's mistake: the call reads 0, does nothing, and counts as a mistake.
 * - A refusal returns NULL or a negative errno, and leaves one line in
 *   ob_bench_error().
 */
#ifndef OUTBOARD_BENCH_H
#define OUTBOARD_BENCH_H

#include <outboard/outboard.h>

OB_C_BEGIN

struct ob_bench;
struct ob_bench_dev;
struct ob_bench_bus;

/* --- life ----------------------------------------------------------------- */

/* A bench at virtual time 0, with an empty system bus, strict. Never NULL. */
struct ob_bench *ob_bench_new(void);

/*
 * Ends all devices (destroy(), youngest first) and frees everything. NULL is
 * fine. Returns how many mistakes were made in the bench's life, those of
 * destroy() among them: a test that ends well sees 0.
 */
uint32_t ob_bench_free(struct ob_bench *b);

/*
 * Strict (the default) prints each mistake to stderr when it is made; else
 * they are only counted and logged. A mistake is a service called with an
 * index that the model never declared, from create() or destroy(), from a
 * thread of the model's own, in an endless loop, ...; or the test's.
 */
void ob_bench_strict(struct ob_bench *b, bool on);
uint32_t ob_bench_mistakes(const struct ob_bench *b);

/* The last refusal, "where: what is wrong; what to do"; "" before any. */
const char *ob_bench_error(const struct ob_bench *b);

/* --- modules and devices -------------------------------------------------- */

/*
 * Announce a module that is linked into the test. Its types are checked as
 * QEMU's bridge checks them. Returns 0 or -EINVAL. `m` outlives the bench.
 */
int ob_bench_module(struct ob_bench *b, const struct ob_module *m);

/* The same for the module in the file `path`; it stays loaded for good. */
int ob_bench_load(struct ob_bench *b, const char *path);

/*
 * A device of type `type`, named `id` (copied), created and reset. `props` is
 * "name=value,name=value" or NULL; sizes take units ("4 MiB"), booleans on
 * and off, links the id of a device that was made before. NULL if something
 * is refused.
 */
struct ob_bench_dev *ob_bench_make(struct ob_bench *b, const char *type,
                                   const char *id, const char *props);

/*
 * The same in steps, for links to buses and for refusals: new, set..., then
 * create, which also resets. set() takes the text of one value as in make().
 */
struct ob_bench_dev *ob_bench_dev_new(struct ob_bench *b, const char *type,
                                      const char *id);
int ob_bench_set(struct ob_bench_dev *dev, const char *prop,
                 const char *value);
int ob_bench_link(struct ob_bench_dev *dev, const char *prop,
                  struct ob_bench_dev *target);
int ob_bench_link_bus(struct ob_bench_dev *dev, const char *prop,
                      struct ob_bench_bus *bus);
int ob_bench_create(struct ob_bench_dev *dev);

/* End one device before its bench; nobody may link to it any more. */
void ob_bench_dev_free(struct ob_bench_dev *dev);

/* As the reset button of one device, or of all, in the order made. */
void ob_bench_reset(struct ob_bench_dev *dev);
void ob_bench_reset_all(struct ob_bench *b);

/* The model's state struct, for tests that look inside. */
void *ob_bench_state(struct ob_bench_dev *dev);

/* Index of the item `name` of one of the type's lists, or UINT32_MAX. */
#define OB_BENCH_REGIONS  1u
#define OB_BENCH_IRQS     2u
#define OB_BENCH_INPUTS   3u
#define OB_BENCH_OUTPUTS  4u
#define OB_BENCH_CLOCKS   5u
#define OB_BENCH_TIMERS   6u
#define OB_BENCH_CHARDEVS 7u
uint32_t ob_bench_index(const struct ob_bench_dev *dev, uint32_t list,
                        const char *name);

/* --- the guest's accesses ------------------------------------------------- */

/*
 * As a processor on the bus: any size, place and alignment may be tried. In
 * pages that a guest reads as memory (OB_REG_DIRECT, direct_at) so does this;
 * the model is asked as well, and another value or a side effect is its
 * mistake.
 */
uint64_t ob_bench_read(struct ob_bench_dev *dev, uint32_t region,
                       uint64_t offset, uint32_t bytes);
void ob_bench_write(struct ob_bench_dev *dev, uint32_t region, uint64_t offset,
                    uint64_t value, uint32_t bytes);

static inline uint8_t ob_bench_read8(struct ob_bench_dev *dev, uint32_t region,
                                     uint64_t offset)
{
    return (uint8_t)ob_bench_read(dev, region, offset, 1);
}

static inline uint16_t ob_bench_read16(struct ob_bench_dev *dev,
                                       uint32_t region, uint64_t offset)
{
    return (uint16_t)ob_bench_read(dev, region, offset, 2);
}

static inline uint32_t ob_bench_read32(struct ob_bench_dev *dev,
                                       uint32_t region, uint64_t offset)
{
    return (uint32_t)ob_bench_read(dev, region, offset, 4);
}

static inline uint64_t ob_bench_read64(struct ob_bench_dev *dev,
                                       uint32_t region, uint64_t offset)
{
    return ob_bench_read(dev, region, offset, 8);
}

static inline void ob_bench_write8(struct ob_bench_dev *dev, uint32_t region,
                                   uint64_t offset, uint8_t value)
{
    ob_bench_write(dev, region, offset, value, 1);
}

static inline void ob_bench_write16(struct ob_bench_dev *dev, uint32_t region,
                                    uint64_t offset, uint16_t value)
{
    ob_bench_write(dev, region, offset, value, 2);
}

static inline void ob_bench_write32(struct ob_bench_dev *dev, uint32_t region,
                                    uint64_t offset, uint32_t value)
{
    ob_bench_write(dev, region, offset, value, 4);
}

static inline void ob_bench_write64(struct ob_bench_dev *dev, uint32_t region,
                                    uint64_t offset, uint64_t value)
{
    ob_bench_write(dev, region, offset, value, 8);
}

/* --- lines ---------------------------------------------------------------- */

/* Level of interrupt output `n`, and how often it rose from 0 to 1. */
bool ob_bench_irq(const struct ob_bench_dev *dev, uint32_t n);
uint32_t ob_bench_irq_rises(const struct ob_bench_dev *dev, uint32_t n);

/* Level of line `n` of output `group`, and how often it changed. */
int32_t ob_bench_output(const struct ob_bench_dev *dev, uint32_t group,
                        uint32_t n);
uint32_t ob_bench_output_changes(const struct ob_bench_dev *dev,
                                 uint32_t group, uint32_t n);

/* Put line `n` of input `group` at `level`. */
void ob_bench_input(struct ob_bench_dev *dev, uint32_t group, uint32_t n,
                    int32_t level);

/*
 * Wire an output, or an interrupt, to an input; both can still be looked at.
 * The present level is passed on at once.
 */
void ob_bench_wire(struct ob_bench_dev *from, uint32_t group, uint32_t n,
                   struct ob_bench_dev *to, uint32_t to_group, uint32_t to_n);
void ob_bench_wire_irq(struct ob_bench_dev *from, uint32_t n,
                       struct ob_bench_dev *to, uint32_t to_group,
                       uint32_t to_n);

/* --- time and clocks ------------------------------------------------------ */

uint64_t ob_bench_now(const struct ob_bench *b);

/*
 * Let `ns` pass. Timers expire in the order of their deadlines, equal ones in
 * the order they were armed, each at its own time; timers that are armed on
 * the way and fall due within the step expire too. Deadlines that are due
 * already expire at the start, so a step of 0 serves those.
 */
void ob_bench_step(struct ob_bench *b, uint64_t ns);

/* Deadline of the next timer of any device, or UINT64_MAX. */
uint64_t ob_bench_next_deadline(const struct ob_bench *b);

/* Set input clock `n` to `hz`; 0 stops it. All clocks start at 0. */
void ob_bench_clock_set(struct ob_bench_dev *dev, uint32_t n, uint64_t hz);
/* Frequency of clock `n`, input or output. */
uint64_t ob_bench_clock_hz(const struct ob_bench_dev *dev, uint32_t n);
/* Let output clock `n` drive input clock `to_n`. */
void ob_bench_wire_clock(struct ob_bench_dev *from, uint32_t n,
                         struct ob_bench_dev *to, uint32_t to_n);

/* --- characters ----------------------------------------------------------- */

/*
 * Send bytes to the device. As many as it has room for arrive at once; the
 * rest wait until it calls ob_chr_ready(), or for the next feed. Returns how
 * many wait.
 */
uint32_t ob_bench_chr_feed(struct ob_bench_dev *dev, uint32_t n,
                           const void *bytes, uint32_t count);
uint32_t ob_bench_chr_waiting(const struct ob_bench_dev *dev, uint32_t n);
/* OB_CHR_OPENED, OB_CHR_CLOSED or OB_CHR_BREAK happens. */
void ob_bench_chr_event(struct ob_bench_dev *dev, uint32_t n, uint32_t event);
/*
 * All that the device has sent since the last clear, with a NUL after it;
 * valid until it sends more. `ret_count` may be NULL.
 */
const char *ob_bench_chr_sent(const struct ob_bench_dev *dev, uint32_t n,
                              uint32_t *ret_count);
void ob_bench_chr_clear(struct ob_bench_dev *dev, uint32_t n);

/* --- memory --------------------------------------------------------------- */

/* The system's bus, which a model reaches without a link. */
struct ob_bench_bus *ob_bench_system(struct ob_bench *b);
/* A bus of its own, for ob_bench_link_bus(). */
struct ob_bench_bus *ob_bench_bus_new(struct ob_bench *b);

/*
 * RAM of `bytes` zeroed bytes at `addr`; the test may read and write it
 * through the pointer. NULL if something is there already. Where nothing is,
 * a model's access fails.
 */
uint8_t *ob_bench_ram(struct ob_bench_bus *bus, uint64_t addr, uint64_t bytes);
/* Put region `region` of `dev` at `addr`. Returns 0, or -EEXIST. */
int ob_bench_map(struct ob_bench_bus *bus, uint64_t addr,
                 struct ob_bench_dev *dev, uint32_t region);
/* As the guest's processor on that bus. 0, or -EFAULT where nothing is. */
int ob_bench_bus_read(struct ob_bench_bus *bus, uint64_t addr, void *bytes,
                      uint64_t count);
int ob_bench_bus_write(struct ob_bench_bus *bus, uint64_t addr,
                       const void *bytes, uint64_t count);

/* --- saved state ---------------------------------------------------------- */

/*
 * The device's saved state; free() it. NULL if there is none, as its model's
 * process is gone.
 */
uint8_t *ob_bench_save(struct ob_bench_dev *dev, size_t *ret_count);
/*
 * 0, or -EINVAL: then the device is as it was before. Another code: the
 * process that its model runs in is gone, or was given up just now.
 */
int ob_bench_restore(struct ob_bench_dev *dev, const void *bytes,
                     size_t count);

/* --- what the model says and asks ----------------------------------------- */

/* Kind of a line that tells of a mistake. */
#define OB_LOG_MISTAKE 16u

/*
 * Which kinds are wanted: bits 1 << OB_LOG_*. At first all but OB_LOG_TRACE.
 */
void ob_bench_log_want(struct ob_bench *b, uint32_t kinds);
uint32_t ob_bench_log_count(const struct ob_bench *b);
/* Line `n`, "TYPE ID: text", and its kind; "" and 0 past the end. */
const char *ob_bench_log_line(const struct ob_bench *b, uint32_t n);
uint32_t ob_bench_log_kind(const struct ob_bench *b, uint32_t n);
/* Is there a line that contains `text`? */
bool ob_bench_log_has(const struct ob_bench *b, const char *text);
void ob_bench_log_clear(struct ob_bench *b);

/*
 * The oldest OB_MACHINE_* request not taken yet, or 0. The bench does nothing
 * about them: a reset is the test's to perform.
 */
uint32_t ob_bench_request_take(struct ob_bench *b);

/* Random bytes are the same in every run; another seed gives others. */
void ob_bench_seed(struct ob_bench *b, uint64_t seed);

OB_C_END

#endif
