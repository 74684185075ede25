/* SPDX-License-Identifier: MIT */
/*
 * Compiles the shared objects that the loader's tests look at, in a scratch
 * directory of the test program. OB_CC is the compiler of the build.
 */
#ifndef TESTS_COMPILED_H
#define TESTS_COMPILED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <stdlib.h>
#include <sys/stat.h>

static char scratch[] = "/tmp/outboard-test-XXXXXX";

/* Make the directory. Files that others may write would be refused. */
static inline int scratch_make(void **state)
{
    (void)state;
    umask(022);
    return g_mkdtemp(scratch) ? 0 : -1;
}

/* Remove it with everything in it. */
static inline int scratch_remove(void **state)
{
    char *command = g_strdup_printf("rm -rf %s", scratch);
    int ret = system(command);

    (void)state;
    g_free(command);
    return ret;
}

/*
 * Compile `source` to the shared object `out` in the scratch directory, which
 * is the compiler's own directory. `words` are more arguments for it.
 */
static inline void scratch_compile(const char *out, const char *source,
                                   const char *words)
{
    const char *compiler = g_getenv("OB_CC");
    char *file = g_build_filename(scratch, "in.c", NULL);
    char *command = g_strdup_printf(
        "cd %s && mkdir -p $(dirname %s) && %s -shared -fPIC -o %s in.c %s",
        scratch, out, compiler ? compiler : "cc", out, words);

    assert_true(g_file_set_contents(file, source, -1, NULL));
    assert_int_equal(system(command), 0);
    g_free(command);
    g_free(file);
}

#endif
