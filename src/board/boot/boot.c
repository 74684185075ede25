/* SPDX-License-Identifier: MIT */
/* "boot": where what the user loads goes, and where the CPUs start. */
#include <errno.h>
#include <string.h>

#include "board/boot/boot.h"

enum { BOOT_STORES_MAX = 256, BOOT_ALIGN = 2u << 20, BOOT_IMAGE = 2u << 20 };

int board_boot_cpu(struct board_reader *r, const struct json *boot)
{
    const struct json *node;
    const char *text;

    if (json_need(boot, "cpu", &node, r->err) || json_str(node, &text, r->err))
        return -EINVAL;
    return board_name_find(r, node, text, BOARD_NAME_PART, &r->plan->boot.cpu);
}

/* The region that `key` names, which must be in the system's memory. */
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
    if (region->container != 0)
        return json_err(node, r->err,
                        "\"%s\" is not at an address of the system (\"%s\"); "
                        "name memory that has an \"at\"",
                        key, region->name);
    *ret = region;
    return 0;
}

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

/* --- linux-arm64 --- */

int board_boot_address(struct board_reader *r, const struct json *boot,
                       const char *key, uint64_t *ret)
{
    const struct json *node = json_get(boot, key);

    return node ? json_address(node, ret, r->err) : 0;
}

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
    JSON_EACH(child, node)
    if (boot_store(r, child, stores++))
        return -EINVAL;
    return 0;
}

static int boot_banks(struct board_reader *r, const struct json *node)
{
    struct plan_range *banks;
    const struct json *at, *size;

    if (json_list(node, r->err))
        return -EINVAL;
    banks = arena_zeros(r->arena, node->count, sizeof(*banks));
    r->plan->boot.banks = banks;
    r->plan->boot.bank_count = node->count;
    JSON_EACH(child, node)
    {
        if (json_check_keys(child, board_keys_bank, r->err) ||
            json_need(child, "at", &at, r->err) ||
            json_need(child, "size", &size, r->err) ||
            json_address(at, &banks->at, r->err) ||
            board_size(r, size, &banks->bytes))
            return -EINVAL;
        banks++;
    }
    return 0;
}

static int boot_node_path(struct board_reader *r, const struct json *at,
                          const char *text)
{
    if (text[0] == '/')
        return 0;
    return json_key_err(at, r->err,
                        "a device tree node is no path (\"%.64s\"); write it "
                        "as \"/memory@0\"",
                        text);
}

static int boot_dt_memory(struct board_reader *r, const struct json *node)
{
    const struct json *path, *banks;
    const char *text;

    if (!node)
        return 0;
    if (json_check_keys(node, board_keys_dtb_memory, r->err) ||
        json_need(node, "node", &path, r->err) ||
        json_need(node, "banks", &banks, r->err) ||
        json_str(path, &text, r->err) || boot_node_path(r, path, text))
        return -EINVAL;
    r->plan->boot.dt_memory = arena_strdup(r->arena, text);
    return boot_banks(r, banks);
}

/* Cells are 32 bits; strings, and true for what is there and empty. */
static bool boot_is_dt_value(const struct plan_value *value, bool list)
{
    if (value->kind == JSON_STRING)
        return true;
    if (value->kind == JSON_BOOL)
        return value->boolean && !list;
    if (value->kind == JSON_NUMBER)
        return value->is_number && !value->is_negative &&
               value->number <= UINT32_MAX;
    if (value->kind != JSON_ARRAY || list || !value->count)
        return false;
    for (uint32_t n = 0; n < value->count; n++)
        if (!boot_is_dt_value(&value->items[n], true))
            return false;
    return true;
}

static int boot_dt_prop(struct board_reader *r, const struct json *node,
                        struct plan_dt_prop *prop)
{
    prop->name = arena_strdup(r->arena, node->key);
    if (board_read_value(r, node, &prop->value))
        return -EINVAL;
    if (boot_is_dt_value(&prop->value, false))
        return 0;
    return json_err(node, r->err,
                    "a device tree value is wrong (%s); write a string, a "
                    "number of 32 bits, a list of these or true",
                    json_kind_name(node->kind));
}

static int boot_dt_props(struct board_reader *r, const struct json *node,
                         GArray *props)
{
    if (json_object(node, r->err) || boot_node_path(r, node, node->key))
        return -EINVAL;
    JSON_EACH(child, node)
    {
        struct plan_dt_prop prop = {
            .node = arena_strdup(r->arena, node->key),
        };

        if (boot_dt_prop(r, child, &prop))
            return -EINVAL;
        g_array_append_val(props, prop);
    }
    return 0;
}

static int boot_dt_set(struct board_reader *r, const struct json *node)
{
    GArray *props = g_array_new(FALSE, TRUE, sizeof(struct plan_dt_prop));
    int ret = node ? json_object(node, r->err) : 0;

    if (node && ret == 0)
        JSON_EACH(child, node)
        {
            ret = boot_dt_props(r, child, props);
            if (ret)
                break;
        }
    r->plan->boot.dt_props = board_keep(r, props,
                                        &r->plan->boot.dt_prop_count);
    return ret;
}

int board_boot_dtb(struct board_reader *r, const struct json *node)
{
    const struct json *new;

    if (!node)
        return 0;
    new = json_get(node, "new");
    if (json_check_keys(node, board_keys_dtb, r->err) ||
        (new &&json_bool(new, &r->plan->boot.dt_new, r->err)) ||
        board_boot_address(r, node, "at", &r->plan->boot.dtb_at) ||
        boot_dt_memory(r, json_get(node, "memory")) ||
        boot_dt_set(r, json_get(node, "set")))
        return -EINVAL;
    return 0;
}

static int boot_image(struct board_reader *r, const struct json *boot)
{
    struct plan_boot *b = &r->plan->boot;

    b->kernel_base = BOOT_IMAGE;
    b->bios_room = json_get(boot, "bios") ? UINT64_MAX : 0;
    b->kernel_room = UINT64_MAX;
    if (board_boot_address(r, boot, "image", &b->kernel_base) ||
        board_boot_address(r, boot, "binary", &b->kernel_at) ||
        board_boot_address(r, boot, "initrd", &b->initrd_at) ||
        board_boot_address(r, boot, "bios", &b->bios_at))
        return -EINVAL;
    if (b->kernel_base % BOOT_ALIGN)
        return json_err(json_get(boot, "image"), r->err,
                        "\"image\" is not a multiple of 2 MiB (%s); an arm64 "
                        "Image needs that",
                        json_get(boot, "image")->text);
    return 0;
}

static int boot_linux_arm64(struct board_reader *r, const struct json *boot)
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
    if (timer && b->timer_hz > UINT32_MAX)
        return json_err(timer, r->err,
                        "\"timer\" is too fast (%s); use 4294 MHz at most",
                        timer->text);
    return 0;
}

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
        { PLAN_BOOT_LINUX_ARM64, boot_linux_arm64 },
        { PLAN_BOOT_LINUX_RISCV64, board_boot_riscv64 },
    };
    struct plan_boot *b = &r->plan->boot;
    const struct json *kind;
    unsigned choice;

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
