// What gives a terminal back if the program dies: async-signal-safe, so it cannot be Swift.
#include "CLinuxFiles.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
enum { fatal_count = sizeof fatal / sizeof fatal[0] };

static struct sigaction previous[fatal_count];
static struct termios mode;
static int input = -1;
static int output = -1;
static char farewell[64];
static size_t farewell_length;

static void give_back(int number) {
    // What was there before this, a backtrace perhaps, comes next.
    for (int index = 0; index < fatal_count; index++) sigaction(fatal[index], &previous[index], NULL);
    if (output >= 0 && write(output, farewell, farewell_length) < 0) { /* there is nobody to tell */ }
    if (input >= 0) tcsetattr(input, TCSANOW, &mode);
    raise(number);
}

void canlog_guard_terminal(int from, int to, const struct termios *saved, const char *text) {
    input = from;
    output = to;
    if (saved) mode = *saved;
    farewell_length = strlen(text);
    if (farewell_length > sizeof farewell) farewell_length = sizeof farewell;
    memcpy(farewell, text, farewell_length);
    struct sigaction action = {.sa_handler = give_back, .sa_flags = SA_NODEFER | SA_ONSTACK};
    for (int index = 0; index < fatal_count; index++) sigaction(fatal[index], &action, &previous[index]);
}

void canlog_release_terminal(void) {
    for (int index = 0; index < fatal_count; index++) sigaction(fatal[index], &previous[index], NULL);
    input = -1;
    output = -1;
}

int canlog_terminal_size(int descriptor, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}
