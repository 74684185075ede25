/* SPDX-License-Identifier: MIT */
/*
 * This header declares registers. A model describes a region as a manual does:
 * names, offsets, fields, reset values. It adds a hook to a register where a
 * read or a write does more than load or store.
 *
 *     enum { CTRL_EN = 0x1, CTRL_RXIE = 0x10, CTRL_MODE = 0x700 };
 *     static const struct ob_field ctrl_fields[] = {
 *         OB_BITS("EN", CTRL_EN, OB_RW), OB_BITS("RXIE", CTRL_RXIE, OB_RW),
 *         OB_BITS("MODE", CTRL_MODE, OB_RW),
 *     };
 *     static const struct ob_reg regs[] = {
 *         { OB_REG32("CTRL", 0x08, struct uart, ctrl),
 *           .fields = OB_ARRAY(ctrl_fields), .on_write = ctrl_written },
 *         { OB_REG32_CONST("ID", 0xffc, 0x71c4) },
 *     };
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

#include <outboard/abi.h>

OB_C_BEGIN

struct ob_dev;

/* What a guest's access does to a bit. */
#define OB_RW  0u   /* a read returns it, a write stores it */
#define OB_RO  1u   /* a write is ignored; logged if it would change the bit */
#define OB_W1C 2u   /* writing 1 clears it, writing 0 has no effect */
#define OB_W1S 3u   /* writing 1 sets it, writing 0 has no effect */
#define OB_RC  4u   /* a read returns it, then clears it; writes are ignored */
#define OB_WO  5u   /* a read returns 0; a write stores it for the hooks */

/* A named range of bits in a register. [since 0.1] [src/device] */
struct ob_field {
    const char *name;               /* as in the manual, for log lines */
    uint64_t mask;                  /* its bits, side by side */
    uint32_t access;                /* OB_RW, OB_RO, ... */
    uint32_t reserved;              /* 0 */
};

/*
 * A field, complete with braces.
 *   name    as in the manual
 *   mask    its bits, side by side: a constant that the code uses too
 *   access  OB_RW, OB_RO, ...
 * [since 0.1]
 */
#define OB_BITS(name, mask, access) { (name), (mask), (access), 0 }

/*
 * A read of a register, as on_read() receives it. It is valid until on_read()
 * returns. [since 0.1] [src/device]
 */
struct ob_reg_read {
    uint32_t size;                  /* sizeof in the host's build */
    uint32_t index;                 /* element; 0 without a `count` */
    uint32_t tag;                   /* the register's `tag` */
    uint32_t region;                /* the region's index */
    uint64_t mask;                  /* 1 in the bits of the bytes read */
    uint64_t stored;                /* the stored value; `reset` without one */
};

/*
 * A write to a register, as on_write() receives it. It is valid until
 * on_write() returns. [since 0.1] [src/device]
 */
struct ob_reg_write {
    uint32_t size;                  /* sizeof in the host's build */
    uint32_t index;                 /* element; 0 without a `count` */
    uint32_t tag;                   /* the register's `tag` */
    uint32_t region;                /* the region's index */
    uint64_t mask;                  /* 1 in the bits of the bytes written */
    /*
     * `old` and `value` are the stored bits before and after the access rules.
     * `raw` is what the guest wrote, extended to the register's width: bytes
     * outside a narrow access are 0.
     */
    uint64_t old, value, raw;
};

/* Flag: the host reports an access as not modelled (OB_LOG_UNIMPL). */
#define OB_REG_UNIMPL 1u
/*
 * Flag: the register's bytes in the state struct are another register's too,
 * which has this flag as well. Without it the host refuses the type, because
 * two registers in the same bytes are usually a mistake.
 */
#define OB_REG_SHARED 2u

/*
 * Hint: a read has no side effect and returns the stored value. So the
 * register has no on_read(), no bit that is OB_RC, and not OB_REG_UNIMPL.
 *
 * The guest reads a page of 4096 bytes as memory, without a call, if
 * - the page is aligned in its region,
 * - all registers in the page have this hint, and
 * - the region's on_read() serves no gap of the page.
 * The first 8 ranges of such pages in a region count.
 *
 * The host keeps the page equal to what a read would return. It updates the
 * page when a function of the model returns, and when the model calls a
 * service that can run other code. In such a page a read of any size and
 * alignment returns the bytes in the page; gaps are 0; the host logs no read.
 * Writes work as in other pages. [since 0.1] [src/device]
 */
#define OB_REG_DIRECT 1u

/*
 * A register, or an array of equal registers. An access that is narrower than
 * the register reads or writes the bytes that it covers. The host splits a
 * wider access, if the region accepts that size. The initialisers below fill
 * in the first members. [since 0.1] [src/device]
 */
struct ob_reg {
    const char *name;               /* as in the manual; once in a region */
    uint32_t offset;                /* in the region, in bytes */
    uint16_t bytes;                 /* width: 1, 2, 4 or 8 */
    uint16_t access;                /* OB_RW, ...; 0 with fields */
    uint32_t count;                 /* elements; 0 and 1 mean one */
    uint32_t step;                  /* bytes between elements; 0: `bytes` */
    /*
     * Where the value lies in the state struct: offset + 1; 0 means that the
     * register has no storage. Elements are `state_step` bytes apart (0:
     * `bytes`), all within `state_bytes` bytes (0: not stated).
     */
    uint32_t state;
    uint32_t state_step;
    uint32_t state_bytes;
    uint32_t tag;                   /* the author's, for the hooks */
    uint32_t flags;                 /* OB_REG_UNIMPL, OB_REG_SHARED */
    uint32_t hints;                 /* OB_REG_DIRECT */
    struct ob_array fields;         /* of struct ob_field */
    uint64_t reset;                 /* value of each element after reset */
    /*
     * The guest reads the register. May be NULL: a read returns the stored
     * value.
     *   dev  the instance
     *   r    the read
     * Returns the value for the guest. The rules for OB_RC and OB_WO still
     * apply to it.
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    uint64_t (*on_read)(struct ob_dev *dev, const struct ob_reg_read *r);
    /*
     * The guest has written the register, and the value is stored. The hook
     * may store another value. May be NULL.
     *   dev  the instance
     *   w    the write
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    void (*on_write)(struct ob_dev *dev, const struct ob_reg_write *w);
};

/* C++ has no designated initialisers before C++20. */
#ifndef __cplusplus

/*
 * Initialisers: the first members of a register of 8, 16, 32 or 64 bits. The
 * author writes the braces, and adds other members after it.
 *   label   the register's name, as in the manual
 *   at      its offset in the region, in bytes
 *   type    the state struct: struct uart
 *   member  the member that stores the value, as wide as the register
 * The compiler refuses a member of another width. [since 0.1]
 */
#define OB_REG8(label, at, type, member)  OB_REG_(label, at, type, member, 1)
#define OB_REG16(label, at, type, member) OB_REG_(label, at, type, member, 2)
#define OB_REG32(label, at, type, member) OB_REG_(label, at, type, member, 4)
#define OB_REG64(label, at, type, member) OB_REG_(label, at, type, member, 8)

/*
 * The same for an array of registers, stored in the C array `member`. The
 * number of elements is the C array's. [since 0.1]
 */
#define OB_REG8_ARRAY(label, at, type, member)                                \
    OB_REG_ARRAY_(label, at, type, member, 1)
#define OB_REG16_ARRAY(label, at, type, member)                               \
    OB_REG_ARRAY_(label, at, type, member, 2)
#define OB_REG32_ARRAY(label, at, type, member)                               \
    OB_REG_ARRAY_(label, at, type, member, 4)
#define OB_REG64_ARRAY(label, at, type, member)                               \
    OB_REG_ARRAY_(label, at, type, member, 8)

/*
 * The same for one register of each unit: `array` is a C array of structs in
 * the state struct, and `member` a member of these structs.
 *   label, at  as above; `at` is that of the first unit
 *   distance   bytes from one unit's register to the next unit's
 * [since 0.1]
 */
#define OB_REG8_EACH(label, at, distance, type, array, member)                \
    OB_REG_EACH_(label, at, distance, type, array, member, 1)
#define OB_REG16_EACH(label, at, distance, type, array, member)               \
    OB_REG_EACH_(label, at, distance, type, array, member, 2)
#define OB_REG32_EACH(label, at, distance, type, array, member)               \
    OB_REG_EACH_(label, at, distance, type, array, member, 4)
#define OB_REG64_EACH(label, at, distance, type, array, member)               \
    OB_REG_EACH_(label, at, distance, type, array, member, 8)

/*
 * The same for a read-only register that always reads `value`, for example an
 * identity register. [since 0.1]
 */
#define OB_REG8_CONST(label, at, value) OB_REG_CONST_(label, at, value, 1)
#define OB_REG16_CONST(label, at, value) OB_REG_CONST_(label, at, value, 2)
#define OB_REG32_CONST(label, at, value) OB_REG_CONST_(label, at, value, 4)
#define OB_REG64_CONST(label, at, value) OB_REG_CONST_(label, at, value, 8)

/*
 * The same for a register without storage, for example a data register. Its
 * hooks do all the work. [since 0.1]
 */
#define OB_REG8_HOOKED(label, at)  OB_REG_HEAD_(label, at, 1)
#define OB_REG16_HOOKED(label, at) OB_REG_HEAD_(label, at, 2)
#define OB_REG32_HOOKED(label, at) OB_REG_HEAD_(label, at, 4)
#define OB_REG64_HOOKED(label, at) OB_REG_HEAD_(label, at, 8)

#endif

/*
 * Parts of the initialisers above and in device.h; not for authors.
 * OB_REQUIRE_() is 0 if the condition holds. Otherwise the compiler refuses
 * the bit-field, whose name is the reason.
 */
#define OB_REQUIRE_(cond, reason)                                             \
    (0u * (uint32_t)sizeof(struct { unsigned reason : (cond) ? 1 : -1; }))
#define OB_SIZEOF_(type, member)  ((uint32_t)sizeof(((type *)0)->member))
#define OB_PLACE_(type, member)   ((uint32_t)offsetof(type, member) + 1u)
#define OB_REG_HEAD_(label, at, n)                                            \
    .name = (label), .offset = (at), .bytes = (n)
#define OB_REG_(label, at, type, member, n)                                   \
    OB_REG_HEAD_(label, at, n),                                               \
    .state = OB_PLACE_(type, member) +                                        \
             OB_REQUIRE_(OB_SIZEOF_(type, member) == (n),                     \
                         the_member_is_not_as_wide_as_the_register),          \
    .state_bytes = (n)
#define OB_REG_ARRAY_(label, at, type, member, n)                             \
    OB_REG_HEAD_(label, at, n),                                               \
    .count = OB_SIZEOF_(type, member) / (n),                                  \
    .state = OB_PLACE_(type, member) +                                        \
             OB_REQUIRE_(OB_SIZEOF_(type, member[0]) == (n),                  \
                         the_elements_are_not_as_wide_as_the_register),       \
    .state_bytes = OB_SIZEOF_(type, member)
#define OB_REG_EACH_(label, at, distance, type, array, member, n)             \
    OB_REG_HEAD_(label, at, n),                                               \
    .count = OB_SIZEOF_(type, array) / OB_SIZEOF_(type, array[0]),            \
    .step = (distance),                                                       \
    .state = OB_PLACE_(type, array[0].member) +                               \
             OB_REQUIRE_(OB_SIZEOF_(type, array[0].member) == (n),            \
                         the_member_is_not_as_wide_as_the_register),          \
    .state_step = OB_SIZEOF_(type, array[0]),                                 \
    .state_bytes = OB_SIZEOF_(type, array) - OB_SIZEOF_(type, array[0]) + (n)
#define OB_REG_CONST_(label, at, value, n)                                    \
    OB_REG_HEAD_(label, at, n), .access = OB_RO, .reset = (value)

OB_C_END

#endif
