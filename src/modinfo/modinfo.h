/* SPDX-License-Identifier: MIT */
/*
 * What modules say about themselves, read without running them: from a JSON
 * file (docs/modinfo.md), or from the ELF section `.modinfo` (section.h). Both
 * give the same struct, already checked: every name in it is an identifier
 * (base/str.h), and no list has an entry twice.
 *
 * Everything here is immutable after reading. Any thread.
 */
#ifndef MODINFO_MODINFO_H
#define MODINFO_MODINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"

/* Where a module asks to run; the licence and the user may decide otherwise. */
enum modinfo_isolation {
    ISOLATION_NONE,                 /* it does not say */
    ISOLATION_PROCESS,              /* in a process of its own */
    ISOLATION_IN_PROCESS,           /* in QEMU's */
    ISOLATIONS
};

/*
 * The bus into which a device of the type is plugged. A host makes devices on
 * the buses that it supports, and refuses the others by name.
 */
enum modinfo_bus {
    BUS_SYSTEM,                     /* the default: regions and lines */
    BUS_I2C, BUS_SPI, BUS_PCI, BUS_USB, BUS_SD, BUS_CAN,
    BUSES
};

/*
 * Under which title a list shows the type. These are QEMU's own categories and
 * their order in 7.2 to 11.1: the bridge uses the number minus one as the
 * number of QEMU's bit.
 */
enum modinfo_category {
    CATEGORY_NONE,                  /* it does not say */
    CATEGORY_BRIDGE, CATEGORY_USB, CATEGORY_STORAGE, CATEGORY_NETWORK,
    CATEGORY_INPUT, CATEGORY_DISPLAY, CATEGORY_SOUND, CATEGORY_MISC,
    CATEGORY_CPU, CATEGORY_WATCHDOG,
    CATEGORIES
};

/* Their names by number, NULL at the end. That of CATEGORY_NONE is "". */
extern const char *const modinfo_bus_names[BUSES + 1];
extern const char *const modinfo_category_names[CATEGORIES + 1];

/* What is known of a device type before any code of its module runs. */
struct modinfo_type {
    const char *desc;               /* one line; "" if none was given */
    enum modinfo_bus bus;
    enum modinfo_category category;
    const char *const *needs;       /* ids of extensions that a host must have;
                                       NULL at the end, never NULL itself */
};

/*
 * What has to be known of a board to list it and to create its machine type.
 * ram_default 0: the board's memory is its own, and -m is refused. Unset
 * limits are equal to the default. The owner of the head owns the strings.
 */
struct board_head {
    const char *name;
    const char *title;              /* one line; "" if none was given */
    const char *const *arch;        /* NULL at the end; empty: every target */
    const char *const *aliases;     /* NULL at the end; never NULL itself */
    uint64_t ram_default, ram_min, ram_max;     /* bytes */
    uint32_t cpus_default, cpus_max;            /* at least 1 */
    const char *file;               /* in modinfo: the board file that says all
                                       else, from the modinfo file's directory
                                       on; NULL: a board in C */
};

struct modinfo {
    const char *short_name;         /* the key in the JSON file */
    const char *name;               /* the file's base name, without .so */
    const char *version;            /* NULL if not given */
    const char *license;            /* SPDX expression; NULL if not given */
    enum modinfo_isolation isolation;
    const char *const *arch;        /* lists: NULL at the end, never NULL */
    const char *const *objs;
    const struct modinfo_type *types;   /* of each of objs; never NULL */
    const char *const *deps;
    const char *const *opts;
    const char *const *command;     /* a program instead of name.so, and its
                                       arguments; NULL: it is a module */
    const struct board_head *boards;    /* in C, held by the module, or with
                                           a `file` */
    uint32_t n_objs;
    uint32_t n_boards;
    uint32_t line, col;             /* in `path`; 0 if it is a module */
    uint16_t abi_major, abi_minor;  /* section only; else 0.0 */
    const char *path;               /* the JSON file, or the module itself */
};

/* The modules of one JSON file, or the one of a section; owns all strings. */
struct modinfo_file {
    const char *path;
    uint32_t count;
    const struct modinfo *modules;
    const char *const *warnings;    /* whole lines; NULL at the end */
    struct json_doc *doc;           /* private */
    struct arena *arena;            /* private */
};

/*
 * Read the JSON file `path` through `gate`. *ret_file is the caller's
 * (modinfo_free). Errors carry file, line and column. The caller shows the
 * file's `warnings`: what a newer Outboard may understand, and this one
 * ignores.
 */
int modinfo_load(const char *path, enum file_gate gate,
                 struct modinfo_file **ret_file, struct ob_err *err);

/* The same from `len` bytes in memory, called `name` in errors. */
int modinfo_parse(const char *data, size_t len, const char *name,
                  struct modinfo_file **ret_file, struct ob_err *err);

/* NULL is fine. */
void modinfo_free(struct modinfo_file *file);

struct registry;

/*
 * Does the JSON file say what the module's own section says, or less? The
 * order does not matter.
 *
 *   the same     name; version and license where the JSON has them; isolation
 *                where both have it, and "process" of the section may not be
 *                left out; deps (`registry`, which may be NULL, knows which
 *                module a short name or file name means); ram and cpus of a
 *                board; the bus of a type, which is "system" where it is left
 *                out; category and needs of a type where both have them
 *   may be less  arch, objs, opts, boards; arch and aliases of a board
 *   may be more  boards with a `file`
 *
 * The first difference is the error; its place is the JSON's, and it names the
 * module `module_path`.
 */
int modinfo_agree(const struct modinfo *json, const struct modinfo *section,
                  const char *module_path, const struct registry *registry,
                  struct ob_err *err);

/* "process", "in-process"; "" for ISOLATION_NONE. */
const char *modinfo_isolation_text(enum modinfo_isolation isolation);

/* The other way round; ISOLATION_NONE if `text` is neither. */
enum modinfo_isolation modinfo_isolation_find(const char *text);

/* Does modinfo say anything of the type besides its name? */
bool modinfo_type_says(const struct modinfo_type *type);

/* Is `arch` (a target as in qemu-system-ARCH) in `list`? Empty: every one. */
bool modinfo_arch_fits(const char *const *list, const char *arch);

/*
 * The JSON file for `count` modules, as `outboard modinfo` prints it: ends in
 * a newline; g_free() it.
 */
char *modinfo_write_json(const struct modinfo *modules, uint32_t count);

#endif
