/* SPDX-License-Identifier: MIT */
/*
 * A module that nobody should trust: a write to its register does what the
 * number says. What is to be denied must end the process; a read tells that
 * it still lives.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <outboard/outboard.h>

#include "evil.h"

OB_MODINFO("name", "evil");
OB_MODINFO("license", "LicenseRef-Proprietary");
OB_MODINFO("objs", "evil");

struct evil {
    uint32_t value;
};

/* What an attempt to open a file gave while the module was being linked. */
static long opened_early = -1;

__attribute__((constructor)) static void early(void)
{
    char bytes[16] = "";
    long fd = syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);

    if (fd >= 0)
        opened_early = read((int)fd, bytes, 4) == 4 &&
                       !memcmp(bytes, "\177ELF", 4) ? 0 : 1;
}

static volatile int sink;
static volatile int *volatile nowhere;

static int deep(int n)
{
    volatile char room[4096];

    room[0] = (char)n;
    return n ? deep(n + 1) + room[0] : 0;
}

/* Kept, or the compiler leaves the calls out. */
static void *volatile hoard;

static void hog(void)
{
    do {
        hoard = malloc(1 << 20);
    } while (hoard);
    abort();
}

static void crash(uint32_t what)
{
    if (what == EVIL_SEGV)
        *nowhere = 1;
    else if (what == EVIL_ABORT)
        abort();
    else if (what == EVIL_EXIT)
        _exit(3);
    else if (what == EVIL_STACK)
        sink = deep(1);
    else if (what == EVIL_MEMORY)
        hog();
    else if (what == EVIL_LOOP)
        for (;;)
            sink++;
}

/* In the order of enum evil: each of these calls must not return. */
static void reach_out(uint32_t what, long pid)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    char *argv[] = { "sh", NULL };

    if (what == EVIL_OPEN)
        syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
    else if (what == EVIL_SOCKET)
        connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&to, sizeof(to));
    else if (what == EVIL_EXEC)
        execv("/bin/sh", argv);
    else if (what == EVIL_FORK)
        fork();
    else if (what == EVIL_PTRACE)
        ptrace(PTRACE_ATTACH, pid, NULL, NULL);
    else if (what == EVIL_KILL)
        kill((pid_t)pid, SIGKILL);
    else if (what == EVIL_VM_WRITE)
        process_vm_writev((pid_t)pid, NULL, 0, NULL, 0, 0);
    else if (what == EVIL_CODE)
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    else if (what == EVIL_SIGNAL)
        syscall(SYS_tgkill, pid, pid, SIGKILL);
    else if (what == EVIL_FCNTL)
        for (int fd = 0; fd < 64; fd++)
            fcntl(fd, F_SETFL, 0);
    else if (what == EVIL_LIMIT)
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 9999, 9999 });
}

static uint64_t evil_read(struct ob_dev *dev, uint64_t offset, uint32_t bytes)
{
    struct evil *e = ob_state(dev);

    (void)bytes;
    return offset ? (uint64_t)opened_early : e->value;
}

static void evil_write(struct ob_dev *dev, uint64_t offset, uint64_t value,
                       uint32_t bytes)
{
    struct evil *e = ob_state(dev);

    (void)bytes;
    if (offset) {
        reach_out(e->value, (long)value);
        return;
    }
    e->value = (uint32_t)value;
    crash(e->value);
    if (e->value == EVIL_TALK)
        for (;;)
            ob_log(dev, OB_LOG_GUEST, "and");
    if (e->value == EVIL_DESCRIPTORS)
        while (dup(0) >= 0)
            ;
}

static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 16, .access_min = 4, .access_max = 4,
      .read = evil_read, .write = evil_write },
};
static const struct ob_saved saved[] = { OB_SAVED(evil, value) };
static const struct ob_device_type type = {
    .size = sizeof(type), .name = "evil", .state_bytes = sizeof(struct evil),
    .state_version = 1, .state_oldest = 1, .regions = OB_ARRAY(regions),
    .saved = OB_ARRAY(saved),
};
static const struct ob_device_type *const types[] = { &type };

OB_MODULE = { OB_MODULE_HEAD("evil", "1.0", "LicenseRef-Proprietary"),
              OB_DEVICES(types) };
