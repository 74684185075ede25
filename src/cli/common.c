/* SPDX-License-Identifier: MIT */
/* Messages and options that the verbs share. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

void cli_warn(const char *text)
{
    fprintf(stderr, "outboard: warning: %s\n", text);
}

void cli_warn_lines(const char *const *lines)
{
    for (; *lines; lines++)
        cli_warn(*lines);
}

void cli_note(const char *text)
{
    fprintf(stderr, "outboard: %s\n", text);
}

int cli_options(int argc, char **argv, const struct cli_option *options,
                const char *help, struct ob_err *err)
{
    int at, kept = 1;

    for (at = 1; at < argc; at++) {
        const struct cli_option *o = options;

        if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
            fputs(help, stdout);
            return 0;
        }
        if (argv[at][0] != '-' || argv[at][1] == '\0') {
            argv[kept++] = argv[at];
            continue;
        }
        while (o->name && strcmp(o->name, argv[at]) != 0)
            o++;
        if (!o->name)
            return err_set(err, -EINVAL,
                           "%s: unknown option %s; see outboard %s --help",
                           argv[0], argv[at], argv[0]);
        if (o->flag)
            *o->flag = true;
        else if (at + 1 < argc)
            *o->value = argv[++at];
        else
            return err_set(err, -EINVAL,
                           "%s: no value after %s; see outboard %s --help",
                           argv[0], argv[at], argv[0]);
    }
    return kept;
}
