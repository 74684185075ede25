/* SPDX-License-Identifier: MIT */
/* Reads "boot": where the user's files are loaded, and where the CPUs start. */
#include <errno.h>

#include "board/boot/boot.h"

/*
 * The region's size limits a raw binary. An ELF file has addresses of its own.
 */
static int boot_load(struct board_reader *r, const struct json *boot,
                     const char *const *keys)
{
    const struct plan_region *load;

    if (json_check_keys(boot, keys, r->err) || board_boot_cpu(r, boot) ||
        board_boot_region(r, boot, "load", &load))
        return -EINVAL;
    r->plan->boot.kernel_at = load->at;
    r->plan->boot.kernel_room = load->bytes;
    return 0;
}

static int boot_cortex_m(struct board_reader *r, const struct json *boot)
{
    return boot_load(r, boot, board_keys_boot_cortex_m);
}

static int boot_bare(struct board_reader *r, const struct json *boot)
{
    return boot_load(r, boot, board_keys_boot_bare);
}

/*
 * Each reader checks the keys itself, because each kind has keys of its own.
 * The two tables have one order: `choice` is a position in both.
 */
int board_read_boot(struct board_reader *r, const struct json *boot)
{
    static const char *const kinds[] = {
        "cortex-m", "bare", "linux-arm64", "linux-riscv64", NULL,
    };
    static const struct {
        enum plan_boot_kind kind;
        int (*read)(struct board_reader *r, const struct json *boot);
    } readers[] = {
        { PLAN_BOOT_CORTEX_M, boot_cortex_m },
        { PLAN_BOOT_BARE, boot_bare },
        { PLAN_BOOT_LINUX_ARM64, board_boot_arm64 },
        { PLAN_BOOT_LINUX_RISCV64, board_boot_riscv64 },
    };
    struct plan_boot *b = &r->plan->boot;
    const struct json *kind;
    unsigned choice;

    /* 0 would be the first part of the board. */
    b->cpu = PLAN_NONE;
    if (!boot)
        return 0;
    if (json_need(boot, "kind", &kind, r->err) ||
        json_choice(kind, kinds, &choice, r->err))
        return -EINVAL;
    b->place = board_place(r, boot);
    b->kind = readers[choice].kind;
    return readers[choice].read(r, boot);
}
