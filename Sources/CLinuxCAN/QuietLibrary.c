#define _GNU_SOURCE
#include "QuietLibrary.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <wchar.h>

static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;
static FILE *loud;
static FILE *silence;

static ssize_t swallow(void *cookie, const char *words, size_t count) {
    (void)cookie, (void)words;
    return (ssize_t)count;
}

int canlog_quiet_begin(void) {
    pthread_mutex_lock(&alone);
    if (!silence) {
        silence = fopencookie(NULL, "w", (cookie_io_functions_t){.write = swallow});
        if (!silence) {
            int reason = errno;
            pthread_mutex_unlock(&alone);
            return -reason;
        }
        // A stream without orientation is one whose descriptor perror copies, and this has none.
        fwide(silence, -1);
    }
    loud = stderr;
    stderr = silence;
    return 0;
}

void canlog_quiet_end(void) {
    int reason = errno;
    stderr = loud;
    pthread_mutex_unlock(&alone);
    errno = reason;
}
