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

    // struct tpacket3_hdr, and the struct sockaddr_ll behind it.
    CANLOG_FRAME_NEXT = offsetof(struct tpacket3_hdr, tp_next_offset),
    CANLOG_FRAME_SECONDS = offsetof(struct tpacket3_hdr, tp_sec),
    CANLOG_FRAME_NANOSECONDS = offsetof(struct tpacket3_hdr, tp_nsec),
    CANLOG_FRAME_CAPTURED = offsetof(struct tpacket3_hdr, tp_snaplen),
    CANLOG_FRAME_LENGTH = offsetof(struct tpacket3_hdr, tp_len),
    CANLOG_FRAME_DATA = offsetof(struct tpacket3_hdr, tp_mac),
    CANLOG_FRAME_ADDRESS = TPACKET_ALIGN(sizeof(struct tpacket3_hdr)),
    CANLOG_FRAME_PROTOCOL = CANLOG_FRAME_ADDRESS + offsetof(struct sockaddr_ll, sll_protocol),
    CANLOG_FRAME_INTERFACE = CANLOG_FRAME_ADDRESS + offsetof(struct sockaddr_ll, sll_ifindex),
    CANLOG_FRAME_HEADER = TPACKET3_HDRLEN,
};

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
