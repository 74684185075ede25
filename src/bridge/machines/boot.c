/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading what -kernel, -bios, -initrd and -dtb name, as the board's "boot"
 * says, and putting the CPUs to reset with the machine.
 */
#include "bridge/machines/boot.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/units.h"
#include "bridge/entry/arguments.h"
#include "bridge/guard/guard.h"
#include "bridge/machines/machine_type.h"
#include "bridge/qemu/symbols.h"

enum { EM_ARM = 40, EM_AARCH64 = 183 };
enum { IMAGE_HEAD = 64, IMAGE_TEXT_OFFSET = 8, IMAGE_SIZE = 16,
       IMAGE_MAGIC = 56 };
#define IMAGE_OLD_OFFSET 0x80000u   /* of kernels that state no size */
#define FILE_MAX (UINT64_C(512) << 20)
#define ALIGN_2M(x) (((x) + 0x1fffff) & ~UINT64_C(0x1fffff))

/* --- files ---------------------------------------------------------------- */

static void blob_add(const char *what, const void *bytes, size_t len,
                     uint64_t at)
{
    q.rom_add_blob(what, bytes, len, len, at, NULL, NULL, NULL, NULL, false);
}

int image_read(const char *option, const char *path, struct image *ret,
               struct ob_err *err)
{
    int rc = file_read(path, FILE_ANY, FILE_MAX, &ret->bytes, &ret->len, err);

    if (rc < 0)
        return err_prefix(err, rc, "%s", option);
    if (ret->len > 0)
        return 0;
    free(ret->bytes);
    ret->bytes = NULL;
    return err_set(err, -EINVAL, "%s: %s: the file is empty; name another",
                   option, path);
}

int image_unpack(const char *path, struct image *im, struct ob_err *err)
{
    uint8_t *plain = NULL;
    ssize_t len;

    if (im->len < 2 || memcmp(im->bytes, "\x1f\x8b", 2) != 0)
        return 0;
    len = q.load_image_gzipped_buffer(path, FILE_MAX, &plain);
    if (len <= 0) {
        guard_discard();
        return err_set(err, -EINVAL,
                       "-kernel: %s: looks like gzip, but does not unpack; is "
                       "it whole?",
                       path);
    }
    free(im->bytes);
    im->bytes = malloc((size_t)len);
    if (im->bytes != NULL)
        memcpy(im->bytes, plain, (size_t)len);
    im->len = im->bytes != NULL ? (size_t)len : 0;
    g_free(plain);
    return im->bytes != NULL ? 0 : err_set(err, -ENOMEM, "out of memory");
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

int boot_load_elf(const char *option, const char *path, int machine,
                  struct boot *boot, struct ob_err *err)
{
    uint64_t entry = 0, low = 0, high = 0;
    ssize_t rc = q.load_elf_as(path, NULL, NULL, NULL, &entry, &low, &high,
                               NULL, 0, machine, 1, 0, NULL);

    if (rc < 0)
        return err_set(err, -EINVAL, "%s: %s: %s", option, path,
                       q.load_elf_strerror(rc));
    boot->entry = entry;
    boot->end = high;
    return 0;
}

bool image_is_elf(const struct image *im)
{
    return im->len > 4 && memcmp(im->bytes, "\177ELF", 4) == 0;
}

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

/* --- cortex-m ------------------------------------------------------------- */

/* Options that put a program there, or keep the CPU from fetching it. */
static bool runs_otherwise(const char *option, const char *value)
{
    static const char *const holds[] = { "S", "incoming", "loadvm", "qtest",
                                         "preconfig", "readconfig" };

    for (unsigned i = 0; i < G_N_ELEMENTS(holds); i++)
        if (arguments_option_is(option, holds[i]))
            return true;
    if (value == NULL)
        return false;
    return (arguments_option_is(option, "device") &&
            strstr(value, "loader") != NULL) ||
           strstr(value, "qtest") != NULL;
}

/*
 * A Cortex-M that finds no vector table locks up at reset, and QEMU then ends
 * with a dump of the registers and abort(): say what is missing instead.
 */
static int program_check(const struct boot *boot, struct ob_err *err)
{
    char *const *args = arguments_all();

    for (int i = 0; args[i] != NULL; i++)
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
    int rc;

    if (path == NULL)
        return program_check(boot, err);
    rc = image_read("-kernel", path, &im, err);
    if (rc == 0)
        rc = image_is_elf(&im)
                 ? boot_load_elf("-kernel", path, EM_ARM, boot, err)
                 : boot_load_raw("-kernel", path, &im, boot->plan->kernel_at,
                                 boot->plan->kernel_room, boot, err);
    free(im.bytes);
    return rc;
}

/* --- linux-arm64 ---------------------------------------------------------- */

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

uint64_t image_word(const struct image *im, size_t at)
{
    uint64_t v;

    memcpy(&v, im->bytes + at, sizeof(v));
    return GUINT64_FROM_LE(v);
}

static bool is_arm64_image(const struct image *im)
{
    return im->len >= IMAGE_HEAD &&
           memcmp(im->bytes + IMAGE_MAGIC, "ARM\x64", 4) == 0;
}

/* A kernel needs more RAM than its file: its head says how much. */
static int arm64_image_load(struct boot *boot, const char *path,
                            const struct image *im, struct ob_err *err)
{
    uint64_t offset = image_word(im, IMAGE_TEXT_OFFSET);
    uint64_t bytes = image_word(im, IMAGE_SIZE);
    int rc;

    if (bytes == 0)
        offset = IMAGE_OLD_OFFSET;
    if (offset > 0x200000 || bytes > FILE_MAX)
        return err_set(err, -EINVAL,
                       "-kernel: %s: an arm64 Image with an "
                       "impossible head (offset 0x%" PRIx64 ", size 0x%" PRIx64
                       "); name an undamaged one",
                       path, offset, bytes);
    rc = boot_load_raw("-kernel", path, im, boot->plan->kernel_base + offset,
                       0, boot, err);
    if (boot->entry + bytes > boot->end)
        boot->end = boot->entry + bytes;
    return rc;
}

static int kernel_load(struct boot *boot, const char *path, struct ob_err *err)
{
    struct image im = { NULL, 0 };
    uint64_t at;
    int rc = image_read("-kernel", path, &im, err);

    if (rc == 0)
        rc = image_unpack(path, &im, err);
    if (rc == 0) {
        if (image_is_elf(&im))
            rc = boot_load_elf("-kernel", path, EM_AARCH64, boot, err);
        else if (is_arm64_image(&im))
            rc = arm64_image_load(boot, path, &im, err);
        else
            rc = boot_load_raw("-kernel", path, &im, boot->plan->kernel_at,
                               boot->plan->kernel_room, boot, err);
    }
    free(im.bytes);
    at = boot->entry;
    if (rc == 0 && at < boot->end)
        rc = boot_in_ram(boot, "-kernel", at, boot->end, err);
    return rc;
}

static int bios_load(struct boot *boot, const char *name, struct ob_err *err)
{
    char *path = q.qemu_find_file(0, name);
    struct image im = { NULL, 0 };
    int rc;

    if (boot->plan->bios_room == 0) {
        free(path);
        return err_set(err, -ENOTSUP,
                       "-bios: this board takes none (%s); use -kernel", name);
    }
    rc = image_read("-bios", path != NULL ? path : name, &im, err);
    if (rc == 0)
        rc = boot_load_raw("-bios", name, &im, boot->plan->bios_at,
                           boot->plan->bios_room, boot, err);
    free(im.bytes);
    g_free(path);
    return rc;
}

int boot_load_initrd(struct boot *boot, struct ob_err *err)
{
    char *path = machine_text(boot->b->m, "initrd");
    struct image im = { NULL, 0 };
    int rc = 0;

    if (path == NULL)
        return 0;
    boot->initrd_at = boot->plan->initrd_at != 0 ? boot->plan->initrd_at
                                                 : ALIGN_2M(boot->end);
    rc = image_read("-initrd", path, &im, err);
    if (rc == 0)
        rc = boot_in_ram(boot, "-initrd", boot->initrd_at,
                         boot->initrd_at + im.len, err);
    if (rc == 0) {
        blob_add(path, im.bytes, im.len, boot->initrd_at);
        boot->initrd_bytes = im.len;
        boot->end = MAX(boot->end, boot->initrd_at + im.len);
    }
    free(im.bytes);
    g_free(path);
    return rc;
}

int boot_load_dtb(struct boot *boot, struct ob_err *err)
{
    char *path = machine_text(boot->b->m, "dtb");
    uint32_t bytes;
    void *fdt;
    int rc;

    if (path == NULL && !boot->plan->dt_new)
        return 0;
    rc = boot_dt(boot, path, &fdt, &bytes, err);
    g_free(path);
    if (rc < 0)
        return rc;
    boot->dtb_at = boot->plan->dtb_at != 0 ? boot->plan->dtb_at
                                           : ALIGN_2M(boot->end);
    rc = boot_in_ram(boot, "-dtb", boot->dtb_at, boot->dtb_at + bytes, err);
    if (rc == 0)
        blob_add("dtb", fdt, bytes, boot->dtb_at);
    free(fdt);
    return rc;
}

void boot_add_start(const struct boot *boot, const uint32_t *code,
                    uint32_t bytes)
{
    blob_add("start", code, bytes, boot->plan->start_at);
}

static int start_add(const struct boot *boot, const struct plan *plan,
                     bool as_reset, struct ob_err *err)
{
    uint32_t *code;
    uint32_t bytes;
    int rc = board_start_code(plan, boot->entry, boot->dtb_at, as_reset, &code,
                              &bytes, err);

    if (rc < 0)
        return rc;
    boot_add_start(boot, code, bytes);
    free(code);
    return 0;
}

/* Without anything to start the CPUs find what a -device loader put there. */
static int boot_linux_arm64(struct boot *boot, const struct plan *plan,
                            const char *kernel, const char *bios,
                            struct ob_err *err)
{
    int rc = 0;

    if (kernel == NULL && bios == NULL)
        return 0;
    if (kernel != NULL)
        rc = kernel_load(boot, kernel, err);
    if (rc == 0)
        rc = boot_load_initrd(boot, err);
    if (rc == 0)
        rc = boot_load_dtb(boot, err);
    if (rc == 0 && bios != NULL)
        rc = bios_load(boot, bios, err);
    return rc == 0 ? start_add(boot, plan, bios != NULL, err) : rc;
}

/* --- all boards ----------------------------------------------------------- */

static void cpu_reset(void *opaque)
{
    q.cpu_reset(opaque);
}

/* QEMU resets what is on the system bus, and CPUs are not. */
static void cpus_reset_with_machine(void)
{
    struct Object *cpu;

    for (int i = 0; (cpu = q.qemu_get_cpu(i)) != NULL; i++)
        q.qemu_register_reset(cpu_reset, cpu);
}

static int boot_kind(struct boot *boot, const struct plan *plan,
                     void *const *parts, const char *kernel, const char *bios,
                     struct ob_err *err)
{
    switch (plan->boot.kind) {
    case PLAN_BOOT_BARE:
        if (bios != NULL)
            return bios_load(boot, bios, err);
        return boot_bare(boot, parts[plan->boot.cpu], kernel, err);
    case PLAN_BOOT_CORTEX_M:
        if (bios != NULL)
            return bios_load(boot, bios, err);
        return boot_cortex_m(boot, kernel, err);
    case PLAN_BOOT_LINUX_ARM64:
        return boot_linux_arm64(boot, plan, kernel, bios, err);
    case PLAN_BOOT_LINUX_RISCV64:
        return boot_linux_riscv64(boot, plan, kernel, bios, err);
    case PLAN_BOOT_NONE: break;
    }
    if (kernel != NULL || bios != NULL)
        return err_set(err, -ENOTSUP,
                       "%s: board %s does not say how it boots (%s); give it "
                       "a \"boot\", or use -device loader",
                       kernel != NULL ? "-kernel" : "-bios", plan->board,
                       kernel != NULL ? kernel : bios);
    return 0;
}

/* What only Linux is handed; a semihosted program has uses for -append. */
static int linux_only(const struct boot *boot, struct ob_err *err)
{
    static const char *const options[] = { "initrd", "dtb" };
    int rc = 0;

    for (unsigned i = 0; rc == 0 && i < G_N_ELEMENTS(options); i++) {
        char *path = machine_text(boot->b->m, options[i]);

        if (path != NULL)
            rc = err_set(err, -ENOTSUP,
                         "-%s: this board takes none (%s); leave it out",
                         options[i], path);
        g_free(path);
    }
    return rc;
}

int board_boot(void *m, const struct plan *plan, void *const *parts,
               struct ob_err *err)
{
    struct boot boot = { .b = m, .plan = &plan->boot };
    char *kernel = machine_text(boot.b->m, "kernel");
    char *bios = machine_text(boot.b->m, "firmware");
    bool is_linux = plan->boot.kind == PLAN_BOOT_LINUX_ARM64 ||
                    plan->boot.kind == PLAN_BOOT_LINUX_RISCV64;
    int rc = is_linux ? 0 : linux_only(&boot, err);

    guard_between();
    cpus_reset_with_machine();
    if (rc == 0)
        rc = boot_kind(&boot, plan, parts, kernel, bios, err);
    g_free(kernel);
    g_free(bios);
    return rc;
}
