/* SPDX-License-Identifier: MIT */
/*
 * Extensions on the model's side (outboard/ext/): what a kind of extension is
 * to the gate, to the wire and to the hosts.
 *
 * To add one: its header in include/outboard/ext/draft/, a file here that
 * defines its struct ext_kind, a line in ext_kinds.def, a file in src/device/
 * with its typed calls, and a file in each host that serves it.
 *
 * A call of the host goes through ext_call() with numbers packed into bytes, so
 * that one message carries the calls of all extensions to a model in another
 * process. The bytes are hostile on both sides.
 */
#ifndef DEVICE_DECL_EXT_H
#define DEVICE_DECL_EXT_H

#include <glib.h>

#include "device/decl/decl.h"

/* Most bytes of arguments, and of results, of one call. */
#define EXT_CALL_MAX 32768u

/* One call: arguments go in, results come out. */
struct ext_call {
    uint32_t function;              /* number in its kind, from 0 */
    const void *in;                 /* the caller's; NULL if in_bytes is 0 */
    uint32_t in_bytes;
    void *out;                      /* the caller's: out_max bytes, or NULL */
    uint32_t out_max;
    uint32_t out_bytes;             /* set by the call; at most out_max */
};

/* A kind of extension. */
struct ext_kind {
    const char *id;                 /* "ob.i2c-target/0" */
    const char *bus;                /* modinfo's name of its bus, or NULL */
    size_t bytes;                   /* of its struct in this build */
    size_t values;                  /* bytes of plain values at its begin */
    uint32_t functions;
    /* What the struct may say; it is this build's copy. 0 or -EINVAL. */
    int (*check)(const struct device_decl *decl, const void *data,
                 struct ob_err *err);
    /*
     * Run a function of a model in this process. `call` is of the shape that
     * the kind's typed calls make, or hostile: then OB_E_INVALID.
     */
    int32_t (*run)(struct ob_dev *dev, const void *data,
                   struct ext_call *call);
    /* What ob_extension() returns for it; a struct that begins with `size`. */
    const void *services;
};

/* The kind called `id`, or NULL. */
const struct ext_kind *ext_kind_find(const char *id);

/* The index of the type's extension of that kind, or -1. */
int ext_find(const struct device_decl *decl, const struct ext_kind *kind);

/* Why `id` cannot name an extension, or NULL. */
const char *ext_id_flaw(const char *id);

/*
 * For a kind's functions whose argument and result are one number each: the
 * argument. False: the call has another shape.
 */
bool ext_argument_u32(const struct ext_call *call, uint32_t *ret_argument);
/* The result; ignored if the caller has no room for one. */
void ext_result_u32(struct ext_call *call, uint32_t result);

#endif
