/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table that connects QEMU's types to what is behind them. */
#include "bridge/process/callbacks.h"

struct bridge_callbacks bridge_callbacks;
