/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `outboard doctor`: reports the self-check's table, and runs a second check
 * on a live scratch machine (-M outboard-doctor). The report is one JSON
 * object:
 *
 *     { "qemu": "QEMU 7.2.22 (...), build-id ...", "outboard": "0.1.0",
 *       "kernel": "Linux 6.1.0-28-amd64", "machine": "x86_64",
 *       "ok": true, "error": null,
 *       "symbols": { "bound": 150, "all": 155 }, "us": 4100,
 *       "cpu_us": 3900, "live": true,
 *       "layout": [ { "name": "...", "value": 144, "how": "..." }, ... ],
 *       "checks": [ { "name": "live: ...", "value": 8, "how": "..." }, ... ] }
 *
 * "outboard" is the version of the bridge; "kernel" and "machine" are the
 * host's, as uname() gives them in QEMU's process. "live" is true if the second
 * check ran; "checks" are its rows. A value is null if the check ended before
 * that row.
 */
#ifndef BRIDGE_DOCTOR_H
#define BRIDGE_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * In doctor mode, at the hook. `result` and `err` are the self-check's result,
 * `us` the microseconds that it took, `cpu_us` the part of them on a processor.
 * Ends QEMU, except if the arguments name the machine outboard-doctor: then the
 * live check follows.
 */
void doctor_hook(int fd, int result, const struct ob_err *err, int64_t us,
                 int64_t cpu_us);

#endif
