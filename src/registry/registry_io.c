/* SPDX-License-Identifier: MIT */
/*
 * The index as bytes: 32-bit words in the machine's own order and texts (a
 * word with the length, the bytes, a NUL), read back without a copy of each.
 * It never leaves the machine or the moment; still, whoever can hand QEMU a
 * descriptor could hand it anything, so every word is checked.
 */
#include "registry/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "modinfo/fields.h"
#include "registry/registry_int.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U     /* Linux 6.3 */
#endif

enum {
    IO_MAGIC = 0x3458424f,          /* "OBX4"; another format, another number */
    IO_BYTES_MAX = 64 << 20,
    IO_NONE = 0xffffffff,           /* in place of a length: NULL */
};

static const char *const no_command[] = { NULL };

struct io_reader {
    struct arena *arena;
    const char *data;
    size_t len, at;
    bool bad;
};

static void put_u32(GString *out, uint32_t value)
{
    g_string_append_len(out, (const char *)&value, sizeof(value));
}

static void put_u64(GString *out, uint64_t value)
{
    g_string_append_len(out, (const char *)&value, sizeof(value));
}

static void put_text(GString *out, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    put_u32(out, text ? (uint32_t)len : IO_NONE);
    if (text)
        g_string_append_len(out, text, (gssize)len + 1);
}

static void put_list(GString *out, const char *const *list)
{
    uint32_t n = 0;

    while (list[n])
        n++;
    put_u32(out, n);
    for (; *list; list++)
        put_text(out, *list);
}

static void put_head(GString *out, const struct board_head *head)
{
    put_text(out, head->name);
    put_text(out, head->title);
    put_list(out, head->arch);
    put_list(out, head->aliases);
    put_u64(out, head->ram_default);
    put_u64(out, head->ram_min);
    put_u64(out, head->ram_max);
    put_u32(out, head->cpus_default);
    put_u32(out, head->cpus_max);
    put_text(out, head->file);
}

static void put_module(GString *out, const struct registry_module *module)
{
    const struct modinfo *info = &module->info;

    put_u32(out, module->origin);
    put_u32(out, info->isolation);
    put_u32(out, module->native);
    put_text(out, module->file);
    put_text(out, info->short_name);
    put_text(out, info->name);
    put_text(out, info->version);
    put_text(out, info->license);
    put_text(out, info->path);
    put_u32(out, info->line);
    put_u32(out, info->col);
    put_list(out, info->arch);
    put_list(out, info->objs);
    put_list(out, info->descs);
    put_list(out, info->deps);
    put_list(out, info->opts);
    put_list(out, info->command ? info->command : no_command);
    put_u32(out, info->n_boards);
    for (uint32_t i = 0; i < info->n_boards; i++)
        put_head(out, &info->boards[i]);
}

/* Boards in C travel twice: with their module, and here, for their order. */
static void put_board(GString *out, const struct registry_board *board)
{
    put_u32(out, board->origin);
    put_text(out, board->path);
    put_u32(out, board->module ? board->module->number : IO_NONE);
    put_head(out, &board->head);
}

static GString *io_write(const struct registry *ix)
{
    GString *out = g_string_sized_new(64 * 1024);

    put_u32(out, IO_MAGIC);
    put_text(out, ix->arch);
    put_u32(out, ix->modules->len);
    for (guint i = 0; i < ix->modules->len; i++)
        put_module(out, ix->modules->pdata[i]);
    put_u32(out, ix->boards->len);
    for (guint i = 0; i < ix->boards->len; i++)
        put_board(out, ix->boards->pdata[i]);
    put_u32(out, ix->notes->len);
    for (guint i = 0; i < ix->notes->len; i++) {
        put_text(out, g_array_index(ix->notes, struct registry_note, i).key);
        put_text(out, g_array_index(ix->notes, struct registry_note, i).value);
    }
    put_u32(out, IO_MAGIC);
    return out;
}

int registry_save(const struct registry *ix, int fd, struct ob_err *err)
{
    GString *out = io_write(ix);
    size_t at = 0;
    int r = 0;

    if (out->len > IO_BYTES_MAX) {
        r = err_set(err, -EFBIG,
                    "index: all announced and installed modules need %zu "
                    "bytes, more than %d; announce fewer modules",
                    out->len, IO_BYTES_MAX);
        at = out->len;
    }

    while (at < out->len) {
        ssize_t n = write(fd, out->str + at, out->len - at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            r = err_set(err, n < 0 ? -errno : -EIO,
                        "index: cannot be written (%s); free some memory",
                        strerror(errno));
            break;
        }
        at += (size_t)n;
    }
    g_string_free(out, TRUE);
    return r;
}

int registry_memfd(const struct registry *ix, int *ret_fd, struct ob_err *err)
{
    int fd = memfd_create("outboard-index",
                          MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    int r;

    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("outboard-index", MFD_ALLOW_SEALING);
    if (fd < 0)
        return err_set(err, -errno,
                       "index: no memory file (%s); check the limits of open "
                       "files",
                       strerror(errno));
    r = registry_save(ix, fd, err);
    if (r == 0 &&
        fcntl(fd, F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        r = err_set(err, -errno,
                    "index: cannot be sealed (%s); check the kernel's memfd",
                    strerror(errno));
    if (r < 0)
        close(fd);
    else
        *ret_fd = fd;
    return r;
}

static const void *get_bytes(struct io_reader *rd, size_t len)
{
    const char *ret = rd->data + rd->at;

    if (rd->bad || len > rd->len - rd->at) {
        rd->bad = true;
        return NULL;
    }
    rd->at += len;
    return ret;
}

static uint32_t get_u32(struct io_reader *rd)
{
    const void *from = get_bytes(rd, sizeof(uint32_t));
    uint32_t value = 0;

    if (from)
        memcpy(&value, from, sizeof(value));
    return value;
}

static uint64_t get_u64(struct io_reader *rd)
{
    const void *from = get_bytes(rd, sizeof(uint64_t));
    uint64_t value = 0;

    if (from)
        memcpy(&value, from, sizeof(value));
    return value;
}

/* A text that may be NULL; "" where the data is bad. */
static const char *get_text_or_null(struct io_reader *rd)
{
    uint32_t len = get_u32(rd);
    const char *text;

    if (len == IO_NONE)
        return NULL;
    text = get_bytes(rd, (size_t)len + 1);
    if (!text || text[len] != '\0' || strlen(text) != len) {
        rd->bad = true;
        return "";
    }
    return text;
}

static const char *get_text(struct io_reader *rd)
{
    const char *text = get_text_or_null(rd);

    if (!text)
        rd->bad = true;
    return text ? text : "";
}

/* A count of things that take at least `bytes` each. */
static uint32_t get_count(struct io_reader *rd, size_t bytes)
{
    uint32_t n = get_u32(rd);

    if (rd->bad || n > (rd->len - rd->at) / bytes) {
        rd->bad = true;
        return 0;
    }
    return n;
}

/* A list whose entries have no flaw in the eyes of `flaw_of` (may be NULL). */
static const char *const *get_list(struct io_reader *rd, uint32_t *ret_n,
                                   const char *(*flaw_of)(const char *name))
{
    uint32_t n = get_count(rd, 5);
    const char **list = arena_alloc(rd->arena, (n + 1) * sizeof(*list));

    for (uint32_t i = 0; i < n; i++) {
        list[i] = get_text(rd);
        if (flaw_of && flaw_of(list[i]))
            rd->bad = true;
    }
    list[n] = NULL;
    if (ret_n)
        *ret_n = n;
    return list;
}

static const char *get_name(struct io_reader *rd,
                            const char *(*flaw_of)(const char *name))
{
    const char *name = get_text(rd);

    if (flaw_of(name))
        rd->bad = true;
    return name;
}

static void get_head(struct io_reader *rd, struct board_head *head)
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

static enum registry_origin get_origin(struct io_reader *rd)
{
    uint32_t origin = get_u32(rd);

    if (origin > REGISTRY_NAMED)
        rd->bad = true;
    return (enum registry_origin)origin;
}

static enum modinfo_isolation get_isolation(struct io_reader *rd)
{
    uint32_t isolation = get_u32(rd);

    if (isolation >= ISOLATIONS) {
        rd->bad = true;
        return ISOLATION_NONE;
    }
    return (enum modinfo_isolation)isolation;
}

static bool get_native(struct io_reader *rd)
{
    uint32_t native = get_u32(rd);

    if (native > 1)
        rd->bad = true;
    return native == 1;
}

static void get_info_boards(struct io_reader *rd, struct modinfo *info)
{
    struct board_head *heads;

    info->n_boards = get_count(rd, 44);
    heads = arena_zeros(rd->arena, info->n_boards + 1, sizeof(*heads));
    for (uint32_t i = 0; i < info->n_boards; i++)
        get_head(rd, &heads[i]);
    info->boards = heads;
}

static void get_module(struct io_reader *rd, struct registry *ix)
{
    struct registry_module *module = arena_zeros(ix->arena, 1,
                                                 sizeof(*module));
    struct modinfo *info = &module->info;
    uint32_t n_descs, n_words;

    module->origin = get_origin(rd);
    info->isolation = get_isolation(rd);
    module->native = get_native(rd);
    module->file = get_text_or_null(rd);
    if (module->native && !module->file)
        rd->bad = true;
    info->short_name = get_name(rd, fields_short_flaw);
    info->name = get_name(rd, str_ident_flaw);
    info->version = get_text_or_null(rd);
    info->license = get_text_or_null(rd);
    info->path = get_text(rd);
    info->line = get_u32(rd);
    info->col = get_u32(rd);
    info->arch = get_list(rd, NULL, str_ident_flaw);
    info->objs = get_list(rd, &info->n_objs, str_type_flaw);
    info->descs = get_list(rd, &n_descs, NULL);
    info->deps = get_list(rd, NULL, fields_short_flaw);
    info->opts = get_list(rd, NULL, str_ident_flaw);
    info->command = get_list(rd, &n_words, NULL);
    if (n_words == 0)
        info->command = NULL;
    get_info_boards(rd, info);
    if (n_descs != info->n_objs)
        rd->bad = true;
    g_ptr_array_add(ix->all_modules, module);
}

static void get_board(struct io_reader *rd, struct registry *ix)
{
    enum registry_origin origin = get_origin(rd);
    const char *path = get_text_or_null(rd);
    uint32_t number = get_u32(rd);
    struct registry_module *module = NULL;
    struct board_head head;

    if (number < ix->all_modules->len)
        module = ix->all_modules->pdata[number];
    else if (number != IO_NONE)
        rd->bad = true;
    if (!module && !path)
        rd->bad = true;
    get_head(rd, &head);
    registry_add_head(ix, &head, path, module, origin);
}

static void get_note(struct io_reader *rd, struct registry *ix)
{
    struct registry_note note;

    note.key = get_text(rd);
    note.value = get_text(rd);
    g_array_append_val(ix->notes, note);
}

static void get_many(struct io_reader *rd, struct registry *ix, size_t bytes,
                     void (*get)(struct io_reader *rd, struct registry *ix))
{
    uint32_t n = get_count(rd, bytes);

    for (uint32_t i = 0; i < n && !rd->bad; i++)
        get(rd, ix);
}

/* Read all of `fd` into memory of our own: it may change under a mapping. */
static int io_slurp(int fd, char **ret, size_t *ret_len, struct ob_err *err)
{
    struct ob_err inner = { 0 };
    int r = file_read_fd(fd, "index", IO_BYTES_MAX, ret, ret_len, &inner);

    return r < 0 ? err_set(err, r, "%s", inner.text) : 0;
}

int registry_load(int fd, struct registry **ret, struct ob_err *err)
{
    struct registry *ix = registry_new(NULL);
    struct io_reader rd = { .arena = ix->arena };
    char *data;
    int r = io_slurp(fd, &data, &rd.len, err);

    if (r < 0) {
        registry_free(ix);
        return r;
    }
    ix->buffer = data;
    rd.data = data;
    if (get_u32(&rd) != IO_MAGIC)
        rd.bad = true;
    ix->arch = get_text_or_null(&rd);
    get_many(&rd, ix, 72, get_module);
    get_many(&rd, ix, 56, get_board);
    get_many(&rd, ix, 10, get_note);
    if (get_u32(&rd) != IO_MAGIC || rd.at != rd.len)
        rd.bad = true;
    if (rd.bad) {
        r = err_set(err, -EPROTO,
                    "index: is malformed (at byte %zu of %zu); start qemu "
                    "with outboard of the same version",
                    rd.at, rd.len);
        registry_free(ix);
        return r;
    }
    registry_finish(ix, NULL, NULL);
    *ret = ix;
    return 0;
}
