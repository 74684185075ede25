/* SPDX-License-Identifier: MIT */
/*
 * A QEMU that the bridge could live in: just enough of QEMU's object model,
 * with layouts of its own, that the self-check finds all that it looks for.
 * STUB makes one thing wrong:
 *
 *   ITEM:none   nothing is where the item (a field of layout.def) is looked for
 *   ITEM:two    it is there twice
 *   ITEM:bad    it is there once, and makes no sense
 *   ITEM:type   one of the types that show it is missing
 *   unlocked    the machine lock is not held at the hook
 *   machine     there is a machine at the hook
 *
 * What is registered with it, except the self-check's own abstract types, is
 * told as "registered NAME". Ends with 0 if the bridge let it go on.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef REGION_OPS_BYTES
#define REGION_OPS_BYTES 80
#endif
#ifndef VMSD_BYTES
#define VMSD_BYTES 88
#endif
#ifndef INFO_BYTES
#define INFO_BYTES 24
#endif

/* Where things are in this QEMU; no other has them just so. */
enum {
    CLASS_BYTES = 512,
    DC_CATEGORIES = 104, DC_DESC = 112, DC_CREATABLE = 129, DC_SPARE = 136,
    DC_REALIZE = 144,
    DC_UNREALIZE = 160, DC_BUS_TYPE = 168, DC_BYTES = 184,
    MC_NAME = 104, MC_ALIAS = 112, MC_DESC = 120, MC_SPARE = 128,
    MC_INIT = 152, MC_CPUS = 180, MC_FLAGS = 192, MC_RAM_SIZE = 240,
    MC_RAM_ID = 304, MC_DYNAMIC = 328, MC_BYTES = 360,
    CLOCK_PERIOD = 56, CLOCK_SPARE = 72, CLOCK_BYTES = 112,
    VMSD_SPARE = 56, VMSD_FIELDS = 72, VMSD_SUBSECTIONS = 80,
    FIELD_SPARE = 40, FIELD_OFFSET = 16, FIELD_SIZE = 24, FIELD_INFO = 64,
    FIELD_FLAGS = 72, FIELD_BYTES = 104,
    TYPES_MAX = 32,
};

struct type_info {
    const char *name, *parent;
    size_t instance_size, instance_align;
    void *calls[3];
    bool abstract;
    size_t class_size;
};

/* The slots that the bridge looks through: sizes at 8 and 16. */
struct type {
    const char *name;
    size_t sizes[7];
    char class[CLASS_BYTES] __attribute__((aligned(8)));
};

static struct type types[TYPES_MAX];
static int type_count;
static void (*hook)(void);

#pragma GCC visibility push(default)

void register_module_init(void (*fn)(void), int type);
bool bql_locked(void);
void *type_register_static(const struct type_info *info);
void *object_class_by_name(const char *name);
GSList *object_class_get_list(const char *name, bool abstract);
void *object_new(const char *name);
void object_unref(void *obj);
bool clock_set(void *clk, uint64_t period);
void device_class_set_parent_realize(void *dc, void *fn, void **parent);
void device_class_set_parent_unrealize(void *dc, void *fn, void **parent);
void machine_class_allow_dynamic_sysbus_dev(void *mc, const char *type);
void qmp_marshal_query_version(void *args, void **ret, void **errp);
void *qdict_new(void);
void *qdict_get_qdict(void *dict, const char *key);
int64_t qdict_get_try_int(void *dict, const char *key, int64_t fallback);
const char *qdict_get_try_str(void *dict, const char *key);

extern char unassigned_mem_ops[REGION_OPS_BYTES];
char unassigned_mem_ops[REGION_OPS_BYTES];
extern void *current_machine[32];
void *current_machine[32];
extern char vmstate_clock[VMSD_BYTES];
char vmstate_clock[VMSD_BYTES] __attribute__((aligned(8)));
extern char vmstate_info_uint8[INFO_BYTES];
char vmstate_info_uint8[INFO_BYTES] __attribute__((aligned(8)));

#pragma GCC visibility pop

extern char vmstate_info_uint32[], vmstate_info_uint64[];

static bool stub_is(const char *mode)
{
    const char *stub = getenv("STUB");

    return stub != NULL && strcmp(stub, mode) == 0;
}

static void put64(void *base, size_t at, uint64_t value)
{
    memcpy((char *)base + at, &value, sizeof(value));
}

static void put32(void *base, size_t at, uint32_t value)
{
    memcpy((char *)base + at, &value, sizeof(value));
}

static void put_pointer(void *base, size_t at, const void *value)
{
    put64(base, at, (uintptr_t)value);
}

/*
 * Put the pointer of `item` at its place: not if it is to be missing, and at
 * `spare` as well if it is to be there twice.
 */
static void put_item(const char *item, void *base, size_t at, size_t spare,
                     const void *value)
{
    char mode[64];

    snprintf(mode, sizeof(mode), "%s:none", item);
    if (stub_is(mode))
        return;
    put_pointer(base, at, value);
    snprintf(mode, sizeof(mode), "%s:two", item);
    if (stub_is(mode))
        put_pointer(base, spare, value);
}

/* --- types and classes ---------------------------------------------------- */

static struct type *type_find(const char *name)
{
    int i;

    for (i = 0; i < type_count; i++) {
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    }
    return NULL;
}

static struct type *type_add(const char *name, size_t class_size,
                             size_t instance_size)
{
    struct type *t = &types[type_count++];

    t->name = strdup(name);
    t->sizes[0] = class_size;
    t->sizes[1] = instance_size;
    put_pointer(t->class, 0, t);
    return t;
}

/* `item`:bad makes a size too small to be true, `item`:big a large one. */
static size_t size_of(const char *item, size_t bytes)
{
    char mode[64];

    snprintf(mode, sizeof(mode), "%s:big", item);
    if (stub_is(mode))
        return 4096;
    snprintf(mode, sizeof(mode), "%s:bad", item);
    return stub_is(mode) ? 24 : bytes;
}

static void devices_make(void)
{
    struct type *dev = type_add("device", size_of("device_class", DC_BYTES),
                                size_of("device", 168));
    struct type *sbd = type_add("sys-bus-device", size_of("sysbus_class", 208),
                                size_of("sysbus", 824));
    struct type *uart = type_add("stub-uart", 208, 900);

    dev->class[DC_CREATABLE] = !stub_is("dc_user_creatable:none");
    dev->class[DC_CREATABLE + 1] = stub_is("dc_user_creatable:two");
    put_item("dc_bus_type", sbd->class, DC_BUS_TYPE, DC_SPARE, "System");
    put_item("dc_desc", uart->class, DC_DESC, DC_SPARE, "A port of the stub");
    if (stub_is("dc_bus_type:bad"))
        put_pointer(sbd->class, DC_BUS_TYPE, "PCI");
}

/* The types that show where the categories are: bit 8 is CPU, bit 7 Misc. */
static void categories_make(void)
{
    struct type *cpu = type_add("cpu", DC_BYTES, 900);
    struct type *loader;

    put_item("dc_categories", cpu->class, DC_CATEGORIES, DC_SPARE,
             (void *)(uintptr_t)0x100);
    if (stub_is("dc_categories:type"))
        return;
    loader = type_add("loader", DC_BYTES, 900);
    put_item("dc_categories", loader->class, DC_CATEGORIES, DC_SPARE,
             (void *)(uintptr_t)(stub_is("dc_categories:bad") ? 0x180 : 0x80));
}

static void none_init(void)
{
}

static void none_fill(void *none)
{
    put_item("mc_name", none, MC_NAME, MC_SPARE, "none");
    put_item("mc_desc", none, MC_DESC, MC_SPARE, "empty machine");
    put_item("mc_ram_id", none, MC_RAM_ID, MC_SPARE, "ram");
    put_item("mc_init", none, MC_INIT, MC_SPARE, (void *)none_init);
    put32(none, MC_FLAGS, stub_is("mc_flags:bad") ? 0xd : 0xf);
    if (stub_is("mc_alias:none")) {
        put64(none, MC_NAME, 0);
        put_pointer(none, MC_NAME - 8, "none");
    }
}

static void machines_make(void)
{
    struct type *base = type_add("machine", size_of("machine_class", MC_BYTES),
                                 size_of("machine", 352));
    struct type *none = type_add("none-machine", MC_BYTES, 352);
    struct type *board = type_add("stub-machine", MC_BYTES, 352);

    if (!stub_is("mc_ram_size:none"))
        put64(base->class, MC_RAM_SIZE, 128u << 20);
    if (stub_is("mc_ram_size:two"))
        put64(base->class, MC_SPARE, 128u << 20);
    none_fill(none->class);
    put_pointer(board->class, MC_NAME, "stub");
    put_pointer(board->class, MC_ALIAS,
                stub_is("mc_alias:bad") ? (void *)(uintptr_t)0xbad1d
                                        : "stubby");
}

/* As class_base_init does for each subclass of "machine". */
static void subclass_fill(struct type *t)
{
    size_t at = MC_CPUS;

    memcpy(t->class + 8, type_find("machine")->class + 8, CLASS_BYTES - 8);
    put32(t->class, at, 1);
    put32(t->class, at + 4, stub_is("mc_max_cpus:none") ? 2 : 1);
    put32(t->class, at + 8, 1);
    if (stub_is("mc_max_cpus:two")) {
        for (at = MC_RAM_SIZE + 8; at < MC_RAM_SIZE + 20; at += 4)
            put32(t->class, at, 1);
    }
}

static void registered_tell(const char *name)
{
    if (strncmp(name, "outboard-probe-", 15) != 0)
        printf("registered %s\n", name);
}

/* The mode "sizes": what each registered type takes. */
static void sizes_tell(const struct type_info *info)
{
    if (stub_is("sizes"))
        printf("%s takes %zu bytes\n", info->name, info->instance_size);
}

static void type_slots_fill(struct type *t, const struct type_info *info)
{
    if (stub_is("type_class_size:none"))
        t->sizes[0] = 1;
    if (stub_is("type_class_size:two"))
        t->sizes[4] = info->class_size;
    if (stub_is("type_instance_size:none"))
        t->sizes[1] = 1;
    if (stub_is("type_instance_size:two"))
        t->sizes[4] = info->instance_size;
}

void *type_register_static(const struct type_info *info)
{
    struct type *t;

    if (type_count == TYPES_MAX)
        abort();
    t = type_add(info->name, info->class_size, info->instance_size);
    type_slots_fill(t, info);
    if (info->parent != NULL && strcmp(info->parent, "machine") == 0)
        subclass_fill(t);
    registered_tell(info->name);
    sizes_tell(info);
    return t;
}

void *object_class_by_name(const char *name)
{
    struct type *t = type_find(name);

    return t != NULL ? t->class : NULL;
}

GSList *object_class_get_list(const char *name, bool abstract)
{
    (void)abstract;
    if (strcmp(name, "device") == 0)
        return g_slist_prepend(NULL, object_class_by_name("stub-uart"));
    if (strcmp(name, "machine") != 0)
        return NULL;
    return g_slist_prepend(
        g_slist_prepend(NULL, object_class_by_name("stub-machine")),
        object_class_by_name("none-machine"));
}

/* --- setters -------------------------------------------------------------- */

void device_class_set_parent_realize(void *dc, void *fn, void **parent)
{
    *parent = NULL;
    put_item("dc_realize", dc, DC_REALIZE, DC_SPARE, fn);
}

void device_class_set_parent_unrealize(void *dc, void *fn, void **parent)
{
    *parent = NULL;
    put_item("dc_unrealize", dc, DC_UNREALIZE, DC_SPARE, fn);
}

void machine_class_allow_dynamic_sysbus_dev(void *mc, const char *type)
{
    put_item("mc_dynamic", mc, MC_DYNAMIC, MC_SPARE, type);
}

void *object_new(const char *name)
{
    (void)name;
    return g_malloc0(CLOCK_BYTES);
}

void object_unref(void *obj)
{
    g_free(obj);
}

bool clock_set(void *clk, uint64_t period)
{
    put_item("clock_period", clk, CLOCK_PERIOD, CLOCK_SPARE,
             (void *)(uintptr_t)period);
    return true;
}

/* --- saved state ---------------------------------------------------------- */

static char period_fields[2][FIELD_BYTES], muldiv_fields[3][FIELD_BYTES];
static char muldiv[VMSD_BYTES];
static const void *clock_subsections[2];

static void field_fill(char *field, const char *name, uint64_t offset,
                       uint64_t bytes, const void *info)
{
    put_pointer(field, 0, name);
    if (!stub_is("field_offset:none"))
        put64(field, FIELD_OFFSET, offset);
    if (stub_is("field_offset:two"))
        put64(field, FIELD_SPARE, offset);
    if (!stub_is("field_size:none"))
        put64(field, FIELD_SIZE, bytes);
    if (stub_is("field_size:two"))
        put64(field, FIELD_SPARE, bytes);
    put_item("field_info", field, FIELD_INFO, FIELD_SPARE, info);
    put32(field, FIELD_FLAGS, stub_is("field_flags:none") ? 2 : 1);
    put32(field, FIELD_SPARE + 8, stub_is("field_flags:two"));
}

/* What stands after the last field: nothing, or one bit of the flags. */
static void end_fill(char *end)
{
    if (stub_is("field_end:bad"))
        put32(end, FIELD_FLAGS, 0x30000);
    if (stub_is("field_end:none"))
        put_pointer(end, 0, "no end");
}

static void vmstate_make(void)
{
    bool nameless = stub_is("field:none");

    field_fill(period_fields[0], "period", 40, 8, vmstate_info_uint64);
    field_fill(muldiv_fields[0], "multiplier", 64, 4, vmstate_info_uint32);
    field_fill(muldiv_fields[1], nameless ? "something" : "divider", 68, 4,
               vmstate_info_uint32);
    if (stub_is("field:two"))
        put_pointer(muldiv_fields[0], FIELD_BYTES - 24, "divider");
    end_fill(muldiv_fields[2]);
    put_pointer(muldiv, 0, "clock/muldiv");
    put_pointer(muldiv, VMSD_FIELDS, muldiv_fields);
    clock_subsections[0] = muldiv;
    put_pointer(vmstate_clock, 0, "clock");
    put_item("vmsd_fields", vmstate_clock, VMSD_FIELDS, VMSD_SPARE,
             period_fields);
    put_item("vmsd_subsections", vmstate_clock, VMSD_SUBSECTIONS, VMSD_SPARE,
             clock_subsections);
    if (stub_is("info:bad"))
        return;
    put_pointer(vmstate_info_uint8, 8, (void *)none_init);
    put_pointer(vmstate_info_uint8, 16, (void *)none_init);
}

/* --- who we are, and the way in ------------------------------------------- */

void *qdict_new(void)
{
    static char dict[64];

    return dict;
}

void qmp_marshal_query_version(void *args, void **ret, void **errp)
{
    (void)errp;
    *ret = args;
}

void *qdict_get_qdict(void *dict, const char *key)
{
    (void)key;
    return dict;
}

int64_t qdict_get_try_int(void *dict, const char *key, int64_t fallback)
{
    (void)dict;
    return strcmp(key, "major") == 0 ? 99 : fallback;
}

const char *qdict_get_try_str(void *dict, const char *key)
{
    (void)dict;
    return strcmp(key, "package") == 0 ? "stub" : NULL;
}

void register_module_init(void (*fn)(void), int type)
{
    (void)type;
    hook = fn;
}

bool bql_locked(void)
{
    return !stub_is("unlocked");
}

int main(void)
{
    devices_make();
    categories_make();
    machines_make();
    vmstate_make();
    if (!stub_is("memory-region"))
        type_add("memory-region", 112, size_of("region", 272));
    type_add("clock", 96, CLOCK_BYTES);
    if (stub_is("machine"))
        current_machine[0] = current_machine;
    if (hook != NULL)
        hook();
    puts("went on");
    return 0;
}
