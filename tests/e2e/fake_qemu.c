/* SPDX-License-Identifier: MIT */
/*
 * A QEMU that never was: exports what the bridge asks for, laid out as FAKE
 * says, and calls the hook. Ends with 0 if the bridge let it go on.
 *
 *   unlocked    the machine lock is not held
 *   machine     there is a machine already
 *   badtype     a registered type is not a pointer
 *   notype      a registered type holds no sizes
 *   twotypes    it holds each size twice
 *   noclass     sizes are found, but no class of any name
 *   zeroclass   every class is one of zeros
 *   randclass   every class is filled with small odd numbers
 *   sized       the classes have the sizes of 7.2's, and zeros in them
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC visibility push(default)

struct type_info {
    const char *name, *parent;
    size_t instance_size, instance_align;
    void *calls[3];
    bool abstract;
    size_t class_size;
};

void register_module_init(void (*fn)(void), int type);
bool bql_locked(void);
void *type_register_static(const struct type_info *info);
void *object_class_by_name(const char *name);

extern char unassigned_mem_ops[80];
char unassigned_mem_ops[80];
extern void *current_machine[32];
void *current_machine[32];

static void (*hook)(void);
static uintptr_t types[8][16];
static int type_count, class_count;

static bool mode_is(const char *mode)
{
    const char *fake = getenv("FAKE");

    return fake != NULL && strcmp(fake, mode) == 0;
}

void register_module_init(void (*fn)(void), int type)
{
    (void)type;
    hook = fn;
}

bool bql_locked(void)
{
    return !mode_is("unlocked");
}

void *type_register_static(const struct type_info *info)
{
    uintptr_t *t = types[type_count++ % 8];

    if (mode_is("badtype"))
        return (void *)16;
    if (mode_is("notype"))
        return t;
    t[1] = info->class_size;
    t[2] = info->instance_size;
    if (mode_is("twotypes")) {
        t[4] = info->class_size;
        t[5] = info->instance_size;
    }
    return t;
}

/* The type behind a class: its class and instance sizes. */
static const uintptr_t *head_of(const char *name)
{
    static const struct {
        const char *name;
        uintptr_t head[4];
    } sized[] = {
        { "device", { 0, 176, 160, 0 } },
        { "sys-bus-device", { 0, 192, 816, 0 } },
        { "machine", { 0, 352, 344, 0 } },
        { "memory-region", { 0, 112, 272, 0 } },
    };
    static const uintptr_t same[4] = { 0, 1024, 2048, 0 };
    size_t i;

    for (i = 0; i < 4 && mode_is("sized"); i++) {
        if (strcmp(sized[i].name, name) == 0)
            return sized[i].head;
    }
    return same;
}

void *object_class_by_name(const char *name)
{
    static uintptr_t classes[8][1024];
    uintptr_t *oc = classes[class_count++ % 8];
    size_t i;

    if (mode_is("noclass"))
        return NULL;
    for (i = 1; i < 1024; i++)
        oc[i] = mode_is("randclass") ? (i * 2654435761u) % 997 : 0;
    oc[0] = (uintptr_t)head_of(name);
    return oc;
}

int main(void)
{
    if (mode_is("machine"))
        current_machine[0] = current_machine;
    if (hook != NULL)
        hook();
    puts("went on");
    return 0;
}
