/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes the session and this library out of QEMU's environment. */
#include "bridge/process/session.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"

#define PRELOAD_ENV "LD_PRELOAD"

static struct session *current;

const struct session *bridge_session(void)
{
    return current;
}

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static bool file_same(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || path_same(a, b);
}

/*
 * The dynamic loader accepts colons and spaces between entries. A wrapper may
 * name the library by another path, so the files count as well as the names.
 */
void session_preload_drop(const char *library)
{
    const char *value = getenv(PRELOAD_ENV);
    char **entries;
    GString *kept;
    int i;

    if (!value)
        return;
    kept = g_string_new(NULL);
    entries = g_strsplit_set(value, ": ", -1);
    for (i = 0; entries[i]; i++) {
        if (entries[i][0] == '\0' || file_same(entries[i], library))
            continue;
        if (kept->len > 0)
            g_string_append_c(kept, ':');
        g_string_append(kept, entries[i]);
    }
    if (kept->len > 0)
        setenv(PRELOAD_ENV, kept->str, 1);
    else
        unsetenv(PRELOAD_ENV);
    g_strfreev(entries);
    g_string_free(kept, TRUE);
}

/* Parse a descriptor's number: decimal, without a sign, open. Else -1. */
static int descriptor_parse(const char *text)
{
    char *end;
    unsigned long n;

    if (!text || text[0] < '0' || text[0] > '9')
        return -1;
    errno = 0;
    n = strtoul(text, &end, 10);
    if (errno != 0 || *end != '\0' || n > 1u << 20)
        return -1;
    return fcntl((int)n, F_GETFD) < 0 ? -1 : (int)n;
}

/*
 * For a wrapper script the command does not know the target; the name of this
 * program says it.
 */
static void registry_narrow(struct registry *registry)
{
    static const char prefix[] = "qemu-system-";
    char *path = registry_arch(registry) ? NULL : path_self();
    char *base = path ? g_path_get_basename(path) : NULL;

    if (base && g_str_has_prefix(base, prefix)) {
        base[strcspn(base + strlen(prefix), "-.") + strlen(prefix)] = '\0';
        registry_set_arch(registry, base + strlen(prefix));
        registry_finish(registry, NULL, NULL);
    }
    g_free(base);
    g_free(path);
}

/*
 * Any program can set the variable, so the descriptor may be anything. The
 * seals make sure that no process changes the session while the bridge reads
 * it.
 */
static int memfd_take(const char *text, int fd, struct ob_err *err)
{
    int seals, ret;

    if (fd < 0)
        return err_set(err, -EBADF,
                       SESSION_ENV ": not an open descriptor "
                                   "(\"%s\"); let outboard start QEMU",
                       text);
    seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS)
        return err_set(err, -EINVAL,
                       SESSION_ENV ": descriptor %d is not a "
                                   "sealed memfd; let outboard start QEMU",
                       fd);
    ret = session_read(fd, &current, err);
    if (ret < 0)
        return err_prefix(err, ret, SESSION_ENV);
    close(fd);
    registry_narrow(current->registry);
    return 0;
}

static int doctor_check(struct ob_err *err)
{
    if (current->doctor_fd < 0)
        return 0;
    if (fcntl(current->doctor_fd, F_SETFD, FD_CLOEXEC) < 0)
        return err_set(err, -EBADF,
                       SESSION_ENV ": the doctor's descriptor is not open "
                                   "(%d); use outboard doctor",
                       current->doctor_fd);
    return 0;
}

/*
 * Clean the environment before anything can fail. unsetenv() may end the life
 * of the text, so this takes a copy first.
 */
int session_take(const char *library, struct ob_err *err)
{
    char *text = g_strdup(getenv(SESSION_ENV));
    int fd = descriptor_parse(text);
    int ret;

    session_preload_drop(library);
    unsetenv(SESSION_ENV);
    ret = memfd_take(text ? text : "", fd, err);
    g_free(text);
    return ret < 0 ? ret : doctor_check(err);
}
