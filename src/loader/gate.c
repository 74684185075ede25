/* SPDX-License-Identifier: MIT */
#include "loader/loader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/file.h"
#include "loader/linking.h"
#include "loader/private.h"
#include "loader/spdx.h"

static int abi_check(const struct modinfo *info, const char *path,
                     struct ob_err *err)
{
    if (info->abi_major != OB_ABI_MAJOR)
        return err_set(err, -EPROTO,
                       "%s: built for ABI %u.%u, and this Outboard has %d.%d; "
                       "rebuild the module with its headers",
                       path, info->abi_major, info->abi_minor, OB_ABI_MAJOR,
                       OB_ABI_MINOR);
    if (info->abi_minor > OB_ABI_MINOR)
        return err_set(err, -EPROTO,
                       "%s: needs ABI %u.%u, and this Outboard has %d.%d; "
                       "install a newer Outboard",
                       path, info->abi_major, info->abi_minor, OB_ABI_MAJOR,
                       OB_ABI_MINOR);
    return 0;
}

/* Which licence it is decides where the module runs: place.c. */
static int licence_check(const struct modinfo *info, const char *path,
                         struct ob_err *err)
{
    int r;

    if (!info->license)
        return err_set(err, -EPERM,
                       "%s: names no licence; add OB_MODINFO(\"license\", "
                       "\"...\") with an SPDX expression",
                       path);
    r = spdx_check(info->license, path, NULL);
    return r == -EPERM ? 0 : r < 0 ? spdx_check(info->license, path, err) : 0;
}

/* What can be told from the section: entry symbol, ABI, licence. */
static int section_check(const struct section *s, const char *path,
                         struct ob_err *err)
{
    const struct modinfo *info = &s->info->modules[0];
    int r;

    if (!s->entry)
        return err_set(err, -ENOEXEC,
                       "%s: exports no symbol %s; declare it with OB_MODULE",
                       path, OB_MODULE_SYMBOL);
    r = abi_check(info, path, err);
    if (r == 0)
        r = licence_check(info, path, err);
    return r < 0 ? r : loader_check_isolation(info, err);
}

/* Owner, mode and ELF: what is asked of every file, native or ours. */
static int gate_open(const char *path, struct loader_gate *ret,
                     struct ob_err *err)
{
    struct loader_gate gate = { .fd = -1 };
    int r = file_open(path, FILE_TRUSTED, &gate.fd, err);

    if (r < 0)
        return r;
    r = section_read(gate.fd, path, &gate.section, err);
    if (r < 0) {
        close(gate.fd);
        return r;
    }
    gate.native = !gate.section.info;
    gate.path = g_strdup(path);
    *ret = gate;
    return 0;
}

int loader_gate_file(const char *path, struct loader_gate *ret,
                     struct ob_err *err)
{
    struct loader_gate gate;
    int r = gate_open(path, &gate, err);

    if (r < 0)
        return r;
    if (!gate.native)
        r = section_check(&gate.section, path, err);
    if (r < 0)
        loader_gate_clear(&gate);
    else
        *ret = gate;
    return r;
}

static int link_check(const struct loader *l, const struct registry_module *m,
                      const struct loader_gate *gate, struct ob_err *err)
{
    const char *license = gate->section.info->modules[0].license;
    bool away = loader_is_remote(loader_index(l), m, license, ISOLATION_NONE,
                                 NULL);

    return linking_check(loader_linking(l), &gate->section.names, gate->path,
                         away, err);
}

/* The gates of a module on our ABI, behind owner, mode and ELF. */
static int gate_own(const struct loader *l, const struct registry_module *m,
                    const struct loader_gate *gate, struct ob_err *err)
{
    const struct modinfo *own = &gate->section.info->modules[0];
    int r = 0;

    if (m->native)
        return err_set(err, -ESTALE,
                       "%s: is no longer a native QEMU module; start again",
                       gate->path);
    r = modinfo_agree(&m->info, own, gate->path, loader_index(l), err);
    if (r == 0)
        r = section_check(&gate->section, gate->path, err);
    if (r == 0)
        r = loader_check_deps(l, m, false, err);
    if (r == 0)
        r = loader_check_wish(loader_index(l), m, own->license, gate->path,
                              err);
    return r < 0 ? r : link_check(l, m, gate, err);
}

int loader_gate(const struct loader *l, const struct registry_module *m,
                struct loader_gate *ret, struct ob_err *err)
{
    struct loader_gate gate;
    char *path;
    int r;

    if (m->info.command)
        return err_set(err, -ENOTSUP,
                       "%s:%u:%u: module \"%s\" is a program (\"command\"), "
                       "which no code can be opened of",
                       m->info.path, m->info.line, m->info.col,
                       m->info.short_name);
    r = loader_find(l, m, &path, err);
    if (r < 0)
        return r;
    r = gate_open(path, &gate, err);
    g_free(path);
    if (r < 0)
        return r;
    r = gate.native ? loader_gate_native(l, m, &gate, err)
                    : gate_own(l, m, &gate, err);
    if (r < 0)
        loader_gate_clear(&gate);
    else
        *ret = gate;
    return r;
}

bool loader_is_native(const char *path)
{
    int fd, r = file_open(path, FILE_ANY, &fd, NULL);
    bool native;

    if (r < 0)
        return false;
    native = section_is_missing(fd);
    close(fd);
    return native;
}

int loader_gate_fd(int fd, const char *path, struct section *ret,
                   struct ob_err *err)
{
    struct section section;
    int r = section_read(fd, path, &section, err);

    if (r < 0)
        return r;
    if (!section.info)
        r = err_set(err, -ENOTSUP,
                    "%s: a native QEMU module, which cannot run in a process "
                    "of its own",
                    path);
    else
        r = section_check(&section, path, err);
    if (r == 0)
        r = linking_check_exports(&section.names, path, err);
    if (r < 0)
        section_clear(&section);
    else
        *ret = section;
    return r;
}

void loader_gate_clear(struct loader_gate *gate)
{
    if (gate->fd > 0)
        close(gate->fd);
    g_free(gate->path);
    section_clear(&gate->section);
    memset(gate, 0, sizeof(*gate));
}
