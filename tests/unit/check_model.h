/* SPDX-License-Identifier: MIT */
/*
 * A small model for the test of ob_bench_check(), and what spoils it. The test
 * includes this file once for each mutant, with MUTANT defined as one of the
 * numbers of check_mutants.h. 0 is the model without a fault.
 *
 * "acme-probe" is a timer with an interrupt, a FIFO for received bytes and an
 * input pin that it copies to an output and to a clock.
 */
#define IS(name) (MUTANT == MUTANT_##name)
#define FN_(name, n) name##_##n
#define FN_2(name, n) FN_(name, n)
#define FN(name) FN_2(name, MUTANT)

/* Mutants of the state: a member that all instances share. */
#if IS(STATIC_COUNT)
static uint32_t FN(shared_used);
#define USED(p) FN(shared_used)
#else
#define USED(p) (p)->used
#endif

static void FN(update)(struct ob_dev *dev)
{
    struct probe *p = ob_state(dev);
    bool done = p->ctrl & CTRL_IE && p->stat & STAT_DONE;

    ob_irq_set(dev, IS(IRQ_PAST_LIST) ? 3 : 0, 0, done || USED(p));
    ob_output_set(dev, 0, 0, IS(OUTPUT_WRONG) ? !p->pin : p->pin);
    if (!IS(CLOCK_NOT_DRIVEN) || p->pin)
        ob_clock_drive_hz(dev, CLOCK_OUT, 0, p->pin ? 1000 : 0);
}

static void FN(start)(struct ob_dev *dev)
{
    struct probe *p = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, CLOCK_IN, 0);

    p->started_ns = ob_now_ns(dev);
    p->period_ns = 0;
    if (!(p->ctrl & CTRL_EN) || (!hz && !IS(STOPPED_CLOCK))) {
        if (!IS(CANCEL_FORGOTTEN))
            ob_timer_cancel(dev, 0, 0);
        return;
    }
    p->period_ns = ob_ticks_to_ns(p->load + !IS(NO_PERIOD), hz);
    if (IS(PERIOD_WRONG))
        p->period_ns += p->period_ns / 2;
    if (p->period_ns < 1000 && !IS(STORM) && !IS(NO_PERIOD))
        p->period_ns = 1000;
    if (IS(RELATIVE_DEADLINE))
        ob_timer_arm(dev, 0, 0, p->period_ns);
    else if (IS(DISTANT_DEADLINE))
        ob_timer_arm(dev, 0, 0, p->started_ns << 22);
    else
        ob_timer_arm(dev, 0, 0, p->started_ns + p->period_ns);
}

static void FN(expired)(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct probe *p = ob_state(dev);

    p->stat |= STAT_DONE;
    if (!IS(UPDATE_FORGOTTEN))
        FN(update)(dev);
    FN(start)(dev);
}

static void FN(ctrl_write)(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (IS(RAW_STORED))
        ((struct probe *)ob_state(dev))->ctrl = (uint32_t)w->raw;
    if ((w->old ^ w->value) & CTRL_EN)
        FN(start)(dev);
    FN(update)(dev);
}

/* BUSY follows from the timer. */
static uint64_t FN(ctrl_read)(struct ob_dev *dev, const struct ob_reg_read *r)
{
    bool busy = ob_timer_deadline(dev, 0, 0) != UINT64_MAX;

    return r->stored | (busy ? CTRL_BUSY : 0);
}

static void FN(stat_write)(struct ob_dev *dev, const struct ob_reg_write *w)
{
    FN(update)(dev);
}

static uint64_t FN(count_read)(struct ob_dev *dev, const struct ob_reg_read *r)
{
#if IS(WALL_CLOCK)
    return (uint64_t)rand();
#else
    const struct probe *p = ob_state(dev);

    return p->period_ns
               ? (ob_now_ns(dev) - p->started_ns) * 1000 / p->period_ns
               : 0;
#endif
}

static uint64_t FN(data_read)(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct probe *p = ob_state(dev);
    uint8_t first = p->fifo[0];

    if (!USED(p))
        return 0;
    memmove(p->fifo, p->fifo + 1, FIFO_BYTES - 1);
    p->fifo[FIFO_BYTES - 1] = 0;
    USED(p)--;
    FN(update)(dev);
    ob_chr_ready(dev, 0, 0);
    return first;
}

static uint32_t FN(room)(struct ob_dev *dev, uint32_t chardev, uint32_t n)
{
    const struct probe *p = ob_state(dev);

    (void)p;
    return FIFO_BYTES - USED(p);
}

static void FN(receive)(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                        const uint8_t *bytes, uint32_t count)
{
    struct probe *p = ob_state(dev);

    memcpy(p->fifo + USED(p), bytes, count);
    USED(p) += count;
    FN(update)(dev);
}

static void FN(pin_changed)(struct ob_dev *dev, uint32_t input, uint32_t n,
                            int32_t level)
{
    struct probe *p = ob_state(dev);

    p->pin = (uint8_t)level;
    if (IS(PIN_NOT_PASSED_ON))
        return;
    FN(update)(dev);
}

static void FN(clock_changed)(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    if (!IS(CLOCK_IGNORED))
        FN(start)(dev);
}

static int32_t FN(create)(struct ob_dev *dev)
{
    struct probe *p = ob_state(dev);

    if (IS(IRQ_IN_CREATE))
        FN(update)(dev);
    return p->depth > FIFO_BYTES ? ob_refuse(dev, "depth is too large")
                                 : OB_OK;
}

static void FN(reset)(struct ob_dev *dev, uint32_t kind)
{
    struct probe *p = ob_state(dev);

    p->period_ns = 0;
    if (!IS(RESET_MEMBER_FORGOTTEN))
        USED(p) = 0;
    memset(p->fifo, 0, sizeof(p->fifo));
    p->started_ns = ob_now_ns(dev);
    if (!IS(RESET_LINES_FORGOTTEN))
        FN(update)(dev);
}

static int32_t FN(restored)(struct ob_dev *dev)
{
    struct probe *p = ob_state(dev);

    if (USED(p) > (IS(RESTORED_REFUSES) ? FIFO_BYTES - 1 : FIFO_BYTES))
        return ob_refuse(dev, "used %u is not possible", (unsigned)USED(p));
    p->period_ns = ob_timer_deadline(dev, 0, 0) - p->started_ns;
    if (ob_timer_deadline(dev, 0, 0) == UINT64_MAX || IS(DERIVED_FORGOTTEN))
        p->period_ns = 0;
    if (IS(RESTORED_STARTS))
        FN(start)(dev);
    FN(update)(dev);
    return OB_OK;
}

static const struct ob_field FN(ctrl_fields)[] = {
    OB_BITS("EN", CTRL_EN, OB_RW), OB_BITS("IE", CTRL_IE, OB_RW),
    OB_BITS("BUSY", CTRL_BUSY, IS(STATUS_WRITABLE) ? OB_RW : OB_RO),
};
static const struct ob_field FN(stat_fields)[] = {
    OB_BITS("DONE", STAT_DONE, OB_W1C),
};
/* The registers. */
static const struct ob_reg FN(regs)[] = {
    { OB_REG32("CTRL", 0x00, struct probe, ctrl),
      .fields = OB_ARRAY(FN(ctrl_fields)), .on_read = FN(ctrl_read),
      .on_write = FN(ctrl_write), .access = IS(ACCESS_AND_FIELDS) ? OB_RO : 0 },
    { OB_REG32("STAT", 0x04, struct probe, stat),
      .fields = OB_ARRAY(FN(stat_fields)), .on_write = FN(stat_write) },
    { OB_REG32("LOAD", 0x08, struct probe, load),
      .count = IS(COUNT_PAST_ARRAY) ? 2 : 0 },
    { OB_REG32_HOOKED("COUNT", 0x10), .access = OB_RO,
      .on_read = FN(count_read) },
#if IS(SAME_BYTES)
    { OB_REG32("DATA", 0x14, struct probe, load), .access = OB_RO,
#else
    { OB_REG32_HOOKED("DATA", 0x14), .access = OB_RO,
#endif
      .on_read = FN(data_read) },
    { OB_REG32_CONST("ID", 0xffc, IS(RESET_VALUE_WRONG) ? 0x9b0b : 0x9b0be) },
};
static const struct ob_region FN(regions)[] = {
    { .name = "regs", .bytes = IS(REG_PAST_REGION) ? 0x100 : 0x1000,
      .regs = OB_ARRAY(FN(regs)) },
};
static const struct ob_irq FN(irqs)[] = { { .name = "irq" } };
static const struct ob_gpio FN(inputs)[] = {
    { .name = "pin", .changed = FN(pin_changed) },
};
static const struct ob_gpio FN(outputs)[] = { { .name = "copy" } };
static const struct ob_clock FN(clocks)[] = {
    [CLOCK_IN] = { .name = "clk", .direction = OB_CLOCK_IN,
                   .changed = FN(clock_changed) },
    [CLOCK_OUT] = { .name = "out", .direction = OB_CLOCK_OUT },
};
static const struct ob_timer FN(timers)[] = {
    { .name = "period", .expired = IS(TIMER_NO_FUNCTION) ? NULL
                                                         : FN(expired) },
};
static const struct ob_chardev FN(chardevs)[] = {
    { .name = "chardev", .room = FN(room), .receive = FN(receive) },
};
static const struct ob_prop FN(props)[] = {
    { OB_PROP_UINT_AT("depth", struct probe, depth), .def = FIFO_BYTES },
};
static const struct ob_saved FN(saved)[] = {
#if !IS(SAVED_FORGOTTEN)
    OB_SAVED_ARRAY(struct probe, fifo),
#endif
#if !IS(SAVED_COUNT_FORGOTTEN)
    OB_SAVED(struct probe, used),
#endif
#if !IS(SAVED_TIME_FORGOTTEN)
    OB_SAVED(struct probe, started_ns),
#endif
    OB_SAVED(struct probe, pin),
#if IS(SAVED_PROPERTY)
    OB_SAVED(struct probe, depth),
#endif
};
static const struct ob_device_type FN(type) = {
    .size = sizeof(struct ob_device_type), .name = "acme-probe",
    .state_bytes = sizeof(struct probe), .regions = OB_ARRAY(FN(regions)),
    .irqs = OB_ARRAY(FN(irqs)), .inputs = OB_ARRAY(FN(inputs)),
    .outputs = OB_ARRAY(FN(outputs)), .clocks = OB_ARRAY(FN(clocks)),
    .timers = OB_ARRAY(FN(timers)), .chardevs = OB_ARRAY(FN(chardevs)),
    .props = OB_ARRAY(FN(props)), .saved = OB_ARRAY(FN(saved)),
    .create = FN(create), .reset = IS(RESET_FORGOTTEN) ? NULL : FN(reset),
    .restored = IS(RESTORED_FORGOTTEN) ? NULL : FN(restored),
};

#undef IS
#undef FN
#undef FN_
#undef FN_2
#undef USED
#undef MUTANT
