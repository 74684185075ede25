/* SPDX-License-Identifier: MIT */
/* A native module that brings a group of options: -custom level=... */
#include "native.h"

STAMPED

struct opt_desc {
    const char *name;
    int type;                   /* 0: a text, 2: a number */
    const char *help, *def;
};

struct opts_list {
    const char *name, *implied;
    bool merge;
    void *first, *last;
    struct opt_desc desc[3];
};

void qemu_add_opts(struct opts_list *list);

static struct opts_list custom = {
    .name = "custom", .implied = "level", .first = NULL, .last = &custom.first,
    .desc = { { .name = "level", .type = 2 }, { .name = "mode" } },
};

static void opts(void)
{
    qemu_add_opts(&custom);
    native_log("group");
}

TYPE_INIT(opts)
