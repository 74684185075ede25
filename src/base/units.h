/* SPDX-License-Identifier: MIT */
/*
 * Quantities as people write them. All calls: any thread; none blocks. Each
 * returns 0 with the value in *ret, -EINVAL if the text is not such a quantity,
 * or -ERANGE if the value does not fit or is not whole.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdint.h>

/* "12", "0x1F": decimal or hexadecimal, no sign, no unit, no blanks. */
int units_u64(const char *text, uint64_t *ret);

/*
 * As units_u64(), or with B, KiB, MiB, GiB, TiB after at most one blank. A
 * decimal fraction may come before a unit if the result is whole.
 */
int units_bytes(const char *text, uint64_t *ret);

/* The same with Hz, kHz, MHz, GHz. The result is in Hz. */
int units_hz(const char *text, uint64_t *ret);

/* The same with ns, us, ms, s. The result is in nanoseconds. */
int units_ns(const char *text, uint64_t *ret);

/* "192 KiB": `bytes` with the largest unit that divides it. Returns `buf`. */
#define UNITS_TEXT_BYTES 32
const char *units_show_bytes(uint64_t bytes, char buf[UNITS_TEXT_BYTES]);

#endif
