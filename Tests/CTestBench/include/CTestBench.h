// Calls of Linux that only tests need and that libc's headers do not give to Swift.
#pragma once

/// Moves the calling thread into a new network namespace; 0, or the negative errno.
int canlog_test_new_network(void);
/// Moves the calling thread into the network namespace behind `descriptor`; 0, or the negative errno.
int canlog_test_enter_network(int descriptor);
/// A descriptor that polls readable when the process has ended, or the negative errno.
int canlog_test_pidfd(int process);
/// An unlinked file in memory, closed on exec, or the negative errno.
int canlog_test_memory_file(const char *name);
/// Steps the wall clock by whole seconds; 0, or the negative errno.
int canlog_test_step_clock(long seconds);
/// Waits until no other thread of this process is between these two.
void canlog_test_enter_alone(void);
void canlog_test_leave_alone(void);
/// How often the calling thread has allocated memory; -1 where that is not counted (sanitizers).
long canlog_test_allocations(void);
