/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks a QEMU for `outboard doctor` and writes the report. */
#include "bridge/entry/doctor.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bridge/machines/machine_type.h"
#include "bridge/process/arguments.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"
#include "loader/loader.h"

enum { MMIO_AT = 0x10000000, MMIO_BYTES = 0x1000, RAM_AT = 0 };

static struct {
    int fd;
    int64_t us, cpu_us;
    uint64_t mmio_addr, mmio_value;     /* the last write that arrived */
    unsigned mmio_size;
} doctor;

/* The checks on the scratch machine. `value` is valid once `done` is set. */
static struct live_check {
    const char *name;
    const char *how;
    bool done;
    uint64_t value;
} live_ram = { "live: RAM bytes",
               "written to the machine's own RAM and read back", false, 0 },
  live_mmio = { "live: register",
                "the value of a write of 4 bytes as it came, and a read that "
                "came back",
                false, 0 },
  live_property = { "live: CPUs", "read of -smp; \"append\" was set and read",
                    false, 0 },
  live_machines = { "live: machines",
                    "whose name, CPU limit and RAM id are as query-machines "
                    "says",
                    false, 0 },
  live_landlock = { "host: Landlock",
                    "version of what closes files and the network to models' "
                    "processes, besides their filter of system calls (0: this "
                    "kernel has none)",
                    false, 0 };

static const struct live_check *const live_checks[] = {
    &live_ram, &live_mmio, &live_property, &live_machines, &live_landlock,
};

static void text_append(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(out, '\\');
        if ((unsigned char)*text < 0x20)
            g_string_append_printf(out, "\\u%04x", (unsigned)*text);
        else
            g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

/*
 * One row of a table. `value` is null if the self-check ended before the row.
 */
static void row_append(GString *out, bool first, const char *name,
                       bool reached, uint64_t value, const char *how)
{
    g_string_append(out, first ? "\n    { \"name\": " : ",\n    { \"name\": ");
    text_append(out, name);
    if (reached)
        g_string_append_printf(out, ", \"value\": %" PRIu64, value);
    else
        g_string_append(out, ", \"value\": null");
    g_string_append(out, ", \"how\": ");
    text_append(out, how);
    g_string_append(out, " }");
}

/*
 * In a refusal, 0 means that the self-check did not reach the item. In a
 * success, 0 is a value like any other.
 */
static void rows_append(GString *out, bool refused)
{
    const struct layout_row *row;
    unsigned n, i;

    row = layout_rows(&n);
    for (i = 0; i < n; i++, row++)
        row_append(out, i == 0, row->name, !refused || layout_value(row) != 0,
                   layout_value(row), row->how);
}

static void checks_append(GString *out)
{
    size_t i;

    for (i = 0; i < G_N_ELEMENTS(live_checks); i++)
        row_append(out, i == 0, live_checks[i]->name, live_checks[i]->done,
                   live_checks[i]->value, live_checks[i]->how);
}

static void text_member_append(GString *out, const char *key, const char *text)
{
    g_string_append_printf(out, ",\n  \"%s\": ", key);
    text_append(out, text);
}

/* What a reader of the report must know of the machine that it comes from. */
static void host_append(GString *out)
{
    struct utsname host;
    char *kernel;

    if (uname(&host) < 0)
        return;
    kernel = g_strdup_printf("%s %s", host.sysname, host.release);
    text_member_append(out, "kernel", kernel);
    text_member_append(out, "machine", host.machine);
    g_free(kernel);
}

static void report_write(const GString *out)
{
    size_t at = 0;
    ssize_t n;

    while (at < out->len) {
        n = write(doctor.fd, out->str + at, out->len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        at += n;
    }
}

/* Write the report and end QEMU, with status 0 if every check passed. */
static void __attribute__((noreturn))
report_end(int ret, const struct ob_err *err, bool live)
{
    GString *out = g_string_new("{ \"qemu\": ");
    unsigned bound, all;

    symbols_count(&bound, &all);
    text_append(out, layout_identity());
    text_member_append(out, "outboard", OB_VERSION);
    host_append(out);
    g_string_append_printf(
        out, ",\n  \"ok\": %s,\n  \"error\": ", ret == 0 ? "true" : "false");
    if (ret == 0)
        g_string_append(out, "null");
    else
        text_append(out, err->text);
    g_string_append_printf(out,
                           ",\n  \"symbols\": { \"bound\": %u, "
                           "\"all\": %u },\n  \"us\": %" PRId64 ",\n"
                           "  \"cpu_us\": %" PRId64 ",\n  \"live\": %s,\n"
                           "  \"layout\": [",
                           bound, all, doctor.us, doctor.cpu_us,
                           live ? "true" : "false");
    rows_append(out, ret < 0 && !live);
    g_string_append(out, " ],\n  \"checks\": [");
    checks_append(out);
    g_string_append(out, " ] }\n");
    report_write(out);
    exit(ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static uint64_t mmio_read(void *opaque, uint64_t addr, unsigned size)
{
    (void)opaque;
    (void)size;
    return 0x0b0a4d00u | addr;
}

static void mmio_write(void *opaque, uint64_t addr, uint64_t data,
                       unsigned size)
{
    (void)opaque;
    doctor.mmio_addr = addr;
    doctor.mmio_value = data;
    doctor.mmio_size = size;
}

static const struct qemu_region_ops mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .endianness = QEMU_ENDIAN_LITTLE,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};

static int live_fail(const char *what, struct ob_err *err)
{
    return err_set(err, -ENOTSUP,
                   "live check: %s, in %s; do not use outboard with this "
                   "QEMU, and report it",
                   what, layout_identity());
}

static void live_pass(struct live_check *check, uint64_t value)
{
    check->done = true;
    check->value = value;
}

static int ram_try(struct bridge_machine *m, struct ob_err *err)
{
    static const unsigned char sent[8] = { 'o', 'u', 't', 'b', 1, 2, 3, 4 };
    unsigned char back[8] = { 0 };
    struct MemoryRegion *ram = machine_ram(m);
    struct AddressSpace *as = q.address_space_memory;

    if (!ram || machine_ram_bytes(m) != 1 << 20)
        return live_fail("the machine's RAM is not the 1 MiB asked for", err);
    q.memory_region_add_subregion(q.get_system_memory(), RAM_AT, ram);
    q.address_space_rw(as, RAM_AT + 0x100, 0, (void *)sent, 8, true);
    q.address_space_rw(as, RAM_AT + 0x100, 0, back, 8, false);
    if (memcmp(sent, back, 8) != 0)
        return live_fail("RAM does not read back", err);
    live_pass(&live_ram, sizeof(sent));
    return 0;
}

static int mmio_try(struct bridge_machine *m, struct ob_err *err)
{
    struct MemoryRegion *mr = g_malloc0(layout.region);
    struct AddressSpace *as = q.address_space_memory;
    unsigned char word[4] = { 0x78, 0x56, 0x34, 0x12 };

    q.memory_region_init_io(mr, (struct Object *)m->state, &mmio_ops, NULL,
                            "outboard-doctor", MMIO_BYTES);
    q.memory_region_add_subregion(q.get_system_memory(), MMIO_AT, mr);
    q.address_space_rw(as, MMIO_AT + 0x24, 0, word, 4, true);
    if (doctor.mmio_addr != 0x24 || doctor.mmio_size != 4 ||
        doctor.mmio_value != 0x12345678)
        return live_fail("a register write did not arrive as it was sent",
                         err);
    q.address_space_rw(as, MMIO_AT + 0x24, 0, word, 4, false);
    if (word[0] != 0x24 || word[3] != 0x0b)
        return live_fail("a register read did not come back", err);
    live_pass(&live_mmio, doctor.mmio_value);
    return 0;
}

static int property_try(struct bridge_machine *m, struct ob_err *err)
{
    char *text;
    bool same;

    q.object_property_set_str((struct Object *)m->state, "append", "outboard",
                              NULL);
    text = machine_text(m, "append");
    same = text && strcmp(text, "outboard") == 0;
    g_free(text);
    if (!same)
        return live_fail("a property did not read back", err);
    if (machine_smp(m, "cpus") != 1)
        return live_fail("-smp did not read as 1", err);
    live_pass(&live_property, 1);
    return 0;
}

/*
 * Compare one entry of query-machines with what the bridge reads of its class.
 */
static int machine_compare(struct QDict *entry, struct ob_err *err)
{
    const char *name = q.qdict_get_try_str(entry, "name");
    const char *ram_id = q.qdict_get_try_str(entry, "default-ram-id");
    char *type = g_strconcat(name ? name : "", "-machine", NULL);
    const char *oc = (const char *)q.object_class_by_name(type);
    uint32_t cpus;
    const char *texts[2];       /* name, default_ram_id */

    g_free(type);
    if (!oc)
        return live_fail("query-machines names an unknown class", err);
    memcpy(&cpus, oc + layout.mc_max_cpus, sizeof(cpus));
    memcpy(&texts[0], oc + layout.mc_name, sizeof(texts[0]));
    memcpy(&texts[1], oc + layout.mc_ram_id, sizeof(texts[1]));
    if (cpus != q.qdict_get_try_int(entry, "cpu-max", -1))
        return live_fail("max_cpus differs from query-machines", err);
    if (g_strcmp0(texts[0], name) != 0 || g_strcmp0(texts[1], ram_id) != 0)
        return live_fail("a text differs from query-machines", err);
    return 0;
}

static int machines_try(struct ob_err *err)
{
    struct QObject *list = NULL, *entry;
    int n = 0, ret = 0;

    q.qmp_marshal_query_machines(q.qdict_new(), &list, NULL);
    while (list && ret == 0 && (entry = q.qlist_pop((struct QList *)list))) {
        ret = machine_compare((struct QDict *)entry, err);
        n++;
    }
    if (ret == 0 && n < 2)
        return live_fail("query-machines is empty", err);
    if (ret == 0)
        live_pass(&live_machines, n);
    return ret;
}

static int doctor_machine_init(struct bridge_machine *m, struct ob_err *err)
{
    int ret = ram_try(m, err);

    if (ret == 0)
        ret = mmio_try(m, err);
    if (ret == 0)
        ret = property_try(m, err);
    if (ret == 0)
        ret = machines_try(err);
    if (ret == 0)
        live_pass(&live_landlock, (uint64_t)loader_landlock());
    report_end(ret, err, true);
}

static bool machine_is_named(void)
{
    const char *name = arguments_value("M");

    if (!name)
        name = arguments_value("machine");
    return name && strcmp(name, DOCTOR_MACHINE) == 0;
}

void doctor_hook(int fd, int ret, const struct ob_err *err, int64_t us,
                 int64_t cpu_us)
{
    doctor.fd = fd;
    doctor.us = us;
    doctor.cpu_us = cpu_us;
    if (ret < 0 || !machine_is_named())
        report_end(ret, err, false);
    machine_type_register_doctor(doctor_machine_init);
}
