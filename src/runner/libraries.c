/* SPDX-License-Identifier: MIT */
/*
 * Opens the libraries that a module links. A confined process cannot open
 * files, so the runner opens them before. It opens them by name only, from the
 * system's directories, where it finds its own libraries. The user's
 * environment (the launcher has none) and the directories that a module names
 * have no effect.
 */
#include "runner/runner.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"

void libraries_begin(void)
{
    static const char *const names[] = { "libm.so.6", "libgcc_s.so.1" };

    for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++)
        dlopen(names[n], RTLD_NOW | RTLD_GLOBAL);
}

/*
 * A filter does not apply to a thread that runs already, so code of the module
 * could make that thread do what the module may not do. A directory has two
 * links of its own and one for each directory in it, here for each thread.
 */
static bool alone(void)
{
    struct stat st;

    return stat("/proc/self/task", &st) == 0 && st.st_nlink == 3;
}

static int library_open(const char *name, struct ob_err *err)
{
    const char *flaw = str_ident_flaw(name), *why;
    size_t n = strlen(name);

    if (flaw)
        return err_set(err, -ELIBACC,
                       "the name of a library that it needs %s (\"%.200s\"), "
                       "where only the system's are opened, by their names; "
                       "link it with -l, or link it in",
                       flaw, name);
    if (dlopen(name, RTLD_NOW | RTLD_LOCAL))
        return 0;
    why = dlerror();
    if (why && strncmp(why, name, n) == 0 && why[n] == ':')
        why += n + 1 + strspn(why + n + 1, " ");
    return err_set(err, -ELIBACC,
                   "the library \"%s\", which it needs, is not in the "
                   "system's directories or cannot be opened (%s); install it "
                   "there, or link it in",
                   name, why ? why : "no reason given");
}

int libraries_open(char *const *needed, struct ob_err *err)
{
    int ret = 0;

    for (; *needed && !ret; needed++) {
        ret = library_open(*needed, err);
        if (!ret && !alone())
            ret = err_set(
                err, -ELIBACC,
                "the library \"%s\", which it needs, starts threads "
                "as soon as it is opened; do without it in a process "
                "of its own",
                *needed);
    }
    return ret;
}
