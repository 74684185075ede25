/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads the files of -kernel, -bios, -initrd and -dtb as the board's "boot"
 * says, and resets the CPUs with the machine.
 */
#include "bridge/machines/boot.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/units.h"
#include "bridge/guard/guard.h"
#include "bridge/machines/machine_type.h"
#include "bridge/process/arguments.h"
#include "bridge/qemu/symbols.h"

enum { EM_ARM = 40, EM_AARCH64 = 183 };
enum { IMAGE_HEAD = 64, IMAGE_TEXT_OFFSET = 8, IMAGE_SIZE = 16,
       IMAGE_MAGIC = 56 };
#define IMAGE_OLD_OFFSET 0x80000u   /* for kernels that state no size */

/* --- cortex-m ------------------------------------------------------------- */

/* Options that load a program themselves, or keep the CPU from fetching it. */
static bool runs_otherwise(const char *option, const char *value)
{
    static const char *const holds[] = { "S", "incoming", "loadvm", "qtest",
                                         "preconfig", "readconfig" };

    for (unsigned i = 0; i < G_N_ELEMENTS(holds); i++)
        if (arguments_option_is(option, holds[i]))
            return true;
    if (!value)
        return false;
    return (arguments_option_is(option, "device") &&
            strstr(value, "loader")) ||
           strstr(value, "qtest");
}

/*
 * A Cortex-M that finds no vector table locks up at reset, and QEMU then dumps
 * the registers and calls abort(). Report the missing program instead.
 */
static int program_check(const struct boot *boot, struct ob_err *err)
{
    char *const *args = arguments_all();

    for (int i = 0; args[i]; i++)
        if (runs_otherwise(args[i], args[i + 1]))
            return 0;
    return err_set(err, -ENOENT,
                   "board %s has no program to run; give it one with -kernel "
                   "or -device loader, or -S to wait for gdb",
                   boot->b->m->board->head.name);
}

static int boot_cortex_m(struct boot *boot, const char *path,
                         struct ob_err *err)
{
    struct image im = { NULL, 0 };
    int ret;

    if (!path)
        return program_check(boot, err);
    ret = image_read("-kernel", path, &im, err);
    if (ret == 0)
        ret = image_is_elf(&im)
                  ? boot_load_elf("-kernel", path, EM_ARM, boot, err)
                  : boot_load_raw("-kernel", path, &im, boot->plan->kernel_at,
                                  boot->plan->kernel_room, boot, err);
    free(im.bytes);
    return ret;
}

/* --- linux-arm64 ---------------------------------------------------------- */

static bool is_arm64_image(const struct image *im)
{
    return im->len >= IMAGE_HEAD &&
           memcmp(im->bytes + IMAGE_MAGIC, "ARM\x64", 4) == 0;
}

/*
 * A kernel needs more RAM than its file has bytes: its header gives the size.
 */
static int arm64_image_load(struct boot *boot, const char *path,
                            const struct image *im, struct ob_err *err)
{
    uint64_t offset = image_word(im, IMAGE_TEXT_OFFSET);
    uint64_t bytes = image_word(im, IMAGE_SIZE);
    int ret;

    if (bytes == 0)
        offset = IMAGE_OLD_OFFSET;
    if (offset > 0x200000 || bytes > FILE_MAX)
        return err_set(err, -EINVAL,
                       "-kernel: %s: an arm64 Image with an "
                       "impossible head (offset 0x%" PRIx64 ", size 0x%" PRIx64
                       "); name an undamaged one",
                       path, offset, bytes);
    ret = boot_load_raw("-kernel", path, im, boot->plan->kernel_base + offset,
                        0, boot, err);
    if (boot->entry + bytes > boot->end)
        boot->end = boot->entry + bytes;
    return ret;
}

static int kernel_load(struct boot *boot, const char *path, struct ob_err *err)
{
    struct image im = { NULL, 0 };
    uint64_t at;
    int ret = image_read("-kernel", path, &im, err);

    if (ret == 0)
        ret = image_unpack(path, &im, err);
    if (ret == 0) {
        if (image_is_elf(&im))
            ret = boot_load_elf("-kernel", path, EM_AARCH64, boot, err);
        else if (is_arm64_image(&im))
            ret = arm64_image_load(boot, path, &im, err);
        else
            ret = boot_load_raw("-kernel", path, &im, boot->plan->kernel_at,
                                boot->plan->kernel_room, boot, err);
    }
    free(im.bytes);
    at = boot->entry;
    if (ret == 0 && at < boot->end)
        ret = boot_in_ram(boot, "-kernel", at, boot->end, err);
    return ret;
}

static int bios_load(struct boot *boot, const char *name, struct ob_err *err)
{
    char *path = q.qemu_find_file(0, name);
    struct image im = { NULL, 0 };
    int ret;

    if (boot->plan->bios_room == 0) {
        free(path);
        return err_set(err, -ENOTSUP,
                       "-bios: this board takes none (%s); use -kernel", name);
    }
    ret = image_read("-bios", path ? path : name, &im, err);
    if (ret == 0)
        ret = boot_load_raw("-bios", name, &im, boot->plan->bios_at,
                            boot->plan->bios_room, boot, err);
    free(im.bytes);
    g_free(path);
    return ret;
}

static int start_add(const struct boot *boot, const struct plan *plan,
                     bool as_reset, struct ob_err *err)
{
    uint32_t *code;
    uint32_t bytes;
    int ret = board_start_code(plan, boot->entry, boot->dtb_at, as_reset,
                               &code, &bytes, err);

    if (ret < 0)
        return ret;
    boot_add_start(boot, code, bytes);
    free(code);
    return 0;
}

/* Without a file the CPUs start at what -device loader puts there. */
static int boot_linux_arm64(struct boot *boot, const struct plan *plan,
                            const char *kernel, const char *bios,
                            struct ob_err *err)
{
    int ret = 0;

    if (!kernel && !bios)
        return 0;
    if (kernel)
        ret = kernel_load(boot, kernel, err);
    if (ret == 0)
        ret = boot_load_initrd(boot, err);
    if (ret == 0)
        ret = boot_load_dtb(boot, err);
    if (ret == 0 && bios)
        ret = bios_load(boot, bios, err);
    return ret == 0 ? start_add(boot, plan, bios, err) : ret;
}

/* --- all boards ----------------------------------------------------------- */

static void cpu_reset(void *opaque)
{
    q.cpu_reset(opaque);
}

/* QEMU resets the devices on the system bus, and CPUs are not on it. */
static void cpus_reset_with_machine(void)
{
    struct Object *cpu;

    for (int i = 0; (cpu = q.qemu_get_cpu(i)); i++)
        q.qemu_register_reset(cpu_reset, cpu);
}

static int boot_kind(struct boot *boot, const struct plan *plan,
                     void *const *parts, const char *kernel, const char *bios,
                     struct ob_err *err)
{
    switch (plan->boot.kind) {
    case PLAN_BOOT_BARE:
        if (bios)
            return bios_load(boot, bios, err);
        return boot_bare(boot, parts[plan->boot.cpu], kernel, err);
    case PLAN_BOOT_CORTEX_M:
        if (bios)
            return bios_load(boot, bios, err);
        return boot_cortex_m(boot, kernel, err);
    case PLAN_BOOT_LINUX_ARM64:
        return boot_linux_arm64(boot, plan, kernel, bios, err);
    case PLAN_BOOT_LINUX_RISCV64:
        return boot_linux_riscv64(boot, plan, kernel, bios, err);
    case PLAN_BOOT_NONE: break;
    }
    if (kernel || bios)
        return err_set(err, -ENOTSUP,
                       "%s: board %s does not say how it boots (%s); give it "
                       "a \"boot\", or use -device loader",
                       kernel ? "-kernel" : "-bios", plan->board,
                       kernel ? kernel : bios);
    return 0;
}

/*
 * Refuse options for Linux on other boards. A semihosted program may use
 * -append.
 */
static int linux_only(const struct boot *boot, struct ob_err *err)
{
    static const char *const options[] = { "initrd", "dtb" };
    int ret = 0;

    for (unsigned i = 0; ret == 0 && i < G_N_ELEMENTS(options); i++) {
        char *path = machine_text(boot->b->m, options[i]);

        if (path)
            ret = err_set(err, -ENOTSUP,
                          "-%s: this board takes none (%s); leave it out",
                          options[i], path);
        g_free(path);
    }
    return ret;
}

int board_boot(void *m, const struct plan *plan, void *const *parts,
               struct ob_err *err)
{
    struct boot boot = { .b = m, .plan = &plan->boot };
    char *kernel = machine_text(boot.b->m, "kernel");
    char *bios = machine_text(boot.b->m, "firmware");
    bool is_linux = plan->boot.kind == PLAN_BOOT_LINUX_ARM64 ||
                    plan->boot.kind == PLAN_BOOT_LINUX_RISCV64;
    int ret = is_linux ? 0 : linux_only(&boot, err);

    guard_between();
    cpus_reset_with_machine();
    if (ret == 0)
        ret = boot_kind(&boot, plan, parts, kernel, bios, err);
    g_free(kernel);
    g_free(bios);
    return ret;
}
