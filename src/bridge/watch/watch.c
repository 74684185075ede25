/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends a QEMU that hangs in a device's code, on SIGTERM, SIGINT or SIGHUP. */
#include "bridge/watch/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bridge/guard/guard.h"
#include "bridge/process/report.h"
#include "bridge/qemu/symbols.h"
#include "bridge/remote/remote_module.h"
#include "bridge/watch/stack.h"

#define SECOND_NS INT64_C(1000000000)
#define HUNG_NS (2 * SECOND_NS)
#define QUIET_NS (SECOND_NS / 2)    /* no look before this */

enum { STEP_MS = 100, SOON_MS = 10, SOON_STEPS = 200, TASKS_MAX = 256,
       MUTE_MAX = 3,
       HUNG_LOOKS = 20 };

static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static struct sigaction own[SIGNALS];   /* QEMU's handlers */
static sem_t came;
static volatile sig_atomic_t last;  /* the signal that arrived */
static atomic_bool beat_open, leaving;
static int tasks = -1;              /* /proc/self/task */

/* A thread of QEMU, and how long it has been in one access. */
struct task {
    pid_t tid;
    bool there;
    int64_t cpu_ns;                 /* since its start */
    uintptr_t frame;                /* of the access; 0: not in one */
    int64_t in_cpu_ns;              /* the CPU time in that access */
    unsigned in_module;    /* looks in a row with a module's code on top */
    unsigned mute;                  /* how often it did not answer */
};

static struct task table[TASKS_MAX];
static unsigned n_table;

static int64_t clock_get(clockid_t clock)
{
    struct timespec t = { 0, 0 };

    clock_gettime(clock, &t);
    return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static void sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    while (nanosleep(&t, &t) < 0 && errno == EINTR)
        ;
}

/* --- QEMU's handlers ----------------------------------------------------- */

static void signal_caught(int signo, siginfo_t *info, void *context)
{
    int before = errno;

    for (unsigned n = 0; n < SIGNALS; n++) {
        if (signals[n] != signo)
            continue;
        if (own[n].sa_flags & SA_SIGINFO)
            own[n].sa_sigaction(signo, info, context);
        else
            own[n].sa_handler(signo);
    }
    last = signo;
    sem_post(&came);
    errno = before;
}

/* Is there a handler to replace by ours, or is it replaced already? */
static bool handler_take(unsigned n)
{
    struct sigaction now, ours;

    if (sigaction(signals[n], NULL, &now) < 0)
        return false;
    if (now.sa_flags & SA_SIGINFO && now.sa_sigaction == signal_caught)
        return true;
    if (!(now.sa_flags & SA_SIGINFO) &&
        (now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN))
        return false;
    own[n] = ours = now;
    ours.sa_sigaction = signal_caught;
    ours.sa_flags |= SA_SIGINFO;
    return sigaction(signals[n], &ours, NULL) == 0;
}

/*
 * QEMU installs its handlers one after the other when its machine is complete.
 */
static void handlers_take(void)
{
    for (unsigned step = 0;; step++) {
        unsigned taken = 0;

        for (unsigned n = 0; n < SIGNALS; n++)
            taken += handler_take(n);
        if (taken == SIGNALS)
            return;
        sleep_ms(step < SOON_STEPS ? SOON_MS : STEP_MS);
    }
}

/* --- the main loop ------------------------------------------------------- */

static void beaten(void *opaque)
{
    (void)opaque;
    atomic_store(&beat_open, false);
}

/*
 * A bottom half runs when the main loop turns, and in every wait for a disk
 * that QEMU makes outside of the main loop. True if the last bottom half ran.
 */
static bool beat(void)
{
    if (atomic_exchange(&beat_open, true))
        return false;
    q.aio_bh_schedule_oneshot_full(q.qemu_get_aio_context(), beaten, NULL,
                                   "outboard-watch");
    return true;
}

/* --- the threads --------------------------------------------------------- */

/*
 * The CPU clock of a thread by its number, as the kernel encodes it
 * (CPUCLOCK_PERTHREAD, Linux include/linux/posix-timers.h).
 */
static int64_t task_cpu_ns(pid_t tid)
{
    return clock_get((clockid_t)((~(unsigned)tid << 3) | 6));
}

static struct task *task_of(pid_t tid)
{
    for (unsigned n = 0; n < n_table; n++)
        if (table[n].tid == tid)
            return &table[n];
    if (n_table == TASKS_MAX)
        return NULL;
    table[n_table] = (struct task){ .tid = tid, .cpu_ns = task_cpu_ns(tid) };
    return &table[n_table++];
}

/* No malloc(): a thread that hangs may hold its lock. */
static void tasks_list(void)
{
    _Alignas(8) char bytes[4096];
    pid_t self = (pid_t)syscall(SYS_gettid);
    long got;

    for (unsigned n = 0; n < n_table; n++)
        table[n].there = false;
    lseek(tasks, 0, SEEK_SET);
    while ((got = syscall(SYS_getdents64, tasks, bytes, sizeof(bytes))) > 0) {
        for (long at = 0; at < got;) {
            /* Its number, an offset, its length, a kind, its name. */
            uint16_t bytes_of;
            struct task *t;
            int tid = atoi(bytes + at + 19);

            memcpy(&bytes_of, bytes + at + 16, sizeof(bytes_of));
            at += bytes_of;
            t = tid > 0 && tid != self ? task_of(tid) : NULL;
            if (t)
                t->there = true;
        }
    }
}

static void task_forget(struct task *t)
{
    t->frame = 0;
    t->in_cpu_ns = 0;
    t->in_module = 0;
}

static void tasks_forget(void)
{
    for (unsigned n = 0; n < n_table; n++)
        task_forget(&table[n]);
}

/* Is the thread still in the same access as at the last look? */
static void task_judge(struct task *t, const struct stack_view *v,
                       int64_t cpu_ns)
{
    if (!v->in_device || t->frame != v->outer) {
        task_forget(t);
        t->frame = v->outer;
        return;
    }
    t->in_cpu_ns += cpu_ns;
    t->in_module = v->in_module ? t->in_module + 1 : 0;
}

/* Look at one thread. True: it hangs, and *ret is the last view of it. */
static bool task_hangs(struct task *t, const struct stack_view **ret)
{
    int64_t now = task_cpu_ns(t->tid), spent = now - t->cpu_ns;

    t->cpu_ns = now;
    if (spent == 0 && !stack_holds_ours(tasks, t->tid)) {
        task_forget(t);
        return false;
    }
    if (t->mute >= MUTE_MAX)
        return false;               /* the thread blocks the signal */
    if (!stack_look(t->tid, ret)) {
        t->mute++;
        return false;
    }
    task_judge(t, *ret, spent);
    return t->in_cpu_ns >= HUNG_NS || t->in_module >= HUNG_LOOKS;
}

static bool any_hangs(const struct stack_view **ret)
{
    tasks_list();
    for (unsigned n = 0; n < n_table; n++)
        if (table[n].there && task_hangs(&table[n], ret))
            return true;
    return false;
}

/* --- ending QEMU --------------------------------------------------------- */

static const char *signal_word(int signo)
{
    return signo == SIGTERM  ? "SIGTERM"
           : signo == SIGINT ? "SIGINT"
                             : "SIGHUP";
}

/* "/srv/board.json:3:9: part "x": " */
static void place_text(const struct object_name *n, char *text, size_t size)
{
    size_t len = 0;

    if (n->place)
        len = (size_t)snprintf(text, size, "%s:%u:%u: ", n->place->file,
                               n->place->line, n->place->col);
    if (len < size)
        snprintf(text + len, size - len, "%s \"%s\": ", n->what, n->name);
}

static void line_of_part(const struct object_entry *k, const char *asked,
                         char *text, size_t size)
{
    char where[512] = "", child[128] = "";

    if (!k) {
        snprintf(text, size,
                 "a part hangs and blocks QEMU's main loop; the part is not "
                 "known");
        return;
    }
    place_text(k->name, where, sizeof(where));
    if (k->child)
        snprintf(child, sizeof(child), "\"%s\"", k->child);
    if (k->name->module)
        snprintf(text, size,
                 "%sthe model of module \"%s\" hangs%s%s and blocks QEMU's "
                 "main loop",
                 where, k->name->module, asked[0] != '\0' ? " in its " : "",
                 asked);
    else
        snprintf(text, size,
                 "%sthis QEMU's %s hangs%s%s and blocks QEMU's main loop",
                 where, k->name->what, k->child ? " in its " : "", child);
}

/*
 * End QEMU by the signal, as if it had no handler. This ends all of its
 * threads.
 */
static void die_by(int signo)
{
    struct sigaction usual = { .sa_handler = SIG_DFL };
    sigset_t mask;

    guard_terminal_restore();
    sigaction(signo, &usual, NULL);
    sigemptyset(&mask);
    sigaddset(&mask, signo);
    pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
    kill(getpid(), signo);
    sleep_ms(1000);
    syscall(SYS_exit_group, 128 + signo);
}

static void end_with(const char *what)
{
    char line[1024];
    int n = snprintf(line, sizeof(line),
                     "outboard: %s; QEMU ends by %s, and its drives were not "
                     "flushed\n",
                     what, signal_word(last));
    ssize_t put = write(STDERR_FILENO, line,
                        (size_t)n < sizeof(line) ? (size_t)n : sizeof(line));

    (void)put;
    die_by(last);
}

/* --- watching ------------------------------------------------------------ */

/* Does a request to a model's process wait without a time limit? */
static bool remote_module_hangs(int64_t quiet_ns, char *text, size_t size)
{
    return quiet_ns >= HUNG_NS && remote_module_waits_for_ever(text, size);
}

static void step(int64_t quiet_ns)
{
    const struct stack_view *view;
    char text[768], asked[192];

    if (remote_module_hangs(quiet_ns, text, sizeof(text))) {
        end_with(text);
    } else if (any_hangs(&view)) {
        line_of_part(stack_part(view, asked, sizeof(asked)), asked, text,
                     sizeof(text));
        end_with(text);
    }
}

/* From the first signal to the end of the process. */
static void look_on(void)
{
    int64_t turned = clock_get(CLOCK_MONOTONIC);

    while (!atomic_load(&leaving)) {
        int64_t now;

        sleep_ms(STEP_MS);
        now = clock_get(CLOCK_MONOTONIC);
        if (beat()) {
            turned = now;
            tasks_forget();
        } else if (now - turned > QUIET_NS && !atomic_load(&leaving)) {
            step(now - turned);
        }
    }
}

static void *watch(void *opaque)
{
    (void)opaque;
    tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tasks < 0 || !stack_prepare())
        return NULL;
    handlers_take();
    while (sem_wait(&came) < 0)
        ;
    look_on();
    return NULL;
}

/* QEMU's exit handlers run, so stop watching. */
static void exiting(struct qemu_notifier *n, void *data)
{
    (void)n;
    (void)data;
    atomic_store(&leaving, true);
}

void watch_start(void)
{
    static struct qemu_notifier exit_notifier = { .notify = exiting };
    sigset_t all, before;
    pthread_t thread;

    if (!q.aio_bh_schedule_oneshot_full || !q.qemu_add_exit_notifier)
        return;
    sem_init(&came, 0, 0);
    q.qemu_add_exit_notifier(&exit_notifier);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, watch, NULL) == 0)
        pthread_detach(thread);
    else
        report_warning(
            "cannot start the thread that watches QEMU; SIGTERM does not end "
            "QEMU if a part hangs");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
