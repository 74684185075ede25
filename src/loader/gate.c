/* SPDX-License-Identifier: MIT */
/* The gates that a module's file passes before its code is loaded. */
#include "loader/loader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/abi.h"
#include "base/file.h"
#include "loader/linking.h"
#include "loader/loader_int.h"
#include "loader/spdx.h"

/* Too old and too new need different answers: rebuild, or update Outboard. */
static int abi_check(const struct modinfo *info, const char *path,
                     struct ob_err *err)
{
    if (abi_fits(info->abi_major, info->abi_minor))
        return 0;
    if (info->abi_major != OB_ABI_MAJOR || info->abi_minor < OB_ABI_MINOR)
        return err_set(err, -EPROTO,
                       "%s: built for ABI %u.%u, and this Outboard has %d.%d; "
                       "rebuild the module with its headers",
                       path, info->abi_major, info->abi_minor, OB_ABI_MAJOR,
                       OB_ABI_MINOR);
    return err_set(err, -EPROTO,
                   "%s: needs ABI %u.%u, and this Outboard has %d.%d; "
                   "install a newer Outboard",
                   path, info->abi_major, info->abi_minor, OB_ABI_MAJOR,
                   OB_ABI_MINOR);
}

/* Which licence it is decides where the module runs: place.c. */
static int licence_check(const struct modinfo *info, const char *path,
                         struct ob_err *err)
{
    int ret;

    if (!info->license)
        return err_set(err, -EPERM,
                       "%s: names no licence; add OB_MODINFO(\"license\", "
                       "\"...\") with an SPDX expression",
                       path);
    ret = spdx_check(info->license, path, NULL);
    return ret == -EPERM ? 0
           : ret < 0     ? spdx_check(info->license, path, err)
                         : 0;
}

/* What can be told from the section: entry symbol, ABI, licence. */
static int section_check(const struct section *s, const char *path,
                         struct ob_err *err)
{
    const struct modinfo *info = &s->info->modules[0];
    int ret;

    if (!s->entry)
        return err_set(err, -ENOEXEC,
                       "%s: exports no symbol %s; declare it with OB_MODULE",
                       path, OB_MODULE_SYMBOL_NAME);
    ret = abi_check(info, path, err);
    if (ret == 0)
        ret = licence_check(info, path, err);
    return ret < 0 ? ret : loader_check_isolation(info, err);
}

/*
 * Owner, mode and ELF: what is asked of every file, native or ours. The file is
 * opened once and this descriptor stays: another process cannot put another
 * file at the path between the check and the load.
 */
static int gate_open(const char *path, struct loader_gate *ret_gate,
                     struct ob_err *err)
{
    struct loader_gate gate = { .fd = -1 };
    int ret = file_open(path, FILE_TRUSTED, &gate.fd, err);

    if (ret < 0)
        return ret;
    ret = section_read(gate.fd, path, &gate.section, err);
    if (ret < 0) {
        close(gate.fd);
        return ret;
    }
    gate.native = !gate.section.info;
    gate.path = g_strdup(path);
    *ret_gate = gate;
    return 0;
}

int loader_gate_file(const char *path, struct loader_gate *ret_gate,
                     struct ob_err *err)
{
    struct loader_gate gate;
    int ret = gate_open(path, &gate, err);

    if (ret < 0)
        return ret;
    if (!gate.native)
        ret = section_check(&gate.section, path, err);
    if (ret < 0)
        loader_gate_clear(&gate);
    else
        *ret_gate = gate;
    return ret;
}

/*
 * A missing library or name would make dlopen() fail with a message that names
 * no module. In a process of its own a module sees fewer directories.
 */
static int link_check(const struct loader *l, const struct registry_module *m,
                      const struct loader_gate *gate, struct ob_err *err)
{
    const char *license = gate->section.info->modules[0].license;
    bool remote = loader_is_remote(l->session, m, license, ISOLATION_NONE,
                                   NULL);

    return linking_check(l->link, &gate->section.names, gate->path, remote,
                         err);
}

/* The gates of a module on our ABI, behind owner, mode and ELF. */
static int gate_own(const struct loader *l, const struct registry_module *m,
                    const struct loader_gate *gate, struct ob_err *err)
{
    const struct modinfo *own = &gate->section.info->modules[0];
    int ret = 0;

    if (m->native)
        return err_set(err, -ESTALE,
                       "%s: is no longer a native QEMU module; start again",
                       gate->path);
    ret = modinfo_agree(&m->info, own, gate->path, l->session->registry, err);
    if (ret == 0)
        ret = section_check(&gate->section, gate->path, err);
    if (ret == 0)
        ret = loader_check_deps(l, m, false, err);
    if (ret == 0)
        ret = loader_check_wish(l->session, m, own->license, gate->path, err);
    return ret < 0 ? ret : link_check(l, m, gate, err);
}

int loader_gate(const struct loader *l, const struct registry_module *m,
                struct loader_gate *ret_gate, struct ob_err *err)
{
    struct loader_gate gate;
    char *path;
    int ret;

    if (m->info.command)
        return err_set(err, -ENOTSUP,
                       "%s:%u:%u: module \"%s\" is a program (\"command\"), "
                       "which no code can be opened of",
                       m->info.path, m->info.line, m->info.col,
                       m->info.short_name);
    ret = loader_find(l, m, &path, err);
    if (ret < 0)
        return ret;
    ret = gate_open(path, &gate, err);
    g_free(path);
    if (ret < 0)
        return ret;
    ret = gate.native ? loader_gate_native(l, m, &gate, err)
                      : gate_own(l, m, &gate, err);
    if (ret < 0)
        loader_gate_clear(&gate);
    else
        *ret_gate = gate;
    return ret;
}

int loader_gate_native_file(const struct loader *l, const char *path,
                            struct loader_gate *ret_gate, struct ob_err *err)
{
    struct loader_gate gate;
    int ret = loader_gate_file(path, &gate, err);

    if (ret < 0)
        return ret;
    ret = gate.native ? loader_check_fit(l, &gate, err)
                      : err_set(err, -ESTALE,
                                "%s: is no longer a native QEMU module; start "
                                "again",
                                path);
    if (ret < 0)
        loader_gate_clear(&gate);
    else
        *ret_gate = gate;
    return ret;
}

bool loader_is_native(const char *path)
{
    int fd, ret = file_open(path, FILE_ANY, &fd, NULL);
    bool native;

    if (ret < 0)
        return false;
    native = section_is_missing(fd);
    close(fd);
    return native;
}

int loader_gate_fd(int fd, const char *path, struct section *ret_section,
                   struct ob_err *err)
{
    struct section section;
    int ret = section_read(fd, path, &section, err);

    if (ret < 0)
        return ret;
    if (!section.info)
        ret = err_set(
            err, -ENOTSUP,
            "%s: a native QEMU module, which cannot run in a process "
            "of its own",
            path);
    else
        ret = section_check(&section, path, err);
    if (ret == 0)
        ret = linking_check_exports(&section.names, path, err);
    if (ret < 0)
        section_clear(&section);
    else
        *ret_section = section;
    return ret;
}

void loader_gate_clear(struct loader_gate *gate)
{
    if (gate->fd > 0)
        close(gate->fd);
    g_free(gate->path);
    section_clear(&gate->section);
    memset(gate, 0, sizeof(*gate));
}
