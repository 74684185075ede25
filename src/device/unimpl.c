/* SPDX-License-Identifier: MIT */
/*
 * Shows the user the first use of each feature that a model lacks, whatever
 * kinds of log lines the user wants: a guest that reads 0 from a missing
 * feature may take this for success.
 *
 * Lines that differ in their numbers alone are about one feature: "channel 3
 * waits for request 20" and "channel 4 waits for request 21". Accesses that
 * no register covers (HOST_LOG_HOLE) are not counted: drivers probe.
 */
#include "device/core.h"

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

static bool feature_is_new(struct device *d, const char *text)
{
    uint64_t hash = feature_hash(text);

    if (d->n_features >= DEVICE_FEATURES_MAX)
        return false;
    for (uint32_t n = 0; n < d->n_features; n++)
        if (d->features[n] == hash)
            return false;
    d->features[d->n_features++] = hash;
    return true;
}

bool device_unimpl_wanted(struct device *d)
{
    return (d->n_features < DEVICE_FEATURES_MAX &&
            device_log_wanted(d, HOST_LOG_FIRST)) ||
           device_log_wanted(d, OB_LOG_UNIMPL);
}

void device_unimplf(struct device *d, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    g_vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (feature_is_new(d, text) && device_log_wanted(d, HOST_LOG_FIRST))
        device_logf(d, HOST_LOG_FIRST, "%s", text);
    else if (device_log_wanted(d, OB_LOG_UNIMPL))
        device_logf(d, OB_LOG_UNIMPL, "%s", text);
}
