/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is behind bridge_callbacks: modules, models and boards. */
#ifndef BRIDGE_MODULES_H
#define BRIDGE_MODULES_H

#include <outboard/outboard.h>

#include "bridge/process/callbacks.h"

struct device_decl;

/* The loader of this process's modules. */
struct loader *modules_loader(void);

/* Open a module now, its dependencies first, and check all its types. */
int modules_open_module(struct registry_module *m, struct ob_err *err);

/*
 * Open the module of the announced type `name`, if it is one, to run `where`
 * unless something stronger is said. *ret is the checked declaration, or NULL
 * if the name is not announced.
 */
int modules_open_type(const char *name, enum modinfo_isolation where,
                      const struct device_decl **ret, struct ob_err *err);
/* Where models of objects that are made from now on run: as above. */
void modules_instances_run(enum modinfo_isolation where);
/* May a part say that a model of module `m` runs `where`? 0, or -EPERM. */
int modules_check_place(struct registry_module *m,
                        enum modinfo_isolation where, struct ob_err *err);

/* The board in C `name` of the module of `board`, checked. */
int modules_open_board(const struct registry_board *board,
                       const struct ob_board_type **ret, const char **ret_path,
                       struct ob_err *err);

/* The type of an object that QEMU makes now, to run as was said last. */
int modules_open_instance(const struct registry_type *type,
                          const struct device_decl **ret, struct ob_err *err);

#endif
