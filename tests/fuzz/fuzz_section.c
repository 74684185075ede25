/* SPDX-License-Identifier: MIT */
/* The strings of a section; what is taken becomes JSON that agrees. */
#include "fuzz.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "modinfo/section.h"

static void check_json(const struct modinfo *own)
{
    char *text = modinfo_write_json(own, 1);
    struct modinfo_file *json = NULL;

    if (modinfo_parse(text, strlen(text), "y.json", &json, NULL) < 0 ||
        modinfo_agree(&json->modules[0], own, "y.so", NULL, NULL) < 0)
        abort();
    modinfo_free(json);
    g_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct modinfo_file *file = NULL;
    struct ob_err err = { 0 };
    int r = section_parse((const char *)data, size, "x.so", &file, &err);

    if ((r < 0) != (err.code < 0) || strchr(err.text, '\n'))
        abort();
    if (r == 0)
        check_json(&file->modules[0]);
    modinfo_free(file);
    return 0;
}
