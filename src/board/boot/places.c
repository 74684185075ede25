/* SPDX-License-Identifier: MIT */
/*
 * Reads the values that all kinds of "boot" have: a CPU, a region, an address.
 */
#include <errno.h>

#include "board/boot/boot.h"

int board_boot_cpu(struct board_reader *r, const struct json *boot)
{
    const struct json *node;
    const char *text;

    if (json_need(boot, "cpu", &node, r->err) || json_str(node, &text, r->err))
        return -EINVAL;
    return board_name_find(r, node, text, BOARD_NAME_PART, &r->plan->boot.cpu);
}

/* Find the region that `key` names. It must be in the system's memory. */
int board_boot_region(struct board_reader *r, const struct json *boot,
                      const char *key, const struct plan_region **ret)
{
    const struct json *node;
    const struct plan_region *region;
    uint32_t index = 0;

    if (json_need(boot, key, &node, r->err) ||
        board_opt_region(r, boot, key, &index))
        return -EINVAL;
    region = BOARD_ITEM(struct plan_region, r->regions, index);
    /*
     * The CPUs start at an address of the system. In another container, the
     * region's "at" would not be that address.
     */
    if (region->container != 0)
        return json_err(node, r->err,
                        "\"%s\" is not at an address of the system (\"%s\"); "
                        "name memory that has an \"at\"",
                        key, region->name);
    *ret = region;
    return 0;
}

int board_boot_address(struct board_reader *r, const struct json *boot,
                       const char *key, uint64_t *ret)
{
    const struct json *node = json_get(boot, key);

    return node ? json_address(node, ret, r->err) : 0;
}
