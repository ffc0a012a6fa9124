// The sending side of raw CAN sockets, by calls whose structures or macros do
// not import into Swift. Each returns a count or descriptor, or -errno.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Frames handed over per call at most.
enum { CANLOG_SEND_BATCH = 64 };

// Opens a raw socket bound to `interface` that sends classic and CAN FD frames and receives none.
// `send_buffer` is given to SO_SNDBUF.
int canlog_open_sender(const char *interface, int send_buffer);

// Opens a non-blocking raw socket bound to `interface` that receives only frames whose canid_t has the
// bits of one of `count` identifiers where that one's mask has ones (struct can_filter).
int canlog_open_listener(const char *interface, const uint32_t *identifiers, const uint32_t *masks, size_t count);

// Takes all frames that have arrived and returns how many.
int canlog_drain(int socket);

// Receives one frame into the 72 bytes at `frame`; its size, 16 or 72, 0 if none waits, or -errno.
int canlog_receive(int socket, void *frame);

// Hands `count` frames (1 to CANLOG_SEND_BATCH) over without waiting; each lies in 72 bytes laid out
// as struct canfd_frame, classic ones (no CANFD_FDF flag) with len8_dlc in the last header byte.
// Returns how many the kernel took, from the first on.
int canlog_send(int socket, const void *frames, size_t count);

// Waits until a socket can be written (`writable`) or read, or `nanoseconds` have passed.
// Returns how many are ready; negative numbers among the sockets are skipped.
int canlog_wait(const int *sockets, size_t count, int writable, int64_t nanoseconds);

// The interface's maximum transfer unit: 16 classic, 72 CAN FD, 2060 CAN XL.
int canlog_interface_mtu(const char *interface);

// Whether the interface is up: 1 or 0.
int canlog_interface_is_up(const char *interface);
