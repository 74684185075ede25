/* SPDX-License-Identifier: MIT */
/*
 * This header declares the services that a host gives to a model. Models call
 * the inline functions at the end. The table ob_host carries the services
 * from the host's binary to the module's binary.
 *
 * Rules for every service
 * - The model calls it with the machine lock held, on the thread on which the
 *   host called the model.
 * - Its arguments may have any value. If one is out of range, the host ignores
 *   the call and logs the module's mistake. A mistake returns 0, UINT64_MAX
 *   (timer_deadline) or -EFAULT.
 * - It does not block, except chr_send().
 * - Services that change a line or a clock, or that move data, may call other
 *   models, and through them this model again. Make the state consistent
 *   before you call them. The host ignores calls that are nested more than 24
 *   deep.
 *
 * In create() and destroy() the machine is not fully built. There, call only
 * the services that query and log: now_ns, timer_deadline, clock_hz, random,
 * log, log_wanted, fail and extension. Set lines, clocks and timers and move
 * data in reset() and later.
 *
 * abi.h explains the form of the comments and the marks in brackets. All
 * services are [src/device], which calls the host: src/bridge in QEMU,
 * src/bench in a unit test, src/runner in a process of the model's own.
 */
#ifndef OUTBOARD_HOST_H
#define OUTBOARD_HOST_H

#include <stdarg.h>
#include <stdio.h>

#include <outboard/device.h>

OB_C_BEGIN

/*
 * What the board connected to a property of type OB_PROP_LINK: another part,
 * or memory. Opaque. The host owns it; it is valid until destroy() returns.
 */
struct ob_link;

/* The kinds of log lines. */
#define OB_LOG_GUEST  1u    /* the guest did what the manual forbids */
#define OB_LOG_UNIMPL 2u    /* the guest used what is not modelled */
#define OB_LOG_TRACE  3u    /* for the author; off by default (-d plugin) */

/* The requests of a model to the machine. */
#define OB_MACHINE_RESET    1u  /* reset, like the reset button */
#define OB_MACHINE_POWEROFF 2u  /* the guest has switched the machine off */
#define OB_MACHINE_CRASHED  3u  /* the guest has reported a panic */

/*
 * The table of services. `dev` is always the model's own instance. `n` is an
 * index into a list of the device type. The host owns the table; it is valid
 * as long as the instance. [since 1.0]
 */
struct ob_host {
    uint32_t size;                  /* sizeof in the host's build */
    uint16_t abi_major, abi_minor;  /* version of the host */

    /*
     * Set the level of an interrupt output. Setting the same level again costs
     * almost nothing. A reset does not change the level, so reset() sets it.
     *   n      index in `irqs`
     *   level  true is high, false is low
     * [machine lock held] [no block] [since 1.0]
     */
    void (*irq_set)(struct ob_dev *dev, uint32_t n, bool level);
    /*
     * Set the level of a gpio output line. Otherwise like irq_set().
     *   group  index in `outputs`
     *   n      the line; 0 to count - 1 of the group
     *   level  usually 0 or 1
     * [machine lock held] [no block] [since 1.0]
     */
    void (*output_set)(struct ob_dev *dev, uint32_t group, uint32_t n,
                       int32_t level);

    /*
     * Returns the virtual time in nanoseconds since the machine was made. The
     * time stands still while the machine is stopped.
     * [machine lock held] [no block] [since 1.0]
     */
    uint64_t (*now_ns)(struct ob_dev *dev);
    /*
     * Arm a timer, or change the deadline of an armed timer. A deadline in the
     * past expires as soon as possible, but never within this call.
     *   n            index in `timers`
     *   deadline_ns  virtual time in ns; values above 2^63 - 1 mean 2^63 - 1
     * [machine lock held] [no block] [since 1.0]
     */
    void (*timer_arm)(struct ob_dev *dev, uint32_t n, uint64_t deadline_ns);
    /*
     * Disarm a timer. Has no effect if the timer is not armed.
     *   n  index in `timers`
     * [machine lock held] [no block] [since 1.0]
     */
    void (*timer_cancel)(struct ob_dev *dev, uint32_t n);
    /*
     * Returns the deadline of a timer in ns, or UINT64_MAX if it is not armed.
     *   n  index in `timers`
     * [machine lock held] [no block] [since 1.0]
     */
    uint64_t (*timer_deadline)(struct ob_dev *dev, uint32_t n);

    /*
     * Returns the frequency of a clock in Hz, rounded to the nearest number. 0
     * means that the clock stands still or is not connected.
     *   n  index in `clocks`; an input or an output
     * [machine lock held] [no block] [since 1.0]
     */
    uint64_t (*clock_hz)(struct ob_dev *dev, uint32_t n);
    /*
     * Drive a clock output.
     *   n   index in `clocks`; an OB_CLOCK_OUT
     *   hz  frequency in Hz; 0 stops the clock
     * [machine lock held] [no block] [since 1.0]
     */
    void (*clock_drive)(struct ob_dev *dev, uint32_t n, uint64_t hz);

    /*
     * Send bytes to a character backend. If the backend is not connected,
     * the host drops the bytes.
     *   n      index in `chardevs`
     *   bytes  the bytes; the host does not keep the pointer
     *   count  how many; all are sent
     * [machine lock held] [QEMU waits for a slow backend] [since 1.0]
     */
    void (*chr_send)(struct ob_dev *dev, uint32_t n, const uint8_t *bytes,
                     uint32_t count);
    /*
     * Report that room() of a backend is above 0 again. The host may call
     * receive() within this call.
     *   n  index in `chardevs`
     * [machine lock held] [no block] [since 1.0]
     */
    void (*chr_ready)(struct ob_dev *dev, uint32_t n);

    /*
     * Copy bytes from the machine's memory. The bytes keep their order in
     * memory.
     *   via    a link to a bus (a memory container) or to memory, whose first
     *          byte has address 0; NULL is the system's bus
     *   addr   the first address
     *   bytes  buffer for `count` bytes; the model owns it
     *   count  number of bytes; 0 has no effect
     * Returns 0. Returns -EFAULT if a part of the range has no memory or
     * answers with an error; the buffer's contents are then undefined.
     * [machine lock held] [no block] [since 1.0]
     */
    int32_t (*mem_read)(struct ob_dev *dev, const struct ob_link *via,
                        uint64_t addr, void *bytes, uint64_t count);
    /*
     * Copy bytes to the machine's memory. Parameters and result are those of
     * mem_read(); after -EFAULT a part may be written.
     * [machine lock held] [no block] [since 1.0]
     */
    int32_t (*mem_write)(struct ob_dev *dev, const struct ob_link *via,
                         uint64_t addr, const void *bytes, uint64_t count);

    /*
     * Read a region of a linked part, as an access from the bus would.
     *   to      a link to a part
     *   region  index of the part's region
     *   offset  in that region
     *   bytes   1, 2, 4 or 8
     *   ret     receives the value, from bit 0; unchanged after an error
     * Returns 0, or -EFAULT.
     * [machine lock held] [no block] [since 1.0]
     */
    int32_t (*link_read)(struct ob_dev *dev, const struct ob_link *to,
                         uint32_t region, uint64_t offset, uint32_t bytes,
                         uint64_t *ret);
    /*
     * Write a region of a linked part. Parameters and result are those of
     * link_read().
     *   value  from bit 0
     * [machine lock held] [no block] [since 1.0]
     */
    int32_t (*link_write)(struct ob_dev *dev, const struct ob_link *to,
                          uint32_t region, uint64_t offset, uint32_t bytes,
                          uint64_t value);

    /*
     * Fill a buffer with random bytes. They repeat from run to run if the
     * machine has a fixed seed.
     *   bytes  buffer for `count` bytes; the model owns it
     *   count  number of bytes; 0 has no effect
     * [machine lock held] [no block] [since 1.0]
     */
    void (*random)(struct ob_dev *dev, void *bytes, uint32_t count);
    /*
     * Ask the machine to reset, power off or report a crash. The request takes
     * effect after the current call of the model has returned.
     *   request  OB_MACHINE_*
     * [machine lock held] [no block] [since 1.0]
     */
    void (*machine_request)(struct ob_dev *dev, uint32_t request);

    /*
     * Log one line. The host adds the names of the type and the part.
     *   kind  OB_LOG_*
     *   text  one line without a newline; the host does not keep the pointer
     * [machine lock held] [no block] [since 1.0]
     */
    void (*log)(struct ob_dev *dev, uint32_t kind, const char *text);
    /*
     * Returns whether log() would write or show a line of this kind. Use it to
     * avoid formatting a line that the host drops.
     *   kind  OB_LOG_*
     * [machine lock held] [no block] [since 1.0]
     */
    bool (*log_wanted)(struct ob_dev *dev, uint32_t kind);
    /*
     * Give the reason why create() or restored() refuses. The host keeps the
     * first reason of a call.
     *   text  one line; the host copies it
     * Returns -EINVAL, which the model returns to the host.
     * [machine lock held] [no block] [since 1.0]
     */
    int32_t (*fail)(struct ob_dev *dev, const char *text);

    /*
     * Returns the table of an extension: a service beyond this table. The
     * header of the extension declares the struct. Returns NULL if the host
     * does not have it. The host owns the table; it is valid as long as the
     * instance.
     *   id  "ob.net/1"
     * [machine lock held] [no block] [since 1.0]
     */
    const void *(*extension)(struct ob_dev *dev, const char *id);
#if OB_ABI_NEEDS >= 1
    /* --- since 1.1 --- */
    /*
     * Set what the guest reads at an offset of the pages that the region
     * declares with `direct_at`. The guest sees the value at once, even on a
     * processor that is running. A reset does not change it. It is not part of
     * the saved state: set it again in reset() and restored().
     *   region  index in `regions`
     *   offset  in the region; within the pages
     *   value   from bit 0; the host stores it in the region's byte order
     *   bytes   1, 2, 4 or 8
     * [machine lock held] [no block] [since 1.1]
     */
    void (*direct_set)(struct ob_dev *dev, uint32_t region, uint64_t offset,
                       uint64_t value, uint32_t bytes);
#endif
};

/* --- the functions that models call --------------------------------------- */

/*
 * Returns the model's state struct of this instance. The host owns it.
 * [machine lock held] [no block] [since 1.0] [this header]
 */
static inline void *ob_state(struct ob_dev *dev)
{
    return dev->state;
}

/*
 * Each function below, up to ob_direct_set(), calls the service with the same
 * name in ob_host. The table above describes parameters, result and marks.
 */

/* Set interrupt output `n` to `level`. */
static inline void ob_irq_set(struct ob_dev *dev, uint32_t n, bool level)
{
    dev->host->irq_set(dev, n, level);
}

/* Set line `n` of output group `group` to `level`. */
static inline void ob_output_set(struct ob_dev *dev, uint32_t group,
                                 uint32_t n, int32_t level)
{
    dev->host->output_set(dev, group, n, level);
}

/* Returns the virtual time in ns. */
static inline uint64_t ob_now_ns(struct ob_dev *dev)
{
    return dev->host->now_ns(dev);
}

/* Arm timer `n` for virtual time `deadline_ns`. */
static inline void ob_timer_arm(struct ob_dev *dev, uint32_t n,
                                uint64_t deadline_ns)
{
    dev->host->timer_arm(dev, n, deadline_ns);
}

/* Disarm timer `n`. */
static inline void ob_timer_cancel(struct ob_dev *dev, uint32_t n)
{
    dev->host->timer_cancel(dev, n);
}

/* Returns the deadline of timer `n` in ns, or UINT64_MAX. */
static inline uint64_t ob_timer_deadline(struct ob_dev *dev, uint32_t n)
{
    return dev->host->timer_deadline(dev, n);
}

/* Returns the frequency of clock `n` in Hz; 0 if it stands still. */
static inline uint64_t ob_clock_hz(struct ob_dev *dev, uint32_t n)
{
    return dev->host->clock_hz(dev, n);
}

/* Drive clock output `n` with `hz`. */
static inline void ob_clock_drive(struct ob_dev *dev, uint32_t n, uint64_t hz)
{
    dev->host->clock_drive(dev, n, hz);
}

/* Send `count` bytes to backend `n`. */
static inline void ob_chr_send(struct ob_dev *dev, uint32_t n,
                               const uint8_t *bytes, uint32_t count)
{
    dev->host->chr_send(dev, n, bytes, count);
}

/* Report that backend `n` has room again. */
static inline void ob_chr_ready(struct ob_dev *dev, uint32_t n)
{
    dev->host->chr_ready(dev, n);
}

/* Copy from memory; returns 0 or -EFAULT. */
static inline int32_t ob_mem_read(struct ob_dev *dev,
                                  const struct ob_link *via, uint64_t addr,
                                  void *bytes, uint64_t count)
{
    return dev->host->mem_read(dev, via, addr, bytes, count);
}

/* Copy to memory; returns 0 or -EFAULT. */
static inline int32_t ob_mem_write(struct ob_dev *dev,
                                   const struct ob_link *via, uint64_t addr,
                                   const void *bytes, uint64_t count)
{
    return dev->host->mem_write(dev, via, addr, bytes, count);
}

/* Read a linked part's region into `ret`; returns 0 or -EFAULT. */
static inline int32_t ob_link_read(struct ob_dev *dev,
                                   const struct ob_link *to, uint32_t region,
                                   uint64_t offset, uint32_t bytes,
                                   uint64_t *ret)
{
    return dev->host->link_read(dev, to, region, offset, bytes, ret);
}

/* Write a linked part's region; returns 0 or -EFAULT. */
static inline int32_t ob_link_write(struct ob_dev *dev,
                                    const struct ob_link *to, uint32_t region,
                                    uint64_t offset, uint32_t bytes,
                                    uint64_t value)
{
    return dev->host->link_write(dev, to, region, offset, bytes, value);
}

/* Fill `bytes` with `count` random bytes. */
static inline void ob_random(struct ob_dev *dev, void *bytes, uint32_t count)
{
    dev->host->random(dev, bytes, count);
}

/* Send the request OB_MACHINE_* to the machine. */
static inline void ob_machine_request(struct ob_dev *dev, uint32_t request)
{
    dev->host->machine_request(dev, request);
}

#if OB_ABI_NEEDS >= 1
/* Set what the guest reads in pages of `direct_at`. [since 1.1] */
static inline void ob_direct_set(struct ob_dev *dev, uint32_t region,
                                 uint64_t offset, uint64_t value,
                                 uint32_t bytes)
{
    dev->host->direct_set(dev, region, offset, value, bytes);
}
#endif

#if defined(__GNUC__)
#define OB_PRINTF_(f, a) __attribute__((format(printf, f, a), unused))
#else
#define OB_PRINTF_(f, a)
#endif

/*
 * Log one line, formatted as by printf and cut after 255 bytes. If the kind is
 * not wanted, the function does not format the line.
 *   dev       the instance
 *   kind      OB_LOG_*
 *   fmt, ...  format and arguments
 * [machine lock held] [no block] [since 1.0] [this header]
 */
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

/*
 * Give the reason why create() or restored() refuses, formatted as by printf
 * and cut after 255 bytes:
 *     return ob_fail(dev, "fifo-depth %u is not a power of two", depth);
 *   dev       the instance
 *   fmt, ...  format and arguments
 * Returns -EINVAL.
 * [machine lock held] [no block] [since 1.0] [this header]
 */
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
