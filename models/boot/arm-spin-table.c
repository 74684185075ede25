/* SPDX-License-Identifier: MIT */
/*
 * A model of a spin table: slots in which secondary CPUs find their start
 * address. Source: Linux, Documentation/arm64/booting.rst, "spin-table".
 *
 * On hardware the CPUs spin: each reads its slot in a loop. Here the CPUs are
 * powered off. When the guest writes a slot, the slot's line powers its CPU on,
 * so no CPU spins. The CPU's start code then reads the slot as on hardware. A
 * part has the slots of four CPUs. A board with more CPUs has several parts.
 *
 * Not modelled: stopping a CPU by writing 0 (warns).
 */
#include <outboard/outboard.h>

#include "models.h"

enum { CPUS_MAX = 4 };
enum { CPU };                       /* outputs */

struct spin {
    uint64_t slots[CPUS_MAX];       /* registers */
    uint32_t cpus;                  /* property */
};

static void spin_update(struct ob_dev *dev, uint32_t cpu)
{
    const struct spin *s = ob_state(dev);

    ob_output_set(dev, CPU, cpu, s->slots[cpu] != 0);
}

static void spin_update_all(struct ob_dev *dev)
{
    for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++)
        spin_update(dev, cpu);
}

static void slot_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct spin *s = ob_state(dev);

    if (w->index >= s->cpus) {
        s->slots[w->index] = 0;
        ob_log(dev, OB_LOG_GUEST, "SLOT[%u] written, there are %u CPUs",
               (unsigned)w->index, (unsigned)s->cpus);
        return;
    }
    if (w->old && !w->value)
        ob_log(dev, OB_LOG_UNIMPL, "SLOT[%u]: a released CPU continues to run",
               (unsigned)w->index);
    spin_update(dev, w->index);
}

static void spin_reset(struct ob_dev *dev, uint32_t kind)
{
    spin_update_all(dev);
}

/* A snapshot may hold any value, but only `cpus` slots have a CPU. */
static int32_t spin_restored(struct ob_dev *dev)
{
    const struct spin *s = ob_state(dev);

    for (uint32_t cpu = s->cpus; cpu < CPUS_MAX; cpu++)
        if (s->slots[cpu])
            return ob_refuse(dev, "saved slot %u is used, there are %u CPUs",
                             (unsigned)cpu, (unsigned)s->cpus);
    spin_update_all(dev);
    return OB_OK;
}

static const struct ob_reg spin_regs[] = {
    { OB_REG64_ARRAY("SLOT", 0, struct spin, slots), .on_write = slot_write },
};

static const struct ob_region spin_regions[] = {
    { .name = "slots", .bytes = CPUS_MAX * 8, .access_min = 1,
      .access_max = 8, .regs = OB_ARRAY(spin_regs) },
};
static const struct ob_gpio spin_outputs[] = {
    [CPU] = { .name = "cpu", .count = CPUS_MAX },
};
static const struct ob_prop spin_props[] = {
    { OB_PROP_UINT_AT("cpus", struct spin, cpus),
      .desc = "number of CPUs with a slot", .def = CPUS_MAX, .min = 1,
      .max = CPUS_MAX },
};

OB_DEVICE(arm_spin_table_type, "arm-spin-table", struct spin,
          "spin table that powers secondary CPUs on",
          .props = OB_ARRAY(spin_props), .regions = OB_ARRAY(spin_regions),
          .outputs = OB_ARRAY(spin_outputs), .reset = spin_reset,
          .restored = spin_restored);
