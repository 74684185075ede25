/* SPDX-License-Identifier: MIT */
/*
 * A guest asks a model for something that it does not model. The user sees the
 * first line about each feature, whatever kinds of lines are wanted: a guest
 * that reads 0 from a missing feature may take it for success.
 *
 * Lines that differ in their numbers alone are about one feature: "channel 3
 * waits for request 20" and "channel 4 waits for request 21". Accesses that
 * no register covers (RIG_LOG_HOLE) are not counted: drivers probe.
 */
#include "rig/device_int.h"

#include <stdarg.h>
#include <string.h>

/* FNV-1a of the text, with every number in it taken as the same. */
static uint64_t feature_hash(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    while (*text) {
        unsigned char c = (unsigned char)*text;

        if (g_ascii_isdigit(c)) {
            bool hex = text[0] == '0' && text[1] == 'x';

            text += hex ? 2 : 1;
            while (hex ? g_ascii_isxdigit(*text) : g_ascii_isdigit(*text))
                text++;
            c = '#';
        } else {
            text++;
        }
        hash = (hash ^ c) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static bool feature_is_new(struct rig_device *d, const char *text)
{
    uint64_t hash = feature_hash(text);

    if (d->n_features >= RIG_FEATURES_MAX)
        return false;
    for (uint32_t n = 0; n < d->n_features; n++)
        if (d->features[n] == hash)
            return false;
    d->features[d->n_features++] = hash;
    return true;
}

bool rig_unimpl_wanted(struct rig_device *d)
{
    return (d->n_features < RIG_FEATURES_MAX &&
            rig_log_wanted(d, RIG_LOG_FIRST)) ||
           rig_log_wanted(d, OB_LOG_UNIMPL);
}

void rig_unimplf(struct rig_device *d, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    g_vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (feature_is_new(d, text) && rig_log_wanted(d, RIG_LOG_FIRST))
        rig_logf(d, RIG_LOG_FIRST, "%s", text);
    else if (rig_log_wanted(d, OB_LOG_UNIMPL))
        rig_logf(d, OB_LOG_UNIMPL, "%s", text);
}
