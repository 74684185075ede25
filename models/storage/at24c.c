/* SPDX-License-Identifier: MIT */
/*
 * A model of serial EEPROMs of the 24C family: Microchip AT24C64D data sheet,
 * DS20005937, chapters 7 and 8. Comments have the names of its sections.
 *
 * Not modelled: parts of 512 bytes to 2 KiB also answer at the addresses that
 * follow theirs, and take the upper bits of the byte's address from there. The
 * part has one address, so a transfer begins in the first 256 bytes.
 */
#include <outboard/ext/draft/i2c-target.h>
#include <outboard/outboard.h>

#include "models.h"

enum { IN_WP };                     /* inputs */
enum { SIZE_LEAST = 128, SIZE_MOST = 65536, PAGE_LEAST = 8, PAGE_MOST = 128,
       ONE_BYTE_SIZE_MOST = 2048, ADDRESS = 0x50 };

struct at24c {
    uint64_t size, page;            /* properties */
    uint32_t write_time_us;         /* property */
    uint8_t data[SIZE_MOST];        /* `size` bytes are in use */
    uint32_t at;                    /* address of the next byte */
    uint8_t address_bytes;          /* of this transfer, received so far */
    uint8_t latched;                /* bytes received for the page, up to it */
    uint8_t latch[PAGE_MOST];       /* each at its place in the page */
    uint8_t protect;                /* level of `wp` */
    uint64_t ready_ns;              /* end of the write cycle */
};

static bool is_busy(struct ob_dev *dev)
{
    const struct at24c *s = ob_state(dev);

    return ob_now_ns(dev) < s->ready_ns;
}

static uint8_t address_width(const struct at24c *s)
{
    return s->size > ONE_BYTE_SIZE_MOST ? 2 : 1;
}

/* Returns the address after `at` in the block of `bytes` bytes around it. */
static uint32_t next_in(uint32_t at, uint64_t bytes)
{
    uint32_t mask = (uint32_t)bytes - 1;

    return (at & ~mask) | ((at + 1) & mask);
}

/* --- transfers ------------------------------------------------------------ */

/*
 * "Acknowledge Polling": the part does not acknowledge its address during a
 * write cycle. Only a stop begins one, so a start drops what came before.
 */
static int32_t target_start(struct ob_dev *dev, uint32_t direction)
{
    struct at24c *s = ob_state(dev);

    s->address_bytes = s->latched = 0;
    return is_busy(dev) ? OB_E_INVALID : OB_OK;
}

static void address_write(struct at24c *s, uint32_t byte)
{
    if (!s->address_bytes++)
        s->at = 0;
    s->at = (s->at << 8 | byte) & ((uint32_t)s->size - 1);
}

/* "Page Write": the address stays in the page. Later bytes replace earlier. */
static void data_write(struct at24c *s, uint32_t byte)
{
    s->latch[s->at & (s->page - 1)] = (uint8_t)byte;
    s->at = next_in(s->at, s->page);
    if (s->latched < s->page)
        s->latched++;
}

static int32_t target_write(struct ob_dev *dev, uint32_t byte)
{
    struct at24c *s = ob_state(dev);

    if (is_busy(dev))
        return OB_E_INVALID;
    if (s->address_bytes < address_width(s))
        address_write(s, byte);
    else
        data_write(s, byte);
    return OB_OK;
}

/*
 * "Current Address Read": the address follows the last access, and goes from
 * the end of the memory to its beginning.
 */
static uint32_t target_read(struct ob_dev *dev)
{
    struct at24c *s = ob_state(dev);
    uint8_t byte = s->data[s->at];

    s->at = next_in(s->at, s->size);
    return byte;
}

/* Store the latched bytes: they end before `at`. */
static void page_store(struct at24c *s)
{
    uint32_t mask = (uint32_t)s->page - 1;

    for (uint32_t n = 1; n <= s->latched; n++) {
        uint32_t place = (s->at - n) & mask;

        s->data[(s->at & ~mask) | place] = s->latch[place];
    }
}

/* "Write Protection": the stop samples WP. High: no write cycle starts. */
static void target_stop(struct ob_dev *dev)
{
    struct at24c *s = ob_state(dev);

    if (s->latched && !s->protect) {
        page_store(s);
        s->ready_ns = ob_now_ns(dev) + s->write_time_us * UINT64_C(1000);
    }
    s->latched = 0;
}

static void wp_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                       int32_t level)
{
    struct at24c *s = ob_state(dev);

    s->protect = level != 0;
}

/* --- life ----------------------------------------------------------------- */

/* A new part has only ones. */
static int32_t at24c_create(struct ob_dev *dev)
{
    struct at24c *s = ob_state(dev);

    if (s->size & (s->size - 1))
        return ob_refuse(dev, "size %llu is not a power of two; use %u to %u",
                         (unsigned long long)s->size, SIZE_LEAST, SIZE_MOST);
    if (s->page & (s->page - 1))
        return ob_refuse(dev, "page %llu is not a power of two; use %u to %u",
                         (unsigned long long)s->page, PAGE_LEAST, PAGE_MOST);
    for (uint32_t n = 0; n < SIZE_MOST; n++)
        s->data[n] = 0xff;
    return OB_OK;
}

/* The contents survive a reset, and so does a write cycle. */
static void at24c_reset(struct ob_dev *dev, uint32_t kind)
{
    struct at24c *s = ob_state(dev);

    s->at = s->address_bytes = s->latched = 0;
}

/* A snapshot may hold any value. */
static int32_t at24c_restored(struct ob_dev *dev)
{
    const struct at24c *s = ob_state(dev);
    uint64_t left = is_busy(dev) ? s->ready_ns - ob_now_ns(dev) : 0;

    if (s->at >= s->size)
        return ob_refuse(dev, "address 0x%x is past the %llu bytes", s->at,
                         (unsigned long long)s->size);
    if (s->address_bytes > address_width(s) || s->latched > s->page)
        return ob_refuse(dev,
                         "address bytes %u, page bytes %u; use up to %u, %llu",
                         s->address_bytes, s->latched, address_width(s),
                         (unsigned long long)s->page);
    if (s->protect > 1)
        return ob_refuse(dev, "wp is %u; use 0 or 1", s->protect);
    if (left > s->write_time_us * UINT64_C(1000))
        return ob_refuse(dev, "busy for %llu ns; a write cycle takes %u us",
                         (unsigned long long)left, s->write_time_us);
    return OB_OK;
}

static const struct ob_i2c_target target = {
    .size = sizeof(target), .address = ADDRESS, .on_start = target_start,
    .on_write = target_write, .on_read = target_read, .on_stop = target_stop,
};
static const struct ob_extension extensions[] = {
    OB_EXT(OB_I2C_TARGET, target, OB_EXT_NEEDED),
};
static const struct ob_prop props[] = {
    { OB_PROP_SIZE_AT("size", struct at24c, size),
      .desc = "bytes; a power of two", .def = 4096, .min = SIZE_LEAST,
      .max = SIZE_MOST },
    { OB_PROP_SIZE_AT("page", struct at24c, page),
      .desc = "bytes of a page write; a power of two", .def = 32,
      .min = PAGE_LEAST, .max = PAGE_MOST },
    { OB_PROP_UINT_AT("write-time-us", struct at24c, write_time_us),
      .desc = "microseconds of a write cycle", .def = 5000 },
};
static const struct ob_gpio inputs[] = {
    [IN_WP] = { .name = "wp", .changed = wp_changed },
};
static const struct ob_saved saved[] = {
    OB_SAVED_ARRAY(struct at24c, data), OB_SAVED(struct at24c, at),
    OB_SAVED(struct at24c, address_bytes), OB_SAVED(struct at24c, latched),
    OB_SAVED_ARRAY(struct at24c, latch), OB_SAVED(struct at24c, protect),
    OB_SAVED(struct at24c, ready_ns),
};

OB_DEVICE(outboard_at24c_type, "outboard-at24c", struct at24c,
          "Serial EEPROM (24C family)", .extensions = OB_ARRAY(extensions),
          .props = OB_ARRAY(props), .inputs = OB_ARRAY(inputs),
          .saved = OB_ARRAY(saved), .create = at24c_create,
          .reset = at24c_reset, .restored = at24c_restored);
OB_I2C_TARGET_INFO("outboard-at24c");
