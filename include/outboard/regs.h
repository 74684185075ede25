/* SPDX-License-Identifier: MIT */
/*
 * Declared registers: a region described as a manual describes it, name,
 * offset, fields, reset values, and hooks where something happens.
 *
 * The host keeps each register's value in the model's state struct, applies
 * the access rules bit by bit, resets, saves and restores it, and logs what
 * a guest does wrong by the register's name. Every register's bits are
 * exactly one of: in a field, or outside all fields (read as in `reset`,
 * writes ignored, changing one is logged as the guest's error). A register
 * without fields follows `access` as a whole.
 */
#ifndef OUTBOARD_REGS_H
#define OUTBOARD_REGS_H

#include <outboard/device.h>

OB_C_BEGIN

/* What a guest's access does to the bits. */
#define OB_RW  0u   /* read and write */
#define OB_RO  1u   /* writes ignored, logged if they would change a bit */
#define OB_W1C 2u   /* a written 1 clears */
#define OB_W1S 3u   /* a written 1 sets, 0 leaves */
#define OB_RC  4u   /* a read clears after it has returned; writes ignored */
#define OB_WO  5u   /* reads 0; the written value is kept for the hooks */

/* A named range of bits. */
struct ob_field {
    const char *name;
    uint8_t lsb;                    /* 0 .. 63 */
    uint8_t bits;                   /* 1 .. 64 - lsb */
    uint8_t access;                 /* OB_RW ... */
    uint8_t reserved[5];
};

/*
 * A write to a register, as on_write() sees it. `old` and `value` are the
 * stored bits before and after the access rules; `raw` is what the guest
 * wrote, widened to the register (a narrow access leaves other bytes 0, and
 * `mask` has the written bytes' bits set).
 */
struct ob_reg_write {
    uint32_t size;
    uint32_t index;                 /* element, for a register with a count */
    uint64_t old, value, raw, mask;
};

#define OB_REG_UNIMPL 1u    /* flag: accesses are logged as unimplemented */
#if OB_ABI_NEEDS >= 1
/*
 * Flag, since 1.1: reading has no side effect and gives the stored value (no
 * on_read(), no RC, not UNIMPL). A page of 4096 bytes, aligned in its region,
 * in which all registers are so, and whose gaps are not served by the
 * region's read(), is read by the guest as memory: at memory's speed, without
 * a call. The host keeps that page equal to what a read would give, whenever
 * the model returns and whenever it calls a service that leads out of it. In
 * such a page a read of any size and alignment gives the bytes that are
 * there, gaps 0, and none is logged. Writes are as ever. The first 8 ranges of
 * such pages in a region count.
 */
#define OB_REG_DIRECT 2u
#endif

/*
 * One register, or `count` of the same kind, `step` bytes apart. Narrower
 * accesses than `bytes` read and write the part they cover; wider ones are
 * split by the host where the region allows them.
 */
struct ob_reg {
    const char *name;
    uint32_t offset;                /* in the region */
    uint16_t bytes;                 /* 1, 2, 4 or 8 */
    uint8_t access;                 /* OB_*: if there are no fields */
    uint8_t flags;                  /* OB_REG_* or 0 */
    uint32_t count;                 /* 0 or 1: one */
    uint32_t step;                  /* bytes; 0: the same as `bytes` */
    uint32_t state;                 /* offset of `bytes` * count in the state */
    uint32_t n_fields;              /*   struct, or OB_NO_STATE */
    const struct ob_field *fields;
    uint64_t reset;                 /* value after reset, of each element */
    /*
     * The guest reads: return what it sees; `stored` is the register's value
     * (`reset` without storage). RC and WO rules still apply. May be NULL.
     */
    uint64_t (*on_read)(struct ob_dev *dev, uint32_t index, uint64_t stored);
    /* The guest has written and the value is stored. May be NULL. */
    void (*on_write)(struct ob_dev *dev, const struct ob_reg_write *w);
};

/*
 * A register without storage: it reads as `reset`, a constant such as an
 * identity register's, or as its on_read() says.
 */
#define OB_NO_STATE 0xffffffffu

/* The register kept in member `m` of `struct s`; followed by designated
 * members: { OB_REG32(tick, "CTRL", 0x04, ctrl), .on_write = ctrl_write } */
#define OB_REG8(s, label, at, m)  OB_REG_SIZED_(s, label, at, m, 1)
#define OB_REG16(s, label, at, m) OB_REG_SIZED_(s, label, at, m, 2)
#define OB_REG32(s, label, at, m) OB_REG_SIZED_(s, label, at, m, 4)
#define OB_REG64(s, label, at, m) OB_REG_SIZED_(s, label, at, m, 8)
#define OB_REG_SIZED_(s, label, at, m, n)                                     \
    .name = (label), .offset = (at), .bytes = (n),                            \
    .state = offsetof(struct s, m)

/* The fields of a register, from a C array of struct ob_field. */
#define OB_FIELDS(a) .fields = (a), .n_fields = sizeof(a) / sizeof((a)[0])

OB_C_END

#endif
