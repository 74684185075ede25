/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds the table that connects QEMU's types to boards, modules and models. */
#include "bridge/process/callbacks.h"

struct bridge_callbacks bridge_callbacks;
