/* SPDX-License-Identifier: MIT */
/* Reads the names that an ELF file exports and needs. */
#include "modinfo/elf_names.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "modinfo/elf_file.h"

/*
 * A dynamic section of 8 MiB could list 500,000 libraries. A version
 * number has 15 bits, so a valid chain has fewer than 65,536 steps.
 */
enum {
    NEEDED_MAX = 256,           /* libraries */
    NAME_MAX_BYTES = 4096,      /* of a library, as a path may have */
    PATH_MAX_BYTES = 1 << 16,   /* of all directories of an rpath */
    VERSIONS_MAX = 1 << 16,     /* steps in chains of versions */
};

/* A section's bytes in memory, with a NUL behind. */
struct bytes {
    char *data;
    uint64_t len;
};

struct elf_names_table {
    struct bytes text;          /* .dynstr */
    struct bytes symbols;       /* ElfW(Sym) */
    struct bytes versions;      /* one ElfW(Versym) for each; may be empty */
    struct bytes hash;          /* .gnu.hash; may be empty */
    GPtrArray *version_names;   /* by number, in `text`; or NULL */
};

/* --- libraries ------------------------------------------------------------ */

/* Copies the name, because dynamic_take() frees the string table. */
static int list_add(struct elf_file *f, GPtrArray *list, const char *name)
{
    /* The names may overlap in the table, so their sum is not bounded by it. */
    size_t bytes = strlen(name);

    if (list->len >= NEEDED_MAX)
        return elf_broken(f, "number of libraries", list->len);
    if (bytes > NAME_MAX_BYTES)
        return elf_broken(f, "length of a library's name", bytes);
    g_ptr_array_add(list, g_strdup(name));
    return 0;
}

struct lists {
    GPtrArray *needed, *filters;
};

/*
 * The dynamic linker opens filters as well, so section_read() checks their
 * names too. d_val is hostile: it may lie outside the string table.
 */
static int entry_take(struct elf_file *f, const ElfW(Dyn) * entry,
                      const struct bytes *text, struct lists *lists,
                      struct elf_names *ret_names)
{
    uint64_t at = entry->d_un.d_val;
    bool is_path = entry->d_tag == DT_RPATH || entry->d_tag == DT_RUNPATH;
    bool is_name = entry->d_tag == DT_NEEDED || entry->d_tag == DT_FILTER ||
                   entry->d_tag == DT_AUXILIARY;
    char **path = entry->d_tag == DT_RPATH ? &ret_names->rpath
                                           : &ret_names->runpath;
    char *before = *path;

    if (entry->d_tag == DT_SYMBOLIC ||
        (entry->d_tag == DT_FLAGS && (at & DF_SYMBOLIC)))
        ret_names->symbolic = true;
    if (!is_path && !is_name)
        return 0;
    if (at >= text->len)
        return elf_broken(
            f, is_path ? "offset of its rpath" : "offset of a library's name",
            at);
    if (is_name)
        return list_add(
            f, entry->d_tag == DT_AUXILIARY ? lists->filters : lists->needed,
            text->data + at);
    if (strlen(text->data + at) + (before ? strlen(before) : 0) >
        PATH_MAX_BYTES)
        return elf_broken(f, "length of its rpath", strlen(text->data + at));
    /* One is usual; a file with several is judged by all of them. */
    if (text->data[at])
        *path = g_strjoin(":", text->data + at, before, NULL);
    if (*path != before)
        g_free(before);
    return 0;
}

/* A failure sets `len` and not `data`: callers test the result first. */
static int slurp(struct elf_file *f, const ElfW(Shdr) * from, uint64_t max,
                 const char *what, struct bytes *ret_bytes)
{
    ret_bytes->len = from->sh_size;
    return elf_slurp(f, from->sh_offset, from->sh_size, max, what,
                     &ret_bytes->data);
}

static int dynamic_take(struct elf_file *f, const ElfW(Shdr) * table,
                        struct lists *lists, struct elf_names *ret_names)
{
    struct bytes data = { 0 }, text = { 0 };
    const ElfW(Dyn) * entries;
    int ret;

    if (table->sh_link >= f->n_sections)
        return elf_broken(f, "index of the libraries' names", table->sh_link);
    ret = slurp(f, table, TABLE_BYTES_MAX, "size of its dynamic section",
                &data);
    if (ret == 0)
        ret = slurp(f, &f->sections[table->sh_link], SYMBOL_BYTES_MAX,
                    "size of the libraries' names", &text);
    /* A hostile table may lack DT_NULL, so its size ends the loop too. */
    entries = (const ElfW(Dyn) *)data.data;
    for (uint64_t i = 0; ret == 0 && i < data.len / sizeof(*entries) &&
                         entries[i].d_tag != DT_NULL;
         i++)
        ret = entry_take(f, &entries[i], &text, lists, ret_names);
    g_free(data.data);
    g_free(text.data);
    return ret;
}

/*
 * Reads the section headers. The dynamic linker reads PT_DYNAMIC instead; this
 * file does not compare the two. The lists end in NULL after a failure too,
 * because elf_names_clear() walks them.
 */
static int dynamic_read(struct elf_file *f, struct elf_names *ret_names)
{
    const ElfW(Shdr) *table = elf_section(f, NULL, SHT_DYNAMIC);
    struct lists lists = { g_ptr_array_new(), g_ptr_array_new() };
    int ret = table ? dynamic_take(f, table, &lists, ret_names) : 0;

    g_ptr_array_add(lists.needed, NULL);
    g_ptr_array_add(lists.filters, NULL);
    ret_names->needed = (char **)g_ptr_array_free(lists.needed, FALSE);
    ret_names->filters = (char **)g_ptr_array_free(lists.filters, FALSE);
    return ret;
}

/* --- versions ------------------------------------------------------------- */

static void version_note(struct elf_names_table *t, unsigned number,
                         uint64_t name)
{
    /* Drops a bad entry: a symbol without a version fits each version. */
    if (name >= t->text.len || number > INT16_MAX)
        return;
    if (number >= t->version_names->len)
        g_ptr_array_set_size(t->version_names, (gint)number + 1);
    t->version_names->pdata[number] = t->text.data + name;
}

/* `bytes` at `at`, or NULL: a chain that leads out of the section ends. */
static const void *chain_at(const struct bytes *b, uint64_t at, size_t bytes)
{
    if (at > b->len || bytes > b->len - at || at % 4 != 0)
        return NULL;
    return b->data + at;
}

/* What it wants of each library. Damaged chains end, also where they loop. */
static void wanted_versions(struct elf_names_table *t, const struct bytes *b)
{
    const ElfW(Verneed) * need;
    const ElfW(Vernaux) * aux;
    unsigned steps = 0;
    uint64_t at = 0, next;

    /*
     * Both loops share `steps`: vn_cnt is hostile, and a vna_next of 0 repeats
     * one entry. 64 bits keep the sums of 32-bit offsets from wrapping.
     */
    while ((need = chain_at(b, at, sizeof(*need))) && steps++ < VERSIONS_MAX) {
        next = at + need->vn_aux;
        for (unsigned i = 0; i < need->vn_cnt && steps++ < VERSIONS_MAX &&
                             (aux = chain_at(b, next, sizeof(*aux)));
             i++) {
            version_note(t, aux->vna_other & INT16_MAX, aux->vna_name);
            next += aux->vna_next;
        }
        if (!need->vn_next)
            break;
        at += need->vn_next;
    }
}

/* What it has itself; the first is its own name, and no version. */
static void own_versions(struct elf_names_table *t, const struct bytes *b)
{
    const ElfW(Verdef) * def;
    const ElfW(Verdaux) * aux;
    unsigned steps = 0;
    uint64_t at = 0;

    while ((def = chain_at(b, at, sizeof(*def))) && steps++ < VERSIONS_MAX) {
        /* Only the first Verdaux names the version; others name parents. */
        aux = chain_at(b, at + def->vd_aux, sizeof(*aux));
        if (aux && !(def->vd_flags & VER_FLG_BASE))
            version_note(t, def->vd_ndx & INT16_MAX, aux->vda_name);
        if (!def->vd_next)
            break;
        at += def->vd_next;
    }
}

/* After the string table, in which version_note() finds the names. */
static int versions_read(struct elf_file *f, struct elf_names_table *t)
{
    static const struct {
        uint32_t type;
        void (*take)(struct elf_names_table *t, const struct bytes *b);
    } kinds[] = {
        { SHT_GNU_verneed, wanted_versions },
        { SHT_GNU_verdef, own_versions },
    };
    const ElfW(Shdr) *section = elf_section(f, NULL, SHT_GNU_versym);
    int ret = 0;

    if (!section)
        return 0;
    ret = slurp(f, section, SYMBOL_BYTES_MAX, "size of its versions",
                &t->versions);
    t->version_names = g_ptr_array_new();
    for (size_t i = 0; ret == 0 && i < G_N_ELEMENTS(kinds); i++) {
        struct bytes data = { 0 };

        section = elf_section(f, NULL, kinds[i].type);
        if (!section)
            continue;
        ret = slurp(f, section, TABLE_BYTES_MAX, "size of its versions",
                    &data);
        if (ret == 0)
            kinds[i].take(t, &data);
        g_free(data.data);
    }
    return ret;
}

/* --- names ---------------------------------------------------------------- */

static int table_read(struct elf_file *f, const ElfW(Shdr) * section,
                      struct elf_names_table *t)
{
    const ElfW(Shdr) *hash = elf_section(f, NULL, SHT_GNU_HASH);
    int ret;

    if (section->sh_link >= f->n_sections)
        return elf_broken(f, "index of the symbols' names", section->sh_link);
    ret = slurp(f, section, SYMBOL_BYTES_MAX, "size of its symbols",
                &t->symbols);
    if (ret == 0)
        ret = slurp(f, &f->sections[section->sh_link], SYMBOL_BYTES_MAX,
                    "size of the symbols' names", &t->text);
    if (ret == 0 && hash)
        ret = slurp(f, hash, SYMBOL_BYTES_MAX, "size of its symbols' hash",
                    &t->hash);
    return ret < 0 ? ret : versions_read(f, t);
}

int elf_names_read(struct elf_file *f, struct elf_names *ret_names)
{
    const ElfW(Shdr) *section = elf_section(f, NULL, SHT_DYNSYM);
    int ret = dynamic_read(f, ret_names);

    if (ret < 0 || !section)
        return ret;
    ret_names->table = g_new0(struct elf_names_table, 1);
    return table_read(f, section, ret_names->table);
}

int elf_names_read_file(const char *path, struct elf_names *ret_names,
                        struct ob_err *err)
{
    struct elf_names found = { 0 };
    struct elf_file f;
    /* O_NONBLOCK: a path may be a FIFO, and open() would wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;

    if (fd < 0)
        return err_set(err, -errno, "%s: cannot be opened (%s)", path,
                       strerror(errno));
    r = elf_open(&f, fd, path, err);
    if (r == 0)
        r = elf_names_read(&f, &found);
    elf_close(&f);
    close(fd);
    if (r < 0)
        elf_names_clear(&found);
    else
        *ret_names = found;
    return r;
}

void elf_names_clear(struct elf_names *s)
{
    g_strfreev(s->needed);
    g_strfreev(s->filters);
    g_free(s->rpath);
    g_free(s->runpath);
    if (s->table) {
        g_free(s->table->text.data);
        g_free(s->table->symbols.data);
        g_free(s->table->versions.data);
        g_free(s->table->hash.data);
        if (s->table->version_names)
            g_ptr_array_free(s->table->version_names, TRUE);
        g_free(s->table);
    }
    memset(s, 0, sizeof(*s));
}

uint64_t elf_names_count(const struct elf_names *s)
{
    return s->table ? s->table->symbols.len / sizeof(ElfW(Sym)) : 0;
}

/* Entry `n` and its name; NULL if it has none. */
static const ElfW(Sym) *
    entry_at(const struct elf_names *s, uint64_t n, const char **ret_name)
{
    const ElfW(Sym) * e;

    if (n >= elf_names_count(s))
        return NULL;
    e = (const ElfW(Sym) *)s->table->symbols.data + n;
    /* st_name is hostile; a NUL behind the table ends the last name. */
    if (e->st_name >= s->table->text.len)
        return NULL;
    *ret_name = s->table->text.data + e->st_name;
    return **ret_name ? e : NULL;
}

/* The version of entry `n`; NULL: none, or any. */
static const char *version_at(const struct elf_names_table *t, uint64_t n)
{
    const ElfW(Versym) *all = (const ElfW(Versym) *)t->versions.data;
    unsigned number;

    if (n >= t->versions.len / sizeof(*all))
        return NULL;
    /* Bit 15 marks a hidden version and does not belong to the number. */
    number = all[n] & INT16_MAX;
    return number < t->version_names->len ? t->version_names->pdata[number]
                                          : NULL;
}

const char *elf_names_wanted(const struct elf_names *s, uint64_t n,
                             const char **ret_version)
{
    const char *name;
    const ElfW(Sym) *e = entry_at(s, n, &name);

    if (!e || e->st_shndx != SHN_UNDEF ||
        ELF64_ST_BIND(e->st_info) != STB_GLOBAL)
        return NULL;
    *ret_version = version_at(s->table, n);
    return name;
}

const char *elf_names_defined(const struct elf_names *s, uint64_t n,
                              bool *ret_data)
{
    const char *name;
    const ElfW(Sym) *e = entry_at(s, n, &name);

    if (!e || e->st_shndx == SHN_UNDEF)
        return NULL;
    *ret_data = ELF64_ST_TYPE(e->st_info) == STT_OBJECT;
    return name;
}

/* A module's symbol, and names that some linkers add to every object. */
static bool expected(const char *name)
{
    static const char *const names[] = {
        "outboard_module",
        "_init", "_fini", "_edata", "_end", "__bss_start", "__bss_start__",
        "__bss_end__", "_bss_end__", "__end__", "__data_start",
        "__global_pointer$",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

const char *elf_names_exposed(const struct elf_names *s, uint64_t n)
{
    const char *name;
    const ElfW(Sym) *e = entry_at(s, n, &name);
    unsigned bind = e ? ELF64_ST_BIND(e->st_info) : STB_LOCAL;

    /*
     * -Bsymbolic binds a module to its own names. Some linkers add each
     * version that a module defines as an SHN_ABS symbol.
     */
    if (s->symbolic || !e || e->st_shndx == SHN_UNDEF ||
        e->st_shndx == SHN_ABS ||
        ELF64_ST_VISIBILITY(e->st_other) != STV_DEFAULT)
        return NULL;
    /* Inline functions, templates, type information: meant to be one. */
    if (bind == STB_WEAK && strncmp(name, "_Z", 2) == 0)
        return NULL;
    if ((bind != STB_GLOBAL && bind != STB_WEAK) || expected(name))
        return NULL;
    return name;
}

/* A missing version fits each one: a doubt must not refuse a module. */
static bool entry_is(const struct elf_names *s, uint64_t n, const char *name,
                     const char *version)
{
    const char *own, *has;
    const ElfW(Sym) *e = entry_at(s, n, &own);

    if (!e || e->st_shndx == SHN_UNDEF || strcmp(own, name) != 0 ||
        ELF64_ST_BIND(e->st_info) == STB_LOCAL)
        return false;
    has = version_at(s->table, n);
    return !version || !has || strcmp(has, version) == 0;
}

/* The hash of DT_GNU_HASH, by which the linker filled the buckets. */
static uint32_t gnu_hash(const char *name)
{
    uint32_t h = 5381;

    for (; *name; name++)
        h = h * 33 + (uint8_t)*name;
    return h;
}

/* The head of .gnu.hash: buckets, first entry, words of the filter, shift. */
struct hash {
    uint32_t n_buckets, first, n_chain;
    const uint32_t *buckets, *chain;
};

static bool hash_open(const struct bytes *b, struct hash *ret_hash)
{
    const uint32_t *head = (const uint32_t *)b->data;
    uint64_t words = b->len / 4, before;

    /* elf_names_has() divides by the number of buckets. */
    if (words < 4 || head[0] == 0)
        return false;
    /*
     * The filter only saves time, so it is skipped. Its size is hostile; 64
     * bits keep the product from wrapping.
     */
    before = 4 + (uint64_t)head[2] * (sizeof(ElfW(Addr)) / 4);
    if (before + head[0] > words)
        return false;
    *ret_hash = (struct hash){
        .n_buckets = head[0],
        .first = head[1],
        .buckets = head + before,
        .chain = head + before + head[0],
        .n_chain = (uint32_t)(words - before - head[0]),
    };
    return true;
}

bool elf_names_has(const struct elf_names *s, const char *name,
                   const char *version)
{
    uint32_t key = gnu_hash(name), n;
    struct hash h;

    if (!s->table)
        return false;
    /* A library linked with --hash-style=sysv has no such table. */
    if (!hash_open(&s->table->hash, &h)) {
        for (uint64_t i = 0; i < elf_names_count(s); i++)
            if (entry_is(s, i, name, version))
                return true;
        return false;
    }
    n = h.buckets[key % h.n_buckets];
    for (; n >= h.first && n - h.first < h.n_chain; n++) {
        uint32_t c = h.chain[n - h.first];

        /* Bit 0 marks the end of a chain, so only the others are compared. */
        if ((c | 1) == (key | 1) && entry_is(s, n, name, version))
            return true;
        if (c & 1)
            break;
    }
    return false;
}
