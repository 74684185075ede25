/* SPDX-License-Identifier: MIT */
/*
 * This header has small functions that most models need: fields of a number,
 * numbers in bytes, ticks of a clock. They use only their arguments,
 * so they work in a model, in a test and in any program.
 *
 * All functions: [any thread] [no block] [since 0.1] [this header].
 */
#ifndef OUTBOARD_BITS_H
#define OUTBOARD_BITS_H

#include <outboard/abi.h>

OB_C_BEGIN

/* Nanoseconds in a second. */
#define OB_NS_PER_S UINT64_C(1000000000)

/* Products of two 64-bit numbers; gcc and clang have them on 64-bit hosts. */
__extension__ typedef unsigned __int128 ob_u128_;

/* --- fields --------------------------------------------------------------- */

/*
 * Returns the field of `value` that `mask` selects, moved down to bit 0.
 *   mask  the field's bits, side by side; not 0
 */
static inline uint64_t ob_field_get(uint64_t value, uint64_t mask)
{
    return (value & mask) / (mask & (0 - mask));
}

/*
 * Returns `value` with another number in a field.
 *   mask   the field's bits, side by side; not 0
 *   field  the number; bits that do not fit in the field are ignored
 */
static inline uint64_t ob_field_set(uint64_t value, uint64_t mask,
                                    uint64_t field)
{
    return (value & ~mask) | (field * (mask & (0 - mask)) & mask);
}

/* --- numbers in bytes ----------------------------------------------------- */

/*
 * Returns the little-endian number in the first `count` bytes of a buffer.
 *   bytes  at least `count` bytes, at any alignment
 *   count  1 to 8
 */
static inline uint64_t ob_get_le(const uint8_t *bytes, uint32_t count)
{
    uint64_t value = 0;

    while (count--)
        value = value << 8 | bytes[count];
    return value;
}

/*
 * Store a number into the first `count` bytes of a buffer, little-endian.
 *   bytes, count  as for ob_get_le()
 *   value         the number; bits above `count` bytes are ignored
 */
static inline void ob_put_le(uint8_t *bytes, uint32_t count, uint64_t value)
{
    for (uint32_t i = 0; i < count; i++, value >>= 8)
        bytes[i] = (uint8_t)value;
}

/* As ob_get_le(), big-endian. */
static inline uint64_t ob_get_be(const uint8_t *bytes, uint32_t count)
{
    uint64_t value = 0;

    for (uint32_t i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* As ob_put_le(), big-endian. */
static inline void ob_put_be(uint8_t *bytes, uint32_t count, uint64_t value)
{
    for (; count; value >>= 8)
        bytes[--count] = (uint8_t)value;
}

/* --- ticks ---------------------------------------------------------------- */

/*
 * Returns how many whole ticks of a frequency pass in a time.
 *   ns  the time in nanoseconds
 *   hz  the frequency; 0 has no ticks
 * A number above 2^64 - 1 becomes 2^64 - 1.
 */
static inline uint64_t ob_ns_to_ticks(uint64_t ns, uint64_t hz)
{
    ob_u128_ ticks = (ob_u128_)ns * hz / OB_NS_PER_S;

    return ticks > UINT64_MAX ? UINT64_MAX : (uint64_t)ticks;
}

/*
 * Returns the time that a number of ticks of a frequency takes, rounded up: at
 * that time the ticks have passed.
 *   ticks  how many
 *   hz     the frequency; 0 never ticks
 * Returns nanoseconds; UINT64_MAX for a later time.
 */
static inline uint64_t ob_ticks_to_ns(uint64_t ticks, uint64_t hz)
{
    ob_u128_ ns;

    if (!hz)
        return ticks ? UINT64_MAX : 0;
    ns = ((ob_u128_)ticks * OB_NS_PER_S + hz - 1) / hz;
    return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

/*
 * Returns the frequency in Hz of a clock's period, rounded to the nearest
 * number.
 *   period  in units of 2^-32 ns; 0 gives 0
 */
static inline uint64_t ob_hz_of_period(uint64_t period)
{
    uint64_t second = OB_NS_PER_S << 32;    /* in units of a period */

    return period ? second / period + (second % period >= period - period / 2)
                  : 0;
}

/*
 * Returns the period in units of 2^-32 ns of a frequency, rounded to the
 * nearest number.
 *   hz  the frequency; 0 gives 0
 */
static inline uint64_t ob_period_of_hz(uint64_t hz)
{
    return ob_hz_of_period(hz);     /* the same division */
}

OB_C_END

#endif
