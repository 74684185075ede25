/* SPDX-License-Identifier: MIT */
/* Reads and formats numbers with units. */
#include "base/units.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit units_of_bytes[] = {
    { "B", 1 }, { "KiB", 1ull << 10 }, { "MiB", 1ull << 20 },
    { "GiB", 1ull << 30 }, { "TiB", 1ull << 40 }, { NULL, 0 },
};

static const struct unit units_of_hz[] = {
    { "Hz", 1 }, { "kHz", 1000 }, { "MHz", 1000000 }, { "GHz", 1000000000 },
    { NULL, 0 },
};

static const struct unit units_of_ns[] = {
    { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
    { NULL, 0 },
};

static int units_digit(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    if (ch >= 'a' && ch <= 'f')
        return ch - 'a' + 10;
    if (ch >= 'A' && ch <= 'F')
        return ch - 'A' + 10;
    return 16;
}

/* Read digits of `base` at *text and move *text behind them. */
static int units_digits(const char **text, unsigned base, uint64_t *ret)
{
    const char *at = *text;
    uint64_t value = 0;

    for (; (unsigned)units_digit(*at) < base; at++)
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, (uint64_t)units_digit(*at), &value))
            return -ERANGE;
    if (at == *text)
        return -EINVAL;
    *text = at;
    *ret = value;
    return 0;
}

/* Read the whole number at *text, decimal or 0x; *ret_hex says which. */
static int units_whole(const char **text, uint64_t *ret, bool *ret_hex)
{
    *ret_hex = (*text)[0] == '0' && ((*text)[1] == 'x' || (*text)[1] == 'X');
    if (*ret_hex)
        *text += 2;
    return units_digits(text, *ret_hex ? 16 : 10, ret);
}

int units_u64(const char *text, uint64_t *ret_value)
{
    uint64_t value;
    bool hex;
    int ret = units_whole(&text, &value, &hex);

    if (ret)
        return ret;
    if (*text)
        return -EINVAL;
    *ret_value = value;
    return 0;
}

/* Add the fraction at *text (after the decimal point), in units of `factor`. */
static int units_fraction(const char *text, const char *end, uint64_t factor,
                          uint64_t *value)
{
    uint64_t part = 0, scale = 1;

    while (end > text && end[-1] == '0')
        end--;
    for (; text < end; text++)
        if (__builtin_mul_overflow(part, 10, &part) ||
            __builtin_add_overflow(part, (uint64_t)(*text - '0'), &part) ||
            __builtin_mul_overflow(scale, 10, &scale))
            return -ERANGE;
    if (__builtin_mul_overflow(part, factor, &part) || part % scale != 0 ||
        __builtin_add_overflow(*value, part / scale, value))
        return -ERANGE;
    return 0;
}

static const struct unit *units_find(const char *text, const struct unit *unit)
{
    if (*text == ' ')
        text++;
    while (unit->name && strcmp(unit->name, text) != 0)
        unit++;
    return unit->name ? unit : NULL;
}

static int units_parse(const char *text, const struct unit *units,
                       uint64_t *ret_value)
{
    const char *point = NULL, *point_end = NULL;
    const struct unit *unit;
    uint64_t value;
    bool hex;
    int ret = units_whole(&text, &value, &hex);

    if (ret)
        return ret;
    if (*text == '.' && !hex) {
        point = ++text;
        text += strspn(text, "0123456789");
        point_end = text;
        if (point == point_end)
            return -EINVAL;
    }
    if (!*text && !point) {
        *ret_value = value;
        return 0;
    }
    unit = units_find(text, units);
    if (!unit)
        return -EINVAL;
    if (__builtin_mul_overflow(value, unit->factor, &value))
        return -ERANGE;
    if (point && units_fraction(point, point_end, unit->factor, &value))
        return -ERANGE;
    *ret_value = value;
    return 0;
}

int units_bytes(const char *text, uint64_t *ret)
{
    return units_parse(text, units_of_bytes, ret);
}

int units_hz(const char *text, uint64_t *ret)
{
    return units_parse(text, units_of_hz, ret);
}

int units_ns(const char *text, uint64_t *ret)
{
    return units_parse(text, units_of_ns, ret);
}

const char *units_show_bytes(uint64_t bytes, char buf[UNITS_TEXT_BYTES])
{
    const struct unit *unit = &units_of_bytes[0];

    while (bytes && unit[1].name && bytes % unit[1].factor == 0)
        unit++;
    snprintf(buf, UNITS_TEXT_BYTES, "%llu%s%s",
             (unsigned long long)(bytes / unit->factor),
             unit->factor > 1 ? " " : "", unit->factor > 1 ? unit->name : "");
    return buf;
}
