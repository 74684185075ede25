/* SPDX-License-Identifier: MIT */
/* Between the files of src/loader. */
#ifndef LOADER_PRIVATE_H
#define LOADER_PRIVATE_H

#include "loader/loader.h"

/* The index that the loader was made for. */
const struct index *loader_index(const struct loader *l);

#endif
