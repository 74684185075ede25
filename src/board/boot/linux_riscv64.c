/* SPDX-License-Identifier: MIT */
/* Reads "boot" of the kind linux-riscv64. */
#include <errno.h>

#include "board/boot/boot.h"

/* The kernel's boot protocol for rv64 requires a multiple of 2 MiB. */
enum { BOOT_ALIGN = 2u << 20 };

static int boot_firmware(struct board_reader *r, const struct json *node)
{
    const char *text;

    if (!node)
        return 0;
    if (json_str(node, &text, r->err))
        return -EINVAL;
    r->plan->boot.bios_file = arena_strdup(r->arena, text);
    return 0;
}

/*
 * The firmware must end before the kernel, which would otherwise overwrite it.
 * So the distance of the two is the room for -bios, and it must be above 0.
 */
static int boot_places(struct board_reader *r, const struct json *boot)
{
    struct plan_boot *b = &r->plan->boot;
    const struct json *bios, *image;

    if (json_need(boot, "bios", &bios, r->err) ||
        json_need(boot, "image", &image, r->err) ||
        json_address(bios, &b->bios_at, r->err) ||
        json_address(image, &b->kernel_base, r->err) ||
        board_boot_address(r, boot, "initrd", &b->initrd_at))
        return -EINVAL;
    if (b->kernel_base % BOOT_ALIGN)
        return json_err(image, r->err,
                        "\"image\" is not a multiple of 2 MiB (%s); a RISC-V "
                        "Image needs that",
                        image->text);
    if (b->kernel_base <= b->bios_at)
        return json_err(image, r->err,
                        "\"image\" is not behind \"bios\" (%s); give the "
                        "firmware its room first",
                        image->text);
    b->bios_room = b->kernel_base - b->bios_at;
    b->kernel_at = b->kernel_base;
    b->kernel_room = UINT64_MAX;
    return 0;
}

int board_boot_riscv64(struct board_reader *r, const struct json *boot)
{
    struct plan_boot *b = &r->plan->boot;
    const struct plan_region *start;

    if (json_check_keys(boot, board_keys_boot_linux_riscv64, r->err) ||
        board_boot_cpu(r, boot) ||
        board_boot_region(r, boot, "start", &start) || boot_places(r, boot) ||
        boot_firmware(r, json_get(boot, "firmware")) ||
        board_boot_dtb(r, json_get(boot, "dtb")))
        return -EINVAL;
    b->start_at = start->at;
    b->start_room = start->bytes;
    return 0;
}
