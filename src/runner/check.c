/* SPDX-License-Identifier: MIT */
/*
 * Holds one device type of a module to the laws of the test bench, in a fresh
 * process of the launcher. The test bench runs here with the model, so it knows
 * the registers. The command at the other end of the socket gets greetings: one
 * with the type's name, one for each line, and one at the end.
 *
 * The process is confined as one that serves QEMU, up to the first filter
 * (confine.c): it still sends on its socket.
 */
#include "runner/runner.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "bench/bench_int.h"

/* For the handler of signals. */
static struct {
    struct ob_bench *bench;
    int sock;
} running;

static void tell(int sock, int32_t status, const char *text)
{
    struct ipc_hello out = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
        .bytes = sizeof(out), .slots = IPC_SLOTS, .status = status,
    };

    g_strlcpy(out.text, text, sizeof(out.text));
    if (ipc_hello_send(sock, &out, NULL, 0, NULL))
        runner_end();
}

/*
 * The model crashes or hangs: tell in what. The default action then ends the
 * process, so that the launcher reports the signal.
 */
static void signalled(int number)
{
    char text[256];

    bench_check_doing(running.bench, text, sizeof(text));
    tell(running.sock, IPC_CHECK_DOING, text);
    signal(number, SIG_DFL);
    raise(number);
}

static void signals_catch(void)
{
    static const int numbers[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
                                   SIGALRM };
    struct sigaction sa = { .sa_handler = signalled, .sa_flags = SA_NODEFER };

    for (size_t n = 0; n < sizeof(numbers) / sizeof(*numbers); n++)
        sigaction(numbers[n], &sa, NULL);
}

/* After the confinement it could not ask for a signal. */
void runner_check_limit(uint64_t limit_ns)
{
    struct itimerval timer = {
        .it_value = { (time_t)(limit_ns / OB_NS_PER_S),
                      (suseconds_t)(limit_ns % OB_NS_PER_S / 1000) },
    };

    setitimer(ITIMER_REAL, &timer, NULL);
}

void runner_check(struct runner *h, int sock, uint32_t number)
{
    struct ob_bench *b = ob_bench_new();

    if (number >= h->n_types) {
        tell(sock, IPC_CHECK_END, "");
        _exit(0);
    }
    running.bench = b;
    running.sock = sock;
    signals_catch();
    tell(sock, IPC_CHECK_TYPE, h->types[number]->name);
    ob_bench_strict(b, false);
    for (uint32_t n = 0; n < h->n_types; n++)
        (void)bench_type_add(b, h->types[n]->name, h->types[n]);
    (void)ob_bench_check(b, h->types[number]->name, NULL, NULL);
    for (uint32_t n = 0; *ob_bench_check_line(b, n); n++)
        tell(sock, IPC_CHECK_LINE, ob_bench_check_line(b, n));
    tell(sock, IPC_CHECK_END, h->types[number]->name);
    _exit(0);
}
