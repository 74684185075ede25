/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends an event of Outboard's own to QMP. QEMU's list of events is closed, but
 * QEMU sends the dictionary that it gets. The event's number only decides how
 * often QEMU may send it, and QEMU never delays number 0 (SHUTDOWN, in 7.2 to
 * 11.1).
 */
#include "base/json_write.h"
#include "bridge/qemu/symbols.h"
#include "bridge/remote/event.h"

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
    /*
     * QEMU's macros for references are inline, so this holder releases what it
     * holds when the next event replaces it.
     */
    static struct QDict *holder;
    char *text = data_text(path, module, reason, action);
    struct QObject *data = q.qobject_from_json(text, NULL);
    struct QDict *event;

    g_free(text);
    if (!data)
        return;
    if (!holder)
        holder = q.qdict_new();
    event = q.qmp_event_build_dict("OUTBOARD_MODEL_GONE");
    q.qdict_put_obj(event, "data", data);
    q.qdict_put_obj(holder, HELD, (struct QObject *)event);
    q.qapi_event_emit(EVENT_NUMBER, event);
    q.qdict_del(holder, HELD);
}
