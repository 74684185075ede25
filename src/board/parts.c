/* SPDX-License-Identifier: MIT */
/* Reads "parts": the devices, without their wires (wires.c). */
#include <errno.h>
#include <string.h>

#include "board/reader.h"

int board_read_part_names(struct board_reader *r, const struct json *parts)
{
    if (!parts)
        return 0;
    if (json_object(parts, r->err))
        return -EINVAL;
    JSON_EACH (node, parts) {
        struct plan_part part = { .bus_part = PLAN_NONE };

        if (r->parts->len == PLAN_PARTS_MAX)
            return json_key_err(node, r->err, "too many parts; use %d at most",
                                PLAN_PARTS_MAX);
        if (board_name_add(r, node, BOARD_NAME_PART, r->parts->len))
            return -EINVAL;
        part.name = arena_strdup(r->arena, node->key);
        part.place = board_key_place(r, node);
        g_array_append_val(r->parts, part);
    }
    return 0;
}

const char *plan_qemu_type(const char *type)
{
    size_t len = sizeof(PLAN_QEMU_TYPE) - 1;

    return strncmp(type, PLAN_QEMU_TYPE, len) == 0 ? type + len : NULL;
}

static int part_type(struct board_reader *r, const struct json *node,
                     struct plan_part *part)
{
    const struct json *type;
    const char *text, *own, *flaw;

    if (json_need(node, "type", &type, r->err) ||
        json_str(type, &text, r->err))
        return -EINVAL;
    own = plan_qemu_type(text);
    flaw = str_type_flaw(own ? own : text);
    if (flaw)
        return json_err(type, r->err,
                        "a type %s (\"%.64s\"); write it as -device help "
                        "shows it",
                        flaw, text);
    part->type = arena_strdup(r->arena, text);
    part->type_place = board_place(r, type);
    return 0;
}

static int part_props(struct board_reader *r, const struct json *node,
                      struct plan_part *part)
{
    GArray *props = g_array_new(FALSE, TRUE, sizeof(struct plan_prop));
    int ret = node ? json_object(node, r->err) : 0;

    if (node && ret == 0) {
        JSON_EACH (child, node) {
            struct plan_prop prop = {
                .name = arena_strdup(r->arena, child->key),
                .place = board_key_place(r, child),
            };

            ret = board_read_value(r, child, &prop.value);
            if (ret)
                break;
            g_array_append_val(props, prop);
        }
    }
    part->props = board_keep(r, props, &part->prop_count);
    return ret;
}

/*
 * A name of the board has no dot, so a text with a dot can only be a bus. Only
 * the host knows whether the part has that bus.
 */
static int link_target(struct board_reader *r, const struct json *node,
                       struct plan_target *ret)
{
    const char *text, *part, *bus;
    const struct board_name *name;

    if (json_str(node, &text, r->err))
        return -EINVAL;
    name = board_name_get(r, text);
    ret->bus = NULL;
    if (name) {
        ret->kind = name->kind == BOARD_NAME_PART ? PLAN_TARGET_PART
                                                  : PLAN_TARGET_REGION;
        ret->index = name->index;
        return 0;
    }
    if (board_split(r, text, &part, &bus)) {
        ret->kind = PLAN_TARGET_BUS;
        ret->bus = bus;
        return board_name_find(r, node, part, BOARD_NAME_PART, &ret->index);
    }
    return json_err(node, r->err,
                    "there is no part or memory \"%.64s\" on this board; %s",
                    text, board_name_hint(r, text, BOARD_NAME_PART));
}

static int part_links(struct board_reader *r, const struct json *node,
                      struct plan_part *part)
{
    GArray *links = g_array_new(FALSE, TRUE, sizeof(struct plan_link));
    int ret = node ? json_object(node, r->err) : 0;

    if (node && ret == 0) {
        JSON_EACH (child, node) {
            struct plan_link link = {
                .name = arena_strdup(r->arena, child->key),
                .place = board_place(r, child),
            };

            ret = link_target(r, child, &link.target);
            if (ret)
                break;
            g_array_append_val(links, link);
        }
    }
    part->links = board_keep(r, links, &part->link_count);
    return ret;
}

/* "168 MHz", or "cprman.uart-out". */
static int clock_source(struct board_reader *r, const struct json *node,
                        struct plan_clock *clock)
{
    const char *part;

    clock->part = PLAN_NONE;
    /*
     * Names of parts begin with a letter and frequencies do not, so the first
     * character decides.
     */
    if (node->kind != JSON_STRING || !g_ascii_isalpha(node->text[0])) {
        if (json_hz(node, &clock->hz, r->err))
            return -EINVAL;
        return clock->hz ? 0
                         : json_err(node, r->err,
                                    "a clock of 0 Hz never ticks; use 1 Hz or "
                                    "more");
    }
    if (!board_split(r, node->text, &part, &clock->output))
        return json_err(node, r->err,
                        "a clock's source is not clear (\"%.64s\"); write "
                        "\"168 MHz\" or \"part.output\"",
                        node->text);
    return board_name_find(r, node, part, BOARD_NAME_PART, &clock->part);
}

static int part_clocks(struct board_reader *r, const struct json *node,
                       struct plan_part *part)
{
    GArray *clocks = g_array_new(FALSE, TRUE, sizeof(struct plan_clock));
    int ret = node ? json_object(node, r->err) : 0;

    if (node && ret == 0) {
        JSON_EACH (child, node) {
            struct plan_clock clock = {
                .name = arena_strdup(r->arena, child->key),
                .place = board_place(r, child),
            };

            ret = clock_source(r, child, &clock);
            if (ret)
                break;
            g_array_append_val(clocks, clock);
        }
    }
    part->clocks = board_keep(r, clocks, &part->clock_count);
    return ret;
}

static int part_bus(struct board_reader *r, const struct json *node,
                    struct plan_part *part)
{
    const char *text, *owner;

    if (!node)
        return 0;
    if (json_str(node, &text, r->err))
        return -EINVAL;
    part->bus_place = board_place(r, node);
    if (!board_split(r, text, &owner, &part->bus))
        return json_err(node, r->err,
                        "a bus is not clear (\"%.64s\"); write \"part.bus\"",
                        text);
    return board_name_find(r, node, owner, BOARD_NAME_PART, &part->bus_part);
}

/* --- where the regions are mapped --- */

/* One entry of "at": an address, or an object with "at". */
static int map_entry(struct board_reader *r, const struct json *node,
                     struct plan_map *map)
{
    const struct json *at = node;
    const struct plan_region *in;

    map->place = board_place(r, node);
    if (node->kind == JSON_OBJECT &&
        (json_check_keys(node, board_keys_map, r->err) ||
         json_need(node, "at", &at, r->err) ||
         board_opt_region(r, node, "in", &map->container) ||
         board_opt_priority(r, node, &map->priority)))
        return -EINVAL;
    if (json_address(at, &map->at, r->err))
        return -EINVAL;
    /* Memory is read before the parts, so kinds and sizes are known. */
    in = BOARD_ITEM(struct plan_region, r->regions, map->container);
    if (in->kind != PLAN_CONTAINER && in->kind != PLAN_SYSTEM)
        return json_err(node, r->err,
                        "\"%s\" cannot hold a part; name a region of "
                        "\"kind\": \"container\"",
                        in->name);
    /* Only the start can be checked: the host knows the size. */
    if (map->at >= in->bytes)
        return json_err(at, r->err,
                        "an address is past the end of \"%s\" (0x%llx, and it "
                        "has 0x%llx bytes); use a lower one",
                        in->name, (unsigned long long)map->at,
                        (unsigned long long)in->bytes);
    return 0;
}

/*
 * `like` has the part's own "in" and "priority". An entry may override both,
 * and the next entry starts from `like` again.
 */
static int map_one(struct board_reader *r, GArray *maps,
                   const struct json *node, const struct plan_map *like)
{
    struct plan_map map = *like;

    if (map_entry(r, node, &map))
        return -EINVAL;
    g_array_append_val(maps, map);
    return 0;
}

/*
 * A null entry is counted but not mapped, so that the position in the list is
 * the region's number.
 */
static int map_list(struct board_reader *r, GArray *maps,
                    const struct json *node, struct plan_map *like)
{
    JSON_EACH (child, node) {
        if (child->kind != JSON_NULL && map_one(r, maps, child, like))
            return -EINVAL;
        like->index++;
    }
    return 0;
}

static int map_names(struct board_reader *r, GArray *maps,
                     const struct json *node, struct plan_map *like)
{
    JSON_EACH (child, node) {
        like->name = arena_strdup(r->arena, child->key);
        if (map_one(r, maps, child, like))
            return -EINVAL;
    }
    return 0;
}

static int part_maps(struct board_reader *r, const struct json *part_node,
                     struct plan_part *part)
{
    const struct json *node = json_get(part_node, "at");
    GArray *maps = g_array_new(FALSE, TRUE, sizeof(struct plan_map));
    struct plan_map like = { .container = 0 };
    int ret;

    ret = board_opt_region(r, part_node, "in", &like.container) ||
                  board_opt_priority(r, part_node, &like.priority)
              ? -EINVAL
              : 0;
    /*
     * Without "at", these keys would have no effect. That is a mistake of the
     * board's author.
     */
    if (ret == 0 && !node &&
        (json_get(part_node, "in") || json_get(part_node, "priority")))
        ret = json_err(part_node, r->err,
                       "\"at\" is missing beside \"in\" or \"priority\"; add "
                       "the address");
    if (ret == 0 && node) {
        if (node->kind == JSON_ARRAY)
            ret = map_list(r, maps, node, &like);
        else if (node->kind == JSON_OBJECT)
            ret = map_names(r, maps, node, &like);
        else
            ret = map_one(r, maps, node, &like);
    }
    part->maps = board_keep(r, maps, &part->map_count);
    return ret;
}

/* --- backends that the user plugs in ------------------------------------ */

static int backend_number(struct board_reader *r, const struct json *node,
                          struct plan_backend *b)
{
    uint64_t index;

    if (json_range(node, 0, 255, &index, r->err))
        return -EINVAL;
    b->index = (uint32_t)index;
    return 0;
}

/* "sd", or "sd.1" for the second one. */
static int backend_drive(struct board_reader *r, const struct json *node,
                         struct plan_backend *b)
{
    /*
     * The words of QEMU's if= that a board can use. A drive of if=none belongs
     * to the -device that names it.
     */
    static const char *const interfaces[] = {
        "ide", "scsi", "floppy", "pflash", "mtd", "sd", "virtio", NULL,
    };
    const char *text, *dot;
    char *name, *end = NULL;
    bool good;

    if (json_str(node, &text, r->err))
        return -EINVAL;
    dot = strchrnul(text, '.');
    name = g_strndup(text, dot - text);
    b->interface = arena_strdup(r->arena, name);
    good = str_in(name, interfaces);
    g_free(name);
    if (good && *dot) {
        /* At most 3 digits pass, so the cast cannot hide a large number. */
        b->index = (uint32_t)g_ascii_strtoull(dot + 1, &end, 10);
        good = g_ascii_isdigit(dot[1]) && *end == '\0' && b->index < 256 &&
               end - dot <= 4;
    }
    return good ? 0
                : json_err(node, r->err,
                           "a drive is not clear (\"%.64s\"); write \"sd\", "
                           "or \"sd.1\" for the second of -drive if=sd",
                           text);
}

static int backend_add(struct board_reader *r, GArray *list,
                       const struct json *node, enum plan_backend_kind kind,
                       const char *prop)
{
    struct plan_backend b = {
        .kind = kind, .prop = arena_strdup(r->arena, prop),
        .place = board_place(r, node),
    };

    if ((kind == PLAN_DRIVE ? backend_drive(r, node, &b)
                            : backend_number(r, node, &b)))
        return -EINVAL;
    g_array_append_val(list, b);
    return 0;
}

/* 0, or { "property": 0 } where the part's property has another name. */
static int backend_key(struct board_reader *r, GArray *list,
                       const struct json *node, enum plan_backend_kind kind)
{
    if (!node)
        return 0;
    if (node->kind != JSON_OBJECT)
        return backend_add(r, list, node, kind, NULL);
    JSON_EACH (child, node)
        if (backend_add(r, list, child, kind, child->key))
            return -EINVAL;
    return 0;
}

static int part_backends(struct board_reader *r, const struct json *node,
                         struct plan_part *part)
{
    GArray *list = g_array_new(FALSE, TRUE, sizeof(struct plan_backend));
    int ret = 0;

    if (backend_key(r, list, json_get(node, "serial"), PLAN_SERIAL) ||
        backend_key(r, list, json_get(node, "drive"), PLAN_DRIVE) ||
        backend_key(r, list, json_get(node, "nic"), PLAN_NIC))
        ret = -EINVAL;
    part->backends = board_keep(r, list, &part->backend_count);
    return ret;
}

/* Read where the part's model runs, and what happens when its process ends. */
static int part_process(struct board_reader *r, const struct json *node,
                        struct plan_part *part)
{
    const struct json *where = json_get(node, "isolation");
    const struct json *crash = json_get(node, "on-crash");
    const char *text;
    int found;

    if (where) {
        if (json_str(where, &text, r->err))
            return -EINVAL;
        part->isolation = modinfo_isolation_find(text);
        part->isolation_place = board_place(r, where);
        if (!part->isolation)
            return json_err(where, r->err,
                            "isolation \"%.64s\"; use process or in-process",
                            text);
    }
    if (!crash)
        return 0;
    if (json_str(crash, &text, r->err))
        return -EINVAL;
    found = plan_crash_find(text);
    if (found < 0)
        return json_err(crash, r->err,
                        "on-crash \"%.64s\"; use error, stop or restart",
                        text);
    /*
     * PLAN_CRASH_ERROR is 0, so the value alone does not tell whether the
     * board says it. The host refuses the key for QEMU's own parts, also with
     * "error".
     */
    part->crash_said = true;
    part->on_crash = (enum plan_crash)found;
    part->crash_place = board_place(r, crash);
    return 0;
}

static int part_read(struct board_reader *r, const struct json *node,
                     struct plan_part *part)
{
    if (json_check_keys(node, board_keys_part, r->err) ||
        part_type(r, node, part) ||
        part_props(r, json_get(node, "props"), part) ||
        part_links(r, json_get(node, "links"), part) ||
        part_clocks(r, json_get(node, "clocks"), part) ||
        part_bus(r, json_get(node, "bus"), part) || part_maps(r, node, part) ||
        part_backends(r, node, part) || part_process(r, node, part))
        return -EINVAL;
    node = json_get(node, "optional");
    return node ? json_bool(node, &part->optional, r->err) : 0;
}

int board_read_parts(struct board_reader *r, const struct json *parts)
{
    uint32_t n = 0;

    if (!parts)
        return 0;
    JSON_EACH (node, parts)
        if (part_read(r, node, BOARD_ITEM(struct plan_part, r->parts, n++)))
            return -EINVAL;
    return 0;
}
