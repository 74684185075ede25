/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads programs for RISC-V boards: firmware in M mode (OpenSBI's fw_dynamic)
 * that continues in a kernel or U-Boot in S mode. The header of a RISC-V Image
 * is described in Linux Documentation/arch/riscv/boot-image-header.rst.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/machines/boot.h"
#include "bridge/qemu/symbols.h"

enum { EM_RISCV = 243 };
enum { IMAGE_HEAD = 64, IMAGE_TEXT_OFFSET = 8, IMAGE_SIZE = 16,
       IMAGE_MAGIC = 56 };
#define IMAGE_MAX (UINT64_C(512) << 20)

static bool is_riscv_image(const struct image *im)
{
    return im->len >= IMAGE_HEAD &&
           memcmp(im->bytes + IMAGE_MAGIC, "RSC\x05", 4) == 0;
}

/*
 * The offset in the header counts from the start of RAM, and the firmware is
 * there. The board's "image" already is that address. The size is the memory
 * that the kernel needs to run.
 */
static int image_load(struct boot *boot, const char *path,
                      const struct image *im, struct ob_err *err)
{
    uint64_t bytes = image_word(im, IMAGE_SIZE);
    int ret;

    if (bytes > IMAGE_MAX)
        return err_set(err, -EINVAL,
                       "-kernel: %s: a RISC-V Image with an "
                       "impossible head (size 0x%" PRIx64
                       "); name an undamaged one",
                       path, bytes);
    ret = boot_load_raw("-kernel", path, im, boot->plan->kernel_base, 0, boot,
                        err);
    boot->end = MAX(boot->end, boot->entry + bytes);
    return ret;
}

static int kernel_load(struct boot *boot, const char *path, struct ob_err *err)
{
    struct image im = { NULL, 0 };
    int ret = image_read("-kernel", path, &im, err);

    if (ret == 0)
        ret = image_unpack(path, &im, err);
    if (ret == 0) {
        if (image_is_elf(&im))
            ret = boot_load_elf("-kernel", path, EM_RISCV, boot, err);
        else if (is_riscv_image(&im))
            ret = image_load(boot, path, &im, err);
        else
            ret = boot_load_raw("-kernel", path, &im, boot->plan->kernel_at, 0,
                                boot, err);
    }
    free(im.bytes);
    if (ret == 0 && boot->entry < boot->end)
        ret = boot_in_ram(boot, "-kernel", boot->entry, boot->end, err);
    return ret;
}

/* Set *ret to the firmware's start. Leaves the values that -kernel set. */
static int firmware_load(const struct boot *boot, const char *name,
                         uint64_t *ret_entry, struct ob_err *err)
{
    struct boot part = *boot;
    struct image im = { NULL, 0 };
    char *found = q.qemu_find_file(0, name);
    const char *path = found ? found : name;
    int ret = image_read("-bios", path, &im, err);

    if (ret == 0)
        ret = image_is_elf(&im)
                  ? boot_load_elf("-bios", path, EM_RISCV, &part, err)
                  : boot_load_raw("-bios", path, &im, boot->plan->bios_at,
                                  boot->plan->bios_room, &part, err);
    free(im.bytes);
    g_free(found);
    if (ret == 0)
        *ret_entry = part.entry;
    return ret;
}

static int start_add(const struct boot *boot, const struct plan *plan,
                     uint64_t entry, uint64_t next, struct ob_err *err)
{
    uint32_t *code, bytes;
    int ret = board_start_riscv(plan, entry, next, boot->dtb_at, &code, &bytes,
                                err);

    if (ret < 0)
        return ret;
    boot_add_start(boot, code, bytes);
    free(code);
    return 0;
}

/*
 * The file that -bios names. NULL: no firmware, and -kernel starts in M mode.
 */
static const char *firmware_name(const struct boot *boot, const char *bios)
{
    if (!bios || strcmp(bios, "default") == 0)
        return boot->plan->bios_file;
    return strcmp(bios, "none") == 0 ? NULL : bios;
}

int boot_linux_riscv64(struct boot *boot, const struct plan *plan,
                       const char *kernel, const char *bios,
                       struct ob_err *err)
{
    const char *firmware = firmware_name(boot, bios);
    uint64_t entry, next = 0;
    int ret = 0;

    if (!kernel && !bios)
        return 0;
    boot->end = plan->boot.kernel_base;
    if (kernel) {
        ret = kernel_load(boot, kernel, err);
        next = boot->entry;
    }
    entry = next;
    if (ret == 0)
        ret = boot_load_initrd(boot, err);
    if (ret == 0)
        ret = boot_load_dtb(boot, err);
    if (ret == 0 && firmware)
        ret = firmware_load(boot, firmware, &entry, err);
    if (ret == 0 && !firmware && !kernel)
        return 0;
    return ret == 0 ? start_add(boot, plan, entry, next, err) : ret;
}
