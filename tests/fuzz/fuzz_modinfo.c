/* SPDX-License-Identifier: MIT */
/* A modinfo file that is taken must survive being written again. */
#include "fuzz.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "modinfo/modinfo.h"

static void check_written(const struct modinfo_file *file)
{
    char *text = modinfo_write_json(file->modules, file->count);
    struct modinfo_file *again = NULL;

    if (modinfo_parse(text, strlen(text), "y.json", &again, NULL) < 0 ||
        again->count != file->count)
        abort();
    for (uint32_t i = 0; i < file->count; i++)
        if (modinfo_agree(&again->modules[i], &file->modules[i], "y.so", NULL,
                          NULL) < 0)
            abort();
    modinfo_free(again);
    g_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct modinfo_file *file = NULL;
    struct ob_err err = { 0 };
    int r = modinfo_parse((const char *)data, size, "x.json", &file, &err);

    if ((r < 0) != (err.code < 0) || strchr(err.text, '\n'))
        abort();
    if (r == 0)
        check_written(file);
    modinfo_free(file);
    return 0;
}
