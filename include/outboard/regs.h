/* SPDX-License-Identifier: MIT */
/*
 * This header declares registers. A model describes a region as a manual does:
 * names, offsets, fields, reset values. It adds a hook to a register where a
 * read or a write does more than load or store.
 *
 * The host keeps the value of each register in the model's state struct. It
 * applies the access rules to each bit. It resets, saves and restores the
 * value. If a guest makes a mistake, the host logs it with the register's name.
 *
 * If a register has fields, each bit is in exactly one field or outside all of
 * them. A bit outside all fields reads as in `reset`. The host ignores a write
 * to it, and logs a write that would change it as the guest's mistake. If a
 * register has no fields, `access` applies to all of its bits.
 */
#ifndef OUTBOARD_REGS_H
#define OUTBOARD_REGS_H

#include <outboard/device.h>

OB_C_BEGIN

/* What a guest's access does to a bit. */
#define OB_RW  0u   /* a read returns it, a write stores it */
#define OB_RO  1u   /* a write is ignored; logged if it would change the bit */
#define OB_W1C 2u   /* writing 1 clears it, writing 0 has no effect */
#define OB_W1S 3u   /* writing 1 sets it, writing 0 has no effect */
#define OB_RC  4u   /* a read returns it, then clears it; writes are ignored */
#define OB_WO  5u   /* a read returns 0; a write stores it for the hooks */

/* A named range of bits in a register. [since 1.0] [src/device] */
struct ob_field {
    const char *name;               /* as in the manual, for log lines */
    uint8_t lsb;                    /* lowest bit; 0 to 63 */
    uint8_t bits;                   /* number of bits; 1 to 64 - lsb */
    uint8_t access;                 /* OB_RW, OB_RO, ... */
    uint8_t reserved[5];            /* 0 */
};

/*
 * A write to a register, as on_write() receives it. It is valid until
 * on_write() returns. [since 1.0] [src/device]
 */
struct ob_reg_write {
    uint32_t size;                  /* sizeof in the host's build */
    uint32_t index;                 /* element; 0 without a `count` */
    /*
     * `old` and `value` are the stored bits before and after the access rules.
     * `raw` is what the guest wrote, extended to the register's width: bytes
     * outside a narrow access are 0. `mask` has 1 in the bits of the bytes
     * that the guest wrote.
     */
    uint64_t old, value, raw, mask;
};

/* Flag: the host reports an access as not modelled (OB_LOG_UNIMPL). */
#define OB_REG_UNIMPL 1u
#if OB_ABI_NEEDS >= 1
/*
 * Flag: a read has no side effect and returns the stored value. So the
 * register has no on_read(), no bit that is OB_RC, and not OB_REG_UNIMPL.
 *
 * The guest reads a page of 4096 bytes as memory, without a call, if
 * - the page is aligned in its region,
 * - all registers in the page have this flag, and
 * - the region's read() serves no gap of the page.
 * The first 8 ranges of such pages in a region count.
 *
 * The host keeps the page equal to what a read would return. It updates the
 * page when a function of the model returns, and when the model calls a
 * service that can run other code. In such a page a read of any size and
 * alignment returns the bytes in the page; gaps are 0; the host logs no read.
 * Writes work as in other pages. [since 1.1] [src/device]
 */
#define OB_REG_DIRECT 2u
#endif

/*
 * A register, or an array of equal registers. An access that is narrower than
 * the register reads or writes the bytes that it covers. The host splits a
 * wider access, if the region accepts that size. [since 1.0] [src/device]
 */
struct ob_reg {
    const char *name;               /* as in the manual; once in a region */
    uint32_t offset;                /* in the region, in bytes */
    uint16_t bytes;                 /* width: 1, 2, 4 or 8 */
    uint8_t access;                 /* OB_RW, ...; used without fields */
    uint8_t flags;                  /* OB_REG_*, or 0 */
    uint32_t count;                 /* elements; 0 and 1 mean one */
    uint32_t step;                  /* bytes between elements; 0: `bytes` */
    uint32_t state;                 /* offset in the state struct, or */
    uint32_t n_fields;              /*   OB_NO_STATE; number of fields */
    const struct ob_field *fields;  /* n_fields of them, or NULL */
    uint64_t reset;                 /* value of each element after reset */
    /*
     * The guest reads the register. May be NULL: a read returns `stored`.
     *   dev     the instance
     *   index   the element; 0 to count - 1
     *   stored  the stored value; `reset` if the register has no storage
     * Returns the value for the guest. The rules for OB_RC and OB_WO still
     * apply to it.
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    uint64_t (*on_read)(struct ob_dev *dev, uint32_t index, uint64_t stored);
    /*
     * The guest has written the register, and the value is stored. The hook
     * may store another value. May be NULL.
     *   dev  the instance
     *   w    the write
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    void (*on_write)(struct ob_dev *dev, const struct ob_reg_write *w);
};

/*
 * Value of `state` for a register without storage. A read returns `reset`, for
 * example in an identity register, or what on_read() returns.
 */
#define OB_NO_STATE 0xffffffffu

/*
 * The first members of a register of 8, 16, 32 or 64 bits.
 *   s      the name of the state struct, without "struct"
 *   label  the register's name
 *   at     its offset in the region
 *   m      the member of the struct that stores it
 * Add other members after it:
 *     { OB_REG32(tick, "CTRL", 0x04, ctrl), .on_write = ctrl_write }
 */
#define OB_REG8(s, label, at, m)  OB_REG_SIZED_(s, label, at, m, 1)
#define OB_REG16(s, label, at, m) OB_REG_SIZED_(s, label, at, m, 2)
#define OB_REG32(s, label, at, m) OB_REG_SIZED_(s, label, at, m, 4)
#define OB_REG64(s, label, at, m) OB_REG_SIZED_(s, label, at, m, 8)
#define OB_REG_SIZED_(s, label, at, m, n)                                     \
    .name = (label), .offset = (at), .bytes = (n),                            \
    .state = offsetof(struct s, m)

/* The fields of a register, from the C array `a` of struct ob_field. */
#define OB_FIELDS(a) .fields = (a), .n_fields = sizeof(a) / sizeof((a)[0])

OB_C_END

#endif
