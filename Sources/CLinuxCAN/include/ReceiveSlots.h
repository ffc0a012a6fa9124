// Receiving many frames by one recvmmsg into memory that is reserved once.
#pragma once
#include <linux/can.h>
#include <stdint.h>

/// One received message, whose control messages have been read.
struct canlog_slot {
    /// The bytes as received; a classic frame fills the first 16, as `can_frame`.
    struct canfd_frame frame;
    /// Software stamp in nanoseconds since 1970; the time of reading if the kernel gave none.
    int64_t stamp;
    /// Raw hardware stamp in nanoseconds on the device's own clock; 0 if there is none.
    int64_t hardware_stamp;
    /// The socket's drops before this message (`SO_RXQ_OVFL`); 0 while there were none.
    uint32_t drops;
    /// How many bytes the message had; more than the frame holds if it was cut.
    uint32_t size;
    /// The index of the interface; 0 unless names were asked for.
    int32_t interface;
    /// `msg_flags`.
    uint32_t message_flags;
    _Alignas(8) unsigned char control[96];
    _Alignas(8) unsigned char from[24];
};

/// Slots and what recvmmsg needs beside them.
struct canlog_slots;

/// Reserves `capacity` slots; `wants_interface` for sockets bound to all interfaces. NULL: no memory.
struct canlog_slots *canlog_slots_new(unsigned capacity, int wants_interface);
void canlog_slots_free(struct canlog_slots *slots);
const struct canlog_slot *canlog_slots_first(const struct canlog_slots *slots);

/// Takes what waits in `socket`, at most as many messages as there are slots, without waiting.
/// Returns how many, or the negative errno.
int canlog_slots_receive(struct canlog_slots *slots, int socket);

/// The first 8 bytes of the payload, the first in the low bits.
static inline uint64_t canlog_slot_word(const struct canlog_slot *slot) {
    uint64_t word;
    __builtin_memcpy(&word, slot->frame.data, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}
