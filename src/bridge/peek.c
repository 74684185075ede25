/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/peek.h"

#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#define SEGMENTS_MAX 16
#define TEXT_MAX 256

struct segment {
    uintptr_t low, high;
    bool code;
};

static struct segment segments[SEGMENTS_MAX];
static int segment_count;
static int copy_pipe[2] = { -1, -1 };

/* The first object reported is the program itself. */
static int segments_collect(struct dl_phdr_info *info, size_t size, void *none)
{
    int i;

    (void)size;
    (void)none;
    for (i = 0; i < info->dlpi_phnum && segment_count < SEGMENTS_MAX; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        struct segment *s = &segments[segment_count];

        if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_R))
            continue;
        s->low = info->dlpi_addr + ph->p_vaddr;
        s->high = s->low + ph->p_memsz;
        s->code = ph->p_flags & PF_X;
        segment_count++;
    }
    return 1;
}

static const struct segment *segment_of(uintptr_t p)
{
    int i;

    if (segment_count == 0)
        dl_iterate_phdr(segments_collect, NULL);
    for (i = 0; i < segment_count; i++) {
        if (p >= segments[i].low && p < segments[i].high)
            return &segments[i];
    }
    return NULL;
}

bool peek_is_code(uintptr_t p)
{
    const struct segment *s = segment_of(p);

    return s != NULL && s->code;
}

const char *peek_literal(uintptr_t p)
{
    const struct segment *s = segment_of(p);
    const char *text = (const char *)p;
    size_t i, room;

    if (s == NULL || s->code)
        return NULL;
    room = s->high - p < TEXT_MAX ? s->high - p : TEXT_MAX;
    for (i = 0; i < room; i++) {
        if (text[i] == '\0')
            return i > 0 ? text : NULL;
        if (text[i] < 0x20 || text[i] > 0x7e)
            return NULL;
    }
    return NULL;
}

bool peek_copy(uintptr_t p, void *ret, size_t bytes)
{
    ssize_t n;

    if (copy_pipe[0] < 0 && pipe2(copy_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return false;
    n = write(copy_pipe[1], (const void *)p, bytes);
    if (n > 0 && read(copy_pipe[0], ret, n) != n)
        return false;
    return n == (ssize_t)bytes;
}

bool peek_text_is(uintptr_t p, const char *want)
{
    char copy[128];
    size_t bytes = strlen(want) + 1;

    return p >= 4096 && bytes <= sizeof(copy) && peek_copy(p, copy, bytes) &&
           memcmp(copy, want, bytes) == 0;
}

void peek_end(void)
{
    if (copy_pipe[0] < 0)
        return;
    close(copy_pipe[0]);
    close(copy_pipe[1]);
    copy_pipe[0] = copy_pipe[1] = -1;
}
