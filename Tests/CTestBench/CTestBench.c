#define _GNU_SOURCE
#include "CTestBench.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int canlog_test_new_network(void) { return unshare(CLONE_NEWNET) == 0 ? 0 : -errno; }

int canlog_test_enter_network(int descriptor) { return setns(descriptor, CLONE_NEWNET) == 0 ? 0 : -errno; }

int canlog_test_pidfd(int process) {
    long descriptor = syscall(SYS_pidfd_open, process, 0);
    return descriptor >= 0 ? (int)descriptor : -errno;
}

int canlog_test_memory_file(const char *name) {
    int descriptor = memfd_create(name, MFD_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

int canlog_test_step_clock(long seconds) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -errno;
    now.tv_sec += seconds;
    return clock_settime(CLOCK_REALTIME, &now) == 0 ? 0 : -errno;
}

static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;

void canlog_test_enter_alone(void) { pthread_mutex_lock(&alone); }
void canlog_test_leave_alone(void) { pthread_mutex_unlock(&alone); }

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER
#endif
#endif

#if !defined(HAS_SANITIZER) && defined(__GLIBC__)
// In front of glibc's, for the whole program: these are what they are called by beneath.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static __thread long allocations;

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    allocations++;
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    allocations++;
    return __libc_memalign(alignment, size);
}

long canlog_test_allocations(void) { return allocations; }
#else
long canlog_test_allocations(void) { return -1; }
#endif
