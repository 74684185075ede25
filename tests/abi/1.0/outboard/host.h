/* SPDX-License-Identifier: MIT */
/*
 * The services that a host gives to a model. Models call the inline functions
 * at the end; the table is how they cross from one binary to another.
 *
 * All of them are [machine lock held], never block, and take any argument:
 * one that is out of range is ignored and reported as the module's mistake.
 * Calls that change a line or a clock may call other models, and through them
 * this one again: keep the state whole before you call.
 *
 * From create() and destroy() only those that look and speak can be called
 * (now_ns, timer_deadline, clock_hz, random, log, log_wanted, fail, extension):
 * the machine is not whole then. What sets lines, clocks or timers, or moves
 * data, belongs in reset() and after.
 */
#ifndef OUTBOARD_HOST_H
#define OUTBOARD_HOST_H

#include <stdarg.h>
#include <stdio.h>

#include <outboard/device.h>

OB_C_BEGIN

/*
 * Another part, or memory, that the board joined to an OB_PROP_LINK property.
 * Opaque; the host's; valid until destroy().
 */
struct ob_link;

/* Whose mistake or gap a log line reports. */
#define OB_LOG_GUEST  1u    /* the guest did what the manual forbids */
#define OB_LOG_UNIMPL 2u    /* the model lacks what the guest asks for */
#define OB_LOG_TRACE  3u    /* for its author, off by default (-d plugin) */

/* What a model may ask of the machine. */
#define OB_MACHINE_RESET    1u  /* as the reset button */
#define OB_MACHINE_POWEROFF 2u  /* the guest has switched itself off */
#define OB_MACHINE_CRASHED  3u  /* the guest has reported a panic */

struct ob_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;  /* of the host */

    /* Set interrupt output `n`. Level, not edge; repeating one is free. */
    void (*irq_set)(struct ob_dev *dev, uint32_t n, bool level);
    /* Set line `n` of output group `group` (index in `outputs`). */
    void (*output_set)(struct ob_dev *dev, uint32_t group, uint32_t n,
                       int32_t level);

    /* Virtual time in ns since the machine was made; stands still with it. */
    uint64_t (*now_ns)(struct ob_dev *dev);
    /*
     * Arm timer `n` (index in `timers`) for virtual time `deadline_ns`; in
     * the past: as soon as possible, never from within this call.
     */
    void (*timer_arm)(struct ob_dev *dev, uint32_t n, uint64_t deadline_ns);
    void (*timer_cancel)(struct ob_dev *dev, uint32_t n);
    /* The deadline of an armed timer, or UINT64_MAX. */
    uint64_t (*timer_deadline)(struct ob_dev *dev, uint32_t n);

    /* Frequency of clock `n` in Hz, rounded to nearest; 0: stopped or open. */
    uint64_t (*clock_hz)(struct ob_dev *dev, uint32_t n);
    /* Drive clock output `n` at `hz`; 0 stops it. */
    void (*clock_drive)(struct ob_dev *dev, uint32_t n, uint64_t hz);

    /*
     * Send `count` bytes to character back end `n`. All are taken: the host
     * buffers, or drops them if nothing is joined.
     */
    void (*chr_send)(struct ob_dev *dev, uint32_t n, const uint8_t *bytes,
                     uint32_t count);
    /* room() of back end `n` has grown from 0. */
    void (*chr_ready)(struct ob_dev *dev, uint32_t n);

    /*
     * Copy `count` bytes from or to the machine's memory at `addr`: the bus
     * that `via` links (a memory container), or the system's if NULL. Bytes as
     * they lie in memory. Returns 0, or -EFAULT if part of the range answers
     * with an error or nobody (what was read is then undefined).
     */
    int32_t (*mem_read)(struct ob_dev *dev, const struct ob_link *via,
                        uint64_t addr, void *bytes, uint64_t count);
    int32_t (*mem_write)(struct ob_dev *dev, const struct ob_link *via,
                         uint64_t addr, const void *bytes, uint64_t count);

    /*
     * Forward an access to region `region` of the linked part, as if it came
     * from the bus: `bytes` is 1, 2, 4 or 8, the value counts from bit 0.
     * Returns 0 and the value in `ret`, or -EFAULT.
     */
    int32_t (*link_read)(struct ob_dev *dev, const struct ob_link *to,
                         uint32_t region, uint64_t offset, uint32_t bytes,
                         uint64_t *ret);
    int32_t (*link_write)(struct ob_dev *dev, const struct ob_link *to,
                          uint32_t region, uint64_t offset, uint32_t bytes,
                          uint64_t value);

    /* Random bytes; repeatable where the machine's seed is. */
    void (*random)(struct ob_dev *dev, void *bytes, uint32_t count);
    /* OB_MACHINE_*: takes effect after the current call has returned. */
    void (*machine_request)(struct ob_dev *dev, uint32_t request);

    /* One line, no newline, for OB_LOG_*; the host adds the part's name. */
    void (*log)(struct ob_dev *dev, uint32_t kind, const char *text);
    /* False if a line of that kind would go nowhere: spare the formatting. */
    bool (*log_wanted)(struct ob_dev *dev, uint32_t kind);
    /* Say why create() or restored() refuses. Returns -EINVAL. */
    int32_t (*fail)(struct ob_dev *dev, const char *text);

    /*
     * A service that came after 1.0, by id ("ob.net/1"): a const table whose
     * struct the id's header defines, or NULL if this host has none.
     */
    const void *(*extension)(struct ob_dev *dev, const char *id);
};

/* The model's state struct. */
static inline void *ob_state(struct ob_dev *dev)
{
    return dev->state;
}

static inline void ob_irq_set(struct ob_dev *dev, uint32_t n, bool level)
{
    dev->host->irq_set(dev, n, level);
}

static inline void ob_output_set(struct ob_dev *dev, uint32_t group,
                                 uint32_t n, int32_t level)
{
    dev->host->output_set(dev, group, n, level);
}

static inline uint64_t ob_now_ns(struct ob_dev *dev)
{
    return dev->host->now_ns(dev);
}

static inline void ob_timer_arm(struct ob_dev *dev, uint32_t n,
                                uint64_t deadline_ns)
{
    dev->host->timer_arm(dev, n, deadline_ns);
}

static inline void ob_timer_cancel(struct ob_dev *dev, uint32_t n)
{
    dev->host->timer_cancel(dev, n);
}

static inline uint64_t ob_timer_deadline(struct ob_dev *dev, uint32_t n)
{
    return dev->host->timer_deadline(dev, n);
}

static inline uint64_t ob_clock_hz(struct ob_dev *dev, uint32_t n)
{
    return dev->host->clock_hz(dev, n);
}

static inline void ob_clock_drive(struct ob_dev *dev, uint32_t n, uint64_t hz)
{
    dev->host->clock_drive(dev, n, hz);
}

static inline void ob_chr_send(struct ob_dev *dev, uint32_t n,
                               const uint8_t *bytes, uint32_t count)
{
    dev->host->chr_send(dev, n, bytes, count);
}

static inline void ob_chr_ready(struct ob_dev *dev, uint32_t n)
{
    dev->host->chr_ready(dev, n);
}

static inline int32_t ob_mem_read(struct ob_dev *dev,
                                  const struct ob_link *via, uint64_t addr,
                                  void *bytes, uint64_t count)
{
    return dev->host->mem_read(dev, via, addr, bytes, count);
}

static inline int32_t ob_mem_write(struct ob_dev *dev,
                                   const struct ob_link *via, uint64_t addr,
                                   const void *bytes, uint64_t count)
{
    return dev->host->mem_write(dev, via, addr, bytes, count);
}

static inline int32_t ob_link_read(struct ob_dev *dev,
                                   const struct ob_link *to, uint32_t region,
                                   uint64_t offset, uint32_t bytes,
                                   uint64_t *ret)
{
    return dev->host->link_read(dev, to, region, offset, bytes, ret);
}

static inline int32_t ob_link_write(struct ob_dev *dev,
                                    const struct ob_link *to, uint32_t region,
                                    uint64_t offset, uint32_t bytes,
                                    uint64_t value)
{
    return dev->host->link_write(dev, to, region, offset, bytes, value);
}

static inline void ob_random(struct ob_dev *dev, void *bytes, uint32_t count)
{
    dev->host->random(dev, bytes, count);
}

static inline void ob_machine_request(struct ob_dev *dev, uint32_t request)
{
    dev->host->machine_request(dev, request);
}

#if defined(__GNUC__)
#define OB_PRINTF_(f, a) __attribute__((format(printf, f, a), unused))
#else
#define OB_PRINTF_(f, a)
#endif

/* Log one line of kind OB_LOG_*, formatted as by printf, cut at 255 bytes. */
OB_PRINTF_(3, 4)
static inline void ob_log(struct ob_dev *dev, uint32_t kind, const char *fmt,
                          ...)
{
    char text[256];
    va_list ap;

    if (!dev->host->log_wanted(dev, kind))
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    dev->host->log(dev, kind, text);
}

/* Say why create() or restored() refuses: `return ob_fail(dev, "...");` */
OB_PRINTF_(2, 3)
static inline int ob_fail(struct ob_dev *dev, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return (dev->host->fail)(dev, text);    /* cmocka's fail() is a macro */
}

OB_C_END

#endif
