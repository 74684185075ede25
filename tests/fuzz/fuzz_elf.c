/* SPDX-License-Identifier: MIT */
/* Any bytes as a module's file. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "modinfo/section.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct section section = { 0 };
    struct ob_err err = { 0 };
    int fd = memfd_create("fuzz-elf", MFD_CLOEXEC), r;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    r = section_read(fd, "x.so", &section, &err);
    if ((r < 0) != (err.code < 0) || strchr(err.text, '\n'))
        abort();
    if (r == 0 && !section.info && !section.stamped)
        abort();
    section_clear(&section);
    close(fd);
    return 0;
}
