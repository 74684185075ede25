/* SPDX-License-Identifier: MIT */
/*
 * A fixture: each test leaves as many open descriptors and mappings of
 * files as it found. AddressSanitizer's build checks the memory.
 * Write UNIT_TEST(test) in place of cmocka_unit_test(test).
 */
#ifndef GIVEN_BACK_H
#define GIVEN_BACK_H

#include <dirent.h>
#include <stdio.h>
#include <string.h>

struct given_back {
    unsigned descriptors, mappings;
};

static struct given_back given_back_before;

static inline unsigned given_back_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;

    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

/* Of files and shared memory; those of libraries, and what libc maps, stay. */
static inline unsigned given_back_mappings(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[4096];
    unsigned n = 0;

    while (f && fgets(line, sizeof(line), f))
        if (strchr(line, '/') && !strstr(line, ".so") &&
            !strstr(line, "/usr/lib/"))
            n++;
    if (f)
        fclose(f);
    return n;
}

static inline struct given_back given_back_count(void)
{
    return (struct given_back){ given_back_descriptors(),
                                given_back_mappings() };
}

static inline int given_back_start(void **state)
{
    (void)state;
    given_back_before = given_back_count();
    return 0;
}

static inline int given_back_check(void **state)
{
    struct given_back now = given_back_count();

    (void)state;
    if (now.descriptors == given_back_before.descriptors &&
        now.mappings == given_back_before.mappings)
        return 0;
    print_error("%u descriptors and %u mappings, %u and %u before\n",
                now.descriptors, now.mappings, given_back_before.descriptors,
                given_back_before.mappings);
    return -1;
}

#define UNIT_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, given_back_start, given_back_check)

#endif
