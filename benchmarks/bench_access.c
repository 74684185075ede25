/* SPDX-License-Identifier: MIT */
/*
 * This program measures register accesses on the test bench, in ns and in
 * millions a second: reads and writes of declared registers and of registers
 * that functions serve. It runs the cases in turn and prints the median,
 * because other programs use the same machine.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <outboard/bench.h>

enum { ROUNDS = 15, ACCESSES = 1000000 };

struct st {
    uint32_t data, flags, ctrl, served;
};

static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct st *s = ob_state(dev);

    s->served = (uint32_t)w->value;
}

static uint64_t fn_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint32_t bytes)
{
    struct st *s = ob_state(dev);

    return offset == 4 ? s->served : 0;
}

static void fn_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                     uint64_t value, uint32_t bytes)
{
    struct st *s = ob_state(dev);

    if (offset == 4)
        s->served = (uint32_t)value;
}

static const struct ob_field flag_fields[] = {
    OB_BITS("DONE", 0x1, OB_W1C),
    OB_BITS("MODE", 0xf0, OB_RW),
    OB_BITS("BUSY", 0x100, OB_RO),
};
static const struct ob_reg regs[] = {
    { OB_REG32("DATA", 0x00, struct st, data) },
    { OB_REG32("FLAGS", 0x04, struct st, flags),
      .fields = OB_ARRAY(flag_fields) },
    { OB_REG32("CTRL", 0x08, struct st, ctrl), .on_write = ctrl_write },
};
static const struct ob_region regions[] = {
    { .name = "declared", .bytes = 0x1000, .regs = OB_ARRAY(regs) },
    { .name = "served", .bytes = 0x1000, .on_read = fn_read,
      .on_write = fn_write },
};
OB_DEVICE(type, "bench-access", struct st, "registers and functions",
          .regions = OB_ARRAY(regions));
OB_MODULE("bench", "1", "MIT", &type);

static const struct job {
    const char *name;
    uint32_t region, offset;
    bool write;
    uint32_t value;
} jobs[] = {
    { "declared, read", 0, 0x00, false, 0 },
    { "declared, read, fields", 0, 0x04, false, 0 },
    { "declared, write", 0, 0x00, true, 0x55 },
    { "declared, write, fields", 0, 0x04, true, 0x31 },
    { "declared, write, hook", 0, 0x08, true, 0x55 },
    { "functions, read", 1, 0x04, false, 0 },
    { "functions, write", 1, 0x04, true, 0x55 },
};
enum { JOBS = sizeof(jobs) / sizeof(jobs[0]) };

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Returns the ns for each access of one round. */
static double job_time(struct ob_bench_dev *dev, const struct job *j)
{
    volatile uint32_t sink;
    uint64_t start = now_ns();

    if (j->write)
        for (uint32_t n = 0; n < ACCESSES; n++)
            ob_bench_write32(dev, j->region, j->offset, j->value);
    else
        for (uint32_t n = 0; n < ACCESSES; n++)
            sink = ob_bench_read32(dev, j->region, j->offset);
    (void)sink;
    return (double)(now_ns() - start) / ACCESSES;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(void)
{
    static double times[JOBS][ROUNDS];
    struct ob_bench *b = ob_bench_new();
    struct ob_bench_dev *dev = NULL;

    if (!ob_bench_module(b, &outboard_module))
        dev = ob_bench_make(b, "bench-access", "dut", NULL);
    if (!dev) {
        fprintf(stderr, "bench_access: %s\n", ob_bench_error(b));
        ob_bench_free(b);
        return 1;
    }
    for (int round = 0; round < ROUNDS; round++)
        for (size_t n = 0; n < JOBS; n++)
            times[n][round] = job_time(dev, &jobs[n]);
    printf("%-26s %8s %10s\n", "access", "ns", "million/s");
    for (size_t n = 0; n < JOBS; n++) {
        qsort(times[n], ROUNDS, sizeof(double), compare);
        printf("%-26s %8.2f %10.1f\n", jobs[n].name, times[n][ROUNDS / 2],
               1000.0 / times[n][ROUNDS / 2]);
    }
    return ob_bench_free(b) ? 1 : 0;
}
