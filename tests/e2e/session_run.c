/* SPDX-License-Identifier: MIT */
/*
 * session-run BRIDGE [--root DIR] [--board NAME:TITLE[:ALIAS]...]...
 *             [--modinfo FILE]... [--doctor-fd N]
 *             [--env VALUE | --junk | --unsealed] -- PROGRAM [ARGS]
 *
 * Becomes PROGRAM with the bridge preloaded and a session, as the command
 * does, but without any of its checks: for tests of the bridge alone. --env
 * puts any text in place of the session, --junk a sealed memfd of rubbish,
 * --unsealed a good one that is not sealed. An LD_PRELOAD of the caller's is
 * kept, behind the bridge.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "session/session.h"

enum kind { SEALED, JUNK, UNSEALED };

static void die(const char *what, const char *why)
{
    fprintf(stderr, "session-run: %s: %s\n", what, why);
    exit(125);
}

static void board_add(struct registry *registry, char *spec)
{
    static const char *const none[] = { NULL };
    const char *aliases[8] = { NULL };
    struct board_head head = {
        .arch = none, .aliases = aliases, .ram_default = 64u << 20,
        .ram_min = 32u << 20, .ram_max = 1u << 30, .cpus_default = 1,
        .cpus_max = 4,
    };
    char *colon = strchr(spec, ':');
    int i;

    if (colon == NULL)
        die(spec, "NAME:TITLE is wanted");
    *colon = '\0';
    head.name = spec;
    head.title = colon + 1;
    for (i = 0; i < 7 && (colon = strchr(colon + 1, ':')) != NULL; i++) {
        *colon = '\0';
        aliases[i] = colon + 1;
    }
    registry_add_board(registry, &head, "/nowhere/board.json",
                       REGISTRY_INSTALLED);
}

static void modinfo_add(struct registry *registry, const char *path)
{
    struct modinfo_file *file;
    struct ob_err err = { 0 };

    if (modinfo_load(path, FILE_ANY, &file, &err) < 0)
        die(path, err.text);
    registry_add_modinfo(registry, file, REGISTRY_ANNOUNCED);
}

static int memfd_make(const struct session *s, enum kind kind)
{
    struct ob_err err = { 0 };
    int fd = memfd_create("session", MFD_ALLOW_SEALING);
    int r = 0;

    if (kind == JUNK)
        r = write(fd, "rubbish, not a session", 22) == 22 ? 0 : -EIO;
    else
        r = session_write(s, fd, &err);
    if (r < 0)
        die("memfd", err.text);
    if (kind != UNSEALED)
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    return fd;
}

static void environment_set(const char *bridge, const char *session)
{
    const char *others = getenv("LD_PRELOAD");
    char value[8192];

    snprintf(value, sizeof(value), "%s%s%s", bridge, others != NULL ? ":" : "",
             others != NULL ? others : "");
    setenv("LD_PRELOAD", value, 1);
    setenv("OUTBOARD_SESSION", session, 1);
}

int main(int argc, char *argv[])
{
    struct session *s = session_new(NULL);
    enum kind kind = SEALED;
    const char *root = NULL, *text = NULL;
    char number[16];
    int i;

    if (argc < 4)
        die("arguments", "BRIDGE [options] -- PROGRAM");
    for (i = 2; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--junk") == 0)
            kind = JUNK;
        else if (strcmp(argv[i], "--unsealed") == 0)
            kind = UNSEALED;
        else if (i + 1 == argc)
            die(argv[i], "no value");
        else if (strcmp(argv[i], "--root") == 0)
            root = argv[++i];
        else if (strcmp(argv[i], "--env") == 0)
            text = argv[++i];
        else if (strcmp(argv[i], "--board") == 0)
            board_add(s->registry, argv[++i]);
        else if (strcmp(argv[i], "--modinfo") == 0)
            modinfo_add(s->registry, argv[++i]);
        else if (strcmp(argv[i], "--doctor-fd") == 0)
            s->doctor_fd = atoi(argv[++i]);
        else
            die(argv[i], "no such option");
    }
    if (i + 1 >= argc)
        die("arguments", "no program");
    registry_finish(s->registry, NULL, NULL);
    snprintf(number, sizeof(number), "%d", memfd_make(s, kind));
    session_free(s);
    if (root != NULL && (chroot(root) < 0 || chdir("/") < 0))
        die(root, strerror(errno));
    environment_set(argv[1], text != NULL ? text : number);
    execvp(argv[i + 1], argv + i + 1);
    die(argv[i + 1], strerror(errno));
}
