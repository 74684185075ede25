/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens modules, and finds the models and boards in them. */
#ifndef BRIDGE_MODULES_H
#define BRIDGE_MODULES_H

#include <outboard/outboard.h>

#include "bridge/process/callbacks.h"

struct device_decl;

/* The loader of the modules in this process. */
struct loader *modules_loader(void);

/* Open a module now, after its dependencies, and check all its types. */
int modules_open_module(struct registry_module *m, struct ob_err *err);

/*
 * Open the module that announces the type `name`, if there is one, to run
 * `where` unless a stronger rule says otherwise. *ret is the checked
 * declaration, or NULL if no module announces the name.
 */
int modules_open_type(const char *name, enum modinfo_isolation where,
                      const struct device_decl **ret, struct ob_err *err);
/* Say where the models of the next objects run: as `where` above. */
void modules_instances_run(enum modinfo_isolation where);
/* May a board's part run the models of module `m` at `where`? 0, or -EPERM. */
int modules_check_place(struct registry_module *m,
                        enum modinfo_isolation where, struct ob_err *err);

/* The C board `name` of the module of `board`, checked. */
int modules_open_board(const struct registry_board *board,
                       const struct ob_board_type **ret, const char **ret_path,
                       struct ob_err *err);

/*
 * The type of the object that QEMU creates now, to run where
 * modules_instances_run() said.
 */
int modules_open_instance(const struct registry_type *type,
                          const struct device_decl **ret, struct ob_err *err);

#endif
