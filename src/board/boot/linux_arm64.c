/* SPDX-License-Identifier: MIT */
/*
 * Reads "boot" of the kind linux-arm64: where an Image goes, and how the CPUs
 * start.
 */
#include <errno.h>

#include "board/boot/boot.h"

/*
 * A store takes at most 7 instructions, so 256 of them always fit into the
 * buffer of start_code.c. booting.rst requires the 2 MiB.
 */
enum { BOOT_STORES_MAX = 256, BOOT_ALIGN = 2u << 20, BOOT_IMAGE = 2u << 20 };

static int boot_store(struct board_reader *r, const struct json *node,
                      struct plan_store *store)
{
    static const char *const cpus[] = { "first", "every", NULL };
    const struct json *at, *value, *cpu;
    unsigned every = 0;
    uint64_t word;

    if (json_check_keys(node, board_keys_store, r->err) ||
        json_need(node, "at", &at, r->err) ||
        json_need(node, "value", &value, r->err) ||
        json_address(at, &store->at, r->err) ||
        json_address(value, &word, r->err))
        return -EINVAL;
    cpu = json_get(node, "cpu");
    if (cpu && json_choice(cpu, cpus, &every, r->err))
        return -EINVAL;
    if (word > UINT32_MAX)
        return json_err(value, r->err,
                        "\"value\" is more than 32 bits (%s); use 0 to "
                        "0xffffffff",
                        value->text);
    /* The MMU is off when the code runs, so an unaligned store would fault. */
    if (store->at & 3)
        return json_err(at, r->err,
                        "\"at\" is not a multiple of 4 (%s); these are 32-bit "
                        "stores",
                        at->text);
    store->value = (uint32_t)word;
    store->every_cpu = every;
    return 0;
}

static int boot_stores(struct board_reader *r, const struct json *node)
{
    struct plan_store *stores;

    if (!node)
        return 0;
    if (json_list(node, r->err))
        return -EINVAL;
    if (node->count > BOOT_STORES_MAX)
        return json_err(node, r->err,
                        "\"stores\" is too long (%u entries); use %d at most",
                        node->count, BOOT_STORES_MAX);
    stores = arena_zeros(r->arena, node->count, sizeof(*stores));
    r->plan->boot.stores = stores;
    r->plan->boot.store_count = node->count;
    JSON_EACH (child, node)
        if (boot_store(r, child, stores++))
            return -EINVAL;
    return 0;
}

static int boot_image(struct board_reader *r, const struct json *boot)
{
    struct plan_boot *b = &r->plan->boot;

    b->kernel_base = BOOT_IMAGE;
    /* Room 0 makes the host refuse -bios (docs/boards.md). */
    b->bios_room = json_get(boot, "bios") ? UINT64_MAX : 0;
    b->kernel_room = UINT64_MAX;
    if (board_boot_address(r, boot, "image", &b->kernel_base) ||
        board_boot_address(r, boot, "binary", &b->kernel_at) ||
        board_boot_address(r, boot, "initrd", &b->initrd_at) ||
        board_boot_address(r, boot, "bios", &b->bios_at))
        return -EINVAL;
    /* The default is aligned, so "image" exists if this check fails. */
    if (b->kernel_base % BOOT_ALIGN)
        return json_err(json_get(boot, "image"), r->err,
                        "\"image\" is not a multiple of 2 MiB (%s); an arm64 "
                        "Image needs that",
                        json_get(boot, "image")->text);
    return 0;
}

int board_boot_arm64(struct board_reader *r, const struct json *boot)
{
    struct plan_boot *b = &r->plan->boot;
    const struct plan_region *start;
    const struct json *timer = json_get(boot, "timer"), *binary;

    if (json_check_keys(boot, board_keys_boot_linux_arm64, r->err) ||
        board_boot_cpu(r, boot) ||
        board_boot_region(r, boot, "start", &start) ||
        json_need(boot, "binary", &binary, r->err) || boot_image(r, boot) ||
        board_boot_address(r, boot, "slots", &b->slots_at) ||
        (timer && json_hz(timer, &b->timer_hz, r->err)) ||
        boot_stores(r, json_get(boot, "stores")) ||
        board_boot_dtb(r, json_get(boot, "dtb")))
        return -EINVAL;
    b->start_at = start->at;
    b->start_room = start->bytes;
    /* CNTFRQ_EL0 holds the frequency in its lower 32 bits. */
    if (timer && b->timer_hz > UINT32_MAX)
        return json_err(timer, r->err,
                        "\"timer\" is too fast (%s); use 4294 MHz at most",
                        timer->text);
    return 0;
}
