/* SPDX-License-Identifier: MIT */
/*
 * The declarations of QEMU that these modules use. They are not taken from
 * QEMU's headers, so the modules build where only a QEMU binary is installed.
 * The layouts are the same from 7.2 to 11.1.
 *
 * src/bridge/qemu/qemu.h declares the same type. This file repeats it on
 * purpose: a native module knows nothing of Outboard, and the tests would not
 * notice a wrong layout that both sides share.
 */
#ifndef NATIVE_H
#define NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct Error;
struct Object;
struct ObjectClass;
struct DeviceState;

struct interface_info {
    const char *type;
};

struct type_info {
    const char *name, *parent;
    size_t instance_size, instance_align;
    void (*instance_init)(struct Object *obj);
    void (*instance_post_init)(struct Object *obj);
    void (*instance_finalize)(struct Object *obj);
    bool abstract;
    size_t class_size;
    void (*class_init)(struct ObjectClass *oc, void *data);
    void (*class_base_init)(struct ObjectClass *oc, void *data);
    void *class_data;
    const struct interface_info *interfaces;
};

enum { MODULE_INIT_QOM = 3 };

void register_dso_module_init(void (*fn)(void), int type);
void *type_register_static(const struct type_info *info);

/* The symbol by which QEMU knows its own build's modules: build.sh. */
#define STAMPED void STAMP(void); void STAMP(void) { }

/* Add a line to the file that NATIVE_LOG names, in the order of loading. */
static inline void native_log(const char *line)
{
    const char *path = getenv("NATIVE_LOG");
    FILE *file = path ? fopen(path, "a") : NULL;

    if (!file)
        return;
    fprintf(file, "%s\n", line);
    fclose(file);
}

#define TYPE_INIT(fn) \
    static void __attribute__((constructor)) fn##_enter(void) \
    { \
        register_dso_module_init(fn, MODULE_INIT_QOM); \
    }

#endif
