/* SPDX-License-Identifier: MIT */
/*
 * What the rig needs of whoever hosts a live device: the bridge implements it
 * with QEMU, the bench with a stepped clock, a model's process with messages.
 *
 * Calls come from device/device.c only, with the arguments checked: `n` and
 * `group` are within what the type declares. All [machine lock held].
 * `port` is what device_new() was given.
 */
#ifndef DEVICE_HOST_OPS_H
#define DEVICE_HOST_OPS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A kind of log line besides OB_LOG_*: the model's own mistake (a service
 * called with an index that it never declared, from create(), ...).
 */
#define HOST_LOG_MISTAKE 16u
/*
 * An access that no register covers. The user sees it only where
 * OB_LOG_UNIMPL is wanted.
 */
#define HOST_LOG_HOLE 17u
/*
 * The first OB_LOG_UNIMPL line about a feature: the port shows it to the user,
 * and logs it as well if OB_LOG_UNIMPL is wanted.
 */
#define HOST_LOG_FIRST 18u
/* A kind, OB_LOG_* or HOST_LOG_*, in a set of kinds. */
#define HOST_LOG_BIT(kind) (1u << (kind))

/*
 * Memory that several processes may have: sealed, so that it cannot shrink
 * under them. The port's, kept for as long as any device lives.
 */
struct host_memory {
    uint64_t id;                /* host_memory_id(): another one for each */
    int fd;
    uint64_t bytes;
    bool read_only;             /* to whom it is handed over */
};

/* Addresses that are nothing but such memory. */
struct host_range {
    uint64_t addr, bytes;
    const struct host_memory *memory;
    uint64_t offset;            /* of `addr`, in the memory */
    bool read_only;             /* writes have to go by mem_rw() */
};

/* Ranges by address, none overlapping; the generation changes with them. */
struct host_map {
    const struct host_range *ranges;
    uint32_t count;
    uint64_t generation;        /* never 0 */
};

/*
 * Has any map changed since last time? Ports call host_maps_changed(); who
 * keeps a copy compares the number, which is cheap, and asks for the map then.
 */
extern uint64_t host_maps_generation;
void host_maps_changed(void);
/* A number that was never given out before. */
uint64_t host_memory_id(void);

struct host_ops {
    /* Only changes come, except once for each line after reset or restore. */
    void (*irq_set)(void *port, uint32_t n, bool level);
    void (*output_set)(void *port, uint32_t group, uint32_t n, int32_t level);

    uint64_t (*now_ns)(void *port);
    /* The rig keeps deadlines; the port calls device_timer_expired(). */
    void (*timer_arm)(void *port, uint32_t n, uint64_t deadline_ns);
    void (*timer_cancel)(void *port, uint32_t n);

    uint64_t (*clock_hz)(void *port, uint32_t n);
    void (*clock_drive)(void *port, uint32_t n, uint64_t hz);

    void (*chr_send)(void *port, uint32_t n, const uint8_t *bytes,
                     uint32_t count);
    void (*chr_ready)(void *port, uint32_t n);

    /*
     * `target` is what device_prop_link() was given, or NULL for the
     * system's memory. Return 0 or -EFAULT.
     */
    int (*mem_rw)(void *port, void *target, uint64_t addr, void *bytes,
                  uint64_t count, bool write);
    /*
     * May be NULL, and give NULL: nothing is shared. What DMA through
     * `target` may read and write by itself, as it is now; the port's. Who
     * wrote so tells it before anything else is asked of the port.
     */
    const struct host_map *(*mem_map)(void *port, void *target);
    void (*mem_wrote)(void *port, void *target, uint64_t addr,
                      uint64_t bytes);
    int (*link_rw)(void *port, void *target, uint32_t region, uint64_t offset,
                   uint32_t bytes, uint64_t *value, bool write);

    void (*random)(void *port, void *bytes, uint32_t count);
    void (*machine_request)(void *port, uint32_t request);
    /* One clean line that starts with "TYPE ID: ", of a kind that is wanted. */
    void (*log)(void *port, uint32_t kind, const char *line);
    /*
     * Which kinds of lines are wanted: HOST_LOG_BIT() of each. Asked for once
     * per request to a runner, and before each line.
     */
    uint32_t (*logs_wanted)(void *port);
    /* May be NULL: no extensions. */
    const void *(*extension)(void *port, const char *id);
    /*
     * The memory that the guest reads instead of `bytes` bytes at `at` of
     * `region` (pages of 4096, one of those that device_type_direct() tells):
     * zeroed, at least as long-lived as the device, aligned to a page and
     * mapped by itself, as other memory may be mapped over it. NULL: this host
     * has none, and the guest's reads come as ever. May be NULL.
     */
    uint8_t *(*direct_memory)(void *port, uint32_t region, uint64_t at,
                              uint64_t bytes);
};

/*
 * A port calls this before each access of a model to the guest's memory. So
 * the guest's processors see a model's accesses in the order in which it makes
 * them, payload before flag, on every host. QEMU does the same for its devices.
 */
static inline void host_dma_fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
