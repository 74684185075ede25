/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds back QEMU's stderr in a file. */
#include "bridge/process/stderr_hold.h"

#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BAIL_OUT "Bail out!"

enum { WORDS_BYTES = 1024, COPY_BYTES = 4096 };

static int real_stderr = -1;        /* while stderr is held back */
static int held = -1;               /* the file that replaces stderr */
static GPrintFunc old_print;

int stderr_hold_stderr(void)
{
    return real_stderr >= 0 ? real_stderr : STDERR_FILENO;
}

/* GLib prints a failed assertion to stdout a second time, for test runners. */
static void print_held(const char *text)
{
    if (g_str_has_prefix(text, BAIL_OUT))
        return;
    fwrite(text, 1, strlen(text), stdout);
    fflush(stdout);
}

void stderr_hold_begin(void)
{
    if (real_stderr >= 0)
        return;
    held = memfd_create("outboard-stderr", MFD_CLOEXEC);
    real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (held >= 0 && real_stderr >= 0)
        dup2(held, STDERR_FILENO);
    old_print = g_set_print_handler(print_held);
}

void stderr_hold_discard(void)
{
    if (held >= 0 && ftruncate(held, 0) == 0)
        lseek(held, 0, SEEK_SET);
}

static bool same_file(int a, int b)
{
    struct stat x, y;

    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

static void copy_out(int to)
{
    char text[COPY_BYTES];
    off_t at = 0;
    ssize_t n;

    while ((n = pread(held, text, sizeof(text), at)) > 0) {
        ssize_t put = write(to, text, (size_t)n);

        (void)put;
        at += n;
    }
}

void stderr_hold_end(void)
{
    if (real_stderr < 0)
        return;
    g_set_print_handler(old_print);
    if (held >= 0) {
        copy_out(real_stderr);
        /*
         * If a daemon has closed its stderr in the meantime, keep its new one.
         */
        if (same_file(held, STDERR_FILENO))
            dup2(real_stderr, STDERR_FILENO);
        close(held);
    }
    close(real_stderr);
    real_stderr = held = -1;
}

size_t stderr_hold_words(char *text, size_t size)
{
    char raw[WORDS_BYTES];
    struct stat st;
    size_t len = 0;
    off_t at;
    ssize_t n;

    text[0] = '\0';
    if (held < 0 || fstat(held, &st) < 0)
        return 0;
    at = st.st_size > WORDS_BYTES ? st.st_size - WORDS_BYTES : 0;
    n = pread(held, raw, sizeof(raw), at);
    for (ssize_t i = 0; i < n && len + 1 < size; i++) {
        char c = (unsigned char)raw[i] <= ' ' || raw[i] == 0x7f ? ' ' : raw[i];

        if (c != ' ' || (len > 0 && text[len - 1] != ' '))
            text[len++] = c;
    }
    while (len > 0 && text[len - 1] == ' ')
        len--;
    text[len] = '\0';
    return len;
}
