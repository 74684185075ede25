/* SPDX-License-Identifier: MIT */
/*
 * The module "acme-board": the ACME DevKit, written in C. It describes the same
 * board as acme-devkit.json, with the same keys. C adds the loop.
 */
#include <outboard/outboard.h>

OB_MODINFO("arch", "arm,aarch64");
OB_MODINFO("deps", "acme");
OB_MODINFO("boards", "acme-devkit-c");

/* Manual, 1.1 and 1.2: three equal UARTs with consecutive addresses. */
enum { UARTS = 3, UART_BASE = 0x40011000, UART_STEP = 0x400, UART_IRQ = 37 };

static void add_memory(struct ob_board *b)
{
    ob_board_add(b, "memory", "flash",
                 "{ 'at': '0x08000000', 'size': '1 MiB', 'kind': 'rom' }");
    ob_board_add(b, "memory", "sram",
                 "{ 'at': '0x20000000', 'size': '192 KiB' }");
}

static void add_uarts(struct ob_board *b)
{
    char name[8];

    for (unsigned n = 0; n < UARTS; n++) {
        snprintf(name, sizeof(name), "uart%u", n);
        ob_board_add(b, "parts", name,
                     "{ 'type': 'acme-uart', 'at': '0x%x', 'irq': 'cpu.%u',"
                     "  'clocks': { 'clk': '168 MHz' }, 'serial': %u }",
                     UART_BASE + n * UART_STEP, UART_IRQ + n, n);
    }
}

static void add_others(struct ob_board *b)
{
    ob_board_add(b, "parts", "timer",
                 "{ 'type': 'acme-timer', 'at': '0x40010000',"
                 "  'irq': 'cpu.28', 'clocks': { 'clk': '168 MHz' } }");
    ob_board_add(b, "parts", "porta",
                 "{ 'type': 'acme-gpio', 'at': '0x40020000',"
                 "  'irq': 'cpu.6', 'gpio': { 'out': ['porta.in.9'] } }");
    ob_board_add(b, "parts", "power",
                 "{ 'type': 'acme-power', 'at': '0x40007000' }");
}

/*
 * The host keeps the first error of ob_board_add(), so checking the last result
 * is sufficient.
 */
static int32_t devkit_build(struct ob_board *b)
{
    add_memory(b);
    ob_board_add(b, "parts", "cpu",
                 "{ 'type': 'armv7m',"
                 "  'props': { 'cpu-type': 'cortex-m4-arm-cpu',"
                 "             'num-irq': 96 },"
                 "  'clocks': { 'cpuclk': '168 MHz' } }");
    add_uarts(b);
    add_others(b);
    return ob_board_add(b, "boot", NULL,
                        "{ 'kind': 'cortex-m', 'cpu': 'cpu',"
                        "  'load': 'flash' }");
}

/* The board has memory of its own, so ram_default stays 0. */
static const char *const devkit_arch[] = { "arm", "aarch64", NULL };

static const struct ob_board_type devkit = {
    .size = sizeof(devkit),
    .name = "acme-devkit-c",
    .title = "ACME DevKit rev B (in C)",
    .arch = devkit_arch,
    .build = devkit_build,
};

static const struct ob_board_type *const boards[] = { &devkit };

OB_MODULE_WITH("acme-board", "1.0", "MIT",
               .desc = "the ACME DevKit, written in C",
               .boards = OB_ARRAY(boards));
