/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Enters QEMU. The command `outboard` preloads this library and then executes
 * the program to run. That program may be a shell wrapper, env or timeout: then
 * the constructor changes nothing, and the next program gets the library too.
 * In a QEMU, the constructor asks QEMU to call the bridge back right after QEMU
 * registers its own types and before QEMU reads its arguments. That moment has
 * been the same since QEMU 5.2.
 */
#include <dlfcn.h>
#include <glib.h>
#include <stdlib.h>
#include <time.h>

#include "bridge/devices/qdev_clash.h"
#include "bridge/devices/qdev_type.h"
#include "bridge/entry/doctor.h"
#include "bridge/entry/wiring.h"
#include "bridge/machines/machine_type.h"
#include "bridge/modules/eager.h"
#include "bridge/process/arguments.h"
#include "bridge/process/callbacks.h"
#include "bridge/process/report.h"
#include "bridge/process/session.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"
#include "bridge/remote/remote_module.h"

/* This library's own path, as LD_PRELOAD has it. */
static const char *library_path(void)
{
    Dl_info info;

    return dladdr((void *)library_path, &info) && info.dli_fname
               ? info.dli_fname
               : "";
}

static void types_register(void)
{
    struct ob_err err = { 0 };

    if (machine_types_register(bridge_session()->registry, &err) < 0)
        report_fatal(&err);
    qdev_types_register(bridge_session()->registry);
    qdev_clash_report(bridge_session()->registry);
    if (eager_open(bridge_session(), &err) < 0)
        report_fatal(&err);
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* Runs in QEMU with the machine lock held, before there is a machine. */
static void bridge_hook(void)
{
    struct ob_err err = { 0 };
    int64_t start = clock_us(CLOCK_MONOTONIC);
    int64_t start_cpu = clock_us(CLOCK_THREAD_CPUTIME_ID);
    int ret = session_take(library_path(), &err);

    if (ret < 0)
        report_fatal(&err);
    ret = symbols_bind(&err);
    if (ret < 0)
        err_prefix(&err, ret, "%s", layout_identity());
    else
        ret = layout_derive(&err);
    if (bridge_session()->doctor_fd >= 0)
        doctor_hook(bridge_session()->doctor_fd, ret, &err,
                    clock_us(CLOCK_MONOTONIC) - start,
                    clock_us(CLOCK_THREAD_CPUTIME_ID) - start_cpu);
    if (ret == 0)
        ret = remote_module_start(library_path(), &err);
    if (ret < 0)
        report_fatal(&err);
    wiring_install();
    types_register();
}

/* glibc gives the constructor of a library the arguments of main(). */
static void __attribute__((constructor))
bridge_enter(int argc, char *argv[], char *envp[])
{
    void (*register_hook)(void (*fn)(void), int type);

    (void)argc;
    (void)envp;
    if (!getenv(SESSION_ENV) ||
        !symbols_program_exports("register_module_init"))
        return;
    arguments_set(argv);
    *(void **)&register_hook = dlsym(RTLD_DEFAULT, "register_module_init");
    register_hook(bridge_hook, QEMU_MODULE_INIT_FIRST);
}
