/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's types, as far as the bridge uses them. Opaque structs are declared and
 * never defined. The bridge fills in only structs whose layout has been the
 * same from 7.2 to 11.1 (docs/bridge.md), and layout_derive.c checks what it
 * can check of them. The bridge includes no QEMU header.
 */
#ifndef BRIDGE_QEMU_H
#define BRIDGE_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct AddressSpace;
struct AioContext;
struct BlockBackend;
struct BusState;
struct Chardev;
struct Clock;
struct DeviceState;
struct Error;
struct GSList;
struct IRQState;
struct MachineState;
struct MemoryRegion;
struct Object;
struct ObjectClass;
struct ObjectProperty;
struct QDict;
struct QEMUFile;
struct QEMUTimer;
struct QList;
struct QObject;
struct SysBusDevice;
struct TypeImpl;
struct Visitor;

/* A line: a pointer to QEMU's own state of it. */
typedef struct IRQState *qemu_irq;

struct qemu_interface_info {
    const char *type;
};

/*
 * 104 bytes, 7.2 to 11.1 (include/qom/object.h). QEMU copies all of it except
 * what class_data points to.
 */
struct qemu_type_info {
    const char *name;
    const char *parent;
    size_t instance_size;
    size_t instance_align;
    void (*instance_init)(struct Object *obj);
    void (*instance_post_init)(struct Object *obj);
    void (*instance_finalize)(struct Object *obj);
    bool abstract;
    size_t class_size;
    void (*class_init)(struct ObjectClass *oc, void *data);
    void (*class_base_init)(struct ObjectClass *oc, void *data);
    void *class_data;
    const struct qemu_interface_info *interfaces;
};

/*
 * 80 bytes, 7.2 to 11.1 (include/exec/memory.h). The self-check compares the
 * ELF size of unassigned_mem_ops.
 */
struct qemu_region_ops {
    uint64_t (*read)(void *opaque, uint64_t addr, unsigned size);
    void (*write)(void *opaque, uint64_t addr, uint64_t data, unsigned size);
    int (*read_with_attrs)(void *opaque, uint64_t addr, uint64_t *data,
                           unsigned size, uint64_t attrs);
    int (*write_with_attrs)(void *opaque, uint64_t addr, uint64_t data,
                            unsigned size, uint64_t attrs);
    int endianness;                     /* QEMU_ENDIAN_* */
    struct {
        unsigned min_access_size, max_access_size;
        bool unaligned;
        void *accepts;
    } valid;
    struct {
        unsigned min_access_size, max_access_size;
        bool unaligned;
    } impl;
};

_Static_assert(sizeof(struct qemu_type_info) == 104, "TypeInfo");
_Static_assert(sizeof(struct qemu_region_ops) == 80, "MemoryRegionOps");

enum { QEMU_ENDIAN_BIG = 1, QEMU_ENDIAN_LITTLE = 2 };
enum { QEMU_MODULE_INIT_FIRST = 0 };    /* the only index that never changed */
enum { QEMU_CLOCK_REALTIME, QEMU_CLOCK_VIRTUAL, QEMU_CLOCK_HOST };

/* Every class starts with its type, and every object with its class. */
struct qemu_class_head {
    struct TypeImpl *type;
};
struct qemu_object_head {
    struct ObjectClass *klass;
};

/*
 * A piece of an address space, as QEMU passes it to listeners: the members that
 * come first, from 7.2 to 11.1.
 */
struct qemu_section {
    _Alignas(16) uint64_t bytes[2];     /* low, high */
    struct MemoryRegion *mr;
    void *view;
    uint64_t offset;                    /* in mr */
    uint64_t addr;                      /* in the address space */
    bool read_only;
};

/*
 * QEMU reports changes of an address space to it. The first five functions are
 * the same from 7.2 to 11.1. The rest, 200 bytes at most, stays zero.
 */
struct qemu_listener {
    void (*begin)(struct qemu_listener *l);
    void (*commit)(struct qemu_listener *l);
    void (*region_add)(struct qemu_listener *l, struct qemu_section *s);
    void (*region_del)(struct qemu_listener *l, struct qemu_section *s);
    void (*region_nop)(struct qemu_listener *l, struct qemu_section *s);
    void *rest[123];
};

/* QEMU calls it at an event. 24 bytes; notify is first, from 7.2 to 11.1. */
struct qemu_notifier {
    void (*notify)(struct qemu_notifier *n, void *data);
    void *node[2];
};

/*
 * Bytes reserved for opaque QEMU structs. QEMU's own need at most half of it.
 */
enum {
    QEMU_TIMER_BYTES = 128,         /* QEMUTimer: 48 */
    QEMU_SPACE_BYTES = 512,         /* AddressSpace: up to 160 */
};

#endif
