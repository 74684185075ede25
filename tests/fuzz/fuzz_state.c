/* SPDX-License-Identifier: MIT */
/*
 * Saved state from a hostile snapshot: refused whole, with one line, or taken,
 * and then what is saved comes back the same.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "../unit/declared.h"
#include "../unit/state_dev.h"
#include "device/device.h"

static void irq_set(void *port, uint32_t n, bool level)
{
    (void)port;
    (void)n;
    (void)level;
}

static void timer_arm(void *port, uint32_t n, uint64_t deadline_ns)
{
    (void)port;
    if (n >= 2 || deadline_ns > INT64_MAX)
        abort();
}

static void timer_cancel(void *port, uint32_t n)
{
    (void)port;
    if (n >= 2)
        abort();
}

static uint32_t logs_wanted(void *port)
{
    (void)port;
    return HOST_LOG_BIT(HOST_LOG_MISTAKE);
}

/* Whatever a snapshot says, this model makes no mistake. */
static void log_line(void *port, uint32_t kind, const char *line)
{
    (void)port, (void)kind, (void)line;
    abort();
}

static const struct host_ops ops = {
    .irq_set = irq_set, .timer_arm = timer_arm, .timer_cancel = timer_cancel,
    .log = log_line, .logs_wanted = logs_wanted,
};
static const struct ob_device_type type = { STATE_DEV_TYPE };

static bool same(const GByteArray *a, const GByteArray *b)
{
    return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static void check_again(struct device *d, const GByteArray *saved)
{
    GByteArray *again;

    if (device_restore(d, saved->data, saved->len, NULL))
        abort();
    again = device_save(d);
    if (!same(saved, again))
        abort();
    g_byte_array_free(again, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct device_decl *decl = declared(&type);
    struct device *d = device_new(decl, "x", &ops, NULL);
    struct ob_err err = { 0 };
    GByteArray *before, *after;
    int ret;

    if (device_create(d, NULL))
        abort();
    device_reset(d, OB_RESET_COLD);
    before = device_save(d);
    ret = device_restore(d, data, size, &err);
    after = device_save(d);
    if ((ret < 0) != (err.text[0] != 0) || strchr(err.text, '\n'))
        abort();
    if (ret < 0 && !same(before, after))
        abort();
    check_again(d, after);
    g_byte_array_free(before, TRUE);
    g_byte_array_free(after, TRUE);
    device_free(d);
    device_decl_free(decl);
    return 0;
}
