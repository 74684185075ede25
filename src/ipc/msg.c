/* SPDX-License-Identifier: MIT */
/* Kinds of messages, and the check of a message. */
#include "ipc/msg.h"

#include <errno.h>
#include <string.h>

struct kind {
    const char *name;
    enum ipc_direction direction;
    enum ipc_about about;
    bool answered;
    uint32_t limit;
};

static const struct kind kinds[128] = {
#define SERVICE(number, NAME, name, to, answered, about, limit, ...)          \
    [number] = { #NAME, IPC_TO_##to, IPC_ABOUT_##about, answered, limit },
#define REPLY(number, NAME, to, limit, text)                                  \
    [number] = { #NAME, IPC_TO_##to, IPC_ABOUT_NONE, false, limit },
#include "ipc/services.def"
};

static const struct kind *kind_of(unsigned kind)
{
    return kind < sizeof(kinds) / sizeof(kinds[0]) && kinds[kind].name
               ? &kinds[kind]
               : NULL;
}

const char *ipc_kind_name(unsigned kind)
{
    const struct kind *k = kind_of(kind);

    return k ? k->name : NULL;
}

bool ipc_kind_answered(unsigned kind)
{
    const struct kind *k = kind_of(kind);

    return k && k->answered;
}

enum ipc_about ipc_kind_about(unsigned kind)
{
    const struct kind *k = kind_of(kind);

    return k ? k->about : IPC_ABOUT_NONE;
}

int ipc_msg_check(const struct ipc_msg *msg, enum ipc_direction direction,
                  struct ob_err *err)
{
    const struct kind *k = kind_of(msg->kind);

    if (msg->magic != IPC_MAGIC)
        return err_set(err, -EPROTO,
                       "a message starts with 0x%08x, not with 0x%08x",
                       msg->magic, IPC_MAGIC);
    if (!k || k->direction != direction)
        return err_set(err, -EPROTO,
                       "a message of kind %u, which does not go this way",
                       msg->kind);
    if (msg->bytes > k->limit)
        return err_set(err, -EPROTO, "%s with %u bytes, where %u are the most",
                       k->name, msg->bytes, k->limit);
    if (msg->depth > IPC_DEPTH_MAX)
        return err_set(err, -EPROTO, "%s at depth %u, where %u is the most",
                       k->name, msg->depth, IPC_DEPTH_MAX);
    return 0;
}
