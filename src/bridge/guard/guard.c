/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns each end of QEMU that a part of a board causes into one line that names
 * the part. The functions that write the line use only calls that are safe in a
 * signal handler: no stdio, no malloc().
 */
#include "bridge/guard/guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "bridge/guard/guard_int.h"
#include "bridge/guard/guard_note.h"
#include "bridge/process/report.h"
#include "bridge/process/stderr_hold.h"

enum { LINE_BYTES = 2048, WORDS_BYTES = 768, STACK_BYTES = 64 << 10,
       NEAR_STACK_BYTES = 64 << 10, LIMIT_S = 10 };

static const int guard_signals[] = {
    SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPROF,
};
enum { GUARD_SIGNALS = sizeof(guard_signals) / sizeof(guard_signals[0]) };

enum guard_phase {
    GUARD_OFF,
    GUARD_PART,                     /* the bridge is creating a part */
    GUARD_BETWEEN,                  /* QEMU works for no part of the board */
    GUARD_RESET,
};

static volatile enum guard_phase phase;
static struct object_name now;       /* in GUARD_PART */
static const char *guard_board;
static volatile unsigned steps;     /* grows with each progress */
static pid_t guard_pid;

static struct sigaction guard_old[GUARD_SIGNALS];
static sigset_t guard_old_mask;
static stack_t guard_old_stack;
static timer_t guard_timer;
static bool has_timer;
static _Alignas(16) char guard_stack[STACK_BYTES];
static struct termios guard_termios;
static int guard_is_terminal, guard_flags = -1;

void guard_terminal_save(void)
{
    guard_is_terminal = tcgetattr(STDIN_FILENO, &guard_termios) == 0;
    guard_flags = fcntl(STDIN_FILENO, F_GETFL);
}

void guard_terminal_restore(void)
{
    if (guard_is_terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &guard_termios);
    if (guard_flags >= 0)
        fcntl(STDIN_FILENO, F_SETFL, guard_flags);
}

/* --- the line: only calls that are safe in a signal handler -------------- */

struct line {
    char text[LINE_BYTES];
    size_t len;
};

static void put(struct line *l, const char *text)
{
    while (*text != '\0' && l->len < LINE_BYTES - 2)
        l->text[l->len++] = *text++;
}

static void put_number(struct line *l, uint32_t n)
{
    char digits[12], *at = digits + sizeof(digits) - 1;

    *at = '\0';
    do
        *--at = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    put(l, at);
}

static void put_name(struct line *l, const struct object_name *n)
{
    if (n->place) {
        put(l, n->place->file);
        put(l, ":");
        put_number(l, n->place->line);
        put(l, ":");
        put_number(l, n->place->col);
        put(l, ": ");
    }
    put(l, n->what);
    put(l, " \"");
    put(l, n->name);
    put(l, "\": ");
    if (n->module) {
        put(l, "the model of module \"");
        put(l, n->module);
        put(l, "\"");
    } else {
        put(l, strcmp(n->what, "device") == 0 ? "this QEMU's device"
                                              : "this QEMU's part");
    }
}

/* How QEMU ended, and what the user can do about it. */
struct ending {
    const char *how;                /* "crashed", "gave up", ... */
    bool circle;                    /* the part may be wired to itself */
    uintptr_t sp;                   /* the stack pointer at the end */
};

static void put_words(struct line *l)
{
    char words[WORDS_BYTES];

    if (stderr_hold_words(words, sizeof(words)) == 0)
        return;
    put(l, " (");
    put(l, words);
    put(l, ")");
}

static void put_advice(struct line *l, const struct object_name *n,
                       const struct ending *e)
{
    if (n->module) {
        put(l, "; report it to the module's author, or keep it out of QEMU "
               "with --isolate=");
        put(l, n->module);
    } else {
        put(l, e->circle ? "; see whether its lines or links lead back to it"
                         : "; see what links and properties it needs");
    }
}

static void line_part(struct line *l, const struct ending *e)
{
    put_name(l, &now);
    put(l, " ");
    put(l, e->how);
    put_words(l);
    put_advice(l, &now, e);
}

static void line_board(struct line *l)
{
    put(l, "board \"");
    put(l, guard_board);
    put(l, "\": ");
}

static void line_between(struct line *l, const struct ending *e)
{
    line_board(l);
    put(l, "QEMU ");
    put(l, e->how);
    put(l, " after the board was built and before its first reset");
    put_words(l);
    put(l, "; see what the command line adds to the board");
}

static void line_reset(struct line *l, const struct ending *e)
{
    const struct object_entry *k = guard_note_object(e->sp);

    if (!k) {
        line_board(l);
        put(l, "a part ");
    } else {
        put_name(l, k->name);
        put(l, " ");
    }
    put(l, e->how);
    if (k && k->child) {
        put(l, " in its \"");
        put(l, k->child);
        put(l, "\"");
    }
    put(l, " when the board was reset");
    put_words(l);
    if (k)
        put_advice(l, k->name, e);
    else
        put(l, "; the part is not known: leave parts out to find it");
}

static void line_write(const struct ending *e)
{
    static struct line l;
    ssize_t n;

    l.len = 0;
    put(&l, "outboard: ");
    if (phase == GUARD_PART)
        line_part(&l, e);
    else if (phase == GUARD_RESET)
        line_reset(&l, e);
    else
        line_between(&l, e);
    l.text[l.len++] = '\n';
    n = write(stderr_hold_stderr(), l.text, l.len);
    (void)n;
}

static void __attribute__((noreturn)) guard_die(const struct ending *e)
{
    line_write(e);
    guard_terminal_restore();
    phase = GUARD_OFF;
    /*
     * Not _exit(): the bridge defines its own _exit(), which calls the guard.
     */
    for (;;)
        syscall(SYS_exit_group, EXIT_FAILURE);
}

/* --- catching the ends --------------------------------------------------- */

/* The stack pointer at the moment of the signal. */
static uintptr_t stack_pointer(const void *context)
{
    const ucontext_t *c = context;

#if defined(__x86_64__)
    return (uintptr_t)c->uc_mcontext.gregs[15];     /* REG_RSP */
#elif defined(__aarch64__)
    return (uintptr_t)c->uc_mcontext.sp;
#else
    (void)c;
    return 0;
#endif
}

static bool is_overflow(int signo, const siginfo_t *info, const void *context)
{
    uintptr_t sp = stack_pointer(context), at = (uintptr_t)info->si_addr;

    return signo == SIGSEGV && info->si_code > 0 &&
           at + NEAR_STACK_BYTES > sp && at < sp + NEAR_STACK_BYTES;
}

/*
 * False for a signal that another process sent, or one after the guard ended.
 */
static bool is_ours(int signo)
{
    struct sigaction usual = { .sa_handler = SIG_DFL };

    if (phase != GUARD_OFF && getpid() == guard_pid)
        return true;
    sigaction(signo, &usual, NULL);
    return false;
}

static void guard_caught(int signo, siginfo_t *info, void *context)
{
    struct ending e = { "crashed", false, stack_pointer(context) };

    if (!is_ours(signo))
        return;                     /* the instruction faults again */
    if (signo == SIGABRT)
        e.how = "gave up";
    else if (is_overflow(signo, info, context))
        e = (struct ending){ "called itself without end", true, e.sp };
    guard_die(&e);
}

/* Called each second of this thread's CPU time. */
static void guard_tick(int signo, siginfo_t *info, void *context)
{
    static unsigned seen, ticks;
    struct ending stuck = { "made no progress in 10 s of CPU time", true,
                            stack_pointer(context) };

    (void)signo;
    (void)info;
    if (phase == GUARD_OFF || phase == GUARD_BETWEEN || steps != seen) {
        seen = steps;
        ticks = 0;
    } else if (++ticks >= LIMIT_S && getpid() == guard_pid) {
        guard_die(&stuck);
    }
}

/* QEMU's own complaint about the command line needs no comment of the guard. */
static bool is_blameless(void)
{
    return phase == GUARD_OFF || phase == GUARD_BETWEEN ||
           getpid() != guard_pid;
}

/*
 * QEMU called exit(). The other exit handlers still run; the bridge only
 * replaces the exit status.
 */
static void guard_exited(int status, void *opaque)
{
    struct ending ended = { "ended QEMU", false,
                            (uintptr_t)__builtin_frame_address(0) };

    (void)opaque;
    if (getpid() != guard_pid)
        return;
    if (is_blameless()) {
        status = EXIT_FAILURE;
    } else {
        line_write(&ended);
        stderr_hold_discard();
    }
    phase = GUARD_OFF;
    stderr_hold_end();
    if (status != EXIT_FAILURE)
        report_exit();
}

void guard_meet_exit(void)
{
    struct ending ended = { "ended QEMU", false,
                            (uintptr_t)__builtin_frame_address(0) };

    if (!is_blameless())
        guard_die(&ended);
}

void guard_meet_abort(void)
{
    struct ending ended = { "gave up", false,
                            (uintptr_t)__builtin_frame_address(0) };

    if (phase != GUARD_OFF && getpid() == guard_pid)
        guard_die(&ended);
}

/* --- begin and end ------------------------------------------------------- */

static void signals_take(void)
{
    struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
    sigset_t mask;

    sigemptyset(&mask);
    for (unsigned i = 0; i < GUARD_SIGNALS; i++) {
        sa.sa_sigaction = guard_signals[i] == SIGPROF ? guard_tick
                                                      : guard_caught;
        sigaction(guard_signals[i], &sa, &guard_old[i]);
        sigaddset(&mask, guard_signals[i]);
    }
    /*
     * QEMU blocks some of these signals. A fault under a blocked signal would
     * end QEMU without a message.
     */
    pthread_sigmask(SIG_UNBLOCK, &mask, &guard_old_mask);
}

static void timer_start(void)
{
    struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID,
                           .sigev_signo = SIGPROF };
    struct itimerspec second = { { 1, 0 }, { 1, 0 } };

    ev._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    has_timer = timer_create(CLOCK_THREAD_CPUTIME_ID, &ev, &guard_timer) == 0;
    if (has_timer)
        timer_settime(guard_timer, 0, &second, NULL);
}

void guard_begin(const char *board)
{
    stack_t stack = { .ss_sp = guard_stack, .ss_size = sizeof(guard_stack) };

    guard_board = board;
    guard_pid = getpid();
    phase = GUARD_BETWEEN;
    on_exit(guard_exited, NULL);
    stderr_hold_begin();
    sigaltstack(&stack, &guard_old_stack);
    signals_take();
    timer_start();
}

void guard_at(const struct plan_place *place, const char *what,
              const char *name, const char *module)
{
    now = (struct object_name){ place, what, name, module };
    steps++;
    if (phase != GUARD_OFF)
        phase = GUARD_PART;
}

void guard_between(void)
{
    if (phase != GUARD_OFF)
        phase = GUARD_BETWEEN;
}

void guard_discard(void)
{
    stderr_hold_discard();
}

bool guard_is_up(void)
{
    return phase != GUARD_OFF;
}

void guard_reset_begin(void)
{
    steps++;
    if (phase != GUARD_OFF)
        phase = GUARD_RESET;
}

void guard_progress(void)
{
    steps++;
}

void guard_end(void)
{
    if (phase == GUARD_OFF)
        return;
    phase = GUARD_OFF;
    if (has_timer)
        timer_delete(guard_timer);
    for (unsigned i = 0; i < GUARD_SIGNALS; i++)
        sigaction(guard_signals[i], &guard_old[i], NULL);
    pthread_sigmask(SIG_SETMASK, &guard_old_mask, NULL);
    sigaltstack(&guard_old_stack, NULL);
    stderr_hold_end();
}

void guard_fatal(const struct ob_err *err)
{
    guard_end();
    report_fatal(err);
}
