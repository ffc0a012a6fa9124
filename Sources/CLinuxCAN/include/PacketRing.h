// The packet ring of linux/if_packet.h: what its macros, unions and atomic words do not give to Swift.
#pragma once
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    CANLOG_SOL_PACKET = SOL_PACKET,

    // struct tpacket_block_desc, whose header is the union's only member.
    CANLOG_BLOCK_STATUS = offsetof(struct tpacket_block_desc, hdr.bh1.block_status),
    CANLOG_BLOCK_FRAMES = offsetof(struct tpacket_block_desc, hdr.bh1.num_pkts),
    CANLOG_BLOCK_FIRST = offsetof(struct tpacket_block_desc, hdr.bh1.offset_to_first_pkt),
    CANLOG_BLOCK_HEADER = sizeof(struct tpacket_block_desc),

    /// struct tpacket3_hdr, and the struct sockaddr_ll behind it.
    CANLOG_FRAME_HEADER = TPACKET3_HDRLEN,
    CANLOG_FRAME_NEXT = offsetof(struct tpacket3_hdr, tp_next_offset),
};

/// What stands before a frame in a block, as it says.
struct canlog_ring_header {
    uint32_t next, seconds, nanoseconds, captured, length;
    int32_t interface;
    uint16_t data, protocol;
};

/// Reads the `CANLOG_FRAME_HEADER` bytes at `bytes`, whatever they are; the protocol in the host's order.
static inline struct canlog_ring_header canlog_ring_header_at(const uint8_t *bytes) {
    struct tpacket3_hdr header;
    struct sockaddr_ll address;
    __builtin_memcpy(&header, bytes, sizeof header);
    __builtin_memcpy(&address, bytes + TPACKET_ALIGN(sizeof header), sizeof address);
    return (struct canlog_ring_header){
        .next = header.tp_next_offset, .seconds = header.tp_sec, .nanoseconds = header.tp_nsec,
        .captured = header.tp_snaplen, .length = header.tp_len, .data = header.tp_mac,
        .interface = address.sll_ifindex, .protocol = __builtin_bswap16(address.sll_protocol)};
}

/// The first 16 bytes of a frame: all of `can_frame`, and what `canfd_frame` begins with.
struct canlog_frame_start {
    uint32_t identifier;
    uint8_t length, flags, reserved, raw_dlc;
    uint64_t word;
};

/// Reads the 16 bytes at `bytes`.
static inline struct canlog_frame_start canlog_frame_start_at(const uint8_t *bytes) {
    struct canlog_frame_start start;
    __builtin_memcpy(&start, bytes, sizeof start);
    return start;
}

/// The status of the block that begins at `block`; what the block holds is read after it.
static inline uint32_t canlog_block_status(const void *block) {
    const struct tpacket_block_desc *header = block;
    return __atomic_load_n(&header->hdr.bh1.block_status, __ATOMIC_ACQUIRE);
}

/// Gives the block at `block` back to the kernel; nothing of it may be read afterwards.
static inline void canlog_block_release(void *block) {
    struct tpacket_block_desc *header = block;
    __atomic_store_n(&header->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}
