/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads a program for a bare CPU of any kind with QEMU's device "loader", which
 * knows the target's byte order and sends the CPU to the program at each reset.
 */
#include <errno.h>
#include <glib.h>
#include <stdlib.h>

#include "bridge/machines/boot.h"
#include "bridge/qemu/symbols.h"

/* The CPU's index among QEMU's CPUs; -1 if the part is not a CPU. */
static int cpu_number(const struct board_part *cpu)
{
    struct Object *obj;

    for (int i = 0; (obj = q.qemu_get_cpu(i)); i++)
        if (obj == cpu->obj)
            return i;
    return -1;
}

/*
 * The bridge reads the file before QEMU does, because only a raw file needs an
 * address and has a limit.
 */
static int is_elf(const char *path, bool *ret_is_elf, size_t *ret_len,
                  struct ob_err *err)
{
    struct image im = { NULL, 0 };
    int ret = image_read("-kernel", path, &im, err);

    if (ret < 0)
        return ret;
    *ret_is_elf = image_is_elf(&im);
    *ret_len = im.len;
    free(im.bytes);
    return 0;
}

static bool loader_set(const struct boot *boot, struct Object *loader,
                       const char *path, int cpu, bool raw, struct Error **why)
{
    return q.object_property_set_str(loader, "file", path, why) &&
           q.object_property_set_uint(loader, "cpu-num", (uint64_t)cpu, why) &&
           (!raw ||
            (q.object_property_set_uint(loader, "addr", boot->plan->kernel_at,
                                        why) &&
             q.object_property_set_bool(loader, "force-raw", true, why)));
}

static int load(struct boot *boot, const char *path, int cpu, bool raw,
                struct ob_err *err)
{
    struct board_part part = { .name = "loader" };
    struct Error *why = NULL;

    if (!q.object_class_by_name("loader"))
        return err_set(err, -ENOTSUP,
                       "-kernel: this QEMU has no \"loader\"; use one that "
                       "has, or leave -kernel out");
    part.obj = q.object_new("loader");
    q.object_property_add_child(boot->b->machine, "boot-loader", part.obj);
    q.object_unref(part.obj);
    if (loader_set(boot, part.obj, path, cpu, raw, &why) &&
        q.qdev_realize((struct DeviceState *)part.obj, NULL, &why))
        return 0;
    return err_prefix(err, board_qemu_error(why, &part, err), "-kernel: %s",
                      path);
}

int boot_bare(struct boot *boot, const struct board_part *cpu,
              const char *kernel, struct ob_err *err)
{
    int number = cpu_number(cpu), ret;
    bool elf;
    size_t len;

    if (!kernel)
        return 0;
    if (number < 0)
        return err_set(err, -EINVAL,
                       "\"boot\": part \"%s\" (%s) is not a CPU; name the one "
                       "that starts",
                       cpu->name, q.object_get_typename(cpu->obj));
    ret = is_elf(kernel, &elf, &len, err);
    if (ret < 0)
        return ret;
    if (!elf && len > boot->plan->kernel_room)
        return boot_too_long("-kernel", kernel, len, boot->plan->kernel_room,
                             err);
    return load(boot, kernel, number, !elf, err);
}
