/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

enum { HELD_BYTES = 512, WHERE_BYTES = 768 };

static const int guard_signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE };
enum { GUARD_SIGNALS = sizeof(guard_signals) / sizeof(guard_signals[0]) };

static struct sigaction guard_old[GUARD_SIGNALS];
static int guard_stderr = -1;       /* the real one, while held back */
static char guard_where[WHERE_BYTES];
static struct termios guard_termios;
static int guard_is_terminal, guard_flags;

void guard_terminal_save(void)
{
    guard_is_terminal = tcgetattr(STDIN_FILENO, &guard_termios) == 0;
    guard_flags = fcntl(STDIN_FILENO, F_GETFL);
}

void guard_at(const struct plan_place *place, const char *what,
              const char *name)
{
    if (place != NULL)
        snprintf(guard_where, sizeof(guard_where), "%s:%u:%u: %s \"%s\"",
                 place->file, place->line, place->col, what, name);
    else
        snprintf(guard_where, sizeof(guard_where), "%s \"%s\"", what, name);
}

/* What was held back, on one line: newlines and runs of blanks are one. */
static size_t held_line(char *text, size_t size)
{
    char raw[HELD_BYTES];
    ssize_t n = pread(STDERR_FILENO, raw, sizeof(raw), 0);
    size_t len = 0;

    for (ssize_t i = 0; i < n && len + 1 < size; i++) {
        char c = raw[i];

        if ((unsigned char)c <= ' ')
            c = ' ';
        if (c == ' ' && (len == 0 || text[len - 1] == ' '))
            continue;
        text[len++] = c;
    }
    while (len > 0 && text[len - 1] == ' ')
        len--;
    text[len] = '\0';
    return len;
}

static void put_text(const char *text)
{
    ssize_t n = write(guard_stderr, text, strlen(text));

    (void)n;
}

/* Only calls that are safe in a signal handler from here on. */
static void guard_caught(int signo)
{
    char said[HELD_BYTES];
    size_t len = held_line(said, sizeof(said));

    put_text("outboard: ");
    put_text(guard_where);
    put_text(signo == SIGABRT ? ": this QEMU's part gave up"
                              : ": this QEMU's part crashed");
    if (len > 0) {
        put_text(" (");
        put_text(said);
        put_text(")");
    }
    put_text("; see what links and properties it needs\n");
    if (guard_is_terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &guard_termios);
    if (guard_flags >= 0)
        fcntl(STDIN_FILENO, F_SETFL, guard_flags);
    _exit(1);
}

/* Copy what was held back to where it was meant for. */
static void release_stderr(void)
{
    char text[HELD_BYTES];
    off_t at = 0;
    int held;
    ssize_t n;

    if (guard_stderr < 0)
        return;
    held = dup(STDERR_FILENO);
    dup2(guard_stderr, STDERR_FILENO);
    close(guard_stderr);
    guard_stderr = -1;
    while (held >= 0 && (n = pread(held, text, sizeof(text), at)) > 0) {
        ssize_t put = write(STDERR_FILENO, text, (size_t)n);

        (void)put;
        at += n;
    }
    if (held >= 0)
        close(held);
}

/* Some parts say what is wrong and call exit(): let their words out. */
static void hold_stderr(void)
{
    static bool at_exit;
    int held = memfd_create("outboard-stderr", MFD_CLOEXEC);

    if (!at_exit)
        at_exit = atexit(release_stderr) == 0;
    guard_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (held >= 0 && guard_stderr >= 0)
        dup2(held, STDERR_FILENO);
    if (held >= 0)
        close(held);
}

void guard_begin(void)
{
    struct sigaction sa = { .sa_handler = guard_caught };

    hold_stderr();
    sigemptyset(&sa.sa_mask);
    for (unsigned i = 0; i < GUARD_SIGNALS; i++)
        sigaction(guard_signals[i], &sa, &guard_old[i]);
}

void guard_discard(void)
{
    if (guard_stderr >= 0 && ftruncate(STDERR_FILENO, 0) == 0)
        lseek(STDERR_FILENO, 0, SEEK_SET);
}

void guard_end(void)
{
    for (unsigned i = 0; i < GUARD_SIGNALS; i++)
        sigaction(guard_signals[i], &guard_old[i], NULL);
    release_stderr();
}
