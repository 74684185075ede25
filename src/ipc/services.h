/* SPDX-License-Identifier: MIT */
/*
 * The services of ipc/services.def with typed operands. For a service NAME:
 *
 *   struct ipc_NAME, struct ipc_NAME_result    its operands and its results
 *   IPC_MSG(NAME, .operand = value, ...)       a message with these operands
 *   ipc_NAME_of(msg)                           the operands of a message
 *   ipc_NAME_answer(&answer, &result)          the results into an answer
 *   ipc_NAME_result_of(answer)                 the results of an answer
 *
 * A service without operands, or without results, has an empty struct.
 */
#ifndef IPC_SERVICES_H
#define IPC_SERVICES_H

#include "ipc/msg.h"

#define U32(field, name) uint32_t name;
#define U64(field, name) uint64_t name;
#define S32(field, name) int32_t name;
#define BOOL(field, name) bool name;
#define REPLY(number, NAME, to, limit, text)
#define SERVICE(number, NAME, name, to, answered, about, limit, operands,     \
                results, text)                                                \
    struct ipc_##name {                                                       \
        operands                                                              \
    };                                                                        \
    struct ipc_##name##_result {                                              \
        results                                                               \
    };
#include "ipc/services.def"

/* Into a message: a negative level keeps its 32 bits, as peers expect. */
#define U32(field, name) m.field = from->name;
#define U64(field, name) m.field = from->name;
#define S32(field, name) m.field = (uint32_t)from->name;
#define BOOL(field, name) m.field = from->name;
#define REPLY(number, NAME, to, limit, text)
#define SERVICE(number, NAME, name, to, answered, about, limit, operands,     \
                results, text)                                                \
    static inline struct ipc_msg ipc_msg_##name(const struct ipc_##name *from)\
    {                                                                         \
        struct ipc_msg m = { .kind = number };                                \
                                                                              \
        (void)from;                                                           \
        operands                                                              \
        return m;                                                             \
    }
#include "ipc/services.def"

#define IPC_MSG(name, ...) ipc_msg_##name(&(struct ipc_##name){ __VA_ARGS__ })

#define U32(field, name) answer->field = from->name;
#define U64(field, name) answer->field = from->name;
#define S32(field, name) answer->field = (uint32_t)from->name;
#define BOOL(field, name) answer->field = from->name;
#define REPLY(number, NAME, to, limit, text)
#define SERVICE(number, NAME, name, to, answered, about, limit, operands,     \
                results, text)                                                \
    static inline void ipc_##name##_answer(                                   \
        struct ipc_msg *answer, const struct ipc_##name##_result *from)       \
    {                                                                         \
        (void)answer;                                                         \
        (void)from;                                                           \
        results                                                               \
    }
#include "ipc/services.def"

/* Out of a message. */
#define U32(field, name) to.name = m->field;
#define U64(field, name) to.name = m->field;
#define S32(field, name) to.name = (int32_t)(uint32_t)m->field;
#define BOOL(field, name) to.name = m->field & 1;
#define REPLY(number, NAME, to, limit, text)
#define SERVICE(number, NAME, name, side, answered, about, limit, operands,   \
                results, text)                                                \
    static inline struct ipc_##name ipc_##name##_of(const struct ipc_msg *m)  \
    {                                                                         \
        struct ipc_##name to = {};                                            \
                                                                              \
        (void)m;                                                              \
        operands                                                              \
        return to;                                                            \
    }                                                                         \
    static inline struct ipc_##name##_result                                  \
    ipc_##name##_result_of(const struct ipc_msg *m)                           \
    {                                                                         \
        struct ipc_##name##_result to = {};                                   \
                                                                              \
        (void)m;                                                              \
        results                                                               \
        return to;                                                            \
    }
#include "ipc/services.def"

#endif
