/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps what the self-check found, and ends or refuses searches. */
#include <errno.h>
#include <stdio.h>

#include "bridge/qemu/layout_scan.h"

struct layout layout;

/*
 * The doctor prints the rows in this order, which is the order of the
 * self-check.
 */
static const struct layout_row rows[] = {
#define L(field, name, how) { name, how, offsetof(struct layout, field) },
#include "bridge/qemu/layout.def"
#undef L
};

const struct layout_row *layout_rows(unsigned *ret_count)
{
    *ret_count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

size_t layout_value(const struct layout_row *row)
{
    return slot64(&layout, row->at);
}

/*
 * A refusal may come before all functions are bound, so the bridge tests each
 * pointer first. The version alone does not identify a build: 7.2.6 and 7.2.8
 * changed layouts, and distributions apply patches.
 */
const char *layout_identity(void)
{
    static char text[256];
    struct QObject *ret = NULL;
    struct QDict *numbers = NULL;
    const char *package = NULL;
    const char *id = symbols_program()->build_id;

    if (q.qmp_marshal_query_version && q.qdict_new && q.qdict_get_qdict)
        q.qmp_marshal_query_version(q.qdict_new(), &ret, NULL);
    if (!ret) {
        snprintf(text, sizeof(text), "QEMU of unknown version, build-id %s",
                 id[0] != '\0' ? id : "unknown");
        return text;
    }
    numbers = q.qdict_get_qdict((struct QDict *)ret, "qemu");
    package = q.qdict_get_try_str((struct QDict *)ret, "package");
    snprintf(text, sizeof(text), "QEMU %d.%d.%d%s%s%s, build-id %s",
             (int)q.qdict_get_try_int(numbers, "major", 0),
             (int)q.qdict_get_try_int(numbers, "minor", 0),
             (int)q.qdict_get_try_int(numbers, "micro", 0),
             package && *package ? " (" : "", package ? package : "",
             package && *package ? ")" : "", id[0] != '\0' ? id : "unknown");
    return text;
}

/*
 * The self-check changes only scratch objects and registers only abstract
 * types, so the text may say that the bridge changed nothing.
 */
int scan_refuse(const char *item, size_t seen, const char *want,
                struct ob_err *err)
{
    return err_set(err, -ENOTSUP,
                   "self-check: %s: %zu where %s was expected, in %s; this "
                   "QEMU differs from all that the bridge knows, nothing was "
                   "changed; run it without outboard, or update outboard",
                   item, seen, want, layout_identity());
}

/*
 * Two candidates are as bad as none. With a wrong offset the bridge would
 * overwrite other data of QEMU.
 */
int scan_end(const struct scan *s, size_t *ret, struct ob_err *err)
{
    if (s->hits != 1)
        return scan_refuse(s->item, s->hits, "one candidate", err);
    *ret = s->at;
    return 0;
}

/*
 * QEMU returns NULL for an unknown type, and a read through NULL would end
 * QEMU without a message.
 */
struct ObjectClass *scan_class(const char *type, struct ob_err *err)
{
    struct ObjectClass *oc = q.object_class_by_name(type);

    if (!oc)
        scan_refuse(type, 0, "a type", err);
    return oc;
}

/*
 * The class begins with a pointer to QEMU's TypeImpl. The offsets in TypeImpl
 * are valid once the probe types have shown them.
 */
static size_t type_slot(struct ObjectClass *oc, size_t at)
{
    return slot64(((const struct qemu_class_head *)oc)->type, at);
}

size_t layout_class_bytes(struct ObjectClass *oc)
{
    return type_slot(oc, layout.type_class_size);
}

size_t layout_instance_bytes(struct ObjectClass *oc)
{
    return type_slot(oc, layout.type_instance_size);
}
