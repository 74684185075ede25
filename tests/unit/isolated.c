/* SPDX-License-Identifier: MIT */
#include "isolated.h"

#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct nursery *nursery;

static void end(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(1);
}

static const char *setting(const char *name)
{
    const char *value = getenv(name);

    if (!value)
        end(name);
    return value;
}

struct nursery *isolated_nursery(void)
{
    struct ob_err err = { 0 };

    if (!nursery && nursery_new(setting("OB_HOST"), &nursery, &err))
        end(err.text);
    return nursery;
}

struct isolated isolated_open(const char *path, const char *name,
                              uint64_t limit_ns)
{
    struct rig_remote_setup setup = {
        .module = open(path, O_RDONLY | O_CLOEXEC), .name = name,
        .path = path, .limit_ns = limit_ns,
    };
    struct isolated ret;
    struct ob_err err = { 0 };

    if (nursery_process(isolated_nursery(), &setup.sock, &ret.pid, &err) ||
        rig_remote_open(&setup, &ret.remote, &err))
        end(err.text);
    close(setup.module);
    return ret;
}

int isolated_module(struct ob_bench *b, const struct ob_module *m)
{
    static struct isolated all;
    const char *path = setting("OB_MODULE");
    char *name = g_path_get_basename(path);

    *strchr(name, '.') = '\0';
    /* What a test adds itself, such as fakes, stays with it. */
    if (strcmp(m->name, name)) {
        g_free(name);
        return ob_bench_module(b, m);
    }
    if (!all.remote)
        all = isolated_open(path, name, 0);
    g_free(name);
    return ob_bench_module(b, rig_remote_module(all.remote));
}
