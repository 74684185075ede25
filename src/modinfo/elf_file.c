/* SPDX-License-Identifier: MIT */
/* Reads the sections of an ELF file that may be hostile. */
#include "modinfo/elf_file.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * For error messages only. The key has the class, because x32 shares
 * EM_X86_64 with x86_64. 258 is EM_LOONGARCH, which old <elf.h> lack.
 */
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

/* e_machine alone does not decide: ppc64 exists in both byte orders. */
#define ELF_OWN_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define ELF_OWN_DATA \
    (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

/* A hostile file may state any e_machine: 16 bits, so 32 bytes suffice. */
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

/* Shows the size of the file: an offset above it means a cut copy. */
int elf_broken(struct elf_file *f, const char *what, uint64_t value)
{
    return err_set(f->err, -EBADMSG,
                   "%s: the module is damaged (%s, %llu, in a file of %llu "
                   "bytes); build or copy it again",
                   f->name, what, (unsigned long long)value,
                   (unsigned long long)f->size);
}

/* Read exactly `len` bytes at `offset`. */
static int elf_read(struct elf_file *f, uint64_t offset, void *to, size_t len,
                    const char *what)
{
    size_t have = 0;

    /* A sum of two hostile numbers could wrap; this difference cannot. */
    if (offset > f->size || len > f->size - offset)
        return elf_broken(f, what, offset);
    if (f->whole) {
        memcpy(to, f->whole + offset, len);
        return 0;
    }
    while (have < len) {
        ssize_t n = pread(f->fd, (char *)to + have, len - have,
                          (off_t)(offset + have));

        if (n < 0 && errno == EINTR)
            continue;
        /* 0: the file became shorter after fstat(). */
        if (n <= 0)
            return elf_broken(f, what, offset);
        have += (size_t)n;
    }
    return 0;
}

/*
 * Checks before it allocates: g_malloc() ends the process if it fails, and
 * sh_size is hostile. The NUL stops string functions inside the buffer. The
 * caller frees the buffer with g_free().
 */
int elf_slurp(struct elf_file *f, uint64_t offset, uint64_t len, uint64_t max,
              const char *what, char **ret_text)
{
    char *data;
    int ret;

    if (len > max || offset > f->size || len > f->size - offset)
        return elf_broken(f, what, len);
    data = g_malloc(len + 1);
    ret = elf_read(f, offset, data, len, what);
    if (ret < 0) {
        g_free(data);
        return ret;
    }
    data[len] = '\0';
    *ret_text = data;
    return 0;
}

/*
 * Uses pread() because elf_read() calls a short file damaged. A short file may
 * be a script, and the user then needs another answer.
 */
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
        return err_set(f->err, -ENOEXEC,
                       "%s: is empty (0 bytes); name a module, a shared "
                       "object built on the sdk",
                       f->name);
    return err_set(f->err, -ENOEXEC,
                   "%s: is not a module (it starts with \"%.*s\", not with an "
                   "elf header); name a shared object built on the sdk",
                   f->name, (int)strnlen((char *)ident, n < 8 ? (size_t)n : 8),
                   ident);
}

/* e_machine stands at 18 in both classes; its order is told by EI_DATA. */
static int elf_check_machine(struct elf_file *f)
{
    const unsigned char *head = (const unsigned char *)&f->head;
    bool little = head[EI_DATA] == ELFDATA2LSB;
    unsigned machine = little ? head[18] | head[19] << 8
                              : head[19] | head[18] << 8;
    char theirs[32], ours[32];

    /* f->head fits only our own class and order, so this test comes first. */
    if (machine == ELF_OWN_MACHINE && head[EI_CLASS] == ELF_OWN_CLASS &&
        head[EI_DATA] == ELF_OWN_DATA)
        return 0;
    return err_set(
        f->err, -ELIBBAD,
        "%s: the module is for another architecture (%s%s); build it for %s",
        f->name, elf_machine_name(machine, head[EI_CLASS], theirs),
        little == (ELF_OWN_DATA == ELFDATA2LSB) ? "" : ", other byte order",
        elf_machine_name(ELF_OWN_MACHINE, ELF_OWN_CLASS, ours));
}

/* A position-independent program is ET_DYN too, so it passes here. */
static int elf_check_type(struct elf_file *f)
{
    const char *what = f->head.e_type == ET_EXEC  ? "a program"
                       : f->head.e_type == ET_REL ? "an object file"
                       : f->head.e_type == ET_CORE
                           ? "a core dump"
                           : "an unknown kind of elf file";

    if (f->head.e_type == ET_DYN)
        return 0;
    return err_set(f->err, -ELIBEXEC,
                   "%s: is not a shared object (%s); link it with -shared",
                   f->name, what);
}

/*
 * A file without section headers (e_shoff is 0) is valid, and simply has no
 * .modinfo. section_read() reports that.
 */
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
    /*
     * Section header 0 holds the numbers that are too large for the header:
     * sh_size for e_shnum, sh_link for e_shstrndx.
     */
    if (n == 0)
        n = first.sh_size;
    if (names == SHN_XINDEX)
        names = first.sh_link;
    /* The limit keeps the product below from wrapping. */
    if (n > TABLE_BYTES_MAX / sizeof(ElfW(Shdr)))
        return elf_broken(f, "number of sections", n);
    /* This also refuses n == 0. */
    if (names >= n)
        return elf_broken(f, "index of the section names", names);
    if (elf_slurp(f, head->e_shoff, n * sizeof(ElfW(Shdr)), TABLE_BYTES_MAX,
                  "size of its section headers", &data) < 0)
        return -EBADMSG;
    f->sections = (ElfW(Shdr) *)data;
    f->n_sections = (uint32_t)n;
    f->names_len = f->sections[names].sh_size;
    return elf_slurp(f, f->sections[names].sh_offset, f->names_len,
                     TABLE_BYTES_MAX, "size of the section names", &f->names);
}

const ElfW(Shdr) *
    elf_section(const struct elf_file *f, const char *name, uint32_t type)
{
    /*
     * Entry 0 (SHN_UNDEF) describes no section. sh_name is hostile; the NUL of
     * elf_slurp() ends the last name.
     */
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

/* A small file at once: it is read in a dozen places. Best effort. */
static void elf_read_whole(struct elf_file *f)
{
    char *all;

    if (f->size == 0 || f->size > WHOLE_BYTES_MAX)
        return;
    all = g_malloc(f->size);
    /* On failure elf_read() reads the file itself and reports the error. */
    if (pread(f->fd, all, f->size, 0) == (ssize_t)f->size)
        f->whole = all;
    else
        g_free(all);
}

/* Fills *f before it can fail, so elf_close() works after each failure. */
int elf_open(struct elf_file *f, int fd, const char *name, struct ob_err *err)
{
    struct stat st;
    int ret;

    *f = (struct elf_file){ .fd = fd, .name = name, .err = err };
    if (fstat(fd, &st) < 0)
        return err_set(err, -errno,
                       "%s: cannot be examined (%s); name a regular file",
                       name, strerror(errno));
    /* Only a regular file has an st_size that bounds its offsets. */
    if (!S_ISREG(st.st_mode))
        return err_set(err, -ENOEXEC,
                       "%s: is not a regular file (mode %#o); name a module",
                       name, (unsigned)(st.st_mode & S_IFMT));
    f->size = (uint64_t)st.st_size;
    elf_read_whole(f);
    ret = elf_check_magic(f);
    if (ret == 0)
        ret = elf_read(f, 0, &f->head, sizeof(f->head), "its header");
    if (ret == 0)
        ret = elf_check_machine(f);
    if (ret == 0)
        ret = elf_check_type(f);
    return ret < 0 ? ret : elf_read_sections(f);
}

void elf_close(struct elf_file *f)
{
    g_free(f->whole);
    g_free(f->sections);
    g_free(f->names);
}
