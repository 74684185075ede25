/* SPDX-License-Identifier: MIT */
/*
 * outboard-runner: runs the models of one module outside QEMU. QEMU starts it
 * once as the launcher, before QEMU confines itself. The launcher holds no
 * module's code, and forks a process for each module that QEMU asks for.
 * main.c is the launcher, and confine.c takes the process's rights away.
 * serve.c answers QEMU with a live device (device/device.h) for each part, and
 * host_ops.c asks QEMU for what these devices ask of their host.
 */
#ifndef RUNNER_HOST_H
#define RUNNER_HOST_H

#include <glib.h>

#include "device/device.h"
#include "ipc/conn.h"
#include "ipc/pack.h"

enum { RUNNER_DEVICES_MAX = 65536 };

/* Memory that QEMU shares with this process. */
struct runner_memory {
    uint8_t *at;                /* NULL: it could not be taken */
    uint64_t bytes;
    bool read_only;
};

/* Addresses of a link that lead to such memory. */
struct runner_range {
    uint64_t addr, bytes;
    uint8_t *at;
    bool read_only;
};

/* Pages of a device that the guest reads as memory. */
struct runner_page {
    uint32_t dev, region, memory;
    uint64_t at, offset;        /* in the region; in the memory */
};

/* What a model wrote without a message; QEMU gets a report. */
struct runner_wrote {
    uint32_t dev, link;
    uint64_t addr, bytes;
};

enum { RUNNER_WROTE_MAX = 8, RUNNER_PAGES_MAX = 4096 };

struct runner {
    struct ipc_conn conn;
    int memory_sock;            /* descriptors of memory come here */
    GArray *memories;           /* struct runner_memory */
    GArray *pages;              /* struct runner_page, for the next CREATE */
    struct runner_wrote wrote[RUNNER_WROTE_MAX];
    uint32_t n_wrote;
    struct device_decl **types;     /* the module's, checked */
    uint32_t n_types;
    GPtrArray *devices;         /* struct runner_device * by number, or NULL */
    GByteArray *stored;         /* what QEMU sent for its next request */
    GByteArray *fetched;        /* what it may fetch after the last one */
    uint64_t now_ns;            /* virtual time, as QEMU sent it last */
    uint32_t wanted;            /* kinds of log lines, HOST_LOG_BIT() */
    uint16_t open;              /* requests without an answer, both ways */
    /* runner_request(), for call.c: QEMU may ask before it answers. */
    void (*request)(struct runner *h, const struct ipc_msg *msg,
                    const void *payload);
};

struct runner_device {
    struct runner *host;
    uint32_t number;
    const struct device_decl *type;
    struct device *device;
    unsigned busy;              /* requests about it that are open */
    bool ending;                /* QEMU has forgotten its timers */
    char *prefix;               /* "TYPE ID: ", as the core's lines start */
    uint64_t *periods;               /* per clock, or UNKNOWN */
    GArray **maps;              /* per link, struct runner_range; or NULL */
};

#define RUNNER_PERIOD_UNKNOWN UINT64_MAX

/*
 * program.c: in a fresh process of the launcher, become the program that the
 * file `words` names (remote/launcher.h), with the socket `sock` as descriptor
 * 3. An error goes to `sock` as a greeting. Never returns.
 */
void program_run(int sock, int words) __attribute__((noreturn));
/* Kill and reap every process below this one; those they left behind too. */
void program_end_all(void);

/* serve.c: serve until the connection ends. Never returns. */
void runner_serve(struct runner *h) __attribute__((noreturn));
/* Answer one request of QEMU's, which was checked. */
void runner_request(struct runner *h, const struct ipc_msg *msg,
                    const void *payload);
/* end.c: end the process, as QEMU has ended or broke the protocol. */
void runner_end(void) __attribute__((noreturn));

/*
 * call.c. Send a message, after reports of what was written to shared memory.
 * Ends the process if QEMU has ended.
 */
void runner_put(struct runner *h, struct ipc_msg *msg, const void *payload);
/* Send a message about `d` that has no answer. */
void runner_post(struct runner_device *d, struct ipc_msg m,
                 const void *payload);
/*
 * Send a request about `d`, and serve QEMU's own requests until its answer
 * comes. The answer's payload must have `count` bytes or none; they go to
 * `ret` (may be NULL).
 */
struct ipc_msg runner_ask(struct runner_device *d, struct ipc_msg m,
                          const void *payload, void *ret, uint32_t count);

/*
 * process.c: in a fresh process, run the module that the greeting on `sock`
 * brings. Returns only if that failed before it was confined.
 */
void runner_process(int sock);

/*
 * check.c: end after `limit_ns` (0: never), by SIGALRM. Call it before
 * confine_before().
 */
void runner_check_limit(uint64_t limit_ns);
/*
 * Hold type `number` to the laws of the test bench, and tell the other end of
 * `sock`. Never returns.
 */
void runner_check(struct runner *h, int sock, uint32_t number)
    __attribute__((noreturn));

/* host_ops.c */
extern const struct host_ops runner_host_ops;
/* Ask QEMU for the frequencies again when they are next needed. */
void runner_clocks_forget(struct runner_device *d);

/* memory.c: QEMU sends a memory object, or the map of a link. */
void runner_memory_take(struct runner *h, const struct ipc_msg *m);
void runner_map_take(struct runner_device *d, const struct ipc_msg *m,
                     const void *payload);
void runner_maps_free(struct runner_device *d);
/*
 * Pages that the guest reads as memory: QEMU sends them before CREATE, and the
 * device asks for them in its create().
 */
int32_t runner_page_take(struct runner *h, const struct ipc_msg *m);
uint8_t *runner_page_memory(struct runner_device *d, uint32_t region,
                            uint64_t at, uint64_t bytes);
/*
 * Copy if QEMU shares all of the range and, for a write, none of it is
 * read-only. False: ask QEMU. The runner reports a write to QEMU before it
 * sends any other message.
 */
bool runner_memory_rw(struct runner_device *d, uint32_t link, uint64_t addr,
                      void *bytes, uint64_t count, bool write);
void runner_wrote_tell(struct runner *h);

/*
 * libraries.c. In the launcher: open what QEMU links too, so that a module
 * need not name it.
 */
void libraries_begin(void);
/*
 * Before confine_before(): open the libraries `needed` that the module's file
 * names, from the system's directories. The error names the library that is
 * missing, has no plain name, or starts a thread. QEMU's line has the module's
 * name before that. 0 or -errno.
 */
int libraries_open(char *const *needed, struct ob_err *err);

/*
 * confine.c, in this order. Before any code of a module runs: close all other
 * descriptors, set limits, forbid new privileges and files, and load a filter
 * of system calls that lets the dynamic linker open only `module`. The struct
 * has the connection's socket, the socket for memory (QEMU may share up to
 * `memory_bytes`), and the module's descriptor. A kernel without Landlock is
 * not an error (loader_landlock()). 0 or -errno.
 */
struct confine {
    int sock, memory_sock, module;
    uint64_t memory_bytes;
};
int confine_before(const struct confine *c, struct ob_err *err);
/* After the linking: forbid to open files, and to make memory code. */
int confine_after(struct ob_err *err);

#endif
