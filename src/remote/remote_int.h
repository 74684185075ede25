/* SPDX-License-Identifier: MIT */
/* Shared by the files of src/remote; no other room includes this. */
#ifndef REMOTE_INT_H
#define REMOTE_INT_H

#include "device/core.h"
#include "remote/remote.h"
#include "ipc/conn.h"
#include "ipc/pack.h"
#include "ipc/services.h"

/*
 * Bytes of all descriptions of types: what these are unpacked into takes up
 * to 16 times as much.
 */
enum { REMOTE_TYPES_BYTES = 8 << 20, REMOTE_TYPES_MAX = 1024,
       REMOTE_ASKED_MAX = 100000 };

/* What the proxy keeps for a type: the declaration's `model_type`. */
struct remote_type {
    struct remote *remote;
    uint32_t number;                /* in the process */
    const struct ipc_posts *posts;  /* per region */
};

/* Memory that was handed over; its number is its place in the list. */
struct remote_memory {
    uint64_t id;                    /* the port's */
    int status;                     /* 0, or why the process has it not */
};

/* A device's way to memory, once it has asked for some by message. */
struct remote_link {
    uint32_t dev, link;             /* 1 + the property's index, or 0 */
    uint64_t generation;            /* of the map that it has; 0: none */
};

/* What the proxy keeps for a live device: the device's `model_data`. */
struct proxy {
    uint32_t number;                /* the device's, in the process */
    bool lost;                      /* the process does not have it */
    bool went;                      /* lost with the process that was given
                                       up last, not with one before */
    uint64_t asked, posted;         /* requests, writes; to tune */
    /*
     * The last state that was saved or restored, owned. NULL: unknown, or the
     * device was reset since.
     */
    GByteArray *state;
    bool is_reset;                  /* reset since; `state` is NULL */
    int *chr_events;                /* per chardev, the last open or close;
                                       -1: none yet */
    int pages_fd;                   /* pages that are not shown yet; or -1 */
    int64_t *old_irqs;              /* during a restart: the levels before */
    int64_t **old_outputs;
};

enum { REMOTE_LAST = 8 };

/*
 * What call.c needs of the files above it. All members are there. [machine
 * lock held]
 */
struct remote_upper {
    /* Do what the process asks by `msg`, and answer it. */
    void (*serve)(struct remote *r, const struct ipc_msg *msg,
                  const void *payload);
    /* The process needs the maps of memory that have changed. */
    void (*maps_send)(struct remote *r);
    /* The process was given up: its memory and pages are lost. */
    void (*gave_up)(struct remote *r);
};

struct remote {
    const struct remote_upper *upper;
    struct ipc_conn conn;
    struct arena *arena;            /* all that the types consist of */
    GPtrArray *types;               /* struct device_decl * */
    GPtrArray *blocks;              /* GByteArray *: types as described */
    GPtrArray *devices;             /* struct device * by number, or NULL */
    int memory_sock;                /* for descriptors of memory; or -1 */
    GArray *memories;               /* struct remote_memory */
    GArray *links;                  /* struct remote_link */
    uint64_t maps_seen;             /* host_maps_generation, when last sent */
    uint64_t counts[128];           /* messages that came, by kind */
    uint64_t rung;                  /* packets that came: one each for a
                                       SIGNAL, at most */
    uint16_t open;                  /* requests without an answer, both ways */
    uint32_t asked;                 /* messages since none was open */
    uint64_t asked_ns;              /* when the first of them came */
    uint64_t asked_cpu_ns;          /* this thread's time, past the limit */
    struct ob_err gone;             /* set once it is given up */
    void (*on_gone)(void *opaque, const char *why);
    void (*wake)(void *opaque, bool must);
    void (*turn)(void *opaque);
    void *opaque;
    uint32_t turns;                 /* requests, for `turn` */
    bool restarting;
    struct ipc_msg last[REMOTE_LAST];  /* of devices, by n_last % */
    uint32_t n_last;
};

/* Of a device with the proxy's operations, from create() until destroy(). */
static inline struct proxy *proxy_of(const struct device *d)
{
    return d->model_data;
}

static inline const struct remote_type *remote_type_of(const struct device *d)
{
    return d->type->model_type;
}

static inline struct remote *remote_owner(const struct device *d)
{
    return remote_type_of(d)->remote;
}

/* Give the process up; the first reason stands. Returns `code`. */
int remote_give_up(struct remote *r, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Keep what a device is asked, for remote_last(); its number. */
static inline uint32_t remote_note(struct remote *r, const struct device *d,
                                   const struct ipc_msg *m)
{
    if (!d || m->kind == IPC_SAVE)
        return r->n_last;
    r->last[r->n_last % REMOTE_LAST] = *m;
    return r->n_last++;
}

/* The same once it is answered: a read's value, and a mark. */
static inline void remote_note_answer(struct remote *r, uint32_t at,
                                      const struct ipc_msg *answer)
{
    struct ipc_msg *m = &r->last[at % REMOTE_LAST];

    if (r->n_last - at - 1 >= REMOTE_LAST)
        return;
    if (m->kind == IPC_READ)
        m->y = answer->y;
    m->status = 1;
}

/*
 * Send `msg` for device `d` (NULL: for none) and serve what comes until its
 * answer. 0 and the answer, its payload (may be NULL pointer: dropped) the
 * caller's to free(); or -errno, the process given up.
 */
int remote_call(struct remote *r, struct device *d, struct ipc_msg *msg,
                const void *payload, struct ipc_msg *ret_msg,
                void **ret_payload);
/* Connect, and check the greeting; `ret_types` is how many it serves. */
int remote_connect(struct remote *r, const struct remote_setup *s,
                   uint32_t *ret_types, struct ob_err *err);
/*
 * How the process describes type `n`, in `most` bytes; the caller's. NULL:
 * given up.
 */
GByteArray *remote_describe(struct remote *r, uint32_t n, uint64_t most);
/* Send a write that is posted: without the time, as it only stores. */
void remote_post(struct remote *r, struct device *d, struct ipc_msg *msg);
/* Send `bytes` to the runner, before a request that uses them. */
int remote_store(struct remote *r, const uint8_t *bytes, size_t count);
/*
 * Get the `total` bytes that the last answer promised, which may be `most`;
 * NULL on failure.
 */
GByteArray *remote_fetch(struct remote *r, uint64_t total, uint64_t most);

/*
 * pages.c: the pages of a device are shared with its process before CREATE
 * (again for each new process), shown to the guest once they have content,
 * and read as all ones when the process is given up.
 */
int remote_pages_open(struct device *d, struct ob_err *err);
void remote_pages_show(struct device *d);
void remote_pages_close(struct proxy *p);
void remote_pages_lost(struct remote *r);

/* proxy.c */
extern const struct model_ops proxy_model_ops;
/*
 * Send the properties of `d`, have the runner create its model under its
 * number, and report the levels of its inputs. 0, or an error with the model's
 * refusal (the caller frees it; it may be empty).
 */
int remote_part_create(struct device *d, char **ret_refusal);
/* Send a request that has only fixed fields, whose answer has none. */
void remote_tell(struct device *d, struct ipc_msg m);
/* Report the levels of inputs that are not 0; `all`: the others too. */
void remote_inputs_send(struct device *d, bool all);
/* Send a state. 0, or `err`; a runner that is given up is an error too. */
int remote_state_bring(struct device *d, const uint8_t *bytes, size_t count,
                       struct ob_err *err);

/*
 * memory.c. A device asked for memory by message. From now on its runner gets
 * the map of the memory that it can reach without messages.
 */
void remote_link_used(struct remote *r, struct device *d, uint32_t link);
/* The process wrote there by itself. */
void remote_wrote(struct remote *r, struct device *d, const struct ipc_msg *m);
/* Send what has changed. */
void remote_maps_send(struct remote *r);
static inline void remote_maps_update(struct remote *r)
{
    if (r->maps_seen != host_maps_generation)
        remote_maps_send(r);
}
/* The runner has ended, and did not report its last writes. */
void remote_memory_lost(struct remote *r);
/* A new runner starts: it has no memory, and did not ask for any. */
void remote_memory_forget(struct remote *r);

/* Links travel as 1 + the property's index, 0 for the system's memory. */
int remote_link_find(struct remote *r, struct device *d, uint32_t n,
                     const struct ob_link **ret);

/* remote_serve.c: do what the process asks; it is given up for nonsense. */
void remote_serve(struct remote *r, const struct ipc_msg *msg,
                  const void *payload);

#endif
