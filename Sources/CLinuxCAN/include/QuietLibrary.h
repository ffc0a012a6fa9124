// Calls into a library that prints its troubles to stderr by itself.
#pragma once

/// Until ``canlog_quiet_end``, what anyone in this process writes to the stream `stderr` is kept from
/// the descriptor; one caller at a time. Returns 0, or -errno.
///
/// glibc lets a program assign `stderr` (its manual, "Standard Streams"). The descriptor 2 stays what
/// it is, so that threads which write to the descriptor go on undisturbed.
int canlog_quiet_begin(void);
void canlog_quiet_end(void);
