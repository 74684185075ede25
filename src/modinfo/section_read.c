/* SPDX-License-Identifier: MIT */
/* Recognizes a module's file, and checks the parts that only a module has. */
#include "modinfo/section.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "modinfo/elf_file.h"

static const char section_symbol[] = "outboard_module";
static const char section_stamp_prefix[] = "qemu_stamp_";

/*
 * A valid stamp has 51 characters ("qemu_stamp_" and a SHA-1). A hostile name
 * may be longer than the array.
 */
static int elf_symbol(struct elf_file *f, const char *name, bool data,
                      struct section *ret_section)
{
    if (strcmp(name, section_symbol) == 0)
        ret_section->entry = data;
    if (strncmp(name, section_stamp_prefix,
                sizeof(section_stamp_prefix) - 1) != 0)
        return 0;
    if (strlen(name) >= sizeof(ret_section->stamp))
        return elf_broken(f, "length of its stamp", strlen(name));
    strcpy(ret_section->stamp, name);
    ret_section->stamped = true;
    return 0;
}

static int elf_look_at_symbols(struct elf_file *f, struct section *ret_section)
{
    uint64_t n = elf_names_count(&ret_section->names);

    for (uint64_t i = 0; i < n; i++) {
        bool data;
        const char *name = elf_names_defined(&ret_section->names, i, &data);

        if (name && elf_symbol(f, name, data, ret_section) < 0)
            return -EBADMSG;
    }
    return 0;
}

/* Does `path` mean the same in whatever directory QEMU was started? */
static bool elf_path_fixed(const char *path)
{
    /* The dynamic linker replaces $ORIGIN by the module's directory. */
    return path[0] == '/' || g_str_has_prefix(path, "$ORIGIN") ||
           g_str_has_prefix(path, "${ORIGIN}");
}

/* Every directory of RPATH or RUNPATH; an empty one is the current one. */
static int elf_check_rpath(struct elf_file *f, const char *list)
{
    char **dirs = g_strsplit(list, ":", -1);
    int ret = 0;

    for (char **dir = dirs; *dir && ret == 0; dir++)
        if (!elf_path_fixed(*dir))
            ret = err_set(f->err, -EPERM,
                          "%s: the module looks for libraries in the current "
                          "directory (its rpath is \"%.200s\"); link it with "
                          "absolute directories",
                          f->name, list);
    g_strfreev(dirs);
    return ret;
}

/* A name with a slash is opened as it stands, others are looked for. */
static int elf_check_needed(struct elf_file *f, const char *library)
{
    if (!strchr(library, '/') || elf_path_fixed(library))
        return 0;
    return err_set(f->err, -EPERM,
                   "%s: the module needs a library by a path from the current "
                   "directory (\"%.200s\"); link it with -l, or give the "
                   "library a soname",
                   f->name, library);
}

/*
 * What the dynamic linker will look for on the module's behalf. It must not
 * be found where the user happens to stand.
 */
static int elf_check_libraries(struct elf_file *f, const struct elf_names *s)
{
    char **const lists[] = { s->needed, s->filters };
    const char *const paths[] = { s->rpath, s->runpath };
    int ret = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(paths) && ret == 0; i++)
        if (paths[i])
            ret = elf_check_rpath(f, paths[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        for (char **name = lists[i]; *name && ret == 0; name++)
            ret = elf_check_needed(f, *name);
    return ret;
}

static int elf_read_info(struct elf_file *f, struct section *ret_section)
{
    const ElfW(Shdr) *section = elf_section(f, ".modinfo", 0);
    char *data = NULL;
    int ret;

    /* A native QEMU module needs no section (docs/modinfo.md). */
    if (!section && ret_section->stamped)
        return 0;
    /* SHT_NOBITS has no bytes in the file; its sh_offset means nothing. */
    if (!section || section->sh_type == SHT_NOBITS)
        return err_set(
            f->err, -ENODATA,
            "%s: says nothing of itself (no .modinfo section%s, "
            "and no qemu_stamp_ as a native QEMU module has); use "
            "OB_MODINFO, and do not strip the section",
            f->name, ret_section->entry ? "" : ", no symbol outboard_module");
    ret = elf_slurp(f, section->sh_offset, section->sh_size, INFO_BYTES_MAX,
                    "size of .modinfo", &data);
    if (ret == 0)
        ret = section_parse(data, section->sh_size, f->name,
                            &ret_section->info, f->err);
    g_free(data);
    return ret;
}

/*
 * The order matters: each step uses the names. elf_read_info() must know of a
 * stamp, because a native QEMU module needs no section.
 */
static int elf_read_all(struct elf_file *f, struct section *ret_section)
{
    int ret = elf_names_read(f, &ret_section->names);

    if (ret == 0)
        ret = elf_check_libraries(f, &ret_section->names);
    if (ret == 0)
        ret = elf_look_at_symbols(f, ret_section);
    return ret < 0 ? ret : elf_read_info(f, ret_section);
}

/* A damaged file gives false: section_read() then reports the damage. */
bool section_is_missing(int fd)
{
    struct elf_file f;
    bool missing = elf_open(&f, fd, "", NULL) == 0 &&
                   !elf_section(&f, ".modinfo", 0);

    elf_close(&f);
    return missing;
}

/*
 * A failure leaves *ret_section alone, so the caller frees nothing. The
 * results are copies: they outlive `f` and `fd`.
 */
int section_read(int fd, const char *name, struct section *ret_section,
                 struct ob_err *err)
{
    struct section found = { 0 };
    struct elf_file f;
    int ret = elf_open(&f, fd, name, err);

    if (ret == 0)
        ret = elf_read_all(&f, &found);
    elf_close(&f);
    if (ret < 0)
        section_clear(&found);
    else
        *ret_section = found;
    return ret;
}

void section_clear(struct section *section)
{
    modinfo_free(section->info);
    elf_names_clear(&section->names);
    /* A second call is harmless. */
    memset(section, 0, sizeof(*section));
}
