/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads QEMU's memory through pointers that may be invalid. */
#include "bridge/qemu/probe.h"

#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "bridge/qemu/functions.h"

#define SEGMENTS_MAX 16
#define TEXT_MAX 256

struct segment {
    uintptr_t low, high;
    bool code;
};

/* The program's segments, as the dynamic loader reports them. */
static struct segment segments[SEGMENTS_MAX];
static int segment_count;
static struct functions functions;
static int copy_pipe[2] = { -1, -1 };

/*
 * A segment past the limit stays unknown. Then the self-check may find too few
 * candidates and refuse, but it reads no bad address.
 */
static void segment_add(uintptr_t low, const ElfW(Phdr) * ph)
{
    if (!(ph->p_flags & PF_R) || segment_count == SEGMENTS_MAX)
        return;
    segments[segment_count++] = (struct segment){
        low, low + ph->p_memsz, ph->p_flags & PF_X,
    };
}

static const struct segment *segment_find(uintptr_t p)
{
    int i;

    for (i = 0; i < segment_count; i++) {
        if (p >= segments[i].low && p < segments[i].high)
            return &segments[i];
    }
    return NULL;
}

static void functions_find(uintptr_t at, size_t bytes)
{
    const struct segment *s = segment_find(at);

    if (s && bytes <= s->high - at)
        functions_read(&functions, at, at + bytes);
}

/* dl_iterate_phdr() reports the program itself first. */
static int program_read(struct dl_phdr_info *info, size_t size, void *none)
{
    const ElfW(Phdr) *ph = info->dlpi_phdr, *end = ph + info->dlpi_phnum;

    (void)size;
    (void)none;
    for (; ph < end; ph++) {
        if (ph->p_type == PT_LOAD)
            segment_add(info->dlpi_addr + ph->p_vaddr, ph);
    }
    for (ph = info->dlpi_phdr; ph < end; ph++) {
        if (ph->p_type == PT_GNU_EH_FRAME)
            functions_find(info->dlpi_addr + ph->p_vaddr, ph->p_memsz);
    }
    return 1;
}

static const struct segment *segment_of(uintptr_t p)
{
    if (segment_count == 0)
        dl_iterate_phdr(program_read, NULL);
    return segment_find(p);
}

/* Without a table of functions, treat all of an executable segment as code. */
bool probe_is_code(uintptr_t p)
{
    const struct segment *s = segment_of(p);

    return s && s->code &&
           (functions.count == 0 || functions_start(&functions, p));
}

/*
 * Constants may share a segment with code; they lie before or after the code.
 */
static bool holds_text(const struct segment *s, uintptr_t p)
{
    return !s->code || (functions.count > 0 && !functions_span(&functions, p));
}

/*
 * A slot may hold a number that looks like an address of the program, so only
 * printable text with its NUL counts. The limit bounds the search.
 */
const char *probe_literal(uintptr_t p)
{
    const struct segment *s = segment_of(p);
    const char *text = (const char *)p;
    size_t i, room;

    if (!s || !holds_text(s, p))
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

bool probe_is_own(uintptr_t p, size_t bytes)
{
    const struct segment *s = segment_of(p);

    return s && bytes <= s->high - p;
}

/*
 * The pipe does not block, so a length above its capacity gives false and not
 * a hang. After a short write the bridge still empties the pipe for the next
 * copy.
 */
bool probe_copy(uintptr_t p, void *ret, size_t bytes)
{
    ssize_t n;

    if (copy_pipe[0] < 0 && pipe2(copy_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return false;
    n = write(copy_pipe[1], (const void *)p, bytes);
    if (n > 0 && read(copy_pipe[0], ret, n) != n)
        return false;
    return n == (ssize_t)bytes;
}

bool probe_text_is(uintptr_t p, const char *want)
{
    char copy[128];
    size_t bytes = strlen(want) + 1;

    return p >= 4096 && bytes <= sizeof(copy) && probe_copy(p, copy, bytes) &&
           memcmp(copy, want, bytes) == 0;
}

void probe_end(void)
{
    if (copy_pipe[0] < 0)
        return;
    close(copy_pipe[0]);
    close(copy_pipe[1]);
    copy_pipe[0] = copy_pipe[1] = -1;
}
