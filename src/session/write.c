/* SPDX-License-Identifier: MIT */
/*
 * Writes a session as bytes. The order of the fields is that of read.c. It
 * writes only the items of the registry that take precedence: the bridge needs
 * no others.
 */
#include "session/session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "session/bytes.h"
#include "session/format.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U     /* Linux 6.3 */
#endif

static const char *const no_command[] = { NULL };

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

static void put_type(GString *out, const struct modinfo_type *type)
{
    bool says = modinfo_type_says(type);

    /* Files of the 2022 proposal say nothing of their types. */
    put_u32(out, says);
    if (!says)
        return;
    put_text(out, type->desc);
    put_u32(out, type->bus);
    put_u32(out, type->category);
    put_list(out, type->needs);
}

/* A name and what is known of it together, so that one count holds for both. */
static void put_types(GString *out, const struct modinfo *info)
{
    put_u32(out, info->n_objs);
    for (uint32_t i = 0; i < info->n_objs; i++) {
        put_text(out, info->objs[i]);
        put_type(out, &info->types[i]);
    }
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
    put_types(out, info);
    put_list(out, info->deps);
    put_list(out, info->opts);
    put_list(out, info->command ? info->command : no_command);
    put_u32(out, info->n_boards);
    for (uint32_t i = 0; i < info->n_boards; i++)
        put_head(out, &info->boards[i]);
}

/* A board in C is written twice: with its module, and here for its order. */
static void put_board(GString *out, const struct registry_board *board)
{
    put_u32(out, board->origin);
    put_text(out, board->path);
    put_u32(out, board->module ? board->module->number : FORMAT_NO_MODULE);
    put_head(out, &board->head);
}

static void put_registry(GString *out, const struct registry *registry)
{
    struct registry_module *const *modules;
    struct registry_board *const *boards;
    uint32_t n;

    put_text(out, registry_arch(registry));
    modules = registry_modules(registry, &n);
    put_u32(out, n);
    for (uint32_t i = 0; i < n; i++)
        put_module(out, modules[i]);
    boards = registry_boards(registry, &n);
    put_u32(out, n);
    for (uint32_t i = 0; i < n; i++)
        put_board(out, boards[i]);
}

static void put_texts(GString *out, const GPtrArray *texts)
{
    put_u32(out, texts->len);
    for (guint i = 0; i < texts->len; i++)
        put_text(out, texts->pdata[i]);
}

static void put_options(GString *out, const GArray *options)
{
    put_u32(out, options->len);
    for (guint i = 0; i < options->len; i++) {
        const struct session_option *option = &g_array_index(
            options, struct session_option, i);

        put_text(out, option->group);
        put_text(out, option->value);
    }
}

static void put_wishes(GString *out, const GArray *wishes)
{
    put_u32(out, wishes->len);
    for (guint i = 0; i < wishes->len; i++) {
        const struct session_wish *wish = &g_array_index(
            wishes, struct session_wish, i);

        put_u32(out, wish->source);
        put_u32(out, wish->place);
        put_text(out, wish->module);
    }
}

static GString *session_bytes(const struct session *s)
{
    GString *out = g_string_sized_new(64 * 1024);

    put_u32(out, FORMAT_MAGIC);
    put_u32(out, FORMAT_NUMBER);
    put_u32(out, s->verbose);
    put_text(out, s->start_dir);
    put_texts(out, s->module_dirs);
    put_texts(out, s->native_files);
    put_options(out, s->options);
    put_wishes(out, s->wishes);
    put_texts(out, s->isolated_boards);
    put_text(out, s->qemu);
    put_text(out, s->qemu_stamp);
    put_u32(out, s->time_limited);
    put_u64(out, s->time_limit_ns);
    put_u32(out, (uint32_t)(s->doctor_fd + 1));
    put_registry(out, s->registry);
    put_u32(out, FORMAT_END);
    return out;
}

static int bytes_write(const GString *out, int fd, struct ob_err *err)
{
    size_t at = 0;

    while (at < out->len) {
        ssize_t n = write(fd, out->str + at, out->len - at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_set(err, n < 0 ? -errno : -EIO,
                           "session: cannot be written (%s); free some memory",
                           strerror(errno));
        at += (size_t)n;
    }
    return 0;
}

int session_write(const struct session *s, int fd, struct ob_err *err)
{
    GString *out = session_bytes(s);
    int ret;

    if (out->len > BYTES_MAX)
        ret = err_set(err, -EFBIG,
                      "session: all announced and installed modules need %zu "
                      "bytes, more than %d; announce fewer modules",
                      out->len, BYTES_MAX);
    else
        ret = bytes_write(out, fd, err);
    g_string_free(out, TRUE);
    return ret;
}

/* An older kernel refuses the flag that it does not know. */
static int memfd_open(void)
{
    int fd = memfd_create("outboard-session",
                          MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("outboard-session", MFD_ALLOW_SEALING);
    return fd;
}

int session_memfd(const struct session *s, int *ret_fd, struct ob_err *err)
{
    int ret, fd = memfd_open();

    if (fd < 0)
        return err_set(err, -errno,
                       "session: no memory file (%s); check the limits of "
                       "open files",
                       strerror(errno));
    ret = session_write(s, fd, err);
    if (ret == 0 &&
        fcntl(fd, F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        ret = err_set(err, -errno,
                      "session: cannot be sealed (%s); check the kernel's "
                      "memfd",
                      strerror(errno));
    if (ret < 0)
        close(fd);
    else
        *ret_fd = fd;
    return ret;
}
