/* SPDX-License-Identifier: MIT */
/*
 * Feeds every file in the directories named to the fuzzer's function: what was
 * found once stays found, in every build and without libFuzzer. A directory
 * without files is a failure.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fuzz.h"

/* Feed one file; copied to its exact size, so that ASan sees each overrun. */
static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat st;
    uint8_t *data;
    size_t len;

    if (!file || fstat(fileno(file), &st) < 0) {
        perror(path);
        return -1;
    }
    data = malloc((size_t)st.st_size ? (size_t)st.st_size : 1);
    len = data ? fread(data, 1, (size_t)st.st_size, file) : 0;
    fclose(file);
    if (!data || len != (size_t)st.st_size) {
        fprintf(stderr, "%s: cannot be read whole\n", path);
        free(data);
        return -1;
    }
    LLVMFuzzerTestOneInput(data, len);
    free(data);
    return 0;
}

static int replay_dir(const char *dir)
{
    DIR *list = opendir(dir);
    struct dirent *entry;
    int n = 0;

    if (!list) {
        perror(dir);
        return -1;
    }
    while ((entry = readdir(list))) {
        char path[4096];
        struct stat st;

        snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
            continue;
        if (replay_file(path) < 0) {
            closedir(list);
            return -1;
        }
        n++;
    }
    closedir(list);
    return n;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int n = replay_dir(argv[i]);

        if (n <= 0) {
            fprintf(stderr, "%s: nothing to replay\n", argv[i]);
            return 1;
        }
        printf("%s: %d files\n", argv[i], n);
    }
    return argc > 1 ? 0 : 1;
}
