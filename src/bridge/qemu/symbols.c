/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binds QEMU's functions by name, and reads the program's symbol table. */
#include "bridge/qemu/symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#define NAMED_MAX 8     /* missing names that a refusal lists */

enum symbol_kind { REQUIRED, OPTIONAL, LIBRARY };

struct symbol {
    const char *name;
    const char *alt;
    enum symbol_kind kind;
    size_t slot;        /* offset in struct bridge_symbols */
};

#define SLOT(name) offsetof(struct bridge_symbols, name)
static const struct symbol symbols[] = {
#define Q(kind, ret, name, args) { #name, NULL, kind, SLOT(name) },
#define QA(kind, ret, name, alt, args) { #name, #alt, kind, SLOT(name) },
#define QD(kind, name) { #name, NULL, kind, SLOT(name) },
#include "bridge/qemu/symbols.def"
#undef Q
#undef QA
#undef QD
};
enum { SYMBOL_COUNT = sizeof(symbols) / sizeof(symbols[0]) };

struct bridge_symbols q;

static unsigned bound_count;

static void build_id_read(const char *note, size_t bytes, char *ret,
                          size_t max)
{
    const ElfW(Nhdr) *n = (const void *)note;
    size_t name_bytes, at, i;

    while (bytes >= sizeof(*n)) {
        n = (const void *)note;
        name_bytes = (n->n_namesz + 3) & ~(size_t)3;
        at = sizeof(*n) + name_bytes + ((n->n_descsz + 3) & ~(size_t)3);
        if (at > bytes)
            return;
        if (n->n_type == NT_GNU_BUILD_ID && n->n_descsz * 2 < max) {
            const char *id = note + sizeof(*n) + name_bytes;

            for (i = 0; i < n->n_descsz; i++)
                snprintf(ret + 2 * i, 3, "%02x", (unsigned char)id[i]);
            return;
        }
        note += at;
        bytes -= at;
    }
}

static void range_add(uintptr_t *low, uintptr_t *high, uintptr_t at,
                      uintptr_t end)
{
    if (*high == 0 || at < *low)
        *low = at;
    if (end > *high)
        *high = end;
}

/* dl_iterate_phdr() reports the program itself first. */
static int program_scan(struct dl_phdr_info *info, size_t size, void *opaque)
{
    struct bridge_image *im = opaque;
    int i;

    (void)size;
    im->base = info->dlpi_addr;
    for (i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        uintptr_t at = info->dlpi_addr + ph->p_vaddr;

        if (ph->p_type == PT_DYNAMIC)
            im->dynamic = (const void *)at;
        if (ph->p_type == PT_NOTE && im->build_id[0] == '\0')
            build_id_read((const char *)at, ph->p_memsz, im->build_id,
                          sizeof(im->build_id));
        if (ph->p_type != PT_LOAD)
            continue;
        range_add(&im->low, &im->high, at, at + ph->p_memsz);
        if (ph->p_flags & PF_X)
            range_add(&im->text_low, &im->text_high, at, at + ph->p_memsz);
    }
    return 1;
}

const struct bridge_image *symbols_program(void)
{
    static struct bridge_image program;

    if (program.high == 0)
        dl_iterate_phdr(program_scan, &program);
    return &program;
}

/* Find `name` in the program itself, or in any library if `kind` is LIBRARY. */
static void *symbol_find(const char *name, enum symbol_kind kind)
{
    const struct bridge_image *im = symbols_program();
    void *at = dlsym(RTLD_DEFAULT, name);

    if (kind == LIBRARY)
        return at;
    return (uintptr_t)at >= im->low && (uintptr_t)at < im->high ? at : NULL;
}

bool symbols_program_exports(const char *name)
{
    return symbol_find(name, REQUIRED);
}

static void missing_note(char *list, size_t max, const struct symbol *s)
{
    size_t len = strlen(list);

    snprintf(list + len, max - len, "%s%s%s%s", len > 0 ? ", " : "", s->name,
             s->alt ? " or " : "", s->alt ? s->alt : "");
}

/*
 * The loop continues after a missing function, so that one refusal names
 * several.
 */
int symbols_bind(struct ob_err *err)
{
    char missing[OB_ERR_TEXT_BYTES / 2] = "";
    unsigned n_missing = 0;
    void *at;
    int i;

    bound_count = 0;
    for (i = 0; i < SYMBOL_COUNT; i++) {
        const struct symbol *s = &symbols[i];

        at = symbol_find(s->name, s->kind);
        if (!at && s->alt)
            at = symbol_find(s->alt, s->kind);
        memcpy((char *)&q + s->slot, &at, sizeof(at));
        if (at)
            bound_count++;
        if (!at && s->kind == REQUIRED && ++n_missing <= NAMED_MAX)
            missing_note(missing, sizeof(missing), s);
    }
    if (n_missing == 0)
        return 0;
    return err_set(err, -ENOSYS,
                   "%u function(s) that the bridge needs are not exported "
                   "(%s%s); use a QEMU built with modules, as distributions "
                   "ship it",
                   n_missing, missing, n_missing > NAMED_MAX ? ", ..." : "");
}

int symbols_need(const void *fn, const char *name, const char *who,
                 struct ob_err *err)
{
    if (fn)
        return 0;
    return err_set(err, -ENOSYS,
                   "%s: this QEMU does not have what it needs (%s); use a "
                   "qemu-system-* whose target has it",
                   who, name);
}

/* The table that an entry of the program's dynamic section points to. */
static const void *dynamic_table(const struct bridge_image *im, int64_t tag)
{
    const ElfW(Dyn) *d = im->dynamic;

    for (; d && d->d_tag != DT_NULL; d++) {
        if (d->d_tag != tag)
            continue;
        /* glibc relocates this pointer in place; other C libraries may not. */
        return (const void *)(d->d_un.d_ptr < im->low
                                  ? im->base + d->d_un.d_ptr
                                  : d->d_un.d_ptr);
    }
    return NULL;
}

static uint32_t gnu_hash(const char *name)
{
    uint32_t h = 5381;

    for (; *name != '\0'; name++)
        h = h * 33 + (unsigned char)*name;
    return h;
}

/*
 * Find the symbol's entry in the program's own hash table. dladdr1() finds it
 * too, but it searches all 20,000 entries: 0.2 ms each time.
 */
static const ElfW(Sym) * symbol_entry(const char *name)
{
    const struct bridge_image *im = symbols_program();
    const uint32_t *table = dynamic_table(im, DT_GNU_HASH);
    const ElfW(Sym) *syms = dynamic_table(im, DT_SYMTAB);
    const char *texts = dynamic_table(im, DT_STRTAB);
    const uint32_t *buckets, *chain;
    uint32_t hash = gnu_hash(name), i;

    if (!table || !syms || !texts || table[0] == 0)
        return NULL;
    /*
     * The header: buckets, first symbol, filter words, shift; then the filter.
     */
    buckets = table + 4 + table[2] * (sizeof(ElfW(Addr)) / 4);
    chain = buckets + table[0];
    i = buckets[hash % table[0]];
    if (i < table[1])
        return NULL;
    for (;; i++) {
        uint32_t link = chain[i - table[1]];

        if ((link | 1) == (hash | 1) &&
            strcmp(texts + syms[i].st_name, name) == 0)
            return &syms[i];
        if (link & 1)
            return NULL;
    }
}

size_t symbols_size(const char *name)
{
    const ElfW(Sym) *sym = symbol_entry(name);
    void *at = symbol_find(name, REQUIRED);
    Dl_info info;

    if (sym || !at)
        return sym ? sym->st_size : 0;
    if (!dladdr1(at, &info, (void **)&sym, RTLD_DL_SYMENT))
        return 0;
    return sym ? sym->st_size : 0;
}

void symbols_count(unsigned *ret_bound, unsigned *ret_all)
{
    *ret_bound = bound_count;
    *ret_all = SYMBOL_COUNT;
}
