/* SPDX-License-Identifier: MIT */
/* Declarations of the types that a test has, as the gate makes them. */
#ifndef DECLARED_H
#define DECLARED_H

#include <stdlib.h>

#include "device/device.h"

/* What the gate says of `type`; the declaration is thrown away. */
static inline int declared_check(const struct ob_device_type *type,
                                 struct ob_err *err)
{
    struct device_decl *decl;
    int ret = device_decl_new(type, &local_model_ops, &decl, err);

    if (!ret)
        device_decl_free(decl);
    return ret;
}

/* The declaration of a good type; device_decl_free(). */
static inline struct device_decl *declared(const struct ob_device_type *type)
{
    struct device_decl *decl;

    if (device_decl_new(type, &local_model_ops, &decl, NULL))
        abort();
    return decl;
}

#endif
