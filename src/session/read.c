/* SPDX-License-Identifier: MIT */
/*
 * Reads a session from bytes. A session never leaves the machine. Still, a
 * process that starts QEMU can hand it any descriptor, so this file checks
 * every number and every text. The order of the fields is that of write.c.
 */
#include "session/session.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "modinfo/fields.h"
#include "modinfo/fields_type.h"
#include "session/bytes.h"
#include "session/format.h"

/* The fewest bytes that an item takes: four per number or text, and more. */
enum { MODULE_LEAST = 68, TYPE_LEAST = 9, BOARD_LEAST = 56, HEAD_LEAST = 44,
       PAIR_LEAST = 10, WISH_LEAST = 13 };

#define DOCTOR_FD_MAX (UINT32_C(1) << 20)

/* One session that is being read. */
struct reading {
    struct bytes_reader rd;
    struct session *s;
    GPtrArray *modules;         /* struct registry_module *, by number */
};

static void get_head(struct bytes_reader *rd, struct board_head *head)
{
    head->name = get_name(rd, str_type_flaw);
    head->title = get_text(rd);
    head->arch = get_list(rd, NULL, str_ident_flaw);
    head->aliases = get_list(rd, NULL, str_type_flaw);
    head->ram_default = get_u64(rd);
    head->ram_min = get_u64(rd);
    head->ram_max = get_u64(rd);
    head->cpus_default = get_u32(rd);
    head->cpus_max = get_u32(rd);
    head->file = get_text_or_null(rd);
}

static void get_heads(struct bytes_reader *rd, struct modinfo *info)
{
    struct board_head *heads;

    info->n_boards = get_count(rd, HEAD_LEAST);
    heads = arena_zeros(rd->arena, info->n_boards + 1, sizeof(*heads));
    for (uint32_t i = 0; i < info->n_boards; i++)
        get_head(rd, &heads[i]);
    info->boards = heads;
}

static void get_type(struct bytes_reader *rd, struct modinfo_type *type)
{
    *type = fields_type_plain;
    if (!get_bool(rd))
        return;
    type->desc = get_text(rd);
    type->bus = get_u32_up_to(rd, BUSES - 1);
    type->category = get_u32_up_to(rd, CATEGORIES - 1);
    type->needs = get_list(rd, NULL, fields_need_flaw);
}

/* The count bounds what is allocated, and a bad type leaves a plain one. */
static void get_types(struct bytes_reader *rd, struct modinfo *info)
{
    uint32_t n = get_count(rd, TYPE_LEAST);
    const char **objs = arena_alloc(rd->arena, (n + 1) * sizeof(*objs));
    struct modinfo_type *types = arena_alloc(rd->arena,
                                             (n + 1) * sizeof(*types));

    for (uint32_t i = 0; i < n; i++) {
        objs[i] = get_name(rd, str_type_flaw);
        get_type(rd, &types[i]);
    }
    objs[n] = NULL;
    info->n_objs = n;
    info->objs = objs;
    info->types = types;
}

static void get_lists(struct bytes_reader *rd, struct modinfo *info)
{
    uint32_t n_words;

    info->arch = get_list(rd, NULL, str_ident_flaw);
    get_types(rd, info);
    info->deps = get_list(rd, NULL, fields_short_flaw);
    info->opts = get_list(rd, NULL, str_ident_flaw);
    info->command = get_list(rd, &n_words, NULL);
    if (n_words == 0)
        info->command = NULL;
}

static void get_module(struct reading *r)
{
    struct bytes_reader *rd = &r->rd;
    struct registry_module module = { 0 };
    struct modinfo *info = &module.info;

    module.origin = get_u32_up_to(rd, REGISTRY_NAMED);
    info->isolation = get_u32_up_to(rd, ISOLATIONS - 1);
    module.native = get_bool(rd);
    module.file = get_text_or_null(rd);
    if (module.native && !module.file)
        rd->bad = true;
    info->short_name = get_name(rd, fields_short_flaw);
    info->name = get_name(rd, str_ident_flaw);
    info->version = get_text_or_null(rd);
    info->license = get_text_or_null(rd);
    info->path = get_text(rd);
    info->line = get_u32(rd);
    info->col = get_u32(rd);
    get_lists(rd, info);
    get_heads(rd, info);
    g_ptr_array_add(r->modules, registry_put_module(r->s->registry, &module));
}

static void get_board(struct reading *r)
{
    struct bytes_reader *rd = &r->rd;
    struct registry_board board = { 0 };
    uint32_t number;

    board.origin = get_u32_up_to(rd, REGISTRY_NAMED);
    board.path = get_text_or_null(rd);
    number = get_u32(rd);
    if (number < r->modules->len)
        board.module = r->modules->pdata[number];
    else if (number != FORMAT_NO_MODULE)
        rd->bad = true;
    /* A board without a module is a file. */
    if (!board.module && !board.path)
        rd->bad = true;
    get_head(rd, &board.head);
    registry_put_board(r->s->registry, &board);
}

static void get_registry(struct reading *r)
{
    struct bytes_reader *rd = &r->rd;
    const char *arch = get_text_or_null(rd);
    uint32_t n;

    if (arch)
        registry_set_arch(r->s->registry, arch);
    n = get_count(rd, MODULE_LEAST);
    for (uint32_t i = 0; i < n && !rd->bad; i++)
        get_module(r);
    n = get_count(rd, BOARD_LEAST);
    for (uint32_t i = 0; i < n && !rd->bad; i++)
        get_board(r);
}

static void get_texts(struct bytes_reader *rd, GPtrArray *ret_list)
{
    uint32_t n = get_count(rd, BYTES_TEXT_LEAST);

    for (uint32_t i = 0; i < n && !rd->bad; i++)
        g_ptr_array_add(ret_list, (gpointer)get_text(rd));
}

static void get_options(struct bytes_reader *rd, GArray *ret_array)
{
    uint32_t n = get_count(rd, PAIR_LEAST);

    for (uint32_t i = 0; i < n && !rd->bad; i++) {
        struct session_option option;

        option.group = get_name(rd, str_ident_flaw);
        option.value = get_text(rd);
        g_array_append_val(ret_array, option);
    }
}

static void get_wishes(struct bytes_reader *rd, GArray *ret_array)
{
    uint32_t n = get_count(rd, WISH_LEAST);

    for (uint32_t i = 0; i < n && !rd->bad; i++) {
        struct session_wish wish;

        wish.source = get_u32_up_to(rd, SESSION_SOURCES - 1);
        wish.place = get_u32_up_to(rd, ISOLATIONS - 1);
        wish.module = get_text(rd);
        if (wish.place == ISOLATION_NONE)
            rd->bad = true;
        g_array_append_val(ret_array, wish);
    }
}

static void get_session(struct reading *r)
{
    struct bytes_reader *rd = &r->rd;
    struct session *s = r->s;

    s->verbose = get_bool(rd);
    s->start_dir = get_text_or_null(rd);
    get_texts(rd, s->module_dirs);
    get_texts(rd, s->native_files);
    get_options(rd, s->options);
    get_wishes(rd, s->wishes);
    get_texts(rd, s->isolated_boards);
    s->qemu = get_text_or_null(rd);
    s->qemu_stamp = get_text_or_null(rd);
    s->time_limited = get_bool(rd);
    s->time_limit_ns = get_u64(rd);
    s->doctor_fd = (int)get_u32_up_to(rd, DOCTOR_FD_MAX) - 1;
    get_registry(r);
    if (get_u32(rd) != FORMAT_END || rd->at != rd->len)
        rd->bad = true;
}

/* The first two numbers, which every format has. */
static int format_check(struct bytes_reader *rd, struct ob_err *err)
{
    uint32_t magic = get_u32(rd), number = get_u32(rd);

    if (rd->bad || magic != FORMAT_MAGIC)
        return err_set(err, -EPROTO,
                       "session: is not a session of outboard's (%zu bytes); "
                       "start QEMU with outboard",
                       rd->len);
    if (number != FORMAT_NUMBER)
        return err_set(err, -EPROTO,
                       "session: has another format (%u, this bridge reads "
                       "%u); start QEMU with outboard of the same version",
                       number, FORMAT_NUMBER);
    return 0;
}

static int reading_run(struct reading *r, struct ob_err *err)
{
    int ret = format_check(&r->rd, err);

    if (ret < 0)
        return ret;
    r->modules = g_ptr_array_new();
    get_session(r);
    g_ptr_array_free(r->modules, TRUE);
    if (r->rd.bad)
        return err_set(err, -EPROTO,
                       "session: is malformed (at byte %zu of %zu); start "
                       "QEMU with outboard of the same version",
                       r->rd.at, r->rd.len);
    registry_finish(r->s->registry, NULL, NULL);
    return 0;
}

int session_read(int fd, struct session **ret_session, struct ob_err *err)
{
    struct session *s = session_new(NULL);
    struct reading r = { .rd.arena = s->arena, .s = s };
    int status;

    /* A copy: another process might still change what a mapping shows. */
    status = file_read_fd(fd, "session", BYTES_MAX, &s->buffer, &r.rd.len,
                          err);
    r.rd.data = s->buffer;
    if (status == 0)
        status = reading_run(&r, err);
    if (status < 0)
        session_free(s);
    else
        *ret_session = s;
    return status;
}
