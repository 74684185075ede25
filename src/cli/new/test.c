/* SPDX-License-Identifier: MIT */
/* A unit test of @NAME@ on the test bench: only the test moves the clock. */
#include <stdio.h>

#include <outboard/bench.h>

static int failures;

/* Report a condition that is false, with its line, and continue. */
#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);   \
            failures++;                                                       \
        }                                                                     \
    } while (0)

enum { LIMIT = 0x00, CTRL = 0x04, STAT = 0x08 };

int main(void)
{
    struct ob_bench *bench = ob_bench_new();
    struct ob_bench_dev *dev = NULL;

    if (ob_bench_module(bench, &outboard_module) == 0)
        dev = ob_bench_make(bench, "@NAME@-counter", "dut", "");
    if (!dev) {
        fprintf(stderr, "%s\n", ob_bench_error(bench));
        return 1;
    }
    ob_bench_clock_set(dev, 0, 0, 1000000);

    CHECK(ob_bench_read32(dev, 0, LIMIT) == 1000);
    ob_bench_write32(dev, 0, CTRL, 1);
    ob_bench_step(bench, 999999);
    CHECK(!ob_bench_irq(dev, 0, 0));
    ob_bench_step(bench, 1);
    CHECK(ob_bench_irq(dev, 0, 0));
    CHECK(ob_bench_read32(dev, 0, CTRL) == 0);

    ob_bench_write32(dev, 0, STAT, 1);
    CHECK(!ob_bench_irq(dev, 0, 0));

    /* The laws of every device; the bench prints those that are broken. */
    CHECK(ob_bench_check(bench, "@NAME@-counter", NULL, NULL) == 0);
    CHECK(ob_bench_free(bench) == 0);
    puts(failures ? "@NAME@: failed" : "@NAME@: passed");
    return failures ? 1 : 0;
}
