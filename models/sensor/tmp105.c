/* SPDX-License-Identifier: MIT */
/*
 * A model of the temperature sensor TMP105: TI data sheet SLLS648D, which names
 * the sections below but does not number them.
 *
 * A conversion takes no time. One happens when the temperature changes, when
 * the guest begins to read, and when the guest has written a register. So the
 * fault queue counts these events, not periods of time.
 *
 * Not modelled: the SMBus alert response, the general call, high-speed mode.
 */
#include <outboard/ext/draft/i2c-target.h>
#include <outboard/outboard.h>

#include "models.h"

enum { REG_TEMPERATURE, REG_CONFIG, REG_T_LOW, REG_T_HIGH, N_REGS };
enum { CONFIG_SD = 0x01, CONFIG_TM = 0x02, CONFIG_POL = 0x04,
       CONFIG_F = 0x18, CONFIG_R = 0x60, CONFIG_OS = 0x80,
       CONFIG_KEPT = 0x7f };
enum { OUT_ALERT };                 /* outputs */
enum { POINTER_BITS = 0x03, VALUE_BITS = 0xfff0, VALUE_MOST = 0x7ff,
       T_LOW_RESET = 75 << 8, T_HIGH_RESET = 80 << 8, ADDRESS = 0x48,
       FAULTS_MOST = 6, LATER_BYTES = 3 };

struct tmp105 {
    int32_t temperature;            /* property: thousandths of a degree */
    uint16_t reg[N_REGS];           /* CONFIG has 8 bits, the others 16 */
    uint8_t pointer;                /* register of the transfers */
    uint8_t count;                  /* bytes written in the transfer, up to 3 */
    uint16_t shifter;               /* bytes of the transfer, high byte first */
    uint8_t hot;                    /* T_HIGH was reached, and T_LOW not yet */
    uint8_t changed;                /* interrupt mode: `hot` changed, unread */
    uint8_t faults;                 /* conversions in a row against `hot` */
};

/* Comparator mode shows `hot`. Interrupt mode shows that `hot` has changed. */
static void alert_update(struct ob_dev *dev)
{
    const struct tmp105 *s = ob_state(dev);
    uint32_t config = s->reg[REG_CONFIG];
    bool active = config & CONFIG_TM ? s->changed : s->hot;

    ob_output_set(dev, OUT_ALERT, 0, active == !!(config & CONFIG_POL));
}

/* --- conversions ---------------------------------------------------------- */

/* Table 5: sixteenths of a degree from bit 4 on. 128 degrees have no code. */
static uint16_t converted(const struct tmp105 *s)
{
    int32_t half = s->temperature < 0 ? -500 : 500;
    int32_t value = (s->temperature * 16 + half) / 1000;
    uint32_t bits = 9 + (uint32_t)ob_field_get(s->reg[REG_CONFIG], CONFIG_R);

    if (value > VALUE_MOST)
        value = VALUE_MOST;
    return (uint16_t)((uint32_t)value << 4 & 0xffffu << (16 - bits));
}

/*
 * "High and Low Limit Registers": the comparison uses all 12 bits in every
 * resolution. The fault queue asks for several conversions in a row.
 */
static void compare(struct tmp105 *s)
{
    static const uint8_t queue[] = { 1, 2, 4, FAULTS_MOST };
    int16_t value = (int16_t)s->reg[REG_TEMPERATURE];
    bool fault = s->hot ? value < (int16_t)s->reg[REG_T_LOW]
                        : value >= (int16_t)s->reg[REG_T_HIGH];

    s->faults = fault ? s->faults + 1 : 0;
    if (s->faults < queue[ob_field_get(s->reg[REG_CONFIG], CONFIG_F)])
        return;
    s->faults = 0;
    s->hot = !s->hot;
    s->changed = (s->reg[REG_CONFIG] & CONFIG_TM) != 0;
}

static void convert(struct ob_dev *dev)
{
    struct tmp105 *s = ob_state(dev);

    s->reg[REG_TEMPERATURE] = converted(s);
    compare(s);
    alert_update(dev);
}

/* In shutdown the registers keep the last conversion. */
static void convert_unless_shut_down(struct ob_dev *dev)
{
    const struct tmp105 *s = ob_state(dev);

    if (!(s->reg[REG_CONFIG] & CONFIG_SD))
        convert(dev);
}

static void temperature_changed(struct ob_dev *dev, uint32_t prop)
{
    convert_unless_shut_down(dev);
}

/* --- transfers ------------------------------------------------------------ */

static uint32_t reg_bytes(const struct tmp105 *s)
{
    return s->pointer == REG_CONFIG ? 1 : 2;
}

/*
 * "One-Shot": OS reads 0. It converts once, in shutdown. Shutdown ends an alert
 * of interrupt mode.
 */
static void config_write(struct ob_dev *dev, uint32_t value)
{
    struct tmp105 *s = ob_state(dev);

    s->reg[REG_CONFIG] = value & CONFIG_KEPT;
    if (value & CONFIG_SD || !(value & CONFIG_TM))
        s->changed = 0;
    if (value & CONFIG_OS || !(value & CONFIG_SD))
        convert(dev);
    alert_update(dev);
}

static void reg_write(struct ob_dev *dev)
{
    struct tmp105 *s = ob_state(dev);

    switch (s->pointer) {
    case REG_TEMPERATURE:
        ob_log(dev, OB_LOG_GUEST, "the temperature register is read-only");
        break;
    case REG_CONFIG: config_write(dev, s->shifter & 0xff); break;
    default:
        s->reg[s->pointer] = s->shifter & VALUE_BITS;
        convert_unless_shut_down(dev);
    }
}

/* A read ends an alert of interrupt mode. A later crossing is a new alert. */
static void read_begin(struct ob_dev *dev)
{
    struct tmp105 *s = ob_state(dev);

    s->changed = 0;
    alert_update(dev);
    convert_unless_shut_down(dev);
    s->shifter = s->reg[s->pointer];
    if (s->pointer == REG_CONFIG)
        s->shifter = s->shifter << 8 | 0xff;
}

static int32_t target_start(struct ob_dev *dev, uint32_t direction)
{
    struct tmp105 *s = ob_state(dev);

    s->count = 0;
    if (direction == OB_I2C_READ)
        read_begin(dev);
    return OB_OK;
}

/* The first byte is the pointer. A register changes with its last byte. */
static int32_t target_write(struct ob_dev *dev, uint32_t byte)
{
    struct tmp105 *s = ob_state(dev);

    if (!s->count)
        s->pointer = byte & POINTER_BITS;
    else
        s->shifter = (uint16_t)(s->shifter << 8 | byte);
    if (s->count == reg_bytes(s))
        reg_write(dev);
    if (s->count < LATER_BYTES)
        s->count++;
    return OB_OK;
}

/* Ones follow the register, as on an idle bus. */
static uint32_t target_read(struct ob_dev *dev)
{
    struct tmp105 *s = ob_state(dev);
    uint32_t byte = s->shifter >> 8;

    s->shifter = (uint16_t)(s->shifter << 8 | 0xff);
    return byte;
}

/* --- life ----------------------------------------------------------------- */

/* The temperature is that of the surroundings: a reset does not change it. */
static void tmp105_reset(struct ob_dev *dev, uint32_t kind)
{
    struct tmp105 *s = ob_state(dev);

    s->reg[REG_CONFIG] = 0;
    s->reg[REG_T_LOW] = T_LOW_RESET;
    s->reg[REG_T_HIGH] = T_HIGH_RESET;
    s->pointer = s->count = s->hot = s->changed = s->faults = 0;
    s->shifter = 0xffff;
    convert(dev);
}

/* A snapshot may hold any value. */
static int32_t tmp105_restored(struct ob_dev *dev)
{
    const struct tmp105 *s = ob_state(dev);

    if (s->pointer >= N_REGS || s->count > LATER_BYTES)
        return ob_refuse(dev, "pointer %u, byte %u; use up to %u and %u",
                         s->pointer, s->count, N_REGS - 1, LATER_BYTES);
    if (s->hot > 1 || s->changed > 1 || s->faults >= FAULTS_MOST)
        return ob_refuse(dev,
                         "hot %u, changed %u, faults %u; use up to 1, 1, 5",
                         s->hot, s->changed, s->faults);
    if (s->reg[REG_CONFIG] & ~CONFIG_KEPT)
        return ob_refuse(dev, "configuration 0x%x; use up to 0x%x",
                         s->reg[REG_CONFIG], CONFIG_KEPT);
    for (uint32_t n = 0; n < N_REGS; n++)
        if (n != REG_CONFIG && s->reg[n] & ~VALUE_BITS)
            return ob_refuse(dev, "register %u is 0x%x; use bits 4 to 15", n,
                             s->reg[n]);
    alert_update(dev);
    return OB_OK;
}

static const struct ob_i2c_target target = {
    .size = sizeof(target), .address = ADDRESS, .on_start = target_start,
    .on_write = target_write, .on_read = target_read,
};
static const struct ob_extension extensions[] = {
    OB_EXT(OB_I2C_TARGET, target, OB_EXT_NEEDED),
};
static const struct ob_prop props[] = {
    { OB_PROP_INT_AT("temperature", struct tmp105, temperature),
      .desc = "thousandths of a degree Celsius", .flags = OB_PROP_LIVE,
      .def = 25000, .min = -55000, .max = 128000,
      .changed = temperature_changed },
};
static const struct ob_gpio outputs[] = { [OUT_ALERT] = { .name = "alert" } };
static const struct ob_saved saved[] = {
    OB_SAVED_ARRAY(struct tmp105, reg), OB_SAVED(struct tmp105, pointer),
    OB_SAVED(struct tmp105, count), OB_SAVED(struct tmp105, shifter),
    OB_SAVED(struct tmp105, hot), OB_SAVED(struct tmp105, changed),
    OB_SAVED(struct tmp105, faults),
};

OB_DEVICE(outboard_tmp105_type, "outboard-tmp105", struct tmp105,
          "Temperature sensor (TMP105)", .extensions = OB_ARRAY(extensions),
          .props = OB_ARRAY(props), .outputs = OB_ARRAY(outputs),
          .saved = OB_ARRAY(saved), .reset = tmp105_reset,
          .restored = tmp105_restored);
OB_I2C_TARGET_INFO("outboard-tmp105");
