/* SPDX-License-Identifier: MIT */
/* A library that starts a thread when it is opened. */
#include <pthread.h>
#include <unistd.h>

static void *wait_forever(void *opaque)
{
    for (;;)
        pause();
    return opaque;
}

__attribute__((constructor)) static void begin(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, wait_forever, NULL);
}
