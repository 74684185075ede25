/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/far.h"

#include <errno.h>
#include <glib.h>

#include "base/units.h"
#include "bridge/bridge.h"
#include "bridge/edge.h"
#include "rig/nursery.h"
#include "rig/remote.h"

#define HOST_FILE "outboard-host"

/* One module's process; lives as long as QEMU. */
struct far {
    struct index_module *module;
    struct rig_remote *remote;
    char *path;
    int pid;
};

static struct nursery *nursery;
static GHashTable *running;         /* struct index_module * -> struct far * */

/* --- the nursery ---------------------------------------------------------- */

/*
 * Might a module be away? One whose JSON names no licence, and which the user
 * named, has it in its section, which is looked at when it is opened.
 */
static bool may_be_away(const struct index *ix)
{
    struct index_module *const *modules;
    uint32_t i, n;

    modules = index_modules(ix, &n);
    for (i = 0; i < n; i++) {
        if (loader_is_away(ix, modules[i], NULL, ISOLATION_NONE, NULL) ||
            (modules[i]->info.license == NULL &&
             modules[i]->origin != INDEX_INSTALLED))
            return true;
    }
    return false;
}

int far_start(const char *library, struct ob_err *err)
{
    char *dir, *path;
    int r;

    if (!may_be_away(bridge_session()->index))
        return 0;
    dir = g_path_get_dirname(library);
    path = g_build_filename(dir, HOST_FILE, NULL);
    r = nursery_new(path, &nursery, err);
    g_free(path);
    g_free(dir);
    return r;
}

/* --- processes ------------------------------------------------------------ */

/* The machine goes on; the user hears of it once, and how it came about. */
static void far_gone(void *opaque, const char *why)
{
    struct far *f = opaque;
    const char *fate = nursery_fate(nursery, f->pid);

    edge_warn("%s: %s%s%s; its parts do nothing from now on, and read as all "
              "ones", f->path, why, fate != NULL ? ", " : "",
              fate != NULL ? fate : "");
}

/* What the user allows, as rig/remote.h has it. */
static uint64_t limit_ns(void)
{
    const char *note = index_note(bridge_session()->index, LOADER_NOTE_LIMIT);
    uint64_t ns = 0;

    if (note == NULL || units_u64(note, &ns) < 0)
        return 0;
    return ns != 0 ? ns : RIG_REMOTE_FOR_EVER;
}

static int far_process(struct far *f, const struct loader_gate *gate,
                       struct ob_err *err)
{
    struct rig_remote_setup setup = {
        .module = gate->fd, .name = f->module->info.name,
        .path = gate->path, .limit_ns = limit_ns(), .gone = far_gone,
        .opaque = f,
    };
    int r;

    if (nursery == NULL)
        return err_set(err, -ENOTSUP, "%s: has to run in a process of its "
                       "own, which was not foreseen; put its \"license\" into "
                       "its modinfo file ('outboard modinfo' does)",
                       gate->path);
    r = nursery_process(nursery, &setup.sock, &f->pid, err);
    return r < 0 ? r : rig_remote_open(&setup, &f->remote, err);
}

static int far_begin(struct index_module *im, const struct loader_gate *gate,
                     struct ob_err *err)
{
    struct far *f = g_new0(struct far, 1);
    int r;

    f->module = im;
    f->path = g_strdup(gate->path);
    r = far_process(f, gate, err);
    if (r < 0) {
        g_free(f->path);
        g_free(f);
        return r;
    }
    if (running == NULL)
        running = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(running, im, f);
    return 0;
}

int far_open(struct loader *l, struct index_module *im,
             const struct ob_module **ret, struct ob_err *err)
{
    const struct index *ix = bridge_session()->index;
    struct loader_gate gate;
    struct far *f = running != NULL ? g_hash_table_lookup(running, im) : NULL;
    int r = 0;

    if (f == NULL) {
        if (im->info.license != NULL &&
            !loader_is_away(ix, im, NULL, ISOLATION_NONE, NULL))
            return 0;
        r = loader_gate(l, im, &gate, err);
        if (r < 0)
            return r;
        if (!loader_is_away(ix, im, gate.section.info->modules[0].license,
                            ISOLATION_NONE, NULL)) {
            loader_gate_clear(&gate);
            return 0;
        }
        r = far_begin(im, &gate, err);
        loader_gate_clear(&gate);
        if (r < 0)
            return r;
        f = g_hash_table_lookup(running, im);
    }
    *ret = rig_remote_module(f->remote);
    return 1;
}
