/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/process/session.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"

#define PRELOAD_ENV "LD_PRELOAD"

static struct session current;

const struct session *bridge_session(void)
{
    return &current;
}

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static bool file_same(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || path_same(a, b);
}

void session_preload_drop(const char *library)
{
    const char *value = getenv(PRELOAD_ENV);
    char **entries;
    GString *kept;
    int i;

    if (value == NULL)
        return;
    kept = g_string_new(NULL);
    entries = g_strsplit_set(value, ": ", -1);
    for (i = 0; entries[i] != NULL; i++) {
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

/* A descriptor's number: decimal, no sign, open. Else -1. */
static int descriptor_parse(const char *text)
{
    char *end;
    unsigned long n;

    if (text == NULL || text[0] < '0' || text[0] > '9')
        return -1;
    errno = 0;
    n = strtoul(text, &end, 10);
    if (errno != 0 || *end != '\0' || n > 1u << 20)
        return -1;
    return fcntl((int)n, F_GETFD) < 0 ? -1 : (int)n;
}

/*
 * The command could not tell the target from the name of a wrapper script;
 * this program's own name tells it.
 */
static void registry_narrow(struct registry *ix)
{
    static const char prefix[] = "qemu-system-";
    char *path = registry_arch(ix) == NULL ? path_self() : NULL;
    char *base = path != NULL ? g_path_get_basename(path) : NULL;

    if (base != NULL && g_str_has_prefix(base, prefix)) {
        base[strcspn(base + strlen(prefix), "-.") + strlen(prefix)] = '\0';
        registry_set_arch(ix, base + strlen(prefix));
        registry_finish(ix, NULL, NULL);
    }
    g_free(base);
    g_free(path);
}

static int registry_take(const char *text, int fd, struct session *ret,
                         struct ob_err *err)
{
    int seals, r;

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
    r = registry_load(fd, &ret->index, err);
    if (r < 0)
        return err_prefix(err, r, SESSION_ENV);
    registry_narrow(ret->index);
    return 0;
}

static int notes_take(struct session *ret, struct ob_err *err)
{
    const char *fd = registry_note(ret->index, "doctor-fd");

    ret->doctor_fd = -1;
    if (fd == NULL)
        return 0;
    ret->doctor_fd = descriptor_parse(fd);
    if (ret->doctor_fd < 0)
        return err_set(err, -EBADF,
                       SESSION_ENV ": doctor-fd is not an open "
                                   "descriptor (\"%s\"); use outboard doctor",
                       fd);
    fcntl(ret->doctor_fd, F_SETFD, FD_CLOEXEC);
    return 0;
}

int session_take(const char *library, struct ob_err *err)
{
    char *text = g_strdup(getenv(SESSION_ENV));
    int fd = descriptor_parse(text);
    int r;

    session_preload_drop(library);
    unsetenv(SESSION_ENV);
    r = registry_take(text != NULL ? text : "", fd, &current, err);
    if (r == 0)
        close(fd);
    g_free(text);
    return r < 0 ? r : notes_take(&current, err);
}
