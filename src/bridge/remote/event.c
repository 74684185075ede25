/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event of our own for QMP. QEMU's list of events is closed, but an event
 * is sent as the dictionary says; its number decides only how often one may
 * come, and 0 (SHUTDOWN, in every version) is never held back.
 */
#include "base/json_write.h"
#include "bridge/qemu/symbols.h"
#include "bridge/remote/crash.h"

#include <glib.h>

enum { EVENT_NUMBER = 0 };

#define HELD "event"

static char *data_text(const char *path, const char *module,
                       const char *reason, const char *action)
{
    struct json_writer *w = json_writer_new();

    json_put_object(w, NULL);
    json_put_str(w, "path", path);
    json_put_str(w, "module", module);
    json_put_str(w, "reason", reason);
    json_put_str(w, "action", action);
    json_put_end(w);
    return json_writer_done(w);
}

void event_model_gone(const char *path, const char *module, const char *reason,
                      const char *action)
{
    /* What it holds is released when it lets go: references are inline. */
    static struct QDict *holder;
    char *text = data_text(path, module, reason, action);
    struct QObject *data = q.qobject_from_json(text, NULL);
    struct QDict *event;

    g_free(text);
    if (data == NULL)
        return;
    if (holder == NULL)
        holder = q.qdict_new();
    event = q.qmp_event_build_dict("OUTBOARD_MODEL_GONE");
    q.qdict_put_obj(event, "data", data);
    q.qdict_put_obj(holder, HELD, (struct QObject *)event);
    q.qapi_event_emit(EVENT_NUMBER, event);
    q.qdict_del(holder, HELD);
}
