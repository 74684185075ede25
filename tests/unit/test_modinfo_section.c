/* SPDX-License-Identifier: MIT */
/*
 * The section's strings, and ELF files as hostile as they come. The ELF files
 * are made here, word by word; a test over the real compiler's output stands
 * at the end (this program itself).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "modinfo/section.h"

#include "given_back.h"

#define S(text) text, sizeof(text)

/* The machine that this program runs on, by its number and its name. */
#if defined(__x86_64__)
#define OWN "x86_64"
enum { EM_OWN = EM_X86_64 };
#elif defined(__aarch64__)
#define OWN "aarch64"
enum { EM_OWN = EM_AARCH64 };
#elif defined(__riscv)
#define OWN "riscv64"
enum { EM_OWN = EM_RISCV };
#endif

struct refusal {
    const char *data;
    size_t len;
    const char *expect;         /* behind "acme.so: .modinfo: " */
};

static const struct refusal refusals[] = {
    { "", 0, "the last entry has no end (0 bytes); use OB_MODINFO(key, "
      "value)" },
    { "name=acme", 9, "the last entry has no end (9 bytes); use "
      "OB_MODINFO(key, value)" },
    { S(""), "\"name\" is missing (no entry name=...); add "
      "OB_MODINFO(\"name\", ...)" },
    { S("abi=1.0"), "\"name\" is missing (no entry name=...); add "
      "OB_MODINFO(\"name\", ...)" },
    { S("name=a\0nonsense"), "an entry is not key=value (\"nonsense\"); use "
      "OB_MODINFO(key, value)" },
    { S("name=a\0=b"), "an entry is not key=value (\"=b\"); use "
      "OB_MODINFO(key, value)" },
    { S("name=a\0licence=MIT"), "unknown key (\"licence\"); did you mean "
      "\"license\"?" },
    { S("name=a\0colour=red"), "unknown key (\"colour\"); see "
      "docs/modinfo.md" },
    { S("name=a\0abi=1"), "\"abi\" is not MAJOR.MINOR (\"1\"); build it with "
      "the sdk's headers" },
    { S("name=a\0abi=0.0"), "\"abi\" is not MAJOR.MINOR (\"0.0\"); build it "
      "with the sdk's headers" },
    { S("name=a\0abi=1.65536"), "\"abi\" is not MAJOR.MINOR (\"1.65536\"); "
      "build it with the sdk's headers" },
    { S("name=a\0abi=1.0\0abi=1.1"), "\"abi\" differs among its files (1.0 "
      "and 1.1); build all of them with one sdk" },
    { S("name=a\0name=b"), "\"name\" stands twice (\"a\" and \"b\"); remove "
      "one" },
    { S("name=../a"), "\"name\" starts with a dot (\"../a\"); write the "
      "file's base name, without directory and .so" },
    { S("name=a.so"), "\"name\" ends in .so (\"a.so\"); write the file's "
      "base name, without directory and .so" },
    { S("name=a\0short="), "\"short\" is empty (\"\"); write one line of at "
      "most 256 bytes" },
    { S("name=x-a"), "the module's short name starts with x- (\"x-a\"), as "
      "what a modinfo file passes over does; choose another" },
    { S("name=a\0short=x-a"), "the module's short name starts with x- "
      "(\"x-a\"), as what a modinfo file passes over does; choose another" },
    { S("name=a\0isolation=full"), "\"isolation\" is not a place to run "
      "(\"full\"); write process or in-process" },
    { S("name=a\0isolation=process\0isolation=in-process"), "\"isolation\" "
      "stands twice (\"process\" and \"in-process\"); remove one" },
    { S("name=a\0license=M\xc2\x9bT"), "\"license\" holds a control "
      "character (\"M\\xc2\\x9bT\"); write one short line" },
    { S("name=a\0version=\xff"), "\"version\" is not utf-8 (\"\\xff\"); "
      "write one short line" },
    { S("name=a\0license=a\nb"), "\"license\" holds a control character "
      "(\"a\\x0ab\"); write one short line" },
    { S("name=a\0objs=0a"), "an entry of \"objs\" starts with a 0 (\"0a\"); "
      "use A-Z a-z 0-9 . _ -, at most 128, not starting with . _ - or 0" },
    { S("name=a\0objs=a,,b"), "an entry of \"objs\" is empty (\"\"); use A-Z "
      "a-z 0-9 . _ -, at most 128, not starting with . _ - or 0" },
    { S("name=a\0objs=a,"), "an entry of \"objs\" is empty (\",\" at the "
      "end); leave the comma out" },
    { S("name=a\0objs=a,b\0objs=a"), "\"objs\" names this twice (\"a\"); "
      "remove one" },
    { S("name=a\0desc.uart=x"), "\"desc.uart\" describes a type that is not "
      "in \"objs\" (\"uart\"); add it there" },
    { S("name=a\0objs=b\0bus.c=i2c"), "\"bus.c\" describes a type that is not "
      "in \"objs\" (\"c\"); add it there" },
    { S("name=a\0objs=b\0bus.b=i2s"), "\"bus.b\" is unknown (\"i2s\"); did you "
      "mean \"i2c\"?" },
    { S("name=a\0objs=b\0bus.b=isa-like"), "\"bus.b\" is unknown "
      "(\"isa-like\"); use one of system, i2c, spi, pci, usb, sd, can" },
    { S("name=a\0objs=b\0bus.b=system\0bus.b=i2c"), "\"bus.b\" stands twice "
      "(\"system\" and \"i2c\"); remove one" },
    { S("name=a\0objs=b\0category.b=serial"), "\"category.b\" is unknown "
      "(\"serial\"); use one of bridge, usb, storage, network, input, "
      "display, sound, misc, cpu, watchdog" },
    { S("name=a\0objs=b\0category.b=misc\0category.b=cpu"), "\"category.b\" "
      "stands twice (\"misc\" and \"cpu\"); remove one" },
    { S("name=a\0objs=b\0needs.b=ob.x"), "an entry of \"needs.b\" is not the "
      "id of an extension (\"ob.x\"); write it as ob.name/0, with a-z 0-9 . - "
      "and a number" },
    { S("name=a\0objs=b\0needs.b=/0"), "an entry of \"needs.b\" is not the id "
      "of an extension (\"/0\"); write it as ob.name/0, with a-z 0-9 . - and a "
      "number" },
    { S("name=a\0objs=b\0needs.b=a/0/0"), "an entry of \"needs.b\" is not the "
      "id of an extension (\"a/0/0\"); write it as ob.name/0, with a-z 0-9 . - "
      "and a number" },
    { S("name=a\0objs=b\0needs.b=a/0,a/1,a/2,a/3,a/4,a/5,a/6,a/7\0"
        "needs.b=a/8,a/9,b/0,b/1,b/2,b/3,b/4,b/5,b/6"), "\"needs.b\" names "
      "more extensions than the limit (16); name fewer" },
    { S("name=a\0objs=b\0colour.c=red"), "unknown key (\"colour.c\"); see "
      "docs/modinfo.md" },
    { S("name=a\0objs=b\0categry.c=misc"), "unknown key (\"categry.c\"); see "
      "docs/modinfo.md" },
    { S("name=a\0boards=b\0board.b.tilte=x"), "unknown field of a board "
      "(\"board.b.tilte\"); use board.NAME.file, .title, .arch, .aliases, "
      ".ram, .ram-min, .ram-max, .cpus or .cpus-max" },
    { S("name=a\0boards=b\0board.b.file=/b.json"), "\"board.b.file\" leads "
      "out of the directory (\"/b.json\"); name a .json file in the modinfo "
      "file's directory" },
    { S("name=a\0boards=b\0board.b.file=b.so"), "\"board.b.file\" does not "
      "end in .json (\"b.so\"); name a .json file in the modinfo file's "
      "directory" },
    { S("name=a\0boards=b\0board.b.file=b.json\0board.b.title=B"), "the "
      "board says more than its file (\"b\"), whose it is to say; keep "
      "board.b.file alone" },
    { S("name=a\0board.b.title=x"), "\"board.b.title\" speaks of a board "
      "that is not in \"boards\" (\"b\"); add it there" },
    { S("name=a\0boards=b\0board.b.ram=64 MB"), "\"board.b.ram\" is not a "
      "size (\"64 MB\"); write it as 512 MiB" },
    { S("name=a\0boards=b\0board.b.cpus=0"), "\"board.b.cpus\" is not a "
      "number of cpus (\"0\"); use 1 to 1024" },
    { S("name=a\0boards=b\0board.b.ram-max=1 GiB"), "the board has limits "
      "for ram but no ram (\"b\"); correct the limits" },
    { S("name=a\0boards=b,x-b"), "a board's name starts with x- (\"x-b\"), "
      "as what a modinfo file passes over does; choose another" },
};

/* Each field of a board, and two values that differ. */
static const struct {
    const char *field, *first, *second;
} fields_twice_rows[] = {
    { "file", "b.json", "c.json" },
    { "title", "", "B" },
    { "arch", "arm", "arm,aarch64" },
    { "arch", "", "arm" },
    { "aliases", "c", "d" },
    { "ram", "1 GiB", "2 GiB" },
    { "ram-min", "1 GiB", "2 GiB" },
    { "ram-max", "1 GiB", "2 GiB" },
    { "cpus", "1", "2" },
    { "cpus-max", "1", "2" },
};

/* A section of a board "b" whose `field` stands there twice. */
static GByteArray *field_twice(const char *field, const char *first,
                               const char *second)
{
    GByteArray *data = g_byte_array_new();
    char *entries[] = {
        g_strdup("name=a"), g_strdup("boards=b"),
        g_strdup_printf("board.b.%s=%s", field, first),
        g_strdup_printf("board.b.%s=%s", field, second),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++) {
        g_byte_array_append(data, (const uint8_t *)entries[i],
                            (guint)strlen(entries[i]) + 1);
        g_free(entries[i]);
    }
    return data;
}

static void test_strings_field_of_board_twice_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(fields_twice_rows); i++) {
        const char *field = fields_twice_rows[i].field;
        const char *first = fields_twice_rows[i].first;
        const char *second = fields_twice_rows[i].second;
        GByteArray *data = field_twice(field, first, second);
        char *expect = g_strdup_printf("acme.so: .modinfo: \"board.b.%s\" "
                                       "stands twice (\"%s\" and \"%s\"); "
                                       "remove one",
                                       field, first, second);
        struct modinfo_file *file = NULL;
        struct ob_err err = { 0 };

        assert_int_equal(section_parse((const char *)data->data, data->len,
                                       "acme.so", &file, &err),
                         -EINVAL);
        assert_string_equal(err.text, expect);
        assert_null(file);
        g_byte_array_free(data, TRUE);
        g_free(expect);
    }
}

/* Two source files that include one header bring the same strings. */
static void test_strings_field_of_board_repeated_is_understood(void **state)
{
    static const char twice[] =
        "name=a\0boards=b,b.ram\0board.b.ram=1 GiB\0board.b.arch=arm,avr\0"
        "board.b.ram.ram=2 GiB\0board.b.ram=1 GiB\0board.b.arch=arm,avr";
    struct modinfo_file *file = NULL;
    struct ob_err err = { 0 };
    const struct board_head *boards;

    (void)state;
    if (section_parse(S(twice), "acme.so", &file, &err) < 0)
        fail_msg("%s", err.text);
    boards = file->modules[0].boards;
    assert_int_equal(boards[0].ram_default, UINT64_C(1) << 30);
    assert_string_equal(boards[0].arch[1], "avr");
    assert_null(boards[0].arch[2]);
    assert_int_equal(boards[1].ram_default, UINT64_C(2) << 30);
    modinfo_free(file);
}

static void test_strings_wrong_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        const struct refusal *t = &refusals[i];
        struct modinfo_file *file = NULL;
        struct ob_err err = { 0 };
        char *expect = g_strdup_printf("acme.so: .modinfo: %s", t->expect);
        int r = section_parse(t->data, t->len, "acme.so", &file, &err);

        assert_string_equal(err.text, expect);
        assert_int_equal(r, -EINVAL);
        assert_null(file);
        assert_int_equal(
            section_parse(t->data, t->len, "acme.so", &file, NULL), -EINVAL);
        g_free(expect);
    }
}

static const char full[] =
    "abi=1.0\0name=acme-devkit\0short=acme\0version=1.2\0license=MIT\0"
    "isolation=process\0isolation=process\0"
    "arch=arm, aarch64\0\0\0objs=acme-uart\0objs=acme-timer,acme-gpio\0"
    "desc.acme-timer=Timer = ticks\0needs.acme-timer=ob.a/0\0"
    "category.acme-uart=input\0bus.acme-timer=spi\0bus.acme-timer=spi\0"
    "needs.acme-timer=ob.b/1, ob.a/0\0deps=acme-common\0opts=acme\0"
    "boards=acme.c\0board.acme.c.title=Acme (in C)\0abi=1.0\0"
    "board.acme.c.ram=1 GiB\0board.acme.c.ram-min=512 MiB\0"
    "board.acme.c.cpus-max=4\0board.acme.c.aliases=ac,ad\0x-own=1";

static void test_strings_right_are_understood(void **state)
{
    struct modinfo_file *file = NULL;
    struct ob_err err = { 0 };
    const struct modinfo *info;

    (void)state;
    if (section_parse(S(full), "acme.so", &file, &err) < 0)
        fail_msg("%s", err.text);
    info = &file->modules[0];
    assert_string_equal(info->short_name, "acme");
    assert_string_equal(info->name, "acme-devkit");
    assert_string_equal(info->license, "MIT");
    assert_int_equal(info->isolation, ISOLATION_PROCESS);
    assert_int_equal(info->abi_major, 1);
    assert_int_equal(info->abi_minor, 0);
    assert_string_equal(info->arch[1], "aarch64");
    assert_int_equal(info->n_objs, 3);
    assert_string_equal(info->objs[2], "acme-gpio");
    assert_string_equal(info->types[0].desc, "");
    assert_int_equal(info->types[0].category, CATEGORY_INPUT);
    assert_int_equal(info->types[0].bus, BUS_SYSTEM);
    assert_null(*info->types[0].needs);
    assert_string_equal(info->types[1].desc, "Timer = ticks");
    assert_int_equal(info->types[1].bus, BUS_SPI);
    assert_int_equal(info->types[1].category, CATEGORY_NONE);
    assert_string_equal(info->types[1].needs[0], "ob.a/0");
    assert_string_equal(info->types[1].needs[1], "ob.b/1");
    assert_null(info->types[1].needs[2]);
    assert_null(*file->warnings);
    assert_string_equal(info->deps[0], "acme-common");
    assert_string_equal(info->opts[0], "acme");
    assert_int_equal(info->n_boards, 1);
    assert_string_equal(info->boards[0].name, "acme.c");
    assert_string_equal(info->boards[0].title, "Acme (in C)");
    assert_string_equal(info->boards[0].aliases[1], "ad");
    assert_int_equal(info->boards[0].ram_default, 1u << 30);
    assert_int_equal(info->boards[0].ram_min, 1u << 29);
    assert_int_equal(info->boards[0].ram_max, 1u << 30);
    assert_int_equal(info->boards[0].cpus_max, 4);
    modinfo_free(file);
}

/* From newer headers: the key is named once, and the rest is read. */
static void test_strings_unknown_key_of_type_is_a_warning(void **state)
{
    static const char newer[] =
        "name=a\0colour.b.c=red\0objs=b.c\0categry.b.c=misc\0bus.b.c=usb\0"
        "colour.b.c=red\0x-own.b.c=1";
    struct modinfo_file *file = NULL;
    struct ob_err err = { 0 };

    (void)state;
    if (section_parse(S(newer), "acme.so", &file, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(file->warnings[0],
                        "acme.so: .modinfo: unknown key (\"colour\") of type "
                        "\"b.c\" is ignored; a newer Outboard may know it");
    assert_string_equal(file->warnings[1],
                        "acme.so: .modinfo: unknown key (\"categry\") of type "
                        "\"b.c\" is ignored; did you mean \"category\"?");
    assert_null(file->warnings[2]);
    assert_int_equal(file->modules[0].types[0].bus, BUS_USB);
    modinfo_free(file);
}

static void test_strings_without_short_name_use_the_name(void **state)
{
    struct modinfo_file *file = NULL;

    (void)state;
    assert_int_equal(section_parse(S("name=acme"), "x.so", &file, NULL), 0);
    assert_string_equal(file->modules[0].short_name, "acme");
    assert_int_equal(file->modules[0].abi_major, 0);
    modinfo_free(file);
}

static void test_strings_become_the_json_that_agrees(void **state)
{
    struct modinfo_file *file = NULL, *json = NULL;
    struct ob_err err = { 0 };
    char *text;

    (void)state;
    assert_int_equal(section_parse(S(full), "acme.so", &file, NULL), 0);
    text = modinfo_write_json(file->modules, file->count);
    if (modinfo_parse(text, strlen(text), "acme.json", &json, &err) < 0)
        fail_msg("%s", err.text);
    if (modinfo_agree(&json->modules[0], &file->modules[0], "acme.so", NULL,
                      &err) < 0)
        fail_msg("%s", err.text);
    modinfo_free(file);
    modinfo_free(json);
    g_free(text);
}

/*
 * A small shared object for this machine: header, five sections (null,
 * .modinfo, .dynsym, .dynstr, .shstrtab) and what they hold.
 */
struct image {
    Elf64_Ehdr head;
    Elf64_Shdr sections[5];
    char info[16];
    Elf64_Sym symbols[3];
    char names[64];
    char section_names[48];
};

enum { INFO = 1, DYNSYM, DYNSTR, NAMES };

static void image_section(struct image *m, int i, uint32_t name, uint32_t type,
                          size_t offset, size_t size)
{
    m->sections[i].sh_name = name;
    m->sections[i].sh_type = type;
    m->sections[i].sh_offset = offset;
    m->sections[i].sh_size = size;
}

static void image_make(struct image *m)
{
    static const char section_names[] = "\0.modinfo\0.dynsym\0.dynstr\0"
                                        ".shstrtab";
    static const char names[] = "\0outboard_module\0qemu_stamp_0123";

    memset(m, 0, sizeof(*m));
    /* This program is ELF for this machine: its first bytes are right. */
    memcpy(&m->head, "\177ELF", 4);
    m->head.e_ident[EI_CLASS] = ELFCLASS64;
    m->head.e_ident[EI_DATA] = ELFDATA2LSB;
    m->head.e_ident[EI_VERSION] = EV_CURRENT;
    m->head.e_type = ET_DYN;
    m->head.e_machine = EM_OWN;
    m->head.e_shoff = offsetof(struct image, sections);
    m->head.e_shentsize = sizeof(Elf64_Shdr);
    m->head.e_shnum = 5;
    m->head.e_shstrndx = NAMES;
    memcpy(m->info, "name=acme", 10);
    memcpy(m->names, names, sizeof(names));
    memcpy(m->section_names, section_names, sizeof(section_names));
    image_section(m, INFO, 1, SHT_PROGBITS, offsetof(struct image, info), 10);
    image_section(m, DYNSYM, 10, SHT_DYNSYM, offsetof(struct image, symbols),
                  sizeof(m->symbols));
    image_section(m, DYNSTR, 18, SHT_STRTAB, offsetof(struct image, names),
                  sizeof(m->names));
    image_section(m, NAMES, 26, SHT_STRTAB,
                  offsetof(struct image, section_names),
                  sizeof(m->section_names));
    m->sections[DYNSYM].sh_link = DYNSTR;
    m->symbols[1].st_name = 1;
    m->symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
    m->symbols[1].st_shndx = 1;
}

static void image_stamp(struct image *m)
{
    m->symbols[2].st_name = 17;
    m->symbols[2].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    m->symbols[2].st_shndx = 1;
}

static int read_bytes(const void *data, size_t len, struct section *ret,
                      struct ob_err *err)
{
    int fd = memfd_create("section", MFD_CLOEXEC), r;

    assert_int_equal(write(fd, data, len), (ssize_t)len);
    r = section_read(fd, "acme.so", ret, err);
    close(fd);
    return r;
}

static void assert_bytes_refused(const void *data, size_t len, int code,
                                 const char *expect)
{
    struct section section = { 0 };
    struct ob_err err = { 0 };
    int r = read_bytes(data, len, &section, &err);

    assert_string_equal(err.text, expect);
    assert_int_equal(r, code);
    assert_int_equal(err.code, code);
    assert_null(section.info);
    assert_int_equal(read_bytes(data, len, &section, NULL), code);
}

static void assert_image_refused(const struct image *m, int code,
                                 const char *expect)
{
    assert_bytes_refused(m, sizeof(*m), code, expect);
}

static void test_elf_good_module_is_read(void **state)
{
    struct section section = { 0 };
    struct ob_err err = { 0 };
    struct image m;

    (void)state;
    image_make(&m);
    if (read_bytes(&m, sizeof(m), &section, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(section.info->modules[0].name, "acme");
    assert_string_equal(section.info->path, "acme.so");
    assert_true(section.entry);
    assert_false(section.stamped);
    section_clear(&section);
    assert_null(section.info);
    section_clear(&section);
}

static void test_elf_entry_must_be_defined_data(void **state)
{
    struct section section = { 0 };
    struct image m;

    (void)state;
    image_make(&m);
    m.symbols[1].st_shndx = SHN_UNDEF;
    assert_int_equal(read_bytes(&m, sizeof(m), &section, NULL), 0);
    assert_false(section.entry);
    section_clear(&section);
    m.symbols[1].st_shndx = 1;
    m.symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    assert_int_equal(read_bytes(&m, sizeof(m), &section, NULL), 0);
    assert_false(section.entry);
    section_clear(&section);
}

static void test_elf_native_module_is_told_by_its_stamp(void **state)
{
    struct section section = { 0 };
    struct image m;

    (void)state;
    image_make(&m);
    image_stamp(&m);
    m.sections[INFO].sh_name = 0;
    assert_int_equal(read_bytes(&m, sizeof(m), &section, NULL), 0);
    assert_true(section.stamped);
    assert_string_equal(section.stamp, "qemu_stamp_0123");
    assert_null(section.info);
    section_clear(&section);
}

static void test_elf_stamp_above_its_limit_is_refused(void **state)
{
    struct {
        struct image m;
        char names[2 + SECTION_STAMP_BYTES];
    } big = { 0 };
    struct section section = { 0 };
    char *text = g_strdup_printf("acme.so: the module is damaged (length of "
                                 "its stamp, %d, in a file of %zu bytes); "
                                 "build or copy it again",
                                 SECTION_STAMP_BYTES, sizeof(big));

    (void)state;
    image_make(&big.m);
    image_stamp(&big.m);
    big.m.symbols[1].st_name = 0;
    big.m.symbols[2].st_name = 1;
    big.m.sections[DYNSTR].sh_offset = offsetof(typeof(big), names);
    big.m.sections[DYNSTR].sh_size = sizeof(big.names);
    memset(big.names + 1, '0', SECTION_STAMP_BYTES);
    memcpy(big.names + 1, "qemu_stamp_", 11);
    assert_bytes_refused(&big, sizeof(big), -EBADMSG, text);
    big.names[SECTION_STAMP_BYTES] = '\0';
    assert_int_equal(read_bytes(&big, sizeof(big), &section, NULL), 0);
    assert_true(section.stamped);
    assert_string_equal(section.stamp, big.names + 1);
    section_clear(&section);
    g_free(text);
}

static void test_elf_without_modinfo_is_refused(void **state)
{
    struct image m;

    (void)state;
    image_make(&m);
    m.sections[INFO].sh_name = 0;
    assert_image_refused(&m, -ENODATA,
                         "acme.so: says nothing of itself (no .modinfo "
                         "section, and no qemu_stamp_ as a native QEMU module "
                         "has); use OB_MODINFO, and do not strip the section");
    m.symbols[1].st_name = 0;
    assert_image_refused(&m, -ENODATA,
                         "acme.so: says nothing of itself (no .modinfo "
                         "section, no symbol outboard_module, and no "
                         "qemu_stamp_ as a native QEMU module has); use "
                         "OB_MODINFO, and do not strip the section");
}

static void test_elf_without_sections_is_refused(void **state)
{
    struct image m;

    (void)state;
    image_make(&m);
    m.head.e_shoff = 0;
    assert_image_refused(&m, -ENODATA,
                         "acme.so: says nothing of itself (no .modinfo "
                         "section, no symbol outboard_module, and no "
                         "qemu_stamp_ as a native QEMU module has); use "
                         "OB_MODINFO, and do not strip the section");
}

static void test_elf_other_architecture_is_named(void **state)
{
    struct image m;

    (void)state;
    image_make(&m);
    m.head.e_machine = EM_PPC64;
    assert_image_refused(&m, -ELIBBAD,
                         "acme.so: the module is for another "
                         "architecture (ppc64); build it for " OWN);
    m.head.e_machine = 0x1234;
    assert_image_refused(&m, -ELIBBAD,
                         "acme.so: the module is for another "
                         "architecture (machine 4660); build it for " OWN);
    m.head.e_machine = EM_386;
    m.head.e_ident[EI_CLASS] = ELFCLASS32;
    assert_image_refused(&m, -ELIBBAD,
                         "acme.so: the module is for another "
                         "architecture (i386); build it for " OWN);
    m.head.e_machine = GUINT16_SWAP_LE_BE(EM_S390);
    m.head.e_ident[EI_CLASS] = ELFCLASS64;
    m.head.e_ident[EI_DATA] = ELFDATA2MSB;
    assert_image_refused(&m, -ELIBBAD,
                         "acme.so: the module is for another "
                         "architecture (s390x, other byte order); build it "
                         "for " OWN);
}

static void test_elf_no_shared_object_is_refused(void **state)
{
    struct image m;

    (void)state;
    image_make(&m);
    m.head.e_type = ET_REL;
    assert_image_refused(&m, -ELIBEXEC,
                         "acme.so: is not a shared object (an object file); "
                         "link it with -shared");
    m.head.e_type = ET_EXEC;
    assert_image_refused(&m, -ELIBEXEC,
                         "acme.so: is not a shared object (a program); link "
                         "it with -shared");
}

static void assert_damaged(const struct image *m, const char *what,
                           uint64_t value)
{
    char *expect = g_strdup_printf(
        "acme.so: the module is damaged (%s, %llu, in a file of %zu bytes); "
        "build or copy it again",
        what, (unsigned long long)value, sizeof(*m));

    assert_image_refused(m, -EBADMSG, expect);
    g_free(expect);
}

static void test_elf_damaged_headers_are_refused(void **state)
{
    struct image m;

    (void)state;
    image_make(&m);
    m.head.e_shoff = UINT64_MAX - 8;
    assert_damaged(&m, "offset of its section headers", UINT64_MAX - 8);
    image_make(&m);
    m.head.e_shentsize = 8;
    assert_damaged(&m, "size of a section header", 8);
    image_make(&m);
    m.head.e_shnum = 0xffff;
    assert_damaged(&m, "size of its section headers", 0xffff * 64);
    image_make(&m);
    m.head.e_shnum = 0;
    m.sections[0].sh_size = UINT64_MAX / 2;
    assert_damaged(&m, "number of sections", UINT64_MAX / 2);
    image_make(&m);
    m.head.e_shstrndx = 5;
    assert_damaged(&m, "index of the section names", 5);
}

static void test_elf_damaged_sections_are_refused(void **state)
{
    struct image m;

    (void)state;
    image_make(&m);
    m.sections[NAMES].sh_size = UINT64_MAX;
    assert_damaged(&m, "size of the section names", UINT64_MAX);
    image_make(&m);
    m.sections[DYNSYM].sh_link = 77;
    assert_damaged(&m, "index of the symbols' names", 77);
    image_make(&m);
    m.sections[DYNSYM].sh_size = 1 << 20;
    assert_damaged(&m, "size of its symbols", 1 << 20);
    image_make(&m);
    m.sections[DYNSTR].sh_offset = UINT64_MAX;
    assert_damaged(&m, "size of the symbols' names", sizeof(m.names));
    image_make(&m);
    m.sections[INFO].sh_size = 1u << 30;
    assert_damaged(&m, "size of .modinfo", 1u << 30);
}

static void test_elf_names_out_of_bounds_are_passed_over(void **state)
{
    struct section section = { 0 };
    struct image m;

    (void)state;
    image_make(&m);
    m.symbols[1].st_name = UINT32_MAX;
    m.sections[DYNSTR].sh_name = UINT32_MAX;
    assert_int_equal(read_bytes(&m, sizeof(m), &section, NULL), 0);
    assert_false(section.entry);
    section_clear(&section);
}

/* A dynamic section of one entry, with `text`, in place of the symbols. */
static void image_needs(struct image *m, int64_t tag, const char *text)
{
    Elf64_Dyn entry = { .d_tag = tag, .d_un.d_val = 1 };

    image_make(m);
    memset(m->symbols, 0, sizeof(m->symbols));
    memcpy(m->symbols, &entry, sizeof(entry));
    m->sections[DYNSYM].sh_type = SHT_DYNAMIC;
    g_strlcpy(m->names + 1, text, sizeof(m->names) - 1);
}

/* An image with names of `bytes` bytes behind it, refused with `expect`. */
static void assert_long_name_refused(int64_t tag, size_t bytes,
                                     const char *expect)
{
    size_t total = sizeof(struct image) + bytes + 2;
    char *file = g_malloc0(total);
    struct image m;

    image_needs(&m, tag, "x");
    m.sections[DYNSTR].sh_offset = sizeof(m);
    m.sections[DYNSTR].sh_size = bytes + 2;
    memcpy(file, &m, sizeof(m));
    memset(file + sizeof(m) + 1, '/', bytes);
    assert_bytes_refused(file, total, -EBADMSG, expect);
    g_free(file);
}

/* 256 names of 64 MiB would take all memory, and end the process. */
static void test_elf_names_too_long_are_refused(void **state)
{
    (void)state;
    assert_long_name_refused(
        DT_NEEDED, 4097,
        "acme.so: the module is damaged (length of a library's name, 4097, in "
        "a file of 4683 bytes); build or copy it again");
    assert_long_name_refused(
        DT_RUNPATH, 65537,
        "acme.so: the module is damaged (length of its rpath, 65537, in a "
        "file of 66123 bytes); build or copy it again");
}

static void test_elf_libraries_in_current_directory_are_refused(void **state)
{
    static const char *const rpaths[] = {
        ".", "lib", "/usr/lib:", ":/usr/lib", "/a::/b", "$LIB/x", "../lib",
    };
    static const int64_t needed[] = { DT_NEEDED, DT_AUXILIARY, DT_FILTER };
    struct image m;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rpaths); i++) {
        char *text = g_strdup_printf(
            "acme.so: the module looks for libraries in the current directory "
            "(its rpath is \"%s\"); link it with absolute directories",
            rpaths[i]);

        image_needs(&m, i % 2 ? DT_RPATH : DT_RUNPATH, rpaths[i]);
        assert_image_refused(&m, -EPERM, text);
        g_free(text);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
        image_needs(&m, needed[i], "out/libacme.so");
        assert_image_refused(&m, -EPERM,
                             "acme.so: the module needs a library by a path "
                             "from the current directory "
                             "(\"out/libacme.so\"); link it with -l, or give "
                             "the library a soname");
    }
}

static void test_elf_libraries_elsewhere_are_taken(void **state)
{
    static const struct {
        int64_t tag;
        const char *text;
    } good[] = {
        { DT_RPATH, "" },
        { DT_RUNPATH, "/usr/lib:/opt/lib" },
        { DT_RUNPATH, "$ORIGIN/../lib:${ORIGIN}" },
        { DT_NEEDED, "libc.so.6" },
        { DT_NEEDED, "/opt/libacme.so" },
        { DT_SONAME, "a/b" },
    };
    struct image m;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        struct section section = { 0 };

        image_needs(&m, good[i].tag, good[i].text);
        assert_int_equal(read_bytes(&m, sizeof(m), &section, NULL), 0);
        section_clear(&section);
    }
}

static void test_elf_libraries_are_listed(void **state)
{
    static const struct {
        int64_t tag;
        const char *listed;
    } rows[] = {
        { DT_NEEDED, "libx.so.6" },
        { DT_FILTER, "libx.so.6" },
        { DT_AUXILIARY, NULL },
        { DT_SONAME, NULL },
    };
    struct image m;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct section section = { 0 };

        image_needs(&m, rows[i].tag, "libx.so.6");
        assert_int_equal(read_bytes(&m, sizeof(m), &section, NULL), 0);
        assert_non_null(section.names.needed);
        if (rows[i].listed)
            assert_string_equal(section.names.needed[0], rows[i].listed);
        assert_null(section.names.needed[rows[i].listed ? 1 : 0]);
        section_clear(&section);
    }
}

static void test_elf_too_many_libraries_are_refused(void **state)
{
    struct {
        struct image m;
        Elf64_Dyn needed[257];
    } big = { 0 };
    struct section section = { 0 };
    char *text = g_strdup_printf("acme.so: the module is damaged (number of "
                                 "libraries, 256, in a file of %zu bytes); "
                                 "build or copy it again",
                                 sizeof(big));

    (void)state;
    image_needs(&big.m, DT_NEEDED, "libx.so.6");
    big.m.sections[DYNSYM].sh_offset = offsetof(typeof(big), needed);
    big.m.sections[DYNSYM].sh_size = sizeof(big.needed);
    for (size_t i = 0; i < G_N_ELEMENTS(big.needed); i++)
        big.needed[i] = (Elf64_Dyn){ .d_tag = DT_NEEDED, .d_un.d_val = 1 };
    assert_bytes_refused(&big, sizeof(big), -EBADMSG, text);
    big.needed[256].d_tag = DT_NULL;
    assert_int_equal(read_bytes(&big, sizeof(big), &section, NULL), 0);
    assert_string_equal(section.names.needed[255], "libx.so.6");
    assert_null(section.names.needed[256]);
    section_clear(&section);
    g_free(text);
}

/* It need not be closed: its size says where it ends. */
static void test_elf_dynamic_section_ends_with_its_size(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 2; n++) {
        struct section section = { 0 };
        struct image m;

        image_needs(&m, DT_NEEDED, "libx.so.6");
        m.sections[DYNSYM].sh_size = n * sizeof(Elf64_Dyn);
        assert_int_equal(read_bytes(&m, sizeof(m), &section, NULL), 0);
        assert_int_equal(g_strv_length(section.names.needed), n);
        section_clear(&section);
    }
}

static void test_elf_damaged_dynamic_section_is_refused(void **state)
{
    static const int64_t tags[] = { DT_RUNPATH, DT_NEEDED };
    struct image m;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(tags); i++) {
        Elf64_Dyn far = { .d_tag = tags[i], .d_un.d_val = 64 };
        char *text = g_strdup_printf(
            "acme.so: the module is damaged (offset of %s, 64, in a file of "
            "%zu bytes); build or copy it again",
            i ? "a library's name" : "its rpath", sizeof(m));

        image_needs(&m, DT_NULL, "");
        memcpy(m.symbols, &far, sizeof(far));
        assert_image_refused(&m, -EBADMSG, text);
        g_free(text);
    }
    image_needs(&m, DT_NEEDED, "libc.so.6");
    m.sections[DYNSYM].sh_link = 5;
    assert_int_equal(read_bytes(&m, sizeof(m), &(struct section){ 0 }, NULL),
                     -EBADMSG);
    image_needs(&m, DT_NEEDED, "libc.so.6");
    m.sections[DYNSYM].sh_size = UINT64_MAX;
    assert_int_equal(read_bytes(&m, sizeof(m), &(struct section){ 0 }, NULL),
                     -EBADMSG);
}

static void test_elf_truncated_anywhere_is_refused(void **state)
{
    struct image m;

    (void)state;
    image_make(&m);
    for (size_t len = 0; len < offsetof(struct image, section_names); len++) {
        struct section section = { 0 };
        struct ob_err err = { 0 };

        assert_int_not_equal(read_bytes(&m, len, &section, &err), 0);
        assert_true(g_str_has_prefix(err.text, "acme.so: "));
    }
}

static void test_elf_any_byte_changed_is_survived(void **state)
{
    static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
    struct image m;

    (void)state;
    for (size_t at = 0; at < sizeof(m); at++) {
        for (size_t v = 0; v < sizeof(values); v++) {
            struct section section = { 0 };

            image_make(&m);
            ((unsigned char *)&m)[at] = values[v];
            if (read_bytes(&m, sizeof(m), &section, NULL) == 0)
                section_clear(&section);
        }
    }
}

static void test_elf_text_is_refused(void **state)
{
    (void)state;
    assert_bytes_refused("#!/bin/sh\n", 10, -ENOEXEC,
                         "acme.so: is not a module (it starts with "
                         "\"#!/bin/s\", not with an elf header); name a "
                         "shared object built on the sdk");
    assert_bytes_refused("\xff\xfe\n", 3, -ENOEXEC,
                         "acme.so: is not a module (it starts with "
                         "\"\\xff\\xfe\\x0a\", not with an elf header); name "
                         "a shared object built on the sdk");
}

static void test_elf_empty_file_is_refused(void **state)
{
    (void)state;
    assert_bytes_refused("", 0, -ENOEXEC,
                         "acme.so: is empty (0 bytes); name a module, a "
                         "shared object built on the sdk");
}

static void test_elf_directory_is_refused(void **state)
{
    struct section section = { 0 };
    struct ob_err err = { 0 };
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    assert_int_equal(section_read(fd, "/", &section, &err), -ENOEXEC);
    assert_string_equal(err.text, "/: is not a regular file (mode 040000); "
                                  "name a module");
    close(fd);
}

/* Compilers and linkers know best what an ELF file looks like. */
static void test_elf_this_program_has_no_modinfo(void **state)
{
    struct section section = { 0 };
    struct ob_err err = { 0 };
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(section_read(fd, "test", &section, &err), -ENODATA);
    assert_string_equal(err.text,
                        "test: says nothing of itself (no .modinfo section, "
                        "no symbol outboard_module, and no qemu_stamp_ as a "
                        "native QEMU module has); use OB_MODINFO, and do not "
                        "strip the section");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_strings_wrong_are_refused),
        UNIT_TEST(test_strings_field_of_board_twice_is_refused),
        UNIT_TEST(test_strings_field_of_board_repeated_is_understood),
        UNIT_TEST(test_strings_right_are_understood),
        UNIT_TEST(test_strings_unknown_key_of_type_is_a_warning),
        UNIT_TEST(test_strings_without_short_name_use_the_name),
        UNIT_TEST(test_strings_become_the_json_that_agrees),
        UNIT_TEST(test_elf_good_module_is_read),
        UNIT_TEST(test_elf_entry_must_be_defined_data),
        UNIT_TEST(test_elf_native_module_is_told_by_its_stamp),
        UNIT_TEST(test_elf_stamp_above_its_limit_is_refused),
        UNIT_TEST(test_elf_without_modinfo_is_refused),
        UNIT_TEST(test_elf_without_sections_is_refused),
        UNIT_TEST(test_elf_other_architecture_is_named),
        UNIT_TEST(test_elf_no_shared_object_is_refused),
        UNIT_TEST(test_elf_damaged_headers_are_refused),
        UNIT_TEST(test_elf_damaged_sections_are_refused),
        UNIT_TEST(test_elf_names_out_of_bounds_are_passed_over),
        UNIT_TEST(test_elf_names_too_long_are_refused),
        UNIT_TEST(
            test_elf_libraries_in_current_directory_are_refused),
        UNIT_TEST(test_elf_libraries_elsewhere_are_taken),
        UNIT_TEST(test_elf_libraries_are_listed),
        UNIT_TEST(test_elf_too_many_libraries_are_refused),
        UNIT_TEST(test_elf_dynamic_section_ends_with_its_size),
        UNIT_TEST(test_elf_damaged_dynamic_section_is_refused),
        UNIT_TEST(test_elf_truncated_anywhere_is_refused),
        UNIT_TEST(test_elf_any_byte_changed_is_survived),
        UNIT_TEST(test_elf_text_is_refused),
        UNIT_TEST(test_elf_empty_file_is_refused),
        UNIT_TEST(test_elf_directory_is_refused),
        UNIT_TEST(test_elf_this_program_has_no_modinfo),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
