/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at the stack of another thread of QEMU.
 *
 * It sends the thread SIGFPE, because QEMU's CPU threads block all signals but
 * SIGFPE, SIGSEGV and SIGILL. A real SIGFPE has a positive si_code and goes to
 * the old handler.
 *
 * A thread is in a device if its stack has a frame of one of these: the
 * functions that pass an access to a region, the functions that run timers, and
 * the bridge.
 */
#include "bridge/watch/stack.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "bridge/qemu/symbols.h"
#include "device/device.h"

enum { FRAMES_MAX = 256, ANSWER_S = 2 };

/* The functions of libgcc's unwinder that this file uses. */
struct unwind_context;
typedef int unwind_fn(int (*each)(struct unwind_context *c, void *opaque),
                      void *opaque);
typedef uintptr_t unwind_get_fn(struct unwind_context *c);

static unwind_fn *unwind;
static unwind_get_fn *unwind_ip, *unwind_cfa;

struct range {
    uintptr_t low, high;
};

static struct range entries[4];     /* functions that lead into a device */
static struct range bridge;    /* the last entry is the bridge's own code */
static const char *const entry_names[] = {
    "memory_region_dispatch_read", "memory_region_dispatch_write",
    "timerlist_run_timers",
};
enum { ENTRY_NAMES = sizeof(entry_names) / sizeof(entry_names[0]) };

static struct stack_view seen;
static struct sigaction old_action;
static sem_t answered;
static atomic_int asked;            /* a thread's number, or one of: */
enum { NOT_ASKED = 0, CLAIMED = -1 };
static uintptr_t innermost[FRAMES_MAX];
static unsigned n_innermost;        /* frames above the last entry */

static bool in(const struct range *r, uintptr_t at)
{
    return at >= r->low && at < r->high;
}

static bool is_entry(uintptr_t at)
{
    for (unsigned n = 0; n <= ENTRY_NAMES; n++)
        if (in(&entries[n], at))
            return true;
    return false;
}

/* --- in the thread, in its signal handler -------------------------------- */

static int walk_frame(struct unwind_context *c, void *opaque)
{
    unsigned *frames = opaque;
    uintptr_t ip = unwind_ip(c), frame = unwind_cfa(c);

    if (++*frames > FRAMES_MAX)
        return 5;               /* the unwinder's "end of stack" */
    if (frame <= seen.sp)
        return 0;               /* the handler's own frames */
    if (is_entry(ip)) {
        if (!seen.in_device)
            seen.inner = frame;
        seen.outer = frame;
        seen.in_device = true;
    } else if (!seen.in_device && n_innermost < FRAMES_MAX) {
        innermost[n_innermost++] = ip;
    }
    return 0;
}

static void registers_copy(const ucontext_t *c)
{
#if defined(__x86_64__)
    seen.sp = (uintptr_t)c->uc_mcontext.gregs[15];      /* REG_RSP */
    seen.n_registers = 16;
    memcpy(seen.registers, c->uc_mcontext.gregs, 16 * sizeof(uintptr_t));
#elif defined(__aarch64__)
    seen.sp = (uintptr_t)c->uc_mcontext.sp;
    seen.n_registers = 31;
    memcpy(seen.registers, c->uc_mcontext.regs, 31 * sizeof(uintptr_t));
#else
    (void)c;
#endif
}

/* Copy the stack up to the first frame of the device: all of that is mapped. */
static void words_copy(void)
{
    uintptr_t bytes = seen.in_device ? seen.outer - seen.sp : 0;

    seen.n_words = (unsigned)(bytes / sizeof(uintptr_t));
    if (seen.n_words > STACK_WORDS)
        seen.n_words = STACK_WORDS;
    memcpy(seen.words, (void *)seen.sp, seen.n_words * sizeof(uintptr_t));
}

static void signal_caught(int signo, siginfo_t *info, void *context)
{
    int before = errno;
    unsigned frames = 0;
    int self = (int)syscall(SYS_gettid);

    if (info->si_code != SI_TKILL || info->si_pid != getpid()) {
        /* This SIGFPE is real: it is raised again, and the old handler runs. */
        sigaction(signo, &old_action, NULL);
        if (info->si_code <= 0)
            syscall(SYS_tgkill, getpid(), self, signo);
        return;
    }
    if (!atomic_compare_exchange_strong(&asked, &self, CLAIMED))
        return;                 /* too late: the other thread stopped waiting */
    seen.in_device = seen.in_module = false;
    seen.outer = seen.inner = 0;
    n_innermost = 0;
    registers_copy(context);
    unwind(walk_frame, &frames);
    words_copy();
    sem_post(&answered);
    errno = before;
}

/* --- in the thread that watches ------------------------------------------ */

/* The executable segment of the object that contains the address r->low. */
static int text_of(struct dl_phdr_info *info, size_t size, void *opaque)
{
    struct range *r = opaque;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        uintptr_t low = info->dlpi_addr + ph->p_vaddr;

        if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_X) || r->low < low ||
            r->low >= low + ph->p_memsz)
            continue;
        *r = (struct range){ low, low + ph->p_memsz };
        return 1;
    }
    return 0;
}

static void ranges_find(void)
{
    unsigned n;

    for (n = 0; n < ENTRY_NAMES; n++) {
        entries[n].low = (uintptr_t)dlsym(RTLD_DEFAULT, entry_names[n]);
        entries[n].high = entries[n].low + symbols_size(entry_names[n]);
    }
    bridge = (struct range){ (uintptr_t)stack_look, (uintptr_t)stack_look };
    dl_iterate_phdr(text_of, &bridge);
    entries[n] = bridge;
}

bool stack_prepare(void)
{
    void *lib = dlopen("libgcc_s.so.1", RTLD_NOW);

    if (!lib)
        return false;
    *(void **)&unwind = dlsym(lib, "_Unwind_Backtrace");
    *(void **)&unwind_ip = dlsym(lib, "_Unwind_GetIP");
    *(void **)&unwind_cfa = dlsym(lib, "_Unwind_GetCFA");
    ranges_find();
    sem_init(&answered, 0, 0);
    return unwind && unwind_ip && unwind_cfa;
}

/*
 * A signal may still arrive after the watcher stopped waiting, so its handler
 * stays.
 */
static bool answer_wait(pid_t tid)
{
    struct timespec end;
    int still = tid;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += ANSWER_S;
    while (sem_timedwait(&answered, &end) < 0) {
        if (errno == EINTR)
            continue;
        if (atomic_compare_exchange_strong(&asked, &still, NOT_ASKED))
            return false;
        while (sem_wait(&answered) < 0)
            ;                   /* the thread has just begun to answer */
        break;
    }
    atomic_store(&asked, NOT_ASKED);
    return true;
}

/* Is the innermost code a module's own, not counting libc? */
static bool module_is_innermost(void)
{
    Dl_info info;

    for (unsigned n = 0; n < n_innermost; n++) {
        if (!dladdr((void *)innermost[n], &info) || !info.dli_fname)
            return false;
        if (strncmp(info.dli_fname, "/proc/", 6) == 0)
            return true;        /* the loader opens modules by this path */
        if (!strstr(info.dli_fname, "libc.so"))
            return false;
    }
    return false;
}

bool stack_look(pid_t tid, const struct stack_view **ret)
{
    struct sigaction sa = { .sa_sigaction = signal_caught,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
    static bool ready;

    if (!ready)
        ready = sigaction(SIGFPE, &sa, &old_action) == 0;
    if (!ready)
        return false;
    atomic_store(&asked, tid);
    if (syscall(SYS_tgkill, getpid(), tid, SIGFPE) != 0) {
        atomic_store(&asked, NOT_ASKED);
        return false;
    }
    if (!answer_wait(tid))
        return false;
    seen.in_module = module_is_innermost();
    *ret = &seen;
    return true;
}

/* --- which part the code belongs to -------------------------------------- */

/*
 * The last word on the stack that names a part, from the frame of the access
 * inwards.
 */
static const struct object_entry *entry_inwards(const struct stack_view *v)
{
    unsigned n = (unsigned)((v->inner - v->sp) / sizeof(uintptr_t));
    const struct object_entry *k = NULL;

    if (n > v->n_words)
        n = v->n_words;
    while (!k && n > 0)
        k = objects_find(v->words[--n]);
    for (n = 0; !k && n < v->n_registers; n++)
        k = objects_find(v->registers[n]);
    return k;
}

static const struct object_entry *entry_outwards(const struct stack_view *v)
{
    unsigned n = (unsigned)((v->inner - v->sp) / sizeof(uintptr_t));
    const struct object_entry *k = NULL;

    while (!k && n < v->n_words)
        k = objects_find(v->words[n++]);
    return k;
}

const struct object_entry *stack_part(const struct stack_view *v, char *text,
                                      unsigned size)
{
    const struct object_entry *k = entry_inwards(v);
    bool found = false;

    text[0] = '\0';
    if (!k)
        k = entry_outwards(v);
    if (!k || !k->model)
        return k;
    for (unsigned n = 0; !found && n < v->n_registers; n++)
        found = device_register(k->model, v->registers[n], text, size);
    for (unsigned n = 0; !found && n < v->n_words; n++)
        found = device_register(k->model, v->words[n], text, size);
    if (!found && k->region)
        snprintf(text, size, "region \"%s\"", k->region);
    return k;
}

bool stack_holds_ours(int tasks, pid_t tid)
{
    char path[32], line[256];
    uintptr_t words[1024], sp;
    struct iovec to = { words, sizeof(words) }, from = { NULL, sizeof(words) };
    int fd;
    ssize_t n;

    snprintf(path, sizeof(path), "%d/syscall", (int)tid);
    fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, line, sizeof(line) - 1) : -1;
    if (fd >= 0)
        close(fd);
    line[n > 0 ? n : 0] = '\0';
    /* "number six-arguments stack-pointer program-counter" */
    if (sscanf(line, "%*d %*x %*x %*x %*x %*x %*x %lx", &sp) != 1)
        return false;
    from.iov_base = (void *)sp;
    n = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
    for (ssize_t i = 0; i < n / (ssize_t)sizeof(words[0]); i++)
        if (in(&bridge, words[i]))
            return true;
    return false;
}
