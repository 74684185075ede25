/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads files into the guest's memory, for all kinds of boot. */
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
#include "bridge/qemu/symbols.h"

/*
 * The ROM list writes the bytes into guest memory at each reset, also over
 * what the guest wrote there. QEMU copies the bytes, so the caller may free
 * them.
 */
static void blob_add(const char *what, const void *bytes, size_t len,
                     uint64_t at)
{
    q.rom_add_blob(what, bytes, len, len, at, NULL, NULL, NULL, NULL, false);
}

/*
 * The limit bounds the memory that a wrong file, such as a disk image, can
 * take. The bridge refuses an empty file, because the CPU would start without
 * a program and no message would say so.
 */
int image_read(const char *option, const char *path, struct image *ret_image,
               struct ob_err *err)
{
    int ret = file_read(path, FILE_ANY, FILE_MAX, &ret_image->bytes,
                        &ret_image->len, err);

    if (ret < 0)
        return err_prefix(err, ret, "%s", option);
    if (ret_image->len > 0)
        return 0;
    free(ret_image->bytes);
    ret_image->bytes = NULL;
    return err_set(err, -EINVAL, "%s: %s: the file is empty; name another",
                   option, path);
}

/*
 * A small gzip file may unpack to any size, so the bridge gives QEMU the limit
 * of plain files.
 */
int image_unpack(const char *path, struct image *im, struct ob_err *err)
{
    uint8_t *plain = NULL;
    ssize_t len;

    if (im->len < 2 || memcmp(im->bytes, "\x1f\x8b", 2) != 0)
        return 0;
    len = q.load_image_gzipped_buffer(path, FILE_MAX, &plain);
    if (len <= 0) {
        /* QEMU may have printed its own reason. The error replaces it. */
        guard_discard();
        return err_set(err, -EINVAL,
                       "-kernel: %s: looks like gzip, but does not unpack; is "
                       "it whole?",
                       path);
    }
    /*
     * Copy the bytes: QEMU allocates them with GLib, and the callers free an
     * image with free().
     */
    free(im->bytes);
    im->bytes = malloc((size_t)len);
    if (im->bytes)
        memcpy(im->bytes, plain, (size_t)len);
    im->len = im->bytes ? (size_t)len : 0;
    g_free(plain);
    return im->bytes ? 0 : err_set(err, -ENOMEM, "out of memory");
}

int boot_too_long(const char *option, const char *path, uint64_t len,
                  uint64_t room, struct ob_err *err)
{
    char a[UNITS_TEXT_BYTES], b[UNITS_TEXT_BYTES];

    return err_set(err, -EFBIG,
                   "%s: %s: is too long (%s); the board has room for %s there",
                   option, path, units_show_bytes(len, a),
                   units_show_bytes(room, b));
}

/*
 * QEMU refuses a file for another CPU than `machine`. An ELF file has its own
 * addresses, so the plan's address and room do not apply to it.
 */
int boot_load_elf(const char *option, const char *path, int machine,
                  struct boot *boot, struct ob_err *err)
{
    uint64_t entry = 0, low = 0, high = 0;
    ssize_t ret = q.load_elf_as(path, NULL, NULL, NULL, &entry, &low, &high,
                                NULL, 0, machine, 1, 0, NULL);

    if (ret < 0)
        return err_set(err, -EINVAL, "%s: %s: %s", option, path,
                       q.load_elf_strerror(ret));
    boot->entry = entry;
    boot->end = high;
    return 0;
}

bool image_is_elf(const struct image *im)
{
    return im->len > 4 && memcmp(im->bytes, "\177ELF", 4) == 0;
}

/*
 * The loaders of a Linux Image give no room. They check the end with
 * boot_in_ram() instead, because a kernel uses more memory than its file.
 */
int boot_load_raw(const char *option, const char *path, const struct image *im,
                  uint64_t at, uint64_t room, struct boot *boot,
                  struct ob_err *err)
{
    if (room != 0 && im->len > room)
        return boot_too_long(option, path, im->len, room, err);
    blob_add(path, im->bytes, im->len, at);
    boot->entry = at;
    boot->end = at + im->len;
    return 0;
}

/*
 * One bank must hold the whole range, because programs expect their files in
 * one piece. `end` may be below `at`: both come from file headers and boards,
 * and their sum may wrap. A plan without banks gives the bridge no bounds to
 * check.
 */
int boot_in_ram(const struct boot *boot, const char *what, uint64_t at,
                uint64_t end, struct ob_err *err)
{
    const struct plan_boot *plan = boot->plan;
    char need[UNITS_TEXT_BYTES];

    for (uint32_t i = 0; i < plan->bank_count; i++)
        if (at >= plan->banks[i].at && end >= at &&
            end - plan->banks[i].at <= plan->banks[i].bytes)
            return 0;
    if (plan->bank_count == 0)
        return 0;
    return err_set(err, -ENOSPC,
                   "%s: does not fit into the machine's RAM "
                   "(0x%" PRIx64 " to 0x%" PRIx64 "); give more with -m "
                   "(%s or more)",
                   what, at, end, units_show_bytes(ALIGN_2M(end), need));
}

/* Boot headers are little-endian, whatever the byte order of the host. */
uint64_t image_word(const struct image *im, size_t at)
{
    uint64_t v;

    memcpy(&v, im->bytes + at, sizeof(v));
    return GUINT64_FROM_LE(v);
}

/*
 * Call this after the kernel was loaded. Without an address in the plan, the
 * initrd goes behind the kernel.
 */
int boot_load_initrd(struct boot *boot, struct ob_err *err)
{
    char *path = machine_text(boot->b->m, "initrd");
    struct image im = { NULL, 0 };
    int ret = 0;

    if (!path)
        return 0;
    boot->initrd_at = boot->plan->initrd_at != 0 ? boot->plan->initrd_at
                                                 : ALIGN_2M(boot->end);
    ret = image_read("-initrd", path, &im, err);
    if (ret == 0)
        ret = boot_in_ram(boot, "-initrd", boot->initrd_at,
                          boot->initrd_at + im.len, err);
    if (ret == 0) {
        blob_add(path, im.bytes, im.len, boot->initrd_at);
        boot->initrd_bytes = im.len;
        boot->end = MAX(boot->end, boot->initrd_at + im.len);
    }
    free(im.bytes);
    g_free(path);
    return ret;
}

/*
 * Call this after boot_load_initrd(), because the device tree tells Linux
 * where the initrd is.
 */
int boot_load_dtb(struct boot *boot, struct ob_err *err)
{
    char *path = machine_text(boot->b->m, "dtb");
    uint32_t bytes;
    void *fdt;
    int ret;

    if (!path && !boot->plan->dt_new)
        return 0;
    ret = boot_dt(boot, path, &fdt, &bytes, err);
    g_free(path);
    if (ret < 0)
        return ret;
    boot->dtb_at = boot->plan->dtb_at != 0 ? boot->plan->dtb_at
                                           : ALIGN_2M(boot->end);
    ret = boot_in_ram(boot, "-dtb", boot->dtb_at, boot->dtb_at + bytes, err);
    if (ret == 0)
        blob_add("dtb", fdt, bytes, boot->dtb_at);
    free(fdt);
    return ret;
}

void boot_add_start(const struct boot *boot, const uint32_t *code,
                    uint32_t bytes)
{
    blob_add("start", code, bytes, boot->plan->start_at);
}
