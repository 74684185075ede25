/* SPDX-License-Identifier: MIT */
/*
 * This header declares the services that a host gives to a model. Models call
 * the functions ob_*(). The table ob_host carries the services from the host's
 * binary to the module's binary.
 *
 * Rules for every service
 * - The model calls it with the machine lock held, on the thread on which the
 *   host called the model.
 * - `dev` is the model's own instance.
 * - Its arguments may have any value. If one is out of range, the host ignores
 *   the call and logs the module's mistake. A mistake returns 0, UINT64_MAX
 *   (ob_timer_deadline) or OB_E_FAULT.
 * - It does not block, except ob_chr_send().
 * - Services that change a line or a clock, or that move data, may call other
 *   models, and through them this model again. Make the state consistent
 *   before you call them. The host ignores calls that are nested more than 24
 *   deep.
 *
 * In create() and destroy() the machine is not fully built. There, call only
 * the services that query and log: ob_now_ns, ob_timer_deadline,
 * ob_clock_period, ob_clock_hz, ob_random, ob_log, ob_refuse and ob_extension.
 * Set lines, clocks and timers and move data in reset() and later.
 *
 * abi.h explains the form of the comments and the marks in brackets. All
 * services are [src/device], which calls the host: src/bridge in QEMU,
 * src/bench in a unit test, src/runner in a process of the model's own.
 */
#ifndef OUTBOARD_HOST_H
#define OUTBOARD_HOST_H

#include <stdarg.h>
#include <stdio.h>

#include <outboard/bits.h>
#include <outboard/device.h>

OB_C_BEGIN

/*
 * What the board connected to a property of type OB_PROP_LINK: another part,
 * or memory. Opaque. The host owns it; it is valid until destroy() returns.
 * [since 0.1] [src/device]
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
 * The table of services. A member without a comment does what the function of
 * the same name below describes: `irq_set` is ob_irq_set(). The host owns the
 * table; it is valid as long as the instance. [since 0.1]
 */
struct ob_host {
    uint32_t size;                  /* sizeof in the host's build */
    uint16_t abi_major, abi_minor;  /* version of the host */

    void (*irq_set)(struct ob_dev *dev, uint32_t irq, uint32_t n,
                    uint32_t level);
    void (*output_set)(struct ob_dev *dev, uint32_t output, uint32_t n,
                       int32_t level);
    uint64_t (*now_ns)(struct ob_dev *dev);
    void (*timer_arm)(struct ob_dev *dev, uint32_t timer, uint32_t n,
                      uint64_t deadline_ns);
    void (*timer_cancel)(struct ob_dev *dev, uint32_t timer, uint32_t n);
    uint64_t (*timer_deadline)(struct ob_dev *dev, uint32_t timer, uint32_t n);
    uint64_t (*clock_period)(struct ob_dev *dev, uint32_t clock, uint32_t n);
    void (*clock_drive)(struct ob_dev *dev, uint32_t clock, uint32_t n,
                        uint64_t period);
    uint32_t (*chr_send)(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                         const uint8_t *bytes, uint32_t count);
    void (*chr_ready)(struct ob_dev *dev, uint32_t chardev, uint32_t n);
    /*
     * As ob_mem_read().
     *   flags  none defined: 0
     * [machine lock held] [no block] [since 0.1]
     */
    int32_t (*mem_read)(struct ob_dev *dev, const struct ob_link *via,
                        uint64_t addr, void *bytes, uint64_t count,
                        uint32_t flags);
    /*
     * As ob_mem_write().
     *   flags  none defined: 0
     * [machine lock held] [no block] [since 0.1]
     */
    int32_t (*mem_write)(struct ob_dev *dev, const struct ob_link *via,
                         uint64_t addr, const void *bytes, uint64_t count,
                         uint32_t flags);
    int32_t (*link_read)(struct ob_dev *dev, const struct ob_link *to,
                         uint32_t region, uint64_t offset, uint32_t bytes,
                         uint64_t *ret_value);
    int32_t (*link_write)(struct ob_dev *dev, const struct ob_link *to,
                          uint32_t region, uint64_t offset, uint32_t bytes,
                          uint64_t value);
    /* As ob_random(). [since 0.1] */
    void (*random_fill)(struct ob_dev *dev, void *bytes, uint32_t count);
    void (*machine_request)(struct ob_dev *dev, uint32_t request);
    /*
     * Log a line, for ob_log().
     *   kind  OB_LOG_*
     *   text  one line without a newline; the host copies it
     * [machine lock held] [no block] [since 0.1]
     */
    void (*log_line)(struct ob_dev *dev, uint32_t kind, const char *text);
    /*
     * Tell ob_log() whether to format a line.
     *   kind  OB_LOG_*
     * Returns 1 if log_line() uses a line of this kind, or reports the kind as
     * a mistake; otherwise 0.
     * [machine lock held] [no block] [since 0.1]
     */
    uint32_t (*log_wanted)(struct ob_dev *dev, uint32_t kind);
    /*
     * Give the reason of a refusal, for ob_refuse().
     *   text  one line without a newline; the host copies it
     * Returns OB_E_INVALID.
     * [machine lock held] [no block] [since 0.1]
     */
    int32_t (*refuse)(struct ob_dev *dev, const char *text);
    const void *(*extension)(struct ob_dev *dev, const char *id);
    void (*direct_set)(struct ob_dev *dev, uint32_t region, uint64_t offset,
                       uint64_t value, uint32_t bytes);
};

/*
 * Whether the host has the service `member` of ob_host. A module that states
 * an older OB_ABI_NEEDS asks before it calls a newer service. [since 0.1]
 */
#define OB_HAS(dev, member)                                                   \
    ((dev)->host->size >= offsetof(struct ob_host, member) +                  \
                              sizeof((dev)->host->member))

/* --- state ---------------------------------------------------------------- */

/*
 * Returns the model's state struct of this instance. The host owns it.
 * [machine lock held] [no block] [since 0.1] [this header]
 */
static inline void *ob_state(struct ob_dev *dev)
{
    return dev->state;
}

/* --- lines ---------------------------------------------------------------- */

/*
 * Set the level of an interrupt output. Setting the same level again costs
 * almost nothing. A reset does not change the level, so reset() sets it.
 *   irq    index in `irqs`
 *   n      the line; 0 to count - 1 of the item
 *   level  0 is low, anything else is high
 * [machine lock held] [no block] [since 0.1]
 */
static inline void ob_irq_set(struct ob_dev *dev, uint32_t irq, uint32_t n,
                              uint32_t level)
{
    dev->host->irq_set(dev, irq, n, level);
}

/*
 * Set the level of a gpio output line. Otherwise like ob_irq_set().
 *   output  index in `outputs`
 *   n       the line; 0 to count - 1 of the item
 *   level   usually 0 or 1
 * [machine lock held] [no block] [since 0.1]
 */
static inline void ob_output_set(struct ob_dev *dev, uint32_t output,
                                 uint32_t n, int32_t level)
{
    dev->host->output_set(dev, output, n, level);
}

/* --- time ----------------------------------------------------------------- */

/*
 * Returns the virtual time in nanoseconds since the machine was made. The time
 * stands still while the machine is stopped.
 * [machine lock held] [no block] [since 0.1]
 */
static inline uint64_t ob_now_ns(struct ob_dev *dev)
{
    return dev->host->now_ns(dev);
}

/*
 * Arm a timer, or change the deadline of an armed timer. A deadline in the
 * past expires as soon as possible, but never within this call.
 *   timer        index in `timers`
 *   n            the timer; 0 to count - 1 of the item
 *   deadline_ns  virtual time in ns; values above 2^63 - 1 mean 2^63 - 1
 * [machine lock held] [no block] [since 0.1]
 */
static inline void ob_timer_arm(struct ob_dev *dev, uint32_t timer, uint32_t n,
                                uint64_t deadline_ns)
{
    dev->host->timer_arm(dev, timer, n, deadline_ns);
}

/*
 * Disarm a timer. Has no effect if the timer is not armed.
 *   timer, n  as for ob_timer_arm()
 * [machine lock held] [no block] [since 0.1]
 */
static inline void ob_timer_cancel(struct ob_dev *dev, uint32_t timer,
                                   uint32_t n)
{
    dev->host->timer_cancel(dev, timer, n);
}

/*
 * Returns the deadline of a timer in ns, or UINT64_MAX if it is not armed.
 *   timer, n  as for ob_timer_arm()
 * [machine lock held] [no block] [since 0.1]
 */
static inline uint64_t ob_timer_deadline(struct ob_dev *dev, uint32_t timer,
                                         uint32_t n)
{
    return dev->host->timer_deadline(dev, timer, n);
}

/* --- clocks --------------------------------------------------------------- */

/*
 * Returns the period of a clock in units of 2^-32 ns. 0 means that the clock
 * stands still or is not connected.
 *   clock  index in `clocks`; an input or an output
 *   n      the clock; 0 to count - 1 of the item
 * [machine lock held] [no block] [since 0.1]
 */
static inline uint64_t ob_clock_period(struct ob_dev *dev, uint32_t clock,
                                       uint32_t n)
{
    return dev->host->clock_period(dev, clock, n);
}

/*
 * Returns the frequency of a clock in Hz, rounded to the nearest number. 0
 * means that the clock stands still or is not connected.
 *   clock, n  as for ob_clock_period()
 * [machine lock held] [no block] [since 0.1] [this header]
 */
static inline uint64_t ob_clock_hz(struct ob_dev *dev, uint32_t clock,
                                   uint32_t n)
{
    return ob_hz_of_period(dev->host->clock_period(dev, clock, n));
}

/*
 * Drive a clock output.
 *   clock   index in `clocks`; an OB_CLOCK_OUT
 *   n       the clock; 0 to count - 1 of the item
 *   period  in units of 2^-32 ns; 0 stops the clock
 * [machine lock held] [no block] [since 0.1]
 */
static inline void ob_clock_drive(struct ob_dev *dev, uint32_t clock,
                                  uint32_t n, uint64_t period)
{
    dev->host->clock_drive(dev, clock, n, period);
}

/*
 * Drive a clock output with a whole frequency.
 *   clock, n  as for ob_clock_drive()
 *   hz        frequency in Hz; 0 stops the clock
 * [machine lock held] [no block] [since 0.1] [this header]
 */
static inline void ob_clock_drive_hz(struct ob_dev *dev, uint32_t clock,
                                     uint32_t n, uint64_t hz)
{
    dev->host->clock_drive(dev, clock, n, ob_period_of_hz(hz));
}

/* --- characters ----------------------------------------------------------- */

/*
 * Send bytes to a character backend. If the backend is not connected, the host
 * drops the bytes.
 *   chardev  index in `chardevs`
 *   n        the backend; 0 to count - 1 of the item
 *   bytes    the bytes; the host does not keep the pointer
 *   count    how many
 * Returns how many bytes were taken, from the first on. It is `count`, because
 * QEMU waits for a slow backend.
 * [machine lock held] [QEMU waits for a slow backend] [since 0.1]
 */
static inline uint32_t ob_chr_send(struct ob_dev *dev, uint32_t chardev,
                                   uint32_t n, const uint8_t *bytes,
                                   uint32_t count)
{
    return dev->host->chr_send(dev, chardev, n, bytes, count);
}

/*
 * Report that room() of a backend is above 0 again. The host may call
 * receive() within this call.
 *   chardev, n  as for ob_chr_send()
 * [machine lock held] [no block] [since 0.1]
 */
static inline void ob_chr_ready(struct ob_dev *dev, uint32_t chardev,
                                uint32_t n)
{
    dev->host->chr_ready(dev, chardev, n);
}

/* --- memory and other parts ----------------------------------------------- */

/*
 * Copy bytes from the machine's memory. The bytes keep their order in memory.
 *   via    a link to a bus (a memory container) or to memory, whose first byte
 *          has address 0; NULL is the system's bus
 *   addr   the first address
 *   bytes  buffer for `count` bytes; the model owns it
 *   count  number of bytes; 0 has no effect
 * Returns OB_OK. Returns OB_E_FAULT if a part of the range has no memory or
 * answers with an error; the buffer's contents are then undefined.
 * [machine lock held] [no block] [since 0.1]
 */
static inline int32_t ob_mem_read(struct ob_dev *dev,
                                  const struct ob_link *via, uint64_t addr,
                                  void *bytes, uint64_t count)
{
    return dev->host->mem_read(dev, via, addr, bytes, count, 0);
}

/*
 * Copy bytes to the machine's memory. Parameters and result are those of
 * ob_mem_read(); after OB_E_FAULT a part may be written.
 * [machine lock held] [no block] [since 0.1]
 */
static inline int32_t ob_mem_write(struct ob_dev *dev,
                                   const struct ob_link *via, uint64_t addr,
                                   const void *bytes, uint64_t count)
{
    return dev->host->mem_write(dev, via, addr, bytes, count, 0);
}

/*
 * Read a number of 1 to 8 bytes from the machine's memory, little-endian.
 *   via, addr  as for ob_mem_read()
 *   count      its bytes; 1 to 8
 *   ret_value  receives the number; 0 after an error
 * Returns as ob_mem_read(), and OB_E_INVALID for another `count`.
 * [machine lock held] [no block] [since 0.1] [this header]
 */
static inline int32_t ob_mem_read_le(struct ob_dev *dev,
                                     const struct ob_link *via, uint64_t addr,
                                     uint32_t count, uint64_t *ret_value)
{
    uint8_t bytes[8] = { 0 };
    int32_t ret = OB_E_INVALID;

    if (count >= 1 && count <= 8)
        ret = dev->host->mem_read(dev, via, addr, bytes, count, 0);
    *ret_value = ret ? 0 : ob_get_le(bytes, count);
    return ret;
}

/*
 * Write a number of 1 to 8 bytes to the machine's memory, little-endian.
 *   via, addr  as for ob_mem_read()
 *   count      its bytes; 1 to 8
 *   value      the number; bits above `count` bytes are ignored
 * Returns as ob_mem_write(), and OB_E_INVALID for another `count`.
 * [machine lock held] [no block] [since 0.1] [this header]
 */
static inline int32_t ob_mem_write_le(struct ob_dev *dev,
                                      const struct ob_link *via, uint64_t addr,
                                      uint32_t count, uint64_t value)
{
    uint8_t bytes[8];

    if (count < 1 || count > 8)
        return OB_E_INVALID;
    ob_put_le(bytes, count, value);
    return dev->host->mem_write(dev, via, addr, bytes, count, 0);
}

/*
 * Read a region of a linked part, as an access from the bus would.
 *   to         a link to a part
 *   region     index of the part's region
 *   offset     in that region
 *   bytes      1, 2, 4 or 8
 *   ret_value  receives the value, from bit 0; unchanged after an error
 * Returns OB_OK or OB_E_FAULT.
 * [machine lock held] [no block] [since 0.1]
 */
static inline int32_t ob_link_read(struct ob_dev *dev,
                                   const struct ob_link *to, uint32_t region,
                                   uint64_t offset, uint32_t bytes,
                                   uint64_t *ret_value)
{
    return dev->host->link_read(dev, to, region, offset, bytes, ret_value);
}

/*
 * Write a region of a linked part. Parameters and result are those of
 * ob_link_read().
 *   value  from bit 0
 * [machine lock held] [no block] [since 0.1]
 */
static inline int32_t ob_link_write(struct ob_dev *dev,
                                    const struct ob_link *to, uint32_t region,
                                    uint64_t offset, uint32_t bytes,
                                    uint64_t value)
{
    return dev->host->link_write(dev, to, region, offset, bytes, value);
}

/*
 * Set what the guest reads at an offset of the pages that the region declares
 * with `direct_at`. The guest sees the value at once, even on a processor that
 * is running. A reset does not change it. It is not part of the saved state:
 * set it again in reset() and restored().
 *   region  index in `regions`
 *   offset  in the region; within the pages
 *   value   from bit 0; the host stores it in the region's byte order
 *   bytes   1, 2, 4 or 8
 * [machine lock held] [no block] [since 0.1]
 */
static inline void ob_direct_set(struct ob_dev *dev, uint32_t region,
                                 uint64_t offset, uint64_t value,
                                 uint32_t bytes)
{
    dev->host->direct_set(dev, region, offset, value, bytes);
}

/* --- the machine ---------------------------------------------------------- */

/*
 * Fill a buffer with random bytes. They repeat from run to run if the machine
 * has a fixed seed.
 *   bytes  buffer for `count` bytes; the model owns it
 *   count  number of bytes; 0 has no effect
 * [machine lock held] [no block] [since 0.1]
 */
static inline void ob_random(struct ob_dev *dev, void *bytes, uint32_t count)
{
    dev->host->random_fill(dev, bytes, count);
}

/*
 * Ask the machine to reset, power off or report a crash. The request takes
 * effect after the current call of the model has returned.
 *   request  OB_MACHINE_*
 * [machine lock held] [no block] [since 0.1]
 */
static inline void ob_machine_request(struct ob_dev *dev, uint32_t request)
{
    dev->host->machine_request(dev, request);
}

/*
 * Returns the host's table of an extension. Its header declares the struct. If
 * the extension has no services, the struct has only `size`, and the result
 * says that the host has taken the extension. Returns NULL if the host does
 * not know the extension, or the type does not list it. The host owns the
 * table; it is valid as long as the instance.
 *   id  "ob.i2c-target/0"
 * [machine lock held] [no block] [since 0.1]
 */
static inline const void *ob_extension(struct ob_dev *dev, const char *id)
{
    return dev->host->extension(dev, id);
}

/* --- messages ------------------------------------------------------------- */

#if defined(__GNUC__)
#define OB_PRINTF_(f, a) __attribute__((format(printf, f, a), unused))
#else
#define OB_PRINTF_(f, a)
#endif

/*
 * Log one line, formatted as by printf and cut after 255 bytes. The host adds
 * the names of the type and the part. If the kind is not wanted, the function
 * does not format the line.
 *   kind      OB_LOG_*
 *   fmt, ...  format and arguments; one line without a newline
 * [machine lock held] [no block] [since 0.1] [this header]
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
    dev->host->log_line(dev, kind, text);
}

/*
 * Give the reason why create() or restored() refuses, formatted as by printf
 * and cut after 255 bytes. The host keeps the first reason of a call:
 *     return ob_refuse(dev, "fifo-depth %u is not a power of two", depth);
 *   fmt, ...  format and arguments; one line without a newline
 * Returns OB_E_INVALID, which the model returns to the host.
 * [machine lock held] [no block] [since 0.1] [this header]
 */
OB_PRINTF_(2, 3)
static inline int32_t ob_refuse(struct ob_dev *dev, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return dev->host->refuse(dev, text);
}

OB_C_END

#endif
