/* SPDX-License-Identifier: MIT */
/* Where a module runs: in QEMU's process, or in one of its own. */
#include <errno.h>
#include <string.h>

#include "loader/loader.h"
#include "loader/spdx.h"

static const char *asked(const struct index *ix, const char *short_name)
{
    const struct index_note *notes;
    uint32_t i, n;

    notes = index_notes(ix, &n);
    for (i = 0; i < n; i++) {
        if (strcmp(notes[i].key, LOADER_NOTE_ISOLATE) != 0)
            continue;
        if (strcmp(notes[i].value, "all") == 0)
            return "--isolate=all";
        if (strcmp(notes[i].value, short_name) == 0)
            return "asked for by name";
    }
    return NULL;
}

bool loader_is_away(const struct index *ix, const struct index_module *m,
                    const char *license, const char **ret_why)
{
    const char *why = asked(ix, m->info.short_name), *dropped;

    if (!ret_why)
        ret_why = &dropped;
    if (!m->info.n_objs) {
        *ret_why = "it holds no device types";
        return false;
    }
    if (!license)
        license = m->info.license;
    if (license && spdx_check(license, "", NULL) == -EPERM)
        why = "its licence cannot be combined with QEMU's";
    *ret_why = why ? why : license ? "its licence allows it"
                                   : "if its licence allows it";
    return why != NULL;
}
