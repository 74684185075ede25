/* SPDX-License-Identifier: MIT */
/*
 * The interpreter of scripts whose first line is `#!THIS ROOT:PROGRAM`: runs
 * the arm64 program with the libraries of ROOT under qemu-user-static. So an
 * arm64 program can start another on a kernel that knows nothing of arm64. It
 * is linked statically: LD_PRELOAD, which is for the program, passes it by.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char emulator[] = "/usr/bin/qemu-aarch64-static";

int main(int argc, char **argv)
{
    char **to = calloc((size_t)argc + 5, sizeof(*to));
    char *program = argc > 2 ? strchr(argv[1], ':') : NULL;
    int n = 0;

    if (to == NULL || program == NULL) {
        fprintf(stderr, "%s: start it by a script with #!\n", argv[0]);
        return 2;
    }
    *program++ = '\0';
    to[n++] = (char *)emulator;
    to[n++] = "-L";
    to[n++] = argv[1];
    to[n++] = program;
    memcpy(to + n, argv + 3, ((size_t)argc - 3) * sizeof(*to));
    execv(emulator, to);
    perror(emulator);
    return 127;
}
