/* SPDX-License-Identifier: MIT */
/*
 * Reads the dynamic linker's list of libraries, /etc/ld.so.cache, which
 * ldconfig(8) writes. One thread.
 */
#ifndef LOADER_LD_CACHE_H
#define LOADER_LD_CACHE_H

#include <stddef.h>

struct ld_cache;

/* Never NULL: what cannot be read or understood is an empty list. */
struct ld_cache *ld_cache_open(void);
/* The same of bytes that are copied; for tests. */
struct ld_cache *ld_cache_of(const char *data, size_t len);
void ld_cache_free(struct ld_cache *c);

/*
 * The next path for the library `name` from place *at on, which moves; start
 * with 0. NULL: there is no other. Paths may be for other machines.
 */
const char *ld_cache_next(const struct ld_cache *c, const char *name,
                          size_t *at);

#endif
