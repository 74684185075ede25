/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What boot.c, boot_dt.c and boot_riscv.c share. [machine lock held] */
#ifndef BRIDGE_BOOT_H
#define BRIDGE_BOOT_H

#include "bridge/machines/board.h"

#define FILE_MAX (UINT64_C(512) << 20)      /* of a file that is loaded */
#define ALIGN_2M(x) (((x) + 0x1fffff) & ~UINT64_C(0x1fffff))

/* Where things went, as they are loaded. */
struct boot {
    struct board *b;
    const struct plan_boot *plan;
    uint64_t end;               /* behind what lies in RAM so far */
    uint64_t entry;             /* where the first CPU is sent */
    uint64_t dtb_at;            /* 0: none */
    uint64_t initrd_at, initrd_bytes;
};

/* A file's bytes; malloc()ed. */
struct image {
    char *bytes;
    size_t len;
};

/* Read what `option` names; an empty file is refused. */
int image_read(const char *option, const char *path, struct image *ret,
               struct ob_err *err);
/* A gzip file becomes what is in it. */
int image_unpack(const char *path, struct image *im, struct ob_err *err);
bool image_is_elf(const struct image *im);
/* The little-endian 64 bits at `at`, which is inside. */
uint64_t image_word(const struct image *im, size_t at);

/*
 * Load an ELF file for the ELF machine number `machine`, or raw bytes at `at`
 * (room 0: any). Both set boot->entry and boot->end.
 */
int boot_load_elf(const char *option, const char *path, int machine,
                  struct boot *boot, struct ob_err *err);
int boot_load_raw(const char *option, const char *path, const struct image *im,
                  uint64_t at, uint64_t room, struct boot *boot,
                  struct ob_err *err);
/* Refuse what is longer than its place. */
int boot_too_long(const char *option, const char *path, uint64_t len,
                  uint64_t room, struct ob_err *err);
/* -initrd and -dtb (or the plan's own tree), as the plan says. */
int boot_load_initrd(struct boot *boot, struct ob_err *err);
int boot_load_dtb(struct boot *boot, struct ob_err *err);
/* Is RAM there from `at` to `end`, as the plan's banks tell? */
int boot_in_ram(const struct boot *boot, const char *what, uint64_t at,
                uint64_t end, struct ob_err *err);
/* Code for the first address of the CPUs. */
void boot_add_start(const struct boot *boot, const uint32_t *code,
                    uint32_t bytes);

/* boot_bare.c: `cpu` is sent to `kernel`, which may be NULL. */
int boot_bare(struct boot *boot, const struct board_part *cpu,
              const char *kernel, struct ob_err *err);

/* boot_riscv.c: either may be NULL. */
int boot_linux_riscv64(struct boot *boot, const struct plan *plan,
                       const char *kernel, const char *bios,
                       struct ob_err *err);

/*
 * Read the device tree `path` (NULL: make the plan's own), set in it what the
 * plan and the command line say. *ret is malloc()ed, *ret_bytes long.
 */
int boot_dt(const struct boot *boot, const char *path, void **ret,
            uint32_t *ret_bytes, struct ob_err *err);

#endif
