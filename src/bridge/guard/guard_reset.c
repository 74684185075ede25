/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows the machine's first reset for the guard: which object is being reset,
 * and when all objects have been.
 *
 * In every phase of the reset, QEMU asks the class of each object for the state
 * of its reset, just before it acts on the object. It also lets the class walk
 * through the object's children. Both functions are pointers in the class. For
 * this one reset the bridge replaces them by functions that leave a note of the
 * object. It finds the place of the pointers in the running QEMU and checks it
 * by a call. If it does not find them, a message about a fault in a reset names
 * no part.
 *
 * Of all that has several phases, the bus that holds the parts of a board is
 * reset last. When QEMU has walked through its children for the third time, the
 * reset of all parts is complete.
 */
#include <glib.h>
#include <string.h>

#include "bridge/guard/guard_int.h"
#include "bridge/guard/guard_note.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"

typedef void *get_state_fn(struct Object *obj);
typedef void child_foreach_fn(struct Object *obj, void *fn, void *opaque,
                              int type);

enum { SCRATCH_BYTES = 512, PHASES = 3, HEAD_BYTES = 96,
       FRAMES_BYTES = 1024 };

/* The two pointers of one class, and their old values. */
struct wrap {
    void **get_state, **child_foreach;
    get_state_fn *old_get_state;
    child_foreach_fn *old_child_foreach;
};

static size_t get_state_at, child_foreach_at;   /* 0: not known */
static GHashTable *wraps;           /* struct ObjectClass * -> struct wrap * */
static struct Object *main_bus;
static unsigned main_bus_rounds;

static void note(struct Object *obj)
{
    guard_note_set(obj, false);
    guard_progress();
}

void guard_reset_enter(struct Object *obj)
{
    if (!guard_is_up())
        return;
    guard_reset_begin();
    guard_progress();
    guard_note_set(obj, true);
}

void guard_reset_leave(void)
{
    guard_note_clear();
}

/* --- finding the pointers ------------------------------------------------ */

static void probe_enter(struct Object *obj, int type)
{
    (void)obj;
    (void)type;
}

static void probe_hold(struct Object *obj, int type)
{
    (void)obj;
    (void)type;
}

static void probe_exit(struct Object *obj, int type)
{
    (void)obj;
    (void)type;
}

/*
 * The getter of the state follows the three phases. The last member is the walk
 * through the children; QEMU 7.2 has one more member between them.
 */
static void pointers_find(void)
{
    struct ObjectClass *type = q.object_class_by_name("resettable");
    size_t bytes = type ? layout_class_bytes(type) : 0, at;
    void *scratch[SCRATCH_BYTES / 8] = { NULL }, *old[PHASES];

    if (!q.resettable_class_set_parent_phases || bytes == 0 ||
        bytes > SCRATCH_BYTES)
        return;
    q.resettable_class_set_parent_phases(scratch, probe_enter, probe_hold,
                                         probe_exit, old);
    for (at = HEAD_BYTES; at + 40 <= bytes; at += 8) {
        void **slot = &scratch[at / 8];

        if (slot[0] != (void *)probe_enter || slot[1] != (void *)probe_hold ||
            slot[2] != (void *)probe_exit)
            continue;
        if (bytes - at != 40 && bytes - at != 48)
            return;
        get_state_at = at + 24;
        child_foreach_at = bytes - 8;
        return;
    }
}

static bool is_code(const void *at)
{
    const struct bridge_image *im = symbols_program();

    return (uintptr_t)at >= im->text_low && (uintptr_t)at < im->text_high;
}

/*
 * A device's reset state lies inside the device, so the getter must return an
 * address there.
 */
static bool pointers_check(struct Object *obj, const struct wrap *w)
{
    size_t bytes = layout_instance_bytes(q.object_get_class(obj));
    uintptr_t at;

    if (!is_code(w->old_get_state) ||
        (w->old_child_foreach && !is_code(w->old_child_foreach)))
        return false;
    at = (uintptr_t)w->old_get_state(obj);
    return at > (uintptr_t)obj && at < (uintptr_t)obj + bytes;
}

/* --- replacing the pointers ---------------------------------------------- */

static void class_unwrap(void *key, void *value, void *opaque)
{
    struct wrap *w = value;

    (void)key;
    (void)opaque;
    memcpy(w->get_state, &w->old_get_state, sizeof(w->old_get_state));
    memcpy(w->child_foreach, &w->old_child_foreach,
           sizeof(w->old_child_foreach));
}

/* The replaced functions may still be on the stack, so the table stays. */
static void unwrap(void)
{
    if (wraps)
        g_hash_table_foreach(wraps, class_unwrap, NULL);
}

/* A class that QEMU set up later is a copy of its parent, with its pointers. */
static const struct wrap *wrap_of(struct Object *obj)
{
    struct ObjectClass *oc = q.object_get_class(obj);
    const struct wrap *w = g_hash_table_lookup(wraps, oc);

    while (!w && (oc = q.object_class_get_parent(oc)))
        w = g_hash_table_lookup(wraps, oc);
    return w;
}

static void *get_state(struct Object *obj)
{
    if (guard_is_up()) {
        guard_reset_begin();
        note(obj);
    }
    return wrap_of(obj)->old_get_state(obj);
}

static void child_foreach(struct Object *obj, void *fn, void *opaque, int type)
{
    wrap_of(obj)->old_child_foreach(obj, fn, opaque, type);
    note(obj);
    if (obj == main_bus && ++main_bus_rounds == PHASES) {
        guard_end();
        unwrap();
    }
}

/* `obj` is an object of the class to check with, or NULL. */
static void class_wrap(struct ObjectClass *oc, struct Object *obj)
{
    char *rc;
    struct wrap w, *kept;

    rc = (void *)q.object_class_dynamic_cast(oc, "resettable");
    if (!rc)
        return;
    w.get_state = (void **)(rc + get_state_at);
    w.child_foreach = (void **)(rc + child_foreach_at);
    memcpy(&w.old_get_state, w.get_state, sizeof(w.old_get_state));
    memcpy(&w.old_child_foreach, w.child_foreach, sizeof(w.old_child_foreach));
    if (obj && !pointers_check(obj, &w))
        return;
    kept = g_memdup2(&w, sizeof(w));
    g_hash_table_insert(wraps, oc, kept);
    *w.get_state = (void *)get_state;
    if (w.old_child_foreach)
        *w.child_foreach = (void *)child_foreach;
}

static void object_wrap(struct Object *obj, void *opaque)
{
    struct ObjectClass *oc = q.object_get_class(obj);

    (void)opaque;
    if (!g_hash_table_contains(wraps, oc))
        class_wrap(oc, obj);
}

/* --- begin and end ------------------------------------------------------- */

static struct qemu_timer_space {
    _Alignas(16) char bytes[QEMU_TIMER_BYTES];
} loop_timer;

/* The main loop turns, so the reset is over, whatever the bridge saw of it. */
static void loop_turned(void *opaque)
{
    (void)opaque;
    guard_end();
    unwrap();
}

/* The CPUs are about to run. */
static void state_changed(void *opaque, bool running, int state)
{
    (void)opaque;
    (void)state;
    if (running)
        guard_end();
}

/* Registered before any part exists, so a reset calls this first. */
static void reset_begins(void *opaque)
{
    (void)opaque;
    if (!guard_is_up())
        return;
    guard_note_begin((uintptr_t)__builtin_frame_address(0) + FRAMES_BYTES);
    guard_reset_begin();
}

void guard_reset_announce(void)
{
    q.qemu_register_reset(reset_begins, NULL);
    if (q.qemu_add_vm_change_state_handler)
        q.qemu_add_vm_change_state_handler(state_changed, NULL);
}

void guard_reset_prepare(void)
{
    struct ObjectClass *legacy = q.object_class_by_name("legacy-reset");

    if (!guard_is_up())
        return;
    q.timer_init_full((struct QEMUTimer *)&loop_timer, NULL,
                      QEMU_CLOCK_REALTIME, 1, 0, loop_turned, NULL);
    q.timer_mod_ns((struct QEMUTimer *)&loop_timer, 0);
    pointers_find();
    if (get_state_at == 0 || !q.sysbus_get_default)
        return;
    wraps = g_hash_table_new(NULL, NULL);
    main_bus = (struct Object *)q.sysbus_get_default();
    objects_each(object_wrap, NULL);
    if (legacy && g_hash_table_size(wraps) > 0)
        class_wrap(legacy, NULL);
}
