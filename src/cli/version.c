/* SPDX-License-Identifier: MIT */
/*
 * `outboard --version [QEMU]`. It runs QEMU's own --version, and asks dpkg, if
 * there is one, for QEMU's package.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include <outboard/abi.h>

#include "cli/cli.h"
#include "cli/qemu.h"

/* Tried in this order when no QEMU is named. */
static const char *const candidates[] = {
    "qemu-system-aarch64", "qemu-system-arm", "qemu-system-riscv64",
    "qemu-system-x86_64", "qemu-system-ppc64", "qemu-system-mips",
    "qemu-system-i386", NULL,
};

/* First line of what `argv` prints; g_free() it; NULL if it does not run. */
static char *first_line(const char *const *argv)
{
    char *out = NULL;
    int status = -1;
    GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL;

    if (!g_spawn_sync(NULL, (char **)argv, NULL, flags, NULL, NULL, &out, NULL,
                      &status, NULL) ||
        status != 0 || !out || !*out) {
        g_free(out);
        return NULL;
    }
    out[strcspn(out, "\n")] = '\0';
    return out;
}

/* "qemu-system-arm 1:7.2+dfsg-7", g_free(); NULL where there is no dpkg. */
static char *package_find(const char *path)
{
    char *real = realpath(path, NULL);
    const char *search[] = { "dpkg-query", "-S", real, NULL };
    char *line = real ? first_line(search) : NULL;
    const char *show[] = {
        "dpkg-query", "-W", "-f", "${Package} ${Version}\n", line, NULL,
    };
    char *package = NULL;

    if (line) {
        line[strcspn(line, ",")] = '\0';
        if (strstr(line, ": "))
            *strstr(line, ": ") = '\0';
        package = first_line(show);
    }
    g_free(line);
    free(real);
    return package;
}

static void qemu_print(const struct qemu *qemu)
{
    const char *ask[] = { qemu->path, "--version", NULL };
    char build_id[ELF_BUILD_ID_BYTES] = "";
    char *version = first_line(ask);
    char *package = package_find(qemu->path);

    if (qemu->kind != QEMU_SCRIPT)
        elf_build_id(qemu->view, build_id);
    printf("QEMU: %s%s\n", qemu->path,
           qemu->kind == QEMU_SCRIPT ? " (a script)"
           : qemu->kind == QEMU_BARE ? " (exports nothing: takes no external "
                                       "boards)"
                                     : "");
    printf("  version:  %s\n", version ? version : "does not tell");
    printf("  package:  %s\n", package ? package : "none known");
    printf("  build-id: %s\n", build_id[0] ? build_id : "none");
    g_free(version);
    g_free(package);
}

int show_version(const struct cli *cli, int argc, char **argv,
                 struct ob_err *err)
{
    struct qemu *qemu = NULL;
    int i;

    (void)cli;
    printf("outboard %s (ABI %d.%d)\n", OB_VERSION, OB_ABI_MAJOR,
           OB_ABI_MINOR);
    if (argc > 0 && qemu_find(argv[0], &qemu, err) < 0)
        return EXIT_FAILURE;
    for (i = 0; !qemu && candidates[i]; i++)
        qemu_find(candidates[i], &qemu, NULL);
    if (qemu)
        qemu_print(qemu);
    else
        puts("QEMU: none found on PATH");
    qemu_free(qemu);
    return EXIT_SUCCESS;
}
