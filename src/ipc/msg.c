/* SPDX-License-Identifier: MIT */
#include "ipc/msg.h"

#include <errno.h>
#include <string.h>

#include "ipc/ring.h"

struct kind {
    const char *name;
    enum ipc_direction direction;
    bool answered;
    uint32_t limit;
};

static const struct kind kinds[128] = {
#define IPC_KIND(number, name, direction, answer, limit)                     \
    [number] = { #name, direction, answer, limit },
#include "ipc/kinds.def"
#undef IPC_KIND
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

int ipc_hello_check(const struct ipc_hello *hello, size_t bytes,
                    struct ob_err *err)
{
    if (bytes != sizeof(*hello) || hello->magic != IPC_MAGIC ||
        hello->bytes != sizeof(*hello))
        return err_set(err, -EPROTO,
                       "the other side's greeting is none (%zu bytes)", bytes);
    if (hello->major != IPC_MAJOR)
        return err_set(err, -EPROTO,
                       "the other side speaks version %u.%u of the protocol, "
                       "and this one %u.%u; use both of one Outboard",
                       hello->major, hello->minor, IPC_MAJOR, IPC_MINOR);
    if (!ipc_slots_fit(hello->slots))
        return err_set(err, -EPROTO,
                       "rings of %u slots; a power of two from %u to %u is "
                       "needed",
                       hello->slots, IPC_SLOTS_MIN, IPC_SLOTS_MAX);
    if (!memchr(hello->name, 0, sizeof(hello->name)) ||
        !memchr(hello->text, 0, sizeof(hello->text)))
        return err_set(err, -EPROTO, "a text in the greeting has no end");
    return 0;
}
