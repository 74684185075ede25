/* SPDX-License-Identifier: MIT */
/* `outboard modinfo`: writes the JSON file from a module's section. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib.h>

#include "base/file.h"
#include "cli/cli.h"
#include "modinfo/section.h"

static const char help[] =
    "usage: outboard modinfo FILE.so\n"
    "\n"
    "Writes the modinfo file (JSON) of a module to standard output. It reads\n"
    "the module's .modinfo section, and runs no code of the module.\n"
    "\n"
    "    outboard modinfo acme.so > acme.json\n";

static int section_print(const char *path, struct ob_err *err)
{
    struct section section = { 0 };
    char *text;
    int fd, ret = file_open(path, FILE_ANY, &fd, err);

    if (ret < 0)
        return ret;
    ret = section_read(fd, path, &section, err);
    close(fd);
    if (ret < 0)
        return ret;
    if (!section.info) {
        ret = err_set(err, -ENODATA,
                      "%s: a native QEMU module (%s), which has no .modinfo "
                      "section; name it with -add_machines",
                      path, section.stamp);
    } else {
        cli_warn_lines(section.info->warnings);
        text = modinfo_write_json(section.info->modules, section.info->count);
        fputs(text, stdout);
        g_free(text);
    }
    section_clear(&section);
    return ret;
}

int verb_modinfo(const struct cli *cli, int argc, char **argv,
                 struct ob_err *err)
{
    static const struct cli_option none[] = { { NULL, NULL, NULL } };
    int n = cli_options(argc, argv, none, help, err);

    (void)cli;
    if (n <= 0)
        return n < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (n != 2) {
        err_set(err, -EINVAL,
                "modinfo: one module is wanted (%d given); see outboard "
                "modinfo --help",
                n - 1);
        return EXIT_FAILURE;
    }
    return section_print(argv[1], err) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
