/* SPDX-License-Identifier: MIT */
/* Finds out what kind of file a program is, and whether it exports a symbol. */
#include "cli/elf_find.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

/* What this program was compiled for, to compare with. */
#if defined(__x86_64__)
enum { OWN_MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { OWN_MACHINE = EM_AARCH64 };
#elif defined(__riscv)
enum { OWN_MACHINE = EM_RISCV };
#elif defined(__powerpc64__)
enum { OWN_MACHINE = EM_PPC64 };
#elif defined(__s390x__)
enum { OWN_MACHINE = EM_S390 };
#elif defined(__loongarch__)
enum { OWN_MACHINE = 258 };
#else
#error "say which ELF machine this is"
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { OWN_DATA = ELFDATA2LSB };
#else
enum { OWN_DATA = ELFDATA2MSB };
#endif

static const struct {
    uint16_t machine;
    const char *name;
} machines[] = {
    { EM_386, "x86" },          { EM_X86_64, "x86-64" }, { EM_ARM, "ARM" },
    { EM_AARCH64, "AArch64" },  { EM_RISCV, "RISC-V" },  { EM_PPC, "PowerPC" },
    { EM_PPC64, "PowerPC 64" }, { EM_MIPS, "MIPS" },     { EM_S390, "S/390" },
    { EM_SPARCV9, "SPARC V9" },
};

/*
 * `bytes` of the file at `offset`, or NULL if they are not all there or not
 * aligned to `align`.
 */
static const void *at(struct elf_view v, uint64_t offset, uint64_t bytes,
                      uint64_t align)
{
    if (offset > v.len || bytes > v.len - offset || offset % align != 0)
        return NULL;
    return v.data + offset;
}

enum elf_kind elf_kind(struct elf_view v)
{
    const Elf64_Ehdr *e = (const void *)v.data;

    if (v.len < EI_NIDENT || memcmp(v.data, ELFMAG, SELFMAG) != 0)
        return ELF_NOT;
    if (v.len < sizeof(*e) || e->e_ident[EI_CLASS] != ELFCLASS64 ||
        e->e_ident[EI_DATA] != OWN_DATA || e->e_machine != OWN_MACHINE)
        return ELF_FOREIGN;
    return ELF_OURS;
}

const char *elf_arch(struct elf_view v, char buf[ELF_ARCH_BYTES])
{
    int bits = v.data[EI_CLASS] == ELFCLASS32 ? 32 : 64;
    unsigned machine;
    size_t i;

    if (v.len < 20) {
        snprintf(buf, ELF_ARCH_BYTES, "cut short");
        return buf;
    }
    machine = v.data[EI_DATA] == ELFDATA2MSB ? v.data[18] << 8 | v.data[19]
                                             : v.data[19] << 8 | v.data[18];
    for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        if (machines[i].machine == machine) {
            snprintf(buf, ELF_ARCH_BYTES, "%d-bit %s", bits, machines[i].name);
            return buf;
        }
    }
    snprintf(buf, ELF_ARCH_BYTES, "%d-bit machine %u", bits, machine);
    return buf;
}

/* Section header `n`; NULL if the file has fewer. */
static const Elf64_Shdr *section(struct elf_view v, uint32_t n)
{
    const Elf64_Ehdr *e = (const void *)v.data;

    if (n >= e->e_shnum || e->e_shentsize != sizeof(Elf64_Shdr) ||
        e->e_shoff > v.len)
        return NULL;
    return at(v, e->e_shoff + (uint64_t)n * sizeof(Elf64_Shdr),
              sizeof(Elf64_Shdr), 8);
}

static const Elf64_Shdr *section_of_type(struct elf_view v, uint32_t type)
{
    const Elf64_Shdr *s;
    uint32_t n;

    for (n = 0; (s = section(v, n)); n++) {
        if (s->sh_type == type)
            return s;
    }
    return NULL;
}

struct symbols {
    const Elf64_Sym *sym;
    uint64_t count;
    const char *str;
    uint64_t str_len;
};

static bool symbols_open(struct elf_view v, struct symbols *ret_symbols)
{
    const Elf64_Shdr *dyn = section_of_type(v, SHT_DYNSYM);
    const Elf64_Shdr *str = dyn ? section(v, dyn->sh_link) : NULL;

    if (!str)
        return false;
    ret_symbols->count = dyn->sh_size / sizeof(Elf64_Sym);
    ret_symbols->sym = at(v, dyn->sh_offset, dyn->sh_size, 8);
    ret_symbols->str_len = str->sh_size;
    ret_symbols->str = at(v, str->sh_offset, str->sh_size, 1);
    return ret_symbols->sym && ret_symbols->str;
}

/* Is symbol `n` a definition called `name`? */
static bool symbol_is(const struct symbols *s, uint64_t n, const char *name)
{
    uint64_t need = strlen(name) + 1;

    return n < s->count && s->sym[n].st_shndx != SHN_UNDEF &&
           s->sym[n].st_name < s->str_len &&
           need <= s->str_len - s->sym[n].st_name &&
           memcmp(s->str + s->sym[n].st_name, name, need) == 0;
}

static uint32_t gnu_hash(const char *name)
{
    uint32_t h = 5381;

    for (; *name; name++)
        h = h * 33 + (uint8_t)*name;
    return h;
}

bool elf_exports(struct elf_view v, const char *name)
{
    const Elf64_Shdr *sec = section_of_type(v, SHT_GNU_HASH);
    uint32_t hash = gnu_hash(name), n;
    const uint32_t *head, *buckets, *chain;
    uint64_t words, chains;
    struct symbols s;

    /* Head: buckets, first symbol, bloom words (64 bits each), shift. */
    if (!sec || !symbols_open(v, &s) || sec->sh_size < 16)
        return false;
    head = at(v, sec->sh_offset, sec->sh_size, 8);
    if (!head || head[0] == 0)
        return false;
    words = 4 + (uint64_t)head[2] * 2 + head[0];
    if (words > sec->sh_size / 4)
        return false;
    buckets = head + 4 + (uint64_t)head[2] * 2;
    chain = buckets + head[0];
    chains = sec->sh_size / 4 - words;
    n = buckets[hash % head[0]];
    for (; n >= head[1] && n - head[1] < chains; n++) {
        uint32_t c = chain[n - head[1]];

        if ((c | 1) == (hash | 1) && symbol_is(&s, n, name))
            return true;
        if (c & 1)
            break;
    }
    return false;
}

const char *elf_build_id(struct elf_view v, char buf[ELF_BUILD_ID_BYTES])
{
    const Elf64_Shdr *s;
    uint32_t n, i;

    buf[0] = '\0';
    for (n = 0; (s = section(v, n)); n++) {
        const Elf64_Nhdr *note = s->sh_type == SHT_NOTE && s->sh_size > 16
                                     ? at(v, s->sh_offset, s->sh_size, 4)
                                     : NULL;

        if (!note || note->n_type != NT_GNU_BUILD_ID || note->n_namesz != 4 ||
            note->n_descsz > s->sh_size - 16 || note->n_descsz > 64)
            continue;
        for (i = 0; i < note->n_descsz; i++)
            sprintf(buf + 2 * i, "%02x", ((const uint8_t *)(note + 1))[4 + i]);
        break;
    }
    return buf;
}
