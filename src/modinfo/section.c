/* SPDX-License-Identifier: MIT */
/*
 * ELF, as much of it as telling a module apart takes. Nothing is mapped: the
 * file may shrink while it is read. Only this program's own class, byte order
 * and machine are read further than the first header.
 */
#include "modinfo/section.h"

#include <elf.h>
#include <errno.h>
#include <glib.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Far above what any module has; keeps hostile sizes from eating memory. */
enum {
    TABLE_BYTES_MAX = 8 << 20,      /* section headers, their names */
    INFO_BYTES_MAX = 1 << 20,       /* .modinfo */
    SYMBOL_BYTES_MAX = 64 << 20,    /* .dynsym, .dynstr */
    NEEDED_MAX = 256,               /* libraries */
};

static const char section_symbol[] = "outboard_module";
static const char section_stamp_prefix[] = "qemu_stamp_";

struct elf_file {
    int fd;
    const char *name;
    uint64_t size;
    struct ob_err *err;
    ElfW(Ehdr) head;
    ElfW(Shdr) *sections;
    uint32_t n_sections;
    char *names;                /* .shstrtab, NUL added */
    uint64_t names_len;
};

struct elf_machine {
    uint16_t machine;
    uint8_t class;
    const char *name;
};

static const struct elf_machine elf_machines[] = {
    { EM_X86_64, ELFCLASS64, "x86_64" }, { EM_X86_64, ELFCLASS32, "x32" },
    { EM_386, ELFCLASS32, "i386" }, { EM_AARCH64, ELFCLASS64, "aarch64" },
    { EM_ARM, ELFCLASS32, "arm" }, { EM_RISCV, ELFCLASS64, "riscv64" },
    { EM_RISCV, ELFCLASS32, "riscv32" }, { EM_PPC64, ELFCLASS64, "ppc64" },
    { EM_PPC, ELFCLASS32, "ppc" }, { EM_S390, ELFCLASS64, "s390x" },
    { EM_MIPS, ELFCLASS64, "mips64" }, { EM_MIPS, ELFCLASS32, "mips" },
    { EM_SPARCV9, ELFCLASS64, "sparc64" }, { 258, ELFCLASS64, "loongarch64" },
};

/* The machine that this program is built for, read from its own headers. */
#if defined(__x86_64__)
#define ELF_OWN_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define ELF_OWN_MACHINE EM_AARCH64
#elif defined(__riscv)
#define ELF_OWN_MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define ELF_OWN_MACHINE EM_PPC64
#elif defined(__s390x__)
#define ELF_OWN_MACHINE EM_S390
#elif defined(__i386__)
#define ELF_OWN_MACHINE EM_386
#elif defined(__arm__)
#define ELF_OWN_MACHINE EM_ARM
#else
#error "name this machine's ELF number here"
#endif

#define ELF_OWN_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define ELF_OWN_DATA \
    (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

static const char *elf_machine_name(unsigned machine, unsigned class,
                                    char buf[32])
{
    for (size_t i = 0; i < G_N_ELEMENTS(elf_machines); i++)
        if (elf_machines[i].machine == machine &&
            elf_machines[i].class == class)
            return elf_machines[i].name;
    snprintf(buf, 32, "machine %u", machine);
    return buf;
}

static int elf_broken(struct elf_file *f, const char *what, uint64_t value)
{
    return err_set(f->err, -EBADMSG, "%s: the module is damaged (%s, %llu, "
                   "in a file of %llu bytes); build or copy it anew", f->name,
                   what, (unsigned long long)value,
                   (unsigned long long)f->size);
}

/* Read exactly `len` bytes at `offset`. */
static int elf_read(struct elf_file *f, uint64_t offset, void *to,
                    size_t len, const char *what)
{
    size_t have = 0;

    if (offset > f->size || len > f->size - offset)
        return elf_broken(f, what, offset);
    while (have < len) {
        ssize_t n = pread(f->fd, (char *)to + have, len - have,
                          (off_t)(offset + have));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return elf_broken(f, what, offset);
        have += (size_t)n;
    }
    return 0;
}

/* The same into new memory with a NUL behind; at most `max` bytes. */
static int elf_slurp(struct elf_file *f, uint64_t offset, uint64_t len,
                     uint64_t max, const char *what, char **ret)
{
    char *data;
    int r;

    if (len > max || offset > f->size || len > f->size - offset)
        return elf_broken(f, what, len);
    data = g_malloc(len + 1);
    r = elf_read(f, offset, data, len, what);
    if (r < 0) {
        g_free(data);
        return r;
    }
    data[len] = '\0';
    *ret = data;
    return 0;
}

static int elf_check_magic(struct elf_file *f)
{
    unsigned char ident[EI_NIDENT] = { 0 };
    ssize_t n = pread(f->fd, ident, sizeof(ident), 0);

    if (n >= SELFMAG && memcmp(ident, ELFMAG, SELFMAG) == 0) {
        if (f->size < sizeof(f->head))
            return elf_broken(f, "its header is cut short", f->size);
        return 0;
    }
    if (n <= 0)
        return err_set(f->err, -ENOEXEC, "%s: is empty (0 bytes); name a "
                       "module, a shared object built on the sdk", f->name);
    return err_set(f->err, -ENOEXEC, "%s: is not a module (it starts with "
                   "\"%.*s\", not with an elf header); name a shared object "
                   "built on the sdk", f->name,
                   (int)strnlen((char *)ident, n < 8 ? (size_t)n : 8), ident);
}

/* e_machine stands at 18 in both classes; its order is told by EI_DATA. */
static int elf_check_machine(struct elf_file *f)
{
    const unsigned char *head = (const unsigned char *)&f->head;
    bool little = head[EI_DATA] == ELFDATA2LSB;
    unsigned machine = little ? head[18] | head[19] << 8
                              : head[19] | head[18] << 8;
    char theirs[32], ours[32];

    if (machine == ELF_OWN_MACHINE && head[EI_CLASS] == ELF_OWN_CLASS &&
        head[EI_DATA] == ELF_OWN_DATA)
        return 0;
    return err_set(f->err, -ELIBBAD, "%s: the module is for another "
                   "architecture (%s%s); build it for %s", f->name,
                   elf_machine_name(machine, head[EI_CLASS], theirs),
                   little == (ELF_OWN_DATA == ELFDATA2LSB) ? "" :
                   ", other byte order",
                   elf_machine_name(ELF_OWN_MACHINE, ELF_OWN_CLASS, ours));
}

static int elf_check_type(struct elf_file *f)
{
    const char *what = f->head.e_type == ET_EXEC ? "a program" :
                       f->head.e_type == ET_REL ? "an object file" :
                       f->head.e_type == ET_CORE ? "a core dump" :
                       "an unknown kind of elf file";

    if (f->head.e_type == ET_DYN)
        return 0;
    return err_set(f->err, -ELIBEXEC, "%s: is not a shared object (%s); link "
                   "it with -shared", f->name, what);
}

static int elf_read_sections(struct elf_file *f)
{
    const ElfW(Ehdr) *head = &f->head;
    ElfW(Shdr) first;
    uint64_t n = head->e_shnum, names = head->e_shstrndx;
    char *data;

    if (head->e_shoff == 0)
        return 0;
    if (head->e_shentsize != sizeof(ElfW(Shdr)))
        return elf_broken(f, "size of a section header", head->e_shentsize);
    if (elf_read(f, head->e_shoff, &first, sizeof(first),
                 "offset of its section headers") < 0)
        return -EBADMSG;
    if (n == 0)
        n = first.sh_size;
    if (names == SHN_XINDEX)
        names = first.sh_link;
    if (n > TABLE_BYTES_MAX / sizeof(ElfW(Shdr)))
        return elf_broken(f, "number of sections", n);
    if (names >= n)
        return elf_broken(f, "index of the section names", names);
    if (elf_slurp(f, head->e_shoff, n * sizeof(ElfW(Shdr)), TABLE_BYTES_MAX,
                  "size of its section headers", &data) < 0)
        return -EBADMSG;
    f->sections = (ElfW(Shdr) *)data;
    f->n_sections = (uint32_t)n;
    f->names_len = f->sections[names].sh_size;
    return elf_slurp(f, f->sections[names].sh_offset, f->names_len,
                     TABLE_BYTES_MAX, "size of the section names",
                     &f->names);
}

/* The section called `name`, or of `type` where `name` is NULL; or NULL. */
static const ElfW(Shdr) *elf_section(const struct elf_file *f,
                                     const char *name, uint32_t type)
{
    for (uint32_t i = 1; i < f->n_sections; i++) {
        const ElfW(Shdr) *section = &f->sections[i];

        if (!name && section->sh_type == type)
            return section;
        if (name && section->sh_name < f->names_len &&
            strcmp(f->names + section->sh_name, name) == 0)
            return section;
    }
    return NULL;
}

/* Note the two symbols that matter. */
static int elf_symbol(struct elf_file *f, const ElfW(Sym) *symbol,
                      const char *name, struct section *ret)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info);

    if (symbol->st_shndx == SHN_UNDEF)
        return 0;
    if (strcmp(name, section_symbol) == 0)
        ret->entry = type == STT_OBJECT;
    if (strncmp(name, section_stamp_prefix,
                sizeof(section_stamp_prefix) - 1) != 0)
        return 0;
    if (strlen(name) >= sizeof(ret->stamp))
        return elf_broken(f, "length of its stamp", strlen(name));
    strcpy(ret->stamp, name);
    ret->stamped = true;
    return 0;
}

static int elf_walk_symbols(struct elf_file *f, const ElfW(Sym) *symbols,
                            uint64_t n, const char *names,
                            uint64_t names_len, struct section *ret)
{
    for (uint64_t i = 0; i < n; i++) {
        if (symbols[i].st_name >= names_len)
            continue;
        if (elf_symbol(f, &symbols[i], names + symbols[i].st_name, ret) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int elf_read_symbols(struct elf_file *f, struct section *ret)
{
    const ElfW(Shdr) *table = elf_section(f, NULL, SHT_DYNSYM);
    const ElfW(Shdr) *text;
    char *symbols = NULL, *names = NULL;
    int r;

    if (!table)
        return 0;
    if (table->sh_link >= f->n_sections)
        return elf_broken(f, "index of the symbols' names", table->sh_link);
    text = &f->sections[table->sh_link];
    r = elf_slurp(f, table->sh_offset, table->sh_size, SYMBOL_BYTES_MAX,
                  "size of its symbols", &symbols);
    if (r == 0)
        r = elf_slurp(f, text->sh_offset, text->sh_size, SYMBOL_BYTES_MAX,
                      "size of the symbols' names", &names);
    if (r == 0)
        r = elf_walk_symbols(f, (const ElfW(Sym) *)symbols,
                             table->sh_size / sizeof(ElfW(Sym)), names,
                             text->sh_size, ret);
    g_free(symbols);
    g_free(names);
    return r;
}

/* Does `path` mean the same in whatever directory QEMU was started? */
static bool elf_path_fixed(const char *path)
{
    return path[0] == '/' || g_str_has_prefix(path, "$ORIGIN") ||
           g_str_has_prefix(path, "${ORIGIN}");
}

/* Every directory of RPATH or RUNPATH; an empty one is the current one. */
static int elf_check_rpath(struct elf_file *f, const char *list)
{
    char **dirs = g_strsplit(list, ":", -1);
    int r = 0;

    for (char **dir = dirs; *dir && r == 0; dir++)
        if (!elf_path_fixed(*dir))
            r = err_set(f->err, -EPERM, "%s: the module looks for libraries "
                        "in the current directory (its rpath is \"%.200s\"); "
                        "link it with absolute directories", f->name, list);
    g_strfreev(dirs);
    return r;
}

/* A name with a slash is opened as it stands, others are looked for. */
static int elf_check_needed(struct elf_file *f, const char *library,
                            GPtrArray *needed)
{
    if (needed && needed->len >= NEEDED_MAX)
        return elf_broken(f, "number of libraries", needed->len);
    if (needed)
        g_ptr_array_add(needed, g_strdup(library));
    if (!strchr(library, '/') || elf_path_fixed(library))
        return 0;
    return err_set(f->err, -EPERM, "%s: the module needs a library by a path "
                   "from the current directory (\"%.200s\"); link it with "
                   "-l, or give the library a soname", f->name, library);
}

static int elf_check_entry(struct elf_file *f, const ElfW(Dyn) *entry,
                           const char *names, uint64_t names_len,
                           GPtrArray *needed)
{
    uint64_t at = entry->d_un.d_val;

    switch (entry->d_tag) {
    case DT_RPATH:
    case DT_RUNPATH:
        if (at >= names_len)
            return elf_broken(f, "offset of its rpath", at);
        return names[at] ? elf_check_rpath(f, names + at) : 0;
    case DT_NEEDED:
    case DT_AUXILIARY:
    case DT_FILTER:
        if (at >= names_len)
            return elf_broken(f, "offset of a library's name", at);
        /* An auxiliary one may be missing. */
        return elf_check_needed(f, names + at, entry->d_tag == DT_AUXILIARY
                                               ? NULL : needed);
    }
    return 0;
}

/*
 * What the dynamic linker will look for on the module's behalf. It must not
 * be found where the user happens to stand. Its names go to `needed`.
 */
static int elf_check_libraries(struct elf_file *f, GPtrArray *needed)
{
    const ElfW(Shdr) *table = elf_section(f, NULL, SHT_DYNAMIC);
    const ElfW(Dyn) *entries;
    char *data = NULL, *names = NULL;
    uint64_t names_len, n;
    int r;

    if (!table)
        return 0;
    if (table->sh_link >= f->n_sections)
        return elf_broken(f, "index of the libraries' names", table->sh_link);
    names_len = f->sections[table->sh_link].sh_size;
    n = table->sh_size / sizeof(*entries);
    r = elf_slurp(f, table->sh_offset, table->sh_size, TABLE_BYTES_MAX,
                  "size of its dynamic section", &data);
    if (r == 0)
        r = elf_slurp(f, f->sections[table->sh_link].sh_offset, names_len,
                      SYMBOL_BYTES_MAX, "size of the libraries' names",
                      &names);
    entries = (const ElfW(Dyn) *)data;
    for (uint64_t i = 0; r == 0 && i < n && entries[i].d_tag != DT_NULL; i++)
        r = elf_check_entry(f, &entries[i], names, names_len, needed);
    g_free(data);
    g_free(names);
    return r;
}

static int elf_read_libraries(struct elf_file *f, struct section *ret)
{
    GPtrArray *needed = g_ptr_array_new();
    int r = elf_check_libraries(f, needed);

    g_ptr_array_add(needed, NULL);
    ret->needed = (char **)g_ptr_array_free(needed, FALSE);
    return r;
}

static int elf_read_info(struct elf_file *f, struct section *ret)
{
    const ElfW(Shdr) *section = elf_section(f, ".modinfo", 0);
    char *data = NULL;
    int r;

    if (!section && ret->stamped)
        return 0;
    if (!section || section->sh_type == SHT_NOBITS)
        return err_set(f->err, -ENODATA, "%s: says nothing of itself (no "
                       ".modinfo section%s, and no qemu_stamp_ as a native "
                       "QEMU module has); use OB_MODINFO, and do not strip "
                       "the section", f->name,
                       ret->entry ? "" : ", no symbol outboard_module");
    r = elf_slurp(f, section->sh_offset, section->sh_size, INFO_BYTES_MAX,
                  "size of .modinfo", &data);
    if (r == 0)
        r = section_parse(data, section->sh_size, f->name, &ret->info,
                          f->err);
    g_free(data);
    return r;
}

/* A shared object for this machine, and which sections it has. */
static int elf_read_heads(struct elf_file *f)
{
    int r = elf_check_magic(f);

    if (r == 0)
        r = elf_read(f, 0, &f->head, sizeof(f->head), "its header");
    if (r == 0)
        r = elf_check_machine(f);
    if (r == 0)
        r = elf_check_type(f);
    return r < 0 ? r : elf_read_sections(f);
}

bool section_is_missing(int fd)
{
    struct elf_file f = { .fd = fd, .name = "" };
    struct stat st;
    bool missing;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    f.size = (uint64_t)st.st_size;
    missing = elf_read_heads(&f) == 0 && !elf_section(&f, ".modinfo", 0);
    g_free(f.sections);
    g_free(f.names);
    return missing;
}

static int elf_read_all(struct elf_file *f, struct section *ret)
{
    int r = elf_read_heads(f);

    if (r == 0)
        r = elf_read_libraries(f, ret);
    if (r == 0)
        r = elf_read_symbols(f, ret);
    if (r == 0)
        r = elf_read_info(f, ret);
    return r;
}

int section_read(int fd, const char *name, struct section *ret,
                 struct ob_err *err)
{
    struct elf_file f = { .fd = fd, .name = name, .err = err };
    struct section found = { 0 };
    struct stat st;
    int r;

    if (fstat(fd, &st) < 0)
        return err_set(err, -errno, "%s: cannot be examined (%s); name a "
                       "regular file", name, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(err, -ENOEXEC, "%s: is not a regular file (mode "
                       "%#o); name a module", name,
                       (unsigned)(st.st_mode & S_IFMT));
    f.size = (uint64_t)st.st_size;
    r = elf_read_all(&f, &found);
    g_free(f.sections);
    g_free(f.names);
    if (r < 0)
        section_clear(&found);
    else
        *ret = found;
    return r;
}

void section_clear(struct section *section)
{
    modinfo_free(section->info);
    g_strfreev(section->needed);
    memset(section, 0, sizeof(*section));
}
