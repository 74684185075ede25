/* SPDX-License-Identifier: MIT */
/* Shared by the readers of the kinds of "boot". */
#ifndef BOARD_BOOT_H
#define BOARD_BOOT_H

#include "board/reader.h"

/* Read "cpu": the part that is the plan's first CPU. */
int board_boot_cpu(struct board_reader *r, const struct json *boot);

/* Find the region that `key` names. It must be in the system's memory. */
int board_boot_region(struct board_reader *r, const struct json *boot,
                      const char *key, const struct plan_region **ret);

/* Read an address. *ret does not change if `boot` has no `key`. */
int board_boot_address(struct board_reader *r, const struct json *boot,
                       const char *key, uint64_t *ret);

/* Read "dtb". `node` may be NULL. */
int board_boot_dtb(struct board_reader *r, const struct json *node);

/* The readers of the kinds linux-arm64 and linux-riscv64. */
int board_boot_arm64(struct board_reader *r, const struct json *boot);
int board_boot_riscv64(struct board_reader *r, const struct json *boot);

#endif
