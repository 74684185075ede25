/* SPDX-License-Identifier: MIT */
/*
 * This header declares the test bench: a host without QEMU, for unit tests of
 * models. It runs a model with the same code as QEMU's bridge. Only the test
 * moves its clock, so a test is fast and repeatable and never sleeps.
 *
 *     struct ob_bench *b = ob_bench_new();
 *     ob_bench_module(b, &outboard_module);
 *     struct ob_bench_dev *t = ob_bench_make(b, "acme-timer", "t0", NULL);
 *     ob_bench_write32(t, 0, TIMER_LOAD, 100);
 *     ob_bench_step(b, 1000000);
 *     assert(ob_bench_irq(t, 0, 0));
 *     assert(ob_bench_free(b) == 0);
 *
 *     cc test.c acme.c $(pkg-config --cflags --libs outboard-bench)
 *
 * Rules for every function, unless its comment says otherwise
 * - [test's thread] A bench and its devices belong to the thread that made the
 *   bench.
 * - [no block] No function waits, except for a model in a process of its own.
 * - [since 0.1] [src/bench]
 * - The bench copies text that the test passes. It owns what it returns. That
 *   is valid until the bench, or the device, is freed.
 * - `region`, `group` and `n` are indices into lists of the type;
 *   ob_bench_index() finds an index by its name. A wrong index is the test's
 *   mistake: the function has no effect, returns 0, and counts a mistake.
 * - A function that refuses returns NULL or an error, OB_E_*, and stores one
 *   line for ob_bench_error().
 * - Pointers to benches and devices are not NULL.
 */
#ifndef OUTBOARD_BENCH_H
#define OUTBOARD_BENCH_H

#include <outboard/outboard.h>

OB_C_BEGIN

struct ob_bench;                    /* a bench */
struct ob_bench_dev;                /* a device on it */
struct ob_bench_bus;                /* a bus on it */

/* --- the bench ------------------------------------------------------------ */

/*
 * Make a bench: virtual time 0, an empty system bus, strict.
 * Returns the bench; never NULL. Free it with ob_bench_free().
 */
struct ob_bench *ob_bench_new(void);

/*
 * Free the bench and all that it owns. It ends the devices first, the newest
 * one first, which calls their destroy().
 *   b  the bench, or NULL
 * Returns the number of mistakes in the bench's life, including those in
 * destroy(). A test passes if it is 0.
 */
uint32_t ob_bench_free(struct ob_bench *b);

/*
 * Choose whether the bench prints each mistake to stderr (strict, the
 * default). It counts and logs mistakes in both cases. A mistake is a wrong
 * call of a service by the model, for example with an undeclared index, from
 * create(), on another thread or in an endless loop; or a wrong call of the
 * bench by the test.
 *   on  true: strict
 */
void ob_bench_strict(struct ob_bench *b, bool on);

/* Returns the number of mistakes so far. */
uint32_t ob_bench_mistakes(const struct ob_bench *b);

/*
 * Returns the last refusal as one line, "where: what is wrong; what to do", or
 * "" before the first. Valid until the next call that can refuse.
 */
const char *ob_bench_error(const struct ob_bench *b);

/* --- modules and devices -------------------------------------------------- */

/*
 * Announce a module that is linked into the test. The bench checks its types
 * as QEMU's bridge does.
 *   m  the module; must live longer than the bench
 * Returns OB_OK. Returns OB_E_INVALID if the module or a type is wrong, and
 * OB_E_EXISTS if another module has a type of the same name.
 */
int32_t ob_bench_module(struct ob_bench *b, const struct ob_module *m);

/*
 * Announce the module in a file. The bench never unloads it.
 *   path  the module's .so
 * Returns as ob_bench_module(), and OB_E_NOT_FOUND if the file cannot be
 * loaded.
 */
int32_t ob_bench_load(struct ob_bench *b, const char *path);

/*
 * Make a device: set its properties, create and reset it.
 *   type   the type's name
 *   id     the device's name, used once on the bench
 *   props  "name=value,name=value", or NULL. Sizes may have units ("4 MiB"), a
 *          boolean is on or off, a link is the id of an older device.
 * Returns the device, or NULL if the bench or the model refuses. The bench
 * owns it.
 */
struct ob_bench_dev *ob_bench_make(struct ob_bench *b, const char *type,
                                   const char *id, const char *props);

/*
 * The same as ob_bench_make() in steps: for links to buses, and to test
 * refusals. Make the device with ob_bench_dev_new(), set properties, then call
 * ob_bench_create().
 *   type, id  as for ob_bench_make()
 * Returns the device, or NULL. The bench owns it.
 */
struct ob_bench_dev *ob_bench_dev_new(struct ob_bench *b, const char *type,
                                      const char *id);
/*
 * Set a property before ob_bench_create(), or one that is OB_PROP_LIVE at any
 * time.
 *   prop   the property's name
 *   value  its text, as in ob_bench_make()
 * Returns 0 or an error, OB_E_*.
 */
int32_t ob_bench_set(struct ob_bench_dev *dev, const char *prop,
                     const char *value);
/*
 * Link a property to another device, before ob_bench_create().
 *   prop    the property's name
 *   target  the other device
 * Returns 0 or an error, OB_E_*.
 */
int32_t ob_bench_link(struct ob_bench_dev *dev, const char *prop,
                      struct ob_bench_dev *target);
/*
 * Link a property to a bus, before ob_bench_create().
 *   prop  the property's name
 *   bus   the bus
 * Returns 0 or an error, OB_E_*.
 */
int32_t ob_bench_link_bus(struct ob_bench_dev *dev, const char *prop,
                          struct ob_bench_bus *bus);
/* Create the device, then reset it. Returns 0 or an error, OB_E_*. */
int32_t ob_bench_create(struct ob_bench_dev *dev);

/*
 * End one device before the bench. The bench removes its wires and maps. Links
 * of other devices then lead nowhere.
 *   dev  the device, or NULL
 */
void ob_bench_dev_free(struct ob_bench_dev *dev);

/* Reset one device, as the machine's reset does. */
void ob_bench_reset(struct ob_bench_dev *dev);
/* Reset all devices, in the order in which the test made them. */
void ob_bench_reset_all(struct ob_bench *b);

/* Returns the model's state struct, for tests that look inside. */
void *ob_bench_state(struct ob_bench_dev *dev);

/* The lists of a type, for ob_bench_index(). */
#define OB_BENCH_REGIONS  1u
#define OB_BENCH_IRQS     2u
#define OB_BENCH_INPUTS   3u
#define OB_BENCH_OUTPUTS  4u
#define OB_BENCH_CLOCKS   5u
#define OB_BENCH_TIMERS   6u
#define OB_BENCH_CHARDEVS 7u
/*
 * Find an item of one of the type's lists.
 *   list  OB_BENCH_*
 *   name  the item's name
 * Returns its index, or UINT32_MAX if there is no such item.
 */
uint32_t ob_bench_index(const struct ob_bench_dev *dev, uint32_t list,
                        const char *name);

/* --- the guest's accesses ------------------------------------------------- */

/*
 * Read a region, as a processor on the bus does. Any size, offset and
 * alignment is allowed. In a page that a guest reads as memory (OB_REG_DIRECT,
 * direct_at), this function reads the page too. It also calls the model, and
 * counts a different value, or a side effect, as the model's mistake.
 *   offset  in the region, in bytes
 *   bytes   1, 2, 4 or 8
 * Returns the value, from bit 0.
 */
uint64_t ob_bench_read(struct ob_bench_dev *dev, uint32_t region,
                       uint64_t offset, uint32_t bytes);
/*
 * Write a region, as a processor on the bus does.
 *   offset, bytes  as for ob_bench_read()
 *   value          from bit 0
 */
void ob_bench_write(struct ob_bench_dev *dev, uint32_t region, uint64_t offset,
                    uint64_t value, uint32_t bytes);

/* Read 1 byte, as ob_bench_read() does. */
static inline uint8_t ob_bench_read8(struct ob_bench_dev *dev, uint32_t region,
                                     uint64_t offset)
{
    return (uint8_t)ob_bench_read(dev, region, offset, 1);
}

/* Read 2 bytes, as ob_bench_read() does. */
static inline uint16_t ob_bench_read16(struct ob_bench_dev *dev,
                                       uint32_t region, uint64_t offset)
{
    return (uint16_t)ob_bench_read(dev, region, offset, 2);
}

/* Read 4 bytes, as ob_bench_read() does. */
static inline uint32_t ob_bench_read32(struct ob_bench_dev *dev,
                                       uint32_t region, uint64_t offset)
{
    return (uint32_t)ob_bench_read(dev, region, offset, 4);
}

/* Read 8 bytes, as ob_bench_read() does. */
static inline uint64_t ob_bench_read64(struct ob_bench_dev *dev,
                                       uint32_t region, uint64_t offset)
{
    return ob_bench_read(dev, region, offset, 8);
}

/* Write 1 byte, as ob_bench_write() does. */
static inline void ob_bench_write8(struct ob_bench_dev *dev, uint32_t region,
                                   uint64_t offset, uint8_t value)
{
    ob_bench_write(dev, region, offset, value, 1);
}

/* Write 2 bytes, as ob_bench_write() does. */
static inline void ob_bench_write16(struct ob_bench_dev *dev, uint32_t region,
                                    uint64_t offset, uint16_t value)
{
    ob_bench_write(dev, region, offset, value, 2);
}

/* Write 4 bytes, as ob_bench_write() does. */
static inline void ob_bench_write32(struct ob_bench_dev *dev, uint32_t region,
                                    uint64_t offset, uint32_t value)
{
    ob_bench_write(dev, region, offset, value, 4);
}

/* Write 8 bytes, as ob_bench_write() does. */
static inline void ob_bench_write64(struct ob_bench_dev *dev, uint32_t region,
                                    uint64_t offset, uint64_t value)
{
    ob_bench_write(dev, region, offset, value, 8);
}

/* --- lines ---------------------------------------------------------------- */

/* Returns the level of line `n` of interrupt output `irq`. */
bool ob_bench_irq(const struct ob_bench_dev *dev, uint32_t irq, uint32_t n);
/* Returns how often line `n` of interrupt output `irq` rose from 0 to 1. */
uint32_t ob_bench_irq_rises(const struct ob_bench_dev *dev, uint32_t irq,
                            uint32_t n);

/* Returns the level of line `n` of output `group`. */
int32_t ob_bench_output(const struct ob_bench_dev *dev, uint32_t group,
                        uint32_t n);
/* Returns how often line `n` of output `group` changed. */
uint32_t ob_bench_output_changes(const struct ob_bench_dev *dev,
                                 uint32_t group, uint32_t n);

/* Set line `n` of input `group` to `level`. */
void ob_bench_input(struct ob_bench_dev *dev, uint32_t group, uint32_t n,
                    int32_t level);

/*
 * Connect a line of an output group to a line of an input group. The bench
 * passes the present level on at once. The test can still read the output.
 *   group, n        the output of `from`
 *   to_group, to_n  the input of `to`
 */
void ob_bench_wire(struct ob_bench_dev *from, uint32_t group, uint32_t n,
                   struct ob_bench_dev *to, uint32_t to_group, uint32_t to_n);
/*
 * Connect line `n` of interrupt output `irq` of `from`. Otherwise as
 * ob_bench_wire().
 *   to, to_group, to_n  the line of an input group of `to`
 */
void ob_bench_wire_irq(struct ob_bench_dev *from, uint32_t irq, uint32_t n,
                       struct ob_bench_dev *to, uint32_t to_group,
                       uint32_t to_n);

/* --- time and clocks ------------------------------------------------------ */

/* Returns the virtual time in ns. */
uint64_t ob_bench_now(const struct ob_bench *b);

/*
 * Let virtual time pass. Timers expire in the order of their deadlines. Timers
 * with the same deadline expire in the order in which the models armed them.
 * Each timer expires at its own time. A timer that is armed during the step
 * expires too, if its deadline is within the step. Deadlines in the past
 * expire at the start, so a step of 0 is useful.
 *   ns  nanoseconds
 */
void ob_bench_step(struct ob_bench *b, uint64_t ns);

/* Returns the next deadline of any timer in ns, or UINT64_MAX. */
uint64_t ob_bench_next_deadline(const struct ob_bench *b);

/*
 * Set an input clock to `hz`; 0 stops it. All clocks start with 0.
 *   clock, n  the item of `clocks`, and the clock in it
 */
void ob_bench_clock_set(struct ob_bench_dev *dev, uint32_t clock, uint32_t n,
                        uint64_t hz);
/*
 * Returns the frequency in Hz of clock `n` of `clock`, an input or an output.
 */
uint64_t ob_bench_clock_hz(const struct ob_bench_dev *dev, uint32_t clock,
                           uint32_t n);
/*
 * Connect an output clock to an input clock.
 *   clock, n        the output of `from`
 *   to_clock, to_n  the input of `to`
 */
void ob_bench_wire_clock(struct ob_bench_dev *from, uint32_t clock, uint32_t n,
                         struct ob_bench_dev *to, uint32_t to_clock,
                         uint32_t to_n);

/* --- characters ----------------------------------------------------------- */

/*
 * Send bytes to the device. It receives as many as it has room for. The rest
 * wait until the model calls ob_chr_ready(), or until the next feed.
 *   chardev, n  the item of `chardevs`, and the backend in it
 *   bytes       the bytes; the bench copies them
 *   count       how many
 * Returns how many bytes wait.
 */
uint32_t ob_bench_chr_feed(struct ob_bench_dev *dev, uint32_t chardev,
                           uint32_t n, const void *bytes, uint32_t count);
/* Returns how many bytes wait for backend `n` of `chardev`. */
uint32_t ob_bench_chr_waiting(const struct ob_bench_dev *dev, uint32_t chardev,
                              uint32_t n);
/* Report `event`, OB_CHR_*, to backend `n` of `chardev`. */
void ob_bench_chr_event(struct ob_bench_dev *dev, uint32_t chardev, uint32_t n,
                        uint32_t event);
/*
 * Returns all bytes that the device has sent through a backend since the last
 * clear, with a NUL after them. Valid until the device sends more.
 *   chardev, n  as for ob_bench_chr_feed()
 *   ret_count   receives the number of bytes; may be NULL
 */
const char *ob_bench_chr_sent(const struct ob_bench_dev *dev, uint32_t chardev,
                              uint32_t n, uint32_t *ret_count);
/* Forget what the device has sent through backend `n` of `chardev`. */
void ob_bench_chr_clear(struct ob_bench_dev *dev, uint32_t chardev,
                        uint32_t n);

/* --- memory --------------------------------------------------------------- */

/* Returns the system's bus, which a model reaches without a link. */
struct ob_bench_bus *ob_bench_system(struct ob_bench *b);
/* Make another bus, for ob_bench_link_bus(). Returns it; never NULL. */
struct ob_bench_bus *ob_bench_bus_new(struct ob_bench *b);

/*
 * Put RAM on a bus. Its bytes are 0. Accesses to addresses without RAM or a
 * region fail.
 *   addr   the first address
 *   bytes  size in bytes; 1 or more
 * Returns the RAM, which the test may read and write; NULL if it overlaps what
 * is there.
 */
uint8_t *ob_bench_ram(struct ob_bench_bus *bus, uint64_t addr, uint64_t bytes);
/*
 * Map region `region` of `dev` at `addr`. Returns 0, OB_E_EXISTS if it overlaps
 * what is there, or another error.
 */
int32_t ob_bench_map(struct ob_bench_bus *bus, uint64_t addr,
                     struct ob_bench_dev *dev, uint32_t region);
/*
 * Copy bytes from a bus, as the guest's processor reads them.
 *   addr   the first address
 *   bytes  buffer for `count` bytes; the test owns it
 *   count  number of bytes
 * Returns 0, or OB_E_FAULT if a part of the range is empty.
 */
int32_t ob_bench_bus_read(struct ob_bench_bus *bus, uint64_t addr, void *bytes,
                          uint64_t count);
/* Copy bytes to a bus. Parameters and result as for ob_bench_bus_read(). */
int32_t ob_bench_bus_write(struct ob_bench_bus *bus, uint64_t addr,
                           const void *bytes, uint64_t count);

/* --- saved state ---------------------------------------------------------- */

/*
 * Save the device's state.
 *   ret_count  receives the number of bytes
 * Returns the state, which the test frees with free(); NULL if the model's own
 * process has ended.
 */
uint8_t *ob_bench_save(struct ob_bench_dev *dev, size_t *ret_count);
/*
 * Restore a saved state.
 *   bytes, count  the state; may be invalid
 * Returns 0. Returns OB_E_INVALID if the state is refused; the device is then
 * unchanged. Another error means that the device is not created yet,
 * or that the model's own process has ended.
 */
int32_t ob_bench_restore(struct ob_bench_dev *dev, const void *bytes,
                         size_t count);

/* --- log lines and requests of the model ---------------------------------- */

/* The kind of a log line that reports a mistake. */
#define OB_LOG_MISTAKE 16u

/*
 * Choose which kinds of lines the bench keeps. The default is all except
 * OB_LOG_TRACE. The bench keeps at most 65,536 lines.
 *   kinds  bits 1 << OB_LOG_*
 */
void ob_bench_log_want(struct ob_bench *b, uint32_t kinds);
/* Returns the number of lines in the log. */
uint32_t ob_bench_log_count(const struct ob_bench *b);
/* Returns line `n`, "TYPE ID: text"; "" after the last. Valid until a clear. */
const char *ob_bench_log_line(const struct ob_bench *b, uint32_t n);
/* Returns the kind of line `n`; 0 after the last. */
uint32_t ob_bench_log_kind(const struct ob_bench *b, uint32_t n);
/* Returns whether a line contains `text`. */
bool ob_bench_log_has(const struct ob_bench *b, const char *text);
/* Remove all lines. */
void ob_bench_log_clear(struct ob_bench *b);

/*
 * Take the oldest request OB_MACHINE_* that the test has not taken. The bench
 * does nothing about a request: the test performs a reset itself.
 * Returns the request, or 0.
 */
uint32_t ob_bench_request_take(struct ob_bench *b);

/* Make `seed` the seed of random bytes. They are the same in every run. */
void ob_bench_seed(struct ob_bench *b, uint64_t seed);

/* --- laws of every type --------------------------------------------------- */

/* The options of ob_bench_check(). 0 stands for the default. */
struct ob_bench_check_options {
    uint32_t size;                  /* sizeof(struct ob_bench_check_options) */
    uint32_t runs;                  /* walks for each law; 0: 64 */
    uint32_t steps;                 /* things that happen in a walk; 0: 128 */
    /*
     * 1: a reset keeps a part of the state, for example memory with a battery.
     * So the bench does not compare a device after a reset with a new one.
     */
    uint32_t keeps;
    uint64_t seed;                  /* of all walks; the same in every run */
};

/*
 * Hold a type to laws that need no knowledge of the device. The bench makes
 * devices of the type on benches of its own. It lets pseudo-random things
 * happen to them: accesses, time, inputs, clocks, characters, resets. The laws:
 *   create       a device can be made
 *   mistakes     accesses of every size at every offset, and all walks, lead to
 *                no mistake of the model (ob_bench_strict)
 *   instances    devices with the same history are equal, though another device
 *                of the type is used in between
 *   read-only    the value that a guest writes to a read-only or reserved bit
 *                has no effect
 *   write-back   a bit that on_read() computes is not stored if a guest writes
 *                back what it read
 *   reset        a device after a reset is equal to a new one, and a second
 *                reset changes nothing
 *   restored     a device into which a state is restored is equal to the one
 *                that saved it
 *   deadlines    no timer is armed for the past, or only for times after 100
 *                years
 *   expirations  a timer expires at most 1,000 times in 100 us
 * Two devices are equal if the same things then lead to the same reads, lines,
 * clocks, deadlines, characters, requests, log lines of OB_LOG_GUEST and saved
 * states. If a model asks for a reset of the machine, the bench resets the
 * device after the access.
 *   type     the type's name
 *   props    as for ob_bench_make(). The bench copies the devices that the test
 *            has made, so that a link may lead to one of them. The copies must
 *            obey the laws too, if their state can be seen. A required
 *            property that is not set gets its least value, its first choice
 *            or an empty text. A required link leads to 64 KiB of memory, which
 *            answers as a bus and as a part.
 *   options  NULL: all defaults
 * Returns the number of laws that the type breaks. There is one line for each:
 * "TYPE: law: what (value seen, value expected); what to do". A strict bench
 * prints it to stderr. No law is a mistake of ob_bench_mistakes().
 */
uint32_t ob_bench_check(struct ob_bench *b, const char *type,
                        const char *props,
                        const struct ob_bench_check_options *options);
/*
 * Returns line `n` of the last ob_bench_check(), "" after the last. Valid until
 * the next ob_bench_check().
 */
const char *ob_bench_check_line(const struct ob_bench *b, uint32_t n);

OB_C_END

#endif
