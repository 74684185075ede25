/* SPDX-License-Identifier: MIT */
/* A program that exports QEMU's way in, and nothing else of QEMU. */
#include <stdio.h>

void register_module_init(void (*fn)(void), int type)
    __attribute__((visibility("default")));

static void (*hook)(void);

void register_module_init(void (*fn)(void), int type)
{
    (void)type;
    hook = fn;
}

int main(void)
{
    if (hook != NULL)
        hook();
    puts("went on");
    return 0;
}
