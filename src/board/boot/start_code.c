/* SPDX-License-Identifier: MIT */
/*
 * Writes the code in which the CPUs of an arm64 board start. It does what a
 * board's own firmware does between reset and a kernel's first instruction (on
 * a Raspberry Pi: its "armstub"). The code is written as instruction words, so
 * that boards need no assembler and no foreign binary.
 *
 * Arm Architecture Reference Manual for A-profile, C6 (instructions) and D23
 * (system registers); Linux Documentation/arch/arm64/booting.rst for the state
 * in which a kernel starts.
 */
#include "board/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_WORDS_MAX = 8192 };

struct code {
    uint32_t words[CODE_WORDS_MAX];
    uint32_t count;             /* may exceed the limit; words do not */
};

/* System registers as MRS and MSR number them: op0 op1 CRn CRm op2. */
#define SYSREG(op0, op1, crn, crm, op2) \
    ((((op0) - 2u) << 19) | ((op1) << 16) | ((crn) << 12) | ((crm) << 8) | \
     ((op2) << 5))
enum {
    MPIDR_EL1 = SYSREG(3, 0, 0, 0, 5),
    CURRENT_EL = SYSREG(3, 0, 4, 2, 2),
    CNTFRQ_EL0 = SYSREG(3, 3, 14, 0, 0),
    SCTLR_EL2 = SYSREG(3, 4, 1, 0, 0),
    HCR_EL2 = SYSREG(3, 4, 1, 1, 0),
    CNTVOFF_EL2 = SYSREG(3, 4, 14, 0, 3),
    SCR_EL3 = SYSREG(3, 6, 1, 1, 0),
    CPTR_EL3 = SYSREG(3, 6, 1, 1, 2),
    SPSR_EL3 = SYSREG(3, 6, 4, 0, 0),
    ELR_EL3 = SYSREG(3, 6, 4, 0, 1),
};

enum {
    /*
     * SCR_EL3: NS, RES1, SMD, HCE, RW. EL2 is AArch64 and non-secure. An SMC is
     * undefined, because no firmware would serve it.
     */
    SCR_VALUE = 1u << 0 | 3u << 4 | 1u << 7 | 1u << 8 | 1u << 10,
    SPSR_EL2H = 0x3c9,          /* EL2 with its own stack, all masked */
    SCTLR_EL2_RES1 = 0x30c50830,
    HCR_RW = 31,                /* bit: EL1 is AArch64 */
    CURRENT_EL3 = 3u << 2,
    XZR = 31,
};

/*
 * The words past the limit are counted but dropped. board_start_code() reports
 * the size once, so the callers between need no check.
 */
static void put(struct code *c, uint32_t word)
{
    if (c->count < CODE_WORDS_MAX)
        c->words[c->count] = word;
    c->count++;
}

/* mov xR, #value, with as few instructions as possible. */
static void put_mov(struct code *c, unsigned reg, uint64_t value)
{
    bool first = true;

    if (!value)
        put(c, 0xd2800000u | reg);
    for (unsigned half = 0; half < 4; half++) {
        uint32_t bits = (uint32_t)(value >> (16 * half)) & 0xffffu;

        if (!bits)
            continue;
        put(c, (first ? 0xd2800000u : 0xf2800000u) | half << 21 | bits << 5 |
                   reg);
        first = false;
    }
}

static void put_mrs(struct code *c, unsigned reg, uint32_t sysreg)
{
    put(c, 0xd5300000u | sysreg | reg);
}

static void put_msr(struct code *c, uint32_t sysreg, unsigned reg)
{
    put(c, 0xd5100000u | sysreg | reg);
}

static void put_msr_value(struct code *c, uint32_t sysreg, uint64_t value)
{
    put_mov(c, 9, value);
    put_msr(c, sysreg, 9);
}

/* str w10, [x9], after loading x9 and w10. */
static void put_store(struct code *c, const struct plan_store *store)
{
    put_mov(c, 9, store->at);
    put_mov(c, 10, store->value);
    put(c, 0xb9000000u | 9u << 5 | 10u);
}

/*
 * A branch whose target is set later. b.ne, cbz x11 and cbnz x11 share the
 * field.
 */
enum { BRANCH_NE = 0x54000001, CBZ_X11 = 0xb400000b, CBNZ_X11 = 0xb500000b };

static uint32_t put_branch(struct code *c, uint32_t branch)
{
    put(c, branch);
    return c->count - 1;
}

/*
 * The field counts words from the branch and has 19 bits. ADR has it at the
 * same bits. CODE_WORDS_MAX is far below its range.
 */
static void aim(struct code *c, uint32_t branch, uint32_t target)
{
    if (branch < CODE_WORDS_MAX)
        c->words[branch] |= ((target - branch) & 0x7ffffu) << 5;
}

/* x11 = this CPU's number: affinity level 0. */
static void put_cpu_number(struct code *c)
{
    put_mrs(c, 11, MPIDR_EL1);
    put(c, 0x92401c00u | 11u << 5 | 11u);
}

static void put_stores(struct code *c, const struct plan_boot *boot,
                       bool every)
{
    for (uint32_t n = 0; n < boot->store_count; n++)
        if (boot->stores[n].every_cpu == every)
            put_store(c, &boot->stores[n]);
}

/* In EL3: set what only EL3 may set, then continue in EL2. */
static void put_el3_to_el2(struct code *c, const struct plan_boot *boot)
{
    uint32_t past, not_first, adr;

    put_mrs(c, 9, CURRENT_EL);
    put(c, 0xf100001fu | CURRENT_EL3 << 10 | 9u << 5);
    past = put_branch(c, BRANCH_NE);
    if (boot->timer_hz)
        put_msr_value(c, CNTFRQ_EL0, boot->timer_hz);
    put_stores(c, boot, true);
    put_cpu_number(c);
    not_first = put_branch(c, (uint32_t)CBNZ_X11);
    put_stores(c, boot, false);
    aim(c, not_first, c->count);
    put_msr_value(c, SCR_EL3, SCR_VALUE);
    put_msr(c, CPTR_EL3, XZR);
    put_msr_value(c, SCTLR_EL2, SCTLR_EL2_RES1);
    put_msr_value(c, HCR_EL2, 1ull << HCR_RW);
    put_msr(c, CNTVOFF_EL2, XZR);
    put_msr_value(c, SPSR_EL3, SPSR_EL2H);
    adr = c->count;
    put(c, 0x10000000u | 9u);
    put_msr(c, ELR_EL3, 9);
    put(c, 0xd69f03e0u);                        /* eret */
    aim(c, adr, c->count);
    aim(c, past, c->count);
}

/* Set x0 to x3 as booting.rst requires, then jump to x4. */
static void put_enter(struct code *c, uint64_t x0)
{
    put_mov(c, 0, x0);
    for (unsigned reg = 1; reg <= 3; reg++)
        put_mov(c, reg, 0);
    put(c, 0xd61f0000u | 4u << 5);              /* br x4 */
}

/* The other CPUs wait until their slot holds an address. */
static void put_spin(struct code *c, uint64_t slots)
{
    uint32_t loop, again;

    put_mov(c, 10, slots);
    put(c, 0xf8607800u | 11u << 16 | 10u << 5 | 4u);  /* ldr x4,[x10,x11*8] */
    again = put_branch(c, 0xb5000004u);         /* cbnz x4, past the loop */
    loop = c->count - 2;
    put(c, 0xd503205fu);                        /* wfe */
    put(c, 0x14000000u | ((loop - c->count) & 0x3ffffffu));
    aim(c, again, c->count);
    put_enter(c, 0);
}

/*
 * Code for -bios stays in the level of reset, because a boot loader sets up
 * EL3 itself. The other CPUs wait in both cases.
 */
static void put_all(struct code *c, const struct plan_boot *boot,
                    uint64_t entry, uint64_t dtb, bool as_reset)
{
    uint32_t others;

    if (!as_reset)
        put_el3_to_el2(c, boot);
    put_cpu_number(c);
    others = put_branch(c, (uint32_t)CBNZ_X11);
    put_mov(c, 4, entry);
    put_enter(c, dtb);
    aim(c, others, c->count);
    put_spin(c, boot->slots_at);
}

int board_start_code(const struct plan *plan, uint64_t entry, uint64_t dtb,
                     bool as_reset, uint32_t **ret, uint32_t *ret_bytes,
                     struct ob_err *err)
{
    const struct plan_boot *boot = &plan->boot;
    struct code *c = calloc(1, sizeof(*c));

    if (!c)
        return err_set(err, -ENOMEM, "%s: out of memory for start code",
                       plan->board);
    put_all(c, boot, entry, dtb, as_reset);
    if (c->count > CODE_WORDS_MAX || c->count * 4ull > boot->start_room) {
        err_set(err, -ENOSPC,
                "%s:%u:%u: the start code does not fit (%u bytes, and "
                "\"start\" has %llu); make that memory larger",
                boot->place.file, boot->place.line, boot->place.col,
                c->count * 4, (unsigned long long)boot->start_room);
        free(c);
        return -ENOSPC;
    }
    *ret_bytes = c->count * 4;
    /* `words` is the first member, so the caller's free() frees `c`. */
    *ret = (uint32_t *)(void *)c;
    return 0;
}
