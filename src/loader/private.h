/* SPDX-License-Identifier: MIT */
/* Between the files of src/loader. */
#ifndef LOADER_PRIVATE_H
#define LOADER_PRIVATE_H

#include "loader/loader.h"

/* The index that the loader was made for. */
const struct index *loader_index(const struct loader *l);

/* The directory of a module's JSON file, g_free(); NULL if it has none. */
char *loader_json_dir(const struct index *ix, const struct index_module *m);

#endif
