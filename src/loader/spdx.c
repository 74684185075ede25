/* SPDX-License-Identifier: MIT */
/* Reads SPDX expressions, and decides which fit QEMU's licence. */
#include "loader/spdx.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 32, ID_BYTES = 64, EXPR_MAX = 512 };

enum verdict { FITS, GPL3_ONLY, UNKNOWN };

/* Licences whose code may be part of a program under the GPL, version 2. */
static const char *const fit[] = {
    "0BSD", "Artistic-2.0", "BSD-1-Clause", "BSD-2-Clause",
    "BSD-2-Clause-Patent", "BSD-3-Clause", "BSD-3-Clause-Clear", "BSL-1.0",
    "CC0-1.0", "FSFAP", "GPL-1.0-or-later", "GPL-2.0", "GPL-2.0+",
    "GPL-2.0-only", "GPL-2.0-or-later", "ISC", "LGPL-2.0", "LGPL-2.0+",
    "LGPL-2.0-only", "LGPL-2.0-or-later", "LGPL-2.1", "LGPL-2.1+",
    "LGPL-2.1-only", "LGPL-2.1-or-later", "MIT", "MIT-0", "MPL-2.0", "NCSA",
    "PostgreSQL", "Unlicense", "UPL-1.0", "WTFPL", "X11", "Zlib", NULL,
};

/* Free software that can be combined with version 3 of the GPL alone. */
static const char *const gpl3_only[] = {
    "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-2.0", "GPL-3.0",
    "GPL-3.0+", "GPL-3.0-only", "GPL-3.0-or-later", "LGPL-3.0", "LGPL-3.0+",
    "LGPL-3.0-only", "LGPL-3.0-or-later", NULL,
};

/* Each only adds to what its licence permits. */
static const char *const exceptions[] = {
    "Bootloader-exception", "Classpath-exception-2.0", "GCC-exception-2.0",
    "Linux-syscall-note", "LLVM-exception", "OCaml-LGPL-linking-exception",
    NULL,
};

struct parse {
    const char *at;             /* rest of the expression */
    const char *where, *expr;
    struct ob_err *err;
    enum verdict bad;           /* of the first licence that does not fit */
    char bad_id[ID_BYTES];
};

static bool listed(const char *const *list, const char *id)
{
    for (; *list; list++) {
        if (strcasecmp(*list, id) == 0)
            return true;
    }
    return false;
}

static int malformed(struct parse *p)
{
    return err_set(p->err, -EINVAL,
                   "%s: license \"%.100s\" is not an SPDX expression (see "
                   "\"%.40s\"); name the licence as spdx.org/licenses does",
                   p->where, p->expr, p->at);
}

static bool id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '+' ||
           c == ':';
}

static void blanks_skip(struct parse *p)
{
    p->at += strspn(p->at, " ");
}

/* Take the next word into `id`; false if no word follows or it is too long. */
static bool word_take(struct parse *p, char id[ID_BYTES])
{
    size_t n = 0;

    blanks_skip(p);
    while (id_char(p->at[n]))
        n++;
    if (n == 0 || n >= ID_BYTES)
        return false;
    memcpy(id, p->at, n);
    id[n] = '\0';
    p->at += n;
    return true;
}

/* Take the operator `op` if it is next. */
static bool op_take(struct parse *p, const char *op)
{
    size_t n = strlen(op);

    blanks_skip(p);
    if (strncasecmp(p->at, op, n) != 0 || id_char(p->at[n]))
        return false;
    p->at += n;
    return true;
}

static bool operator_word(const char *id)
{
    return strcasecmp(id, "AND") == 0 || strcasecmp(id, "OR") == 0 ||
           strcasecmp(id, "WITH") == 0;
}

static void bad_keep(struct parse *p, enum verdict v, const char *id)
{
    if (p->bad == FITS) {
        p->bad = v;
        strcpy(p->bad_id, id);
    }
}

/* id [WITH exception]: sets *ret to whether it fits. */
static int licence_parse(struct parse *p, bool *ret_flag)
{
    char id[ID_BYTES], with[ID_BYTES] = "";
    bool llvm;

    if (!word_take(p, id) || operator_word(id))
        return malformed(p);
    if (op_take(p, "WITH") && (!word_take(p, with) || operator_word(with)))
        return malformed(p);
    /* Written for it: takes away the patent terms that GPL 2 cannot bear. */
    llvm = strcasecmp(id, "Apache-2.0") == 0 &&
           strcasecmp(with, "LLVM-exception") == 0;
    *ret_flag = false;
    if (with[0] != '\0' && !listed(exceptions, with))
        bad_keep(p, UNKNOWN, with);
    else if (listed(fit, id) || llvm)
        *ret_flag = true;
    else
        bad_keep(p, listed(gpl3_only, id) ? GPL3_ONLY : UNKNOWN, id);
    return 0;
}

static int or_parse(struct parse *p, unsigned depth, bool *ret);

static int term_parse(struct parse *p, unsigned depth, bool *ret_flag)
{
    int ret;

    blanks_skip(p);
    if (*p->at != '(')
        return licence_parse(p, ret_flag);
    if (depth >= DEPTH_MAX)
        return malformed(p);
    p->at++;
    ret = or_parse(p, depth + 1, ret_flag);
    if (ret < 0)
        return ret;
    blanks_skip(p);
    if (*p->at != ')')
        return malformed(p);
    p->at++;
    return 0;
}

static int and_parse(struct parse *p, unsigned depth, bool *ret_flag)
{
    bool one;
    int ret = term_parse(p, depth, ret_flag);

    while (ret == 0 && op_take(p, "AND")) {
        ret = term_parse(p, depth, &one);
        if (ret == 0)
            *ret_flag = *ret_flag && one;
    }
    return ret;
}

static int or_parse(struct parse *p, unsigned depth, bool *ret_flag)
{
    bool one;
    int ret = and_parse(p, depth, ret_flag);

    while (ret == 0 && op_take(p, "OR")) {
        ret = and_parse(p, depth, &one);
        if (ret == 0)
            *ret_flag = *ret_flag || one;
    }
    return ret;
}

static int refuse(struct parse *p)
{
    if (p->bad == GPL3_ONLY)
        return err_set(p->err, -EPERM,
                       "%s: license \"%s\" cannot be combined with version 2 "
                       "of the GPL, which QEMU as a whole is under; let it "
                       "run in a process of its own",
                       p->where, p->bad_id);
    return err_set(p->err, -EPERM,
                   "%s: license \"%s\" is not known to be GPL-compatible, so "
                   "the module may not be opened in QEMU's process; let it "
                   "run in a process of its own",
                   p->where, p->bad_id);
}

int spdx_check(const char *expr, const char *where, struct ob_err *err)
{
    struct parse p = { .at = expr, .where = where, .expr = expr, .err = err };
    bool fits;
    int ret;

    if (strlen(expr) > EXPR_MAX)
        return err_set(err, -EINVAL,
                       "%s: license is longer than %d characters; name it as "
                       "spdx.org/licenses does",
                       where, EXPR_MAX);
    ret = or_parse(&p, 0, &fits);
    if (ret < 0)
        return ret;
    blanks_skip(&p);
    if (*p.at != '\0')
        return malformed(&p);
    return fits ? 0 : refuse(&p);
}
