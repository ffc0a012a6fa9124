// Calls and constants of Linux that libc's headers show only to _GNU_SOURCE, and Swift not at all.
#pragma once
#include <signal.h>
#include <stdint.h>
#include <sys/timex.h>

/// Takes the write lock of the open file (`F_OFD_SETLK`); 0, or -1 with errno.
int canlog_lock_open_file(int descriptor);
/// Whether another open file holds the write lock (`F_OFD_GETLK`): 1 or 0, or -1 with errno.
int canlog_is_locked(int descriptor);
/// fallocate with `FALLOC_FL_KEEP_SIZE`; 0, or -1 with errno.
int canlog_reserve(int descriptor, int64_t offset, int64_t count);
/// pthread_setname_np for the calling thread; the name is cut after 15 bytes.
void canlog_name_this_thread(const char *name);
/// setpriority for the calling thread alone: on Linux a nice value belongs to the thread.
int canlog_nice_this_thread(int nice);
/// memfd_create, closed on exec; the descriptor, or -1 with errno.
int canlog_make_memory_file(const char *name);
/// pipe2, closed on exec; 0, or -1 with errno.
int canlog_make_pipe(int ends[2]);
/// signalfd of blocked signals, closed on exec and non-blocking; the descriptor, or -1 with errno.
int canlog_make_signalfd(const sigset_t *signals);
/// eventfd, closed on exec and non-blocking; the descriptor, or -1 with errno.
int canlog_make_eventfd(void);
/// `PR_SET_TIMERSLACK` for the calling thread; 0, or -1 with errno.
int canlog_set_timer_slack(unsigned long nanoseconds);
/// Whether SIGHUP is ignored, as nohup(1) arranges: 1 or 0.
int canlog_ignores_hangup(void);
/// mallopt: one arena for all threads, and what is freed of at least `size` bytes goes back.
void canlog_keep_little_memory(int size);
/// Unmaps the pages of code and constants of this program and its libraries; each comes back from its
/// file when it is used again.
void canlog_give_back_code(void);
/// A Unix socket, closed on exec and non-blocking, of the kind `SOCK_STREAM` or `SOCK_DGRAM`; the
/// descriptor, or -1 with errno.
int canlog_local_socket(int is_stream);
/// bind to a path (`listens`) or connect to it; an `@` first stands for the abstract namespace. 0, or
/// -1 with errno; ENAMETOOLONG beyond the 107 bytes that such a name may have.
int canlog_local_address(int socket, const char *path, int listens);
/// accept4, closed on exec and non-blocking; the descriptor, or -1 with errno.
int canlog_accept(int socket);
/// send without SIGPIPE and without waiting; the count, or -1 with errno.
long canlog_send_some(int socket, const void *bytes, unsigned long count);

struct termios;
/// Gives the terminal back if the program dies of a signal as SIGSEGV or SIGABRT: writes `text` (at
/// most 64 bytes) to `to`, and sets the mode of `from`; a descriptor may be -1.
void canlog_guard_terminal(int from, int to, const struct termios *saved, const char *text);
/// The program has given it back itself.
void canlog_release_terminal(void);
/// The terminal's size (`TIOCGWINSZ`); 0, or -1 with errno.
int canlog_terminal_size(int descriptor, int *columns, int *rows);
