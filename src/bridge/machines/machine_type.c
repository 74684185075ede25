/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers a QOM type for each board of the registry, and reads the options
 * that QEMU's machine has.
 */
#include "bridge/machines/machine_type.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "bridge/guard/guard.h"
#include "bridge/process/arguments.h"
#include "bridge/process/report.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"

#define MACHINE_SUFFIX "-machine"
#define RAM_ID "outboard.ram"

/* no_parallel, no_floppy, no_cdrom: devices that only a PC has by default. */
enum { FLAG_NO_SERIAL = 1, FLAGS_NO_PC = 0xe };

/* The argument of class_init. It is never freed. */
struct machine_kind {
    const char *name;           /* as in -M NAME */
    const char *alias;          /* another name, or NULL */
    const char *title;
    const struct board_head *head;
    const struct registry_board *board;
    int (*init)(struct bridge_machine *m, struct ob_err *err);
};

struct machine_class_private {
    const struct machine_kind *kind;
};

static void *class_slot(struct ObjectClass *oc, size_t at)
{
    return (char *)oc + at;
}

static void class_text_set(struct ObjectClass *oc, size_t at, const char *text)
{
    memcpy(class_slot(oc, at), &text, sizeof(text));
}

static const char *class_text(struct ObjectClass *oc, size_t at)
{
    const char *text;

    memcpy(&text, class_slot(oc, at), sizeof(text));
    return text;
}

static struct machine_class_private *class_private(struct ObjectClass *oc)
{
    return class_slot(oc, layout_round(layout.machine_class));
}

static struct bridge_machine *machine_of(void *obj)
{
    return (void *)((char *)obj + layout_round(layout.machine));
}

static const struct machine_kind *machine_kind_of(void *obj)
{
    struct ObjectClass *oc = q.object_get_class(obj);

    return class_private(oc)->kind;
}

/*
 * Read a member of a struct property as a QObject. The dictionary is not freed:
 * that would need its layout, and the bridge reads it only once.
 */
static int64_t machine_member(const struct bridge_machine *m,
                              const char *property, const char *member)
{
    struct Object *obj = (struct Object *)m->state;
    struct QObject *value;

    if (!q.object_property_find(obj, property))
        return 0;
    value = q.object_property_get_qobject(obj, property, NULL);
    if (!value)
        return 0;
    return q.qdict_get_try_int((struct QDict *)value, member, 0);
}

/* QEMU's own parts read the size of -m, so set it to `bytes` again. */
static void ram_size_set(const struct bridge_machine *m, uint64_t bytes)
{
    struct Object *obj = (struct Object *)m->state;
    char *text = g_strdup_printf("{\"size\": %" PRIu64 "}", bytes);
    struct QObject *value = q.qobject_from_json(text, NULL);
    struct Error *why = NULL;

    if (value)
        q.object_property_set_qobject(obj, "memory", value, &why);
    if (why)
        q.error_free(why);
    g_free(text);
}

/*
 * For a board with its own RAM. Management tools pass -m to every machine, so
 * -m causes a warning and has no effect.
 */
static void ram_ignore(const struct bridge_machine *m,
                       const struct board_head *head)
{
    struct ObjectClass *oc = q.object_get_class((void *)m->state);
    uint64_t usual, bytes = machine_member(m, "memory", "size");

    memcpy(&usual, class_slot(oc, layout.mc_ram_size), sizeof(usual));
    if (bytes == usual && !arguments_value("m"))
        return;
    report_warning("-m: board %s has its own memory (%" PRIu64
                   " MiB asked for have no effect); leave -m out",
                   head->name, bytes >> 20);
    if (bytes != usual)
        ram_size_set(m, usual);
}

static int ram_check(const struct bridge_machine *m,
                     const struct board_head *head, struct ob_err *err)
{
    uint64_t bytes = machine_ram_bytes(m);
    uint64_t least = head->ram_min, most = head->ram_max;

    if (head->ram_default == 0) {
        ram_ignore(m, head);
        return 0;
    }
    if (least == 0)
        least = head->ram_default;
    if (most == 0)
        most = head->ram_default;
    if (bytes >= least && bytes <= most)
        return 0;
    return err_set(err, -EINVAL,
                   "-m: board %s takes %" PRIu64 " to %" PRIu64
                   " MiB (%" PRIu64 " MiB asked for); use one of these",
                   head->name, least >> 20, most >> 20, bytes >> 20);
}

static int machine_build(struct bridge_machine *m,
                         const struct machine_kind *kind, struct ob_err *err)
{
    const char *cpu = arguments_value("cpu");
    int ret = ram_check(m, kind->head, err);

    if (ret < 0)
        return ret;
    if (cpu)
        report_warning(
            "-cpu: board %s has its own CPUs (\"%s\" has no effect); leave "
            "-cpu out",
            kind->name, cpu);
    if (kind->init)
        return kind->init(m, err);
    if (!bridge_callbacks.machine_init)
        return err_set(err, -ENOSYS,
                       "board %s: this build of the bridge makes no boards; "
                       "install a complete outboard",
                       kind->name);
    return bridge_callbacks.machine_init(m, err);
}

/* MachineClass.init: QEMU has parsed all options and created the RAM. */
static void machine_init(struct MachineState *state)
{
    struct bridge_machine *m = machine_of(state);
    const struct machine_kind *kind = machine_kind_of(state);
    struct ob_err err = { 0 };

    m->state = state;
    m->board = kind->board;
    if (machine_build(m, kind, &err) < 0)
        guard_fatal(&err);
}

static void cpus_set(struct ObjectClass *oc, const struct board_head *head)
{
    uint32_t cpus[3];           /* max_cpus, min_cpus, default_cpus */

    cpus[2] = head->cpus_default > 0 ? head->cpus_default : 1;
    cpus[1] = 1;
    cpus[0] = head->cpus_max > cpus[2] ? head->cpus_max : cpus[2];
    memcpy(class_slot(oc, layout.mc_max_cpus), cpus, sizeof(cpus));
}

/*
 * A board with its own RAM keeps QEMU's default size, but has no RAM id. Then
 * QEMU creates no RAM, and -device loader takes that size as its limit.
 */
static void ram_set(struct ObjectClass *oc, const struct board_head *head)
{
    uint64_t bytes = head->ram_default;

    if (bytes > 0)
        memcpy(class_slot(oc, layout.mc_ram_size), &bytes, sizeof(bytes));
    class_text_set(oc, layout.mc_ram_id, bytes > 0 ? RAM_ID : NULL);
}

static void acpi_get(struct Object *obj, struct Visitor *v, const char *name,
                     void *opaque, struct Error **errp)
{
    char *off = g_strdup("off");

    (void)obj;
    (void)opaque;
    q.visit_type_str(v, name, &off, errp);
    g_free(off);
}

static void acpi_set(struct Object *obj, struct Visitor *v, const char *name,
                     void *opaque, struct Error **errp)
{
    char *text = NULL;

    (void)opaque;
    if (!q.visit_type_str(v, name, &text, errp))
        return;
    if (strcmp(text, "off") != 0 && strcmp(text, "auto") != 0)
        q.error_setg_internal(errp, __FILE__, __LINE__, __func__,
                              "acpi: board %s has no ACPI tables (\"%s\" "
                              "asked for); use acpi=off",
                              machine_kind_of(obj)->name, text);
    g_free(text);
}

/*
 * Runs at every start for every board, so it only stores values, and adds the
 * one option that management tools pass to every machine of x86 and ARM.
 */
static void machine_class_init(struct ObjectClass *oc, void *data)
{
    const struct machine_kind *kind = data;
    void (*init)(struct MachineState *) = machine_init;
    uint32_t flags;

    class_private(oc)->kind = kind;
    class_text_set(oc, layout.mc_name, kind->name);
    class_text_set(oc, layout.mc_alias, kind->alias);
    class_text_set(oc, layout.mc_desc, kind->title);
    memcpy(class_slot(oc, layout.mc_init), &init, sizeof(init));
    memcpy(&flags, class_slot(oc, layout.mc_flags), sizeof(flags));
    flags |= FLAGS_NO_PC;
    memcpy(class_slot(oc, layout.mc_flags), &flags, sizeof(flags));
    cpus_set(oc, kind->head);
    ram_set(oc, kind->head);
    q.object_class_property_add(oc, "acpi", "OnOffAuto", acpi_get, acpi_set,
                                NULL, NULL);
}

/* QEMU 11.1 lists only machines that implement the interface of its target. */
static const char *target_interface(void)
{
    const char *name = NULL;

    if (q.target_machine_typename)
        name = q.target_machine_typename();
    return !name || strcmp(name, "machine") == 0 ? NULL : name;
}

static void kind_register(const struct machine_kind *kind, const char *type)
{
    const struct qemu_interface_info interfaces[2] = {
        { target_interface() }, { NULL },
    };
    struct qemu_type_info info = {
        .name = type,
        .parent = "machine",
        .instance_size = layout_round(layout.machine) +
                         sizeof(struct bridge_machine),
        .class_size = layout_round(layout.machine_class) +
                      sizeof(struct machine_class_private),
        .class_init = machine_class_init,
        .class_data = (void *)kind,
        .interfaces = interfaces[0].type ? interfaces : NULL,
    };

    q.type_register_static(&info);
}

/*
 * QEMU finds a machine by `name` and `alias` of the classes, not by type. So
 * the bridge renames QEMU's own board of that name.
 */
static void name_free(GSList *machines, const char *name)
{
    for (; machines; machines = machines->next) {
        const char *has = class_text(machines->data, layout.mc_name);
        const char *alias = class_text(machines->data, layout.mc_alias);

        if (has && strcmp(has, name) == 0)
            class_text_set(machines->data, layout.mc_name,
                           g_strconcat(name, "-qemu", NULL));
        if (alias && strcmp(alias, name) == 0)
            class_text_set(machines->data, layout.mc_alias, NULL);
    }
}

static int name_check(const char *name, struct ob_err *err)
{
    const char *flaw = str_type_flaw(name);

    if (strcmp(name, "none") == 0)
        return err_set(err, -EINVAL,
                       "board \"none\": the name is QEMU's own (tools probe "
                       "it); rename the board");
    if (!flaw)
        return 0;
    return err_set(err, -EINVAL,
                   "board \"%s\": the name %s; QEMU takes letters, digits, "
                   "'.', '_' and '-'",
                   name, flaw);
}

/* Check all names of a board before any of them is registered. */
static int names_check(const struct registry_board *b, struct ob_err *err)
{
    int ret = name_check(b->head.name, err);

    for (uint32_t i = 0; ret == 0 && b->head.aliases[i]; i++)
        ret = name_check(b->head.aliases[i], err);
    return ret;
}

/* Find a free name, because QEMU aborts on a second type of the same name. */
static char *type_name_free(const char *name)
{
    char *type = g_strconcat(name, MACHINE_SUFFIX, NULL);

    for (unsigned n = 1; q.object_class_by_name(type); n++) {
        g_free(type);
        type = n == 1
                   ? g_strconcat(name, "-outboard" MACHINE_SUFFIX, NULL)
                   : g_strdup_printf("%s-outboard%u" MACHINE_SUFFIX, name, n);
    }
    return type;
}

static void name_register(const struct registry_board *b, const char *name,
                          const char *alias, GSList *machines)
{
    struct machine_kind *kind = g_new0(struct machine_kind, 1);
    char *type;

    kind->name = name;
    kind->alias = alias;
    kind->head = &b->head;
    kind->board = b;
    kind->title = b->head.title;
    if (strcmp(name, b->head.name) != 0)
        kind->title = g_strdup_printf("%s (alias of %s)", b->head.title,
                                      b->head.name);
    name_free(machines, name);
    if (alias)
        name_free(machines, alias);
    type = type_name_free(name);
    kind_register(kind, type);
    g_free(type);
}

/*
 * A class has one alias. Further aliases become machines of their own. A name
 * or alias that another board has already stays with that board.
 */
static void board_register(const struct registry *registry,
                           const struct registry_board *b, GSList *machines)
{
    const char *first = NULL;

    for (uint32_t i = 0; b->head.aliases[i] && !first; i++)
        if (registry_find_board(registry, b->head.aliases[i]) == b)
            first = b->head.aliases[i];
    name_register(b, b->head.name, first, machines);
    for (uint32_t i = 0; b->head.aliases[i]; i++)
        if (b->head.aliases[i] != first &&
            registry_find_board(registry, b->head.aliases[i]) == b)
            name_register(b, b->head.aliases[i], NULL, machines);
}

/* A faulty installed board must not stop machines that do not need it. */
static int board_take(const struct registry *registry,
                      const struct registry_board *b, GSList *machines,
                      struct ob_err *err)
{
    struct ob_err own = { 0 };

    if (names_check(b, &own) == 0) {
        board_register(registry, b, machines);
        return 0;
    }
    if (b->origin != REGISTRY_INSTALLED)
        return err_set(err, own.code, "%s", own.text);
    report_warning("%s", own.text);
    return 0;
}

int machine_types_register(const struct registry *registry, struct ob_err *err)
{
    struct registry_board *const *boards;
    GSList *machines;
    uint32_t n, i;
    int ret = 0;

    boards = registry_boards(registry, &n);
    if (n == 0)
        return 0;
    machines = q.object_class_get_list("machine", false);
    for (i = 0; i < n && ret == 0; i++)
        ret = board_take(registry, boards[i], machines, err);
    g_slist_free(machines);
    return ret;
}

void machine_type_register_doctor(int (*init)(struct bridge_machine *m,
                                              struct ob_err *err))
{
    static const struct board_head head = {
        .name = DOCTOR_MACHINE, .title = "scratch machine of outboard doctor",
        .ram_default = 1 << 20, .cpus_default = 1, .cpus_max = 1,
    };
    static struct machine_kind kind = {
        .name = DOCTOR_MACHINE, .head = &head,
    };

    kind.title = head.title;
    kind.init = init;
    kind_register(&kind, DOCTOR_MACHINE MACHINE_SUFFIX);
}

int machine_qemu_error(struct Error *qerr, const char *where,
                       struct ob_err *err)
{
    const char *text = qerr ? q.error_get_pretty(qerr) : "failed";
    int ret = err_set(err, -EINVAL, "%s: %s", where, text);

    if (qerr)
        q.error_free(qerr);
    return ret;
}

char *machine_text(const struct bridge_machine *m, const char *option)
{
    struct Object *obj = (struct Object *)m->state;
    struct Error *qerr = NULL;
    char *text;

    if (!q.object_property_find(obj, option))
        return NULL;
    text = q.object_property_get_str(obj, option, &qerr);
    if (qerr)
        q.error_free(qerr);
    if (text && text[0] == '\0') {
        g_free(text);
        return NULL;
    }
    return text;
}

uint32_t machine_smp(const struct bridge_machine *m, const char *member)
{
    return machine_member(m, "smp", member);
}

struct MemoryRegion *machine_ram(const struct bridge_machine *m)
{
    struct Object *obj = (struct Object *)m->state;
    struct Object *backend;

    /* The user may still have given a memory backend; nothing uses it. */
    if (machine_kind_of(obj)->head->ram_default == 0)
        return NULL;
    backend = q.object_property_get_link(obj, "memory-backend", NULL);
    if (!backend)
        return NULL;
    return q.host_memory_backend_get_memory(backend);
}

uint64_t machine_ram_bytes(const struct bridge_machine *m)
{
    struct MemoryRegion *mr = machine_ram(m);

    return mr ? q.memory_region_size(mr) : 0;
}
