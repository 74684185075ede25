/* SPDX-License-Identifier: MIT */
/* The words of "on-crash": what happens when a part's process ends. */
#include <string.h>

#include "board/plan.h"

static const char *const crash_names[PLAN_CRASH_COUNT] = {
    [PLAN_CRASH_ERROR] = "error", [PLAN_CRASH_STOP] = "stop",
    [PLAN_CRASH_RESTART] = "restart",
};

const char *plan_crash_name(enum plan_crash crash)
{
    return crash_names[crash];
}

int plan_crash_find(const char *name)
{
    for (int n = 0; n < PLAN_CRASH_COUNT; n++)
        if (strcmp(crash_names[n], name) == 0)
            return n;
    return -1;
}
