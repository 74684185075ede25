/* SPDX-License-Identifier: MIT */
/*
 * Host operations: the functions that a host offers to a device. The bridge
 * implements them with QEMU, the bench with a stepped clock, the runner with
 * messages to QEMU.
 *
 * Only the device core calls them (services.c, log.c, direct.c, unimpl.c). It
 * has checked the arguments: `n` and `group` are within what the type
 * declares, and the device may use the service in its present phase. `port` is
 * the pointer that the host gave to device_new(). All calls [machine lock
 * held]; none may fail in a way that ends the process.
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
 * The first OB_LOG_UNIMPL line about a feature. The host shows it to the user,
 * and also logs it if OB_LOG_UNIMPL is wanted.
 */
#define HOST_LOG_FIRST 18u
/* A kind, OB_LOG_* or HOST_LOG_*, in a set of kinds. */
#define HOST_LOG_BIT(kind) (1u << (kind))

/*
 * Memory that several processes may map. It is sealed, so that no process can
 * make it shorter. The host owns it and keeps it while any device lives.
 */
struct host_memory {
    uint64_t id;                /* host_memory_id(), unique in this process */
    int fd;
    uint64_t bytes;
    bool read_only;             /* for the process that gets it */
};

/* Addresses of a link's address space that are such memory, and only that. */
struct host_range {
    uint64_t addr, bytes;
    const struct host_memory *memory;
    uint64_t offset;            /* of `addr`, in the memory */
    bool read_only;             /* writes must go by mem_rw() */
};

/*
 * Ranges, sorted by address, of which none overlap. A change of the ranges
 * changes the generation, which is never 0.
 */
struct host_map {
    const struct host_range *ranges;
    uint32_t count;
    uint64_t generation;
};

/*
 * Changes whenever any map changes. A host that changes a map calls
 * host_maps_changed(). A user that keeps a copy of a map compares this number,
 * which is cheap, and gets the map again only if the number differs.
 */
extern uint64_t host_maps_generation;
void host_maps_changed(void);
/* A number that this process has not used before. */
uint64_t host_memory_id(void);

struct host_ops {
    /*
     * Set interrupt line `n`, or line `n` of output `group`. The core reports
     * changes only. After a reset or a restore it reports each line once.
     * Other devices may be called before this returns, and may call back.
     */
    void (*irq_set)(void *port, uint32_t n, bool level);
    void (*output_set)(void *port, uint32_t group, uint32_t n, int32_t level);

    /* The virtual time in ns since the machine started. */
    uint64_t (*now_ns)(void *port);
    /*
     * Call device_timer_expired() at `deadline_ns` of virtual time (at most
     * INT64_MAX), or as soon as possible if that has passed. A later call
     * replaces the deadline. The core keeps deadlines for saved state.
     */
    void (*timer_arm)(void *port, uint32_t n, uint64_t deadline_ns);
    void (*timer_cancel)(void *port, uint32_t n);

    /* The period of clock `n` in units of 2^-32 ns; 0: it stands still. */
    uint64_t (*clock_period)(void *port, uint32_t n);
    /* Set output clock `n`. The devices that it feeds may be called. */
    void (*clock_drive)(void *port, uint32_t n, uint64_t period);

    /* Send `count` bytes, at least 1, to a backend. They stay the caller's. */
    void (*chr_send)(void *port, uint32_t n, const uint8_t *bytes,
                     uint32_t count);
    /* The model has room again: ask for it, and pass on what is waiting. */
    void (*chr_ready)(void *port, uint32_t n);

    /*
     * DMA of `count` bytes, at least 1, that do not pass the end of the address
     * space. `target` is what device_prop_link() got, or NULL for the system's
     * memory. Returns 0 or -EFAULT; part of the bytes may be transferred then.
     */
    int (*mem_rw)(void *port, void *target, uint64_t addr, void *bytes,
                  uint64_t count, bool write);
    /*
     * The memory that DMA through `target` may read and write without
     * mem_rw(), as it is now. NULL: none is shared. The host owns the map. A
     * caller that wrote into it calls mem_wrote() before any other operation.
     * Both members may be NULL.
     */
    const struct host_map *(*mem_map)(void *port, void *target);
    void (*mem_wrote)(void *port, void *target, uint64_t addr,
                      uint64_t bytes);
    /*
     * An access of 1, 2, 4 or 8 bytes to region `region` of the part that
     * `target` is. Returns 0 and, of a read, the value; or -EFAULT.
     */
    int (*link_rw)(void *port, void *target, uint32_t region, uint64_t offset,
                   uint32_t bytes, uint64_t *value, bool write);

    /* Fill `count` bytes, at least 1, from the host's source of randomness. */
    void (*random)(void *port, void *bytes, uint32_t count);
    /* OB_MACHINE_*: the machine acts on it after the present access. */
    void (*machine_request)(void *port, uint32_t request);
    /* One clean line that starts with "TYPE ID: ", of a kind that is wanted. */
    void (*log)(void *port, uint32_t kind, const char *line);
    /*
     * Which kinds of lines are wanted: HOST_LOG_BIT() of each. The core asks
     * once per request to a runner, and before it makes a line.
     */
    uint32_t (*logs_wanted)(void *port);
    /*
     * Memory that the guest reads instead of `bytes` bytes at `at` of `region`
     * (one range of pages of the declaration). It is zeroed, aligned to a page,
     * mapped apart from other memory (other memory may be mapped over it), and
     * lives at least as long as the device. NULL: this host has none, and the
     * guest's reads call the device. The member may be NULL.
     */
    uint8_t *(*direct_memory)(void *port, uint32_t region, uint64_t at,
                              uint64_t bytes);
};

/*
 * A host calls this before each access of a model to the guest's memory. So the
 * guest's processors see the accesses of a model in their order, payload before
 * flag, on every host. QEMU does the same for its own devices.
 */
static inline void host_dma_fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
