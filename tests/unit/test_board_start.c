/* SPDX-License-Identifier: MIT */
/* The code in which CPUs start, instruction by instruction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "board/plan.h"

static const struct plan_store stores[] = {
    { .at = 0xff842004, .value = 0xff, .every_cpu = true },
    { .at = 0xfe200004, .value = 0x12000, .every_cpu = false },
};

static const struct plan plan = {
    .board = "t",
    .boot = {
        .kind = PLAN_BOOT_LINUX_ARM64, .place = { "t.json", 3, 4 },
        .start_room = 4096, .slots_at = 0xd8, .timer_hz = 54000000,
        .stores = stores, .store_count = 2,
    },
};

/* The same written for aarch64-linux-gnu-as, and what it made of it. */
static const uint32_t expect[] = {
    0xd5384249, /* mrs x9, CurrentEL */
    0xf100313f, /* cmp x9, #0xc */
    0x540003c1, /* b.ne el2 */
    0xd29f3009, /* movz x9, #0xf980 */
    0xf2a066e9, /* movk x9, #0x337, lsl #16 */
    0xd51be009, /* msr cntfrq_el0, x9 */
    0xd2840089, /* movz x9, #0x2004 */
    0xf2bff089, /* movk x9, #0xff84, lsl #16 */
    0xd2801fea, /* movz x10, #0xff */
    0xb900012a, /* str w10, [x9] */
    0xd53800ab, /* mrs x11, mpidr_el1 */
    0x92401d6b, /* and x11, x11, #0xff */
    0xb50000cb, /* cbnz x11, 1f */
    0xd2800089, /* movz x9, #0x4 */
    0xf2bfc409, /* movk x9, #0xfe20, lsl #16 */
    0xd284000a, /* movz x10, #0x2000 */
    0xf2a0002a, /* movk x10, #1, lsl #16 */
    0xb900012a, /* str w10, [x9] */
    0xd280b629, /* 1: movz x9, #0x5b1 */
    0xd51e1109, /* msr scr_el3, x9 */
    0xd51e115f, /* msr cptr_el3, xzr */
    0xd2810609, /* movz x9, #0x0830 */
    0xf2a618a9, /* movk x9, #0x30c5, lsl #16 */
    0xd51c1009, /* msr sctlr_el2, x9 */
    0xd2b00009, /* movz x9, #0x8000, lsl #16 */
    0xd51c1109, /* msr hcr_el2, x9 */
    0xd51ce07f, /* msr cntvoff_el2, xzr */
    0xd2807929, /* movz x9, #0x3c9 */
    0xd51e4009, /* msr spsr_el3, x9 */
    0x10000069, /* adr x9, el2 */
    0xd51e4029, /* msr elr_el3, x9 */
    0xd69f03e0, /* eret */
    0xd53800ab, /* el2: mrs x11, mpidr_el1 */
    0x92401d6b, /* and x11, x11, #0xff */
    0xb50000eb, /* cbnz x11, others */
    0xd2a00404, /* movz x4, #0x20, lsl #16 */
    0xd2a10000, /* movz x0, #0x800, lsl #16 */
    0xd2800001, /* movz x1, #0 */
    0xd2800002, /* movz x2, #0 */
    0xd2800003, /* movz x3, #0 */
    0xd61f0080, /* br x4 */
    0xd2801b0a, /* others: movz x10, #0xd8 */
    0xf86b7944, /* loop: ldr x4, [x10, x11, lsl #3] */
    0xb5000064, /* cbnz x4, go */
    0xd503205f, /* wfe */
    0x17fffffd, /* b loop */
    0xd2800000, /* go: movz x0, #0 */
    0xd2800001, /* movz x1, #0 */
    0xd2800002, /* movz x2, #0 */
    0xd2800003, /* movz x3, #0 */
    0xd61f0080, /* br x4 */
};

static uint32_t *start_code(uint64_t entry, uint64_t dtb, bool as_reset,
                            uint32_t *ret_count)
{
    struct ob_err err = { 0 };
    uint32_t *words, bytes;

    if (board_start_code(&plan, entry, dtb, as_reset, &words, &bytes, &err))
        fail_msg("%s", err.text);
    *ret_count = bytes / 4;
    return words;
}

static void test_start_code_is_the_assemblers(void **state)
{
    uint32_t count, *words = start_code(0x200000, 0x8000000, false, &count);

    (void)state;
    for (uint32_t n = 0; n < count && n < sizeof(expect) / 4; n++)
        if (words[n] != expect[n])
            fail_msg("word %u is %08x, not %08x", n, words[n], expect[n]);
    assert_int_equal(count, sizeof(expect) / 4);
    free(words);
}

/* -bios: nothing of EL3 is touched. */
static void test_start_code_as_reset_goes_straight_in(void **state)
{
    uint32_t count, *words = start_code(0x80000, 0, true, &count);

    (void)state;
    assert_int_equal(words[0], 0xd53800ab);     /* mrs x11, mpidr_el1 */
    assert_int_equal(words[3], 0xd2a00104);     /* movz x4, #8, lsl #16 */
    assert_int_equal(words[4], 0xd2800000);     /* movz x0, #0 */
    assert_int_equal(words[8], 0xd61f0080);     /* br x4 */
    free(words);
}

static void test_start_code_without_room_is_refused(void **state)
{
    struct plan small = plan;
    struct ob_err err = { 0 };
    uint32_t *words, bytes;

    (void)state;
    small.boot.start_room = 100;
    assert_int_equal(
        board_start_code(&small, 0, 0, false, &words, &bytes, &err), -ENOSPC);
    assert_int_equal(err.code, -ENOSPC);
    small.boot.start_room = 203;
    assert_int_equal(
        board_start_code(&small, 0, 0, false, &words, &bytes, NULL), -ENOSPC);
    small.boot.start_room = 204;
    assert_int_equal(
        board_start_code(&small, 0, 0, false, &words, &bytes, NULL), 0);
    free(words);
    assert_string_equal(err.text,
                        "t.json:3:4: the start code does not fit (204 bytes, "
                        "and \"start\" has 100); make that memory larger");
}

/* --- RISC-V --- */

static const struct plan riscv_plan = {
    .board = "t",
    .boot = {
        .kind = PLAN_BOOT_LINUX_RISCV64, .place = { "t.json", 3, 4 },
        .start_at = 0x1000, .start_room = 4096,
    },
};

/* The same written for clang's assembler, and what it made of it. */
static const uint32_t riscv_expect[] = {
    0x00000297, /* 0: auipc t0, 0 */
    0x02828613, /* addi a2, t0, info - 0b */
    0xf1402573, /* csrr a0, mhartid */
    0x0202b583, /* ld a1, tree - 0b(t0) */
    0x0182b283, /* ld t0, entry - 0b(t0) */
    0x00028067, /* jr t0 */
    0x80000000, 0, /* entry: .dword */
    0x00000000, 1, /* tree: .dword */
    0x4942534f, 0, /* info: magic */
    2, 0, /* version */
    0x80200000, 0, /* next */
    1, 0, /* S mode */
    0, 0, /* options */
    0, 0, /* boot hart */
};

static void test_riscv_start_hands_on_hart_tree_and_next(void **state)
{
    struct ob_err err = { 0 };
    uint32_t *words, bytes;

    (void)state;
    assert_int_equal(board_start_riscv(&riscv_plan, 0x80000000, 0x80200000,
                                       UINT64_C(0x100000000), &words, &bytes,
                                       &err),
                     0);
    assert_int_equal(bytes, sizeof(riscv_expect));
    assert_memory_equal(words, riscv_expect, bytes);
    free(words);
}

static void test_riscv_start_without_next_stays_in_m_mode(void **state)
{
    struct ob_err err = { 0 };
    uint32_t *words, bytes;

    (void)state;
    assert_int_equal(
        board_start_riscv(&riscv_plan, 0x80000000, 0, 0, &words, &bytes, &err),
        0);
    assert_int_equal(words[14], 0);
    assert_int_equal(words[16], 3);
    free(words);
}

static void test_riscv_start_without_room_is_refused(void **state)
{
    struct plan small = riscv_plan;
    struct ob_err err = { 0 };
    uint32_t *words, bytes;

    (void)state;
    small.boot.start_room = 64;
    assert_int_equal(board_start_riscv(&small, 0, 0, 0, &words, &bytes, &err),
                     -ENOSPC);
    assert_int_equal(err.code, -ENOSPC);
    small.boot.start_room = 87;
    assert_int_equal(board_start_riscv(&small, 0, 0, 0, &words, &bytes, NULL),
                     -ENOSPC);
    small.boot.start_room = 88;
    assert_int_equal(board_start_riscv(&small, 0, 0, 0, &words, &bytes, NULL),
                     0);
    free(words);
    assert_string_equal(err.text,
                        "t.json:3:4: the start code does not fit (88 bytes, "
                        "and \"start\" has 64); make that memory larger");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_code_is_the_assemblers),
        cmocka_unit_test(test_start_code_as_reset_goes_straight_in),
        cmocka_unit_test(test_start_code_without_room_is_refused),
        cmocka_unit_test(test_riscv_start_hands_on_hart_tree_and_next),
        cmocka_unit_test(test_riscv_start_without_next_stays_in_m_mode),
        cmocka_unit_test(test_riscv_start_without_room_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
