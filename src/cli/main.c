/* SPDX-License-Identifier: MIT */
/* The command: its own options, and which verb runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/path.h"
#include "base/str.h"
#include "cli/cli.h"

static const char usage[] =
    "usage: outboard [OPTIONS] qemu-system-ARCH [QEMU's arguments]\n"
    "       outboard VERB [arguments]\n"
    "       outboard-system-ARCH [QEMU's arguments]\n"
    "\n"
    "Runs QEMU with boards and devices that are not in QEMU.\n"
    "\n"
    "Options among QEMU's arguments:\n"
    "  -add_machines BOARD.json   make a board available for -M\n"
    "  -add_machines MODULE       open a module (NAME or FILE.so) at start\n"
    "  -add_modinfo FILE.json     announce modules and their boards; a "
    "module\n"
    "                             is opened when it is first needed\n"
    "  -add_modinfo FILE.json,isolation=process|in-process\n"
    "                             the same, and choose where the models run\n"
    "Each may be repeated, or have a list with commas.\n"
    "\n"
    "Outboard's own options (OPTIONS, before QEMU's name):\n"
    "  --print               show the command, and do not run it\n"
    "  --verbose, -v         report what is ignored, and why; at the end,\n"
    "                        report how many requests each isolated part got\n"
    "  --arch ARCH           the target, if QEMU's name does not show it\n"
    "  --isolate=all         run all models outside QEMU's process\n"
    "  --isolate=MODULE,...  run the models of these modules outside it\n"
    "  --time-limit=SECONDS  end an isolated model that does not answer for\n"
    "                        this long (default 5; 0: no limit)\n"
    "  --version             versions of Outboard, its ABI and QEMU\n"
    "  --help, -h            this text\n"
    "\n"
    "Verbs (each has --help):\n"
    "  check    check boards, modinfo files and modules, without QEMU\n"
    "  doctor   check whether external boards work in a QEMU\n"
    "  list     list boards, types and modules\n"
    "  modinfo  write a module's modinfo file\n"
    "  new      make a new module\n"
    "\n"
    "\"man outboard\" describes all options.\n";

static const struct {
    const char *name;
    cli_verb *run;
} verbs[] = {
    { "check", verb_check }, { "doctor", verb_doctor },
    { "list", verb_list },   { "modinfo", verb_modinfo },
    { "new", verb_new },
};

static cli_verb *verb_find(const char *name)
{
    size_t i;

    for (i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return verbs[i].run;
    }
    return NULL;
}

/* Many users try `outboard help` first. `help VERB` is `VERB --help`. */
static int show_help(const struct cli *cli, char *word, struct ob_err *err)
{
    cli_verb *verb = word ? verb_find(word) : NULL;
    char option[] = "--help";

    if (verb)
        return verb(cli, 2, (char *[]){ word, option, NULL }, err);
    fputs(usage, stdout);
    return EXIT_SUCCESS;
}

/* What stands first may be a mistyped verb rather than a missing program. */
static void verb_suggest(const char *word, struct ob_err *err)
{
    struct str_near near = { .name = word };
    size_t i;

    if (err->code != -ENOENT || strchr(word, '/') ||
        g_str_has_prefix(word, "qemu"))
        return;
    for (i = 0; i < G_N_ELEMENTS(verbs); i++)
        str_near_offer(&near, verbs[i].name);
    if (!near.best || !g_str_has_prefix(err->text, word))
        return;
    err_clear(err);
    err_set(err, -ENOENT,
            "%s: neither a verb nor a program on PATH; did you mean \"%s\"?",
            word, near.best);
}

/*
 * Take Outboard's own options: those before the first word without a dash.
 * Returns the position of that word; sets *ret_show for --version, --help.
 */
static int own_options(struct cli *cli, int argc, char **argv,
                       const char **ret_show, struct ob_err *err)
{
    int at;

    for (at = 1; at < argc && argv[at][0] == '-'; at++) {
        const char *o = argv[at];

        if (strcmp(o, "--print") == 0)
            cli->print = true;
        else if (strcmp(o, "--verbose") == 0 || strcmp(o, "-v") == 0)
            cli->verbose = true;
        else if (g_str_has_prefix(o, "--arch="))
            cli->arch = o + strlen("--arch=");
        else if (strcmp(o, "--arch") == 0 && at + 1 < argc)
            cli->arch = argv[++at];
        else if (g_str_has_prefix(o, "--isolate="))
            cli->isolate = o + strlen("--isolate=");
        else if (g_str_has_prefix(o, "--time-limit="))
            cli->time_limit = o + strlen("--time-limit=");
        else if (strcmp(o, "--version") == 0 || strcmp(o, "--help") == 0)
            *ret_show = o;
        else if (strcmp(o, "-h") == 0)
            *ret_show = "--help";
        else
            return err_set(err, -EINVAL,
                           "%s: unknown option, before QEMU's name; see "
                           "outboard --help",
                           o);
    }
    return at;
}

/* Called as outboard-system-ARCH: every argument is QEMU's. */
static int main_as_qemu(const struct cli *cli, const char *base, int argc,
                        char **argv, struct ob_err *err)
{
    char *name = g_strconcat("qemu-system-", base + strlen("outboard-system-"),
                             NULL);
    int status;

    argv[0] = name;
    status = run_qemu(cli, argc, argv, err);
    g_free(name);
    return status;
}

static int main_words(struct cli *cli, int argc, char **argv,
                      struct ob_err *err)
{
    const char *show = NULL;
    int at = own_options(cli, argc, argv, &show, err);
    cli_verb *verb;
    int status;

    if (at < 0)
        return EXIT_FAILURE;
    if (show && strcmp(show, "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    if (show)
        return show_version(cli, argc - at, argv + at, err);
    if (at == argc) {
        fputs(usage, stderr);
        return EXIT_FAILURE;
    }
    if (strcmp(argv[at], "help") == 0)
        return show_help(cli, argv[at + 1], err);
    verb = verb_find(argv[at]);
    if (verb)
        return verb(cli, argc - at, argv + at, err);
    status = run_qemu(cli, argc - at, argv + at, err);
    verb_suggest(argv[at], err);
    return status;
}

int main(int argc, char **argv)
{
    struct cli cli = { 0 };
    struct ob_err err = { 0 };
    const char *base = argc > 0 ? strrchr(argv[0], '/') : NULL;
    char *self = path_self();
    int status;

    base = base ? base + 1 : argc > 0 ? argv[0] : "";
    cli.prefix = self ? path_prefix(self, 1) : NULL;
    if (g_str_has_prefix(base, "outboard-system-"))
        status = main_as_qemu(&cli, base, argc, argv, &err);
    else
        status = main_words(&cli, argc, argv, &err);
    if (err.code != 0 && err.text[0] != '\0')
        fprintf(stderr, "outboard: %s\n", err.text);
    g_free(cli.prefix);
    g_free(self);
    return status;
}
