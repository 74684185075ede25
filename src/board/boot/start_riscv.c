/* SPDX-License-Identifier: MIT */
/*
 * Writes the code in which the harts of a RISC-V board start, at their reset
 * vector: a few instructions and the words that they load.
 *
 * RISC-V Unprivileged ISA, chapters 2 and 5 (RV32I, RV64I); OpenSBI's
 * docs/firmware/fw_dynamic.md for the arguments of its firmware.
 */
#include "board/plan.h"

#include <errno.h>
#include <stdlib.h>

enum { ENTRY, TREE, INFO_MAGIC, INFO_VERSION, INFO_NEXT, INFO_MODE,
       INFO_OPTIONS, INFO_HART, DATA_COUNT };
enum { CODE_WORDS = 6, DATA_AT = 4 * CODE_WORDS };
enum { WORDS = CODE_WORDS + 2 * DATA_COUNT };

#define INFO_IS 0x4942534full           /* "OSBI" */
enum { INFO_V2 = 2, MODE_S = 1, MODE_M = 3 };
enum { A0 = 10, A1 = 11, A2 = 12, T0 = 5, MHARTID = 0xf14 };

/* Encodings: I-type immediates are in bits 20 to 31. */
static uint32_t itype(uint32_t op, uint32_t rd, uint32_t rs, uint32_t imm)
{
    return imm << 20 | rs << 15 | rd << 7 | op;
}

static uint32_t data_at(unsigned item)
{
    return DATA_AT + 8 * item;
}

/*
 * The addresses count from auipc's own pc, so the code runs wherever the board
 * has its reset vector. t0 is loaded last, because it is the base of the other
 * loads.
 */
static void put_code(uint32_t *words)
{
    words[0] = 0x17 | T0 << 7;                          /* auipc t0, 0 */
    words[1] = itype(0x13, A2, T0, data_at(INFO_MAGIC));    /* addi */
    words[2] = itype(0x2073, A0, 0, MHARTID);           /* csrr */
    words[3] = itype(0x3003, A1, T0, data_at(TREE));    /* ld */
    words[4] = itype(0x3003, T0, T0, data_at(ENTRY));   /* ld */
    words[5] = itype(0x67, 0, T0, 0);                   /* jr t0 */
}

/* The lower word comes first: RISC-V is little-endian. */
static void put_data(uint32_t *words, unsigned item, uint64_t value)
{
    words[CODE_WORDS + 2 * item] = (uint32_t)value;
    words[CODE_WORDS + 2 * item + 1] = (uint32_t)(value >> 32);
}

int board_start_riscv(const struct plan *plan, uint64_t entry, uint64_t next,
                      uint64_t dtb, uint32_t **ret, uint32_t *ret_bytes,
                      struct ob_err *err)
{
    const struct plan_boot *boot = &plan->boot;
    uint32_t *words;

    if (boot->start_room < 4 * WORDS)
        return err_set(err, -ENOSPC,
                       "%s:%u:%u: the start code does not fit (%u bytes, and "
                       "\"start\" has %llu); make that memory larger",
                       boot->place.file, boot->place.line, boot->place.col,
                       (unsigned)(4 * WORDS),
                       (unsigned long long)boot->start_room);
    words = calloc(WORDS, sizeof(*words));
    if (!words)
        return err_set(err, -ENOMEM, "%s: out of memory for start code",
                       plan->board);
    put_code(words);
    put_data(words, ENTRY, entry);
    put_data(words, TREE, dtb);
    put_data(words, INFO_MAGIC, INFO_IS);
    put_data(words, INFO_VERSION, INFO_V2);
    put_data(words, INFO_NEXT, next);
    put_data(words, INFO_MODE, next ? MODE_S : MODE_M);
    /* INFO_OPTIONS stays 0, so OpenSBI keeps its defaults. */
    put_data(words, INFO_HART, 0);
    *ret = words;
    *ret_bytes = 4 * WORDS;
    return 0;
}
