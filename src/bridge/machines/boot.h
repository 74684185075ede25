/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files that load programs for a board. [machine lock held] */
#ifndef BRIDGE_BOOT_H
#define BRIDGE_BOOT_H

#include "bridge/machines/board.h"

#define FILE_MAX (UINT64_C(512) << 20)      /* of a file to load */
#define ALIGN_2M(x) (((x) + 0x1fffff) & ~UINT64_C(0x1fffff))

/* Where the loaded files are, filled in as they are loaded. */
struct boot {
    struct board *b;
    const struct plan_boot *plan;
    uint64_t end;               /* end of the RAM in use so far */
    uint64_t entry;             /* where the first CPU starts */
    uint64_t dtb_at;            /* 0: no device tree */
    uint64_t initrd_at, initrd_bytes;
};

/* The bytes of a file, allocated with malloc(). */
struct image {
    char *bytes;
    size_t len;
};

/* Read the file that `option` names. An empty file is refused. */
int image_read(const char *option, const char *path, struct image *ret,
               struct ob_err *err);
/* Unpack a gzip file in place. Any other file stays as it is. */
int image_unpack(const char *path, struct image *im, struct ob_err *err);
bool image_is_elf(const struct image *im);
/* The little-endian 64-bit word at offset `at`, which must be in the file. */
uint64_t image_word(const struct image *im, size_t at);

/*
 * Load an ELF file for the ELF machine number `machine`, or raw bytes at `at`
 * (room 0: no limit). Both set boot->entry and boot->end.
 */
int boot_load_elf(const char *option, const char *path, int machine,
                  struct boot *boot, struct ob_err *err);
int boot_load_raw(const char *option, const char *path, const struct image *im,
                  uint64_t at, uint64_t room, struct boot *boot,
                  struct ob_err *err);
/* Refuse a file that is longer than its room. */
int boot_too_long(const char *option, const char *path, uint64_t len,
                  uint64_t room, struct ob_err *err);
/* Load -initrd, and -dtb or the plan's own device tree, where the plan says. */
int boot_load_initrd(struct boot *boot, struct ob_err *err);
int boot_load_dtb(struct boot *boot, struct ob_err *err);
/* Refuse a range `at` to `end` that is not in the plan's banks of RAM. */
int boot_in_ram(const struct boot *boot, const char *what, uint64_t at,
                uint64_t end, struct ob_err *err);
/* Put code at the address where the CPUs start. */
void boot_add_start(const struct boot *boot, const uint32_t *code,
                    uint32_t bytes);

/* boot_bare.c: `cpu` starts in `kernel`, which may be NULL. */
int boot_bare(struct boot *boot, const struct board_part *cpu,
              const char *kernel, struct ob_err *err);

/* boot_riscv.c: either file may be NULL. */
int boot_linux_riscv64(struct boot *boot, const struct plan *plan,
                       const char *kernel, const char *bios,
                       struct ob_err *err);

/*
 * Read the device tree `path` (NULL: create the plan's own) and set in it what
 * the plan and the command line say. *ret is allocated with malloc() and has
 * *ret_bytes bytes.
 */
int boot_dt(const struct boot *boot, const char *path, void **ret,
            uint32_t *ret_bytes, struct ob_err *err);

#endif
