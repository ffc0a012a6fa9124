"""Receives frames of an interface and writes the kernel's stamps, independent of who sends.

The kernel stamps each frame on arrival and copies it into a ring in memory, which is read when the
player has ended. So the receiver takes no processor time from the player. (A socket that is drained
afterwards would keep the kernel's buffers; allocating new ones costs every eighth frame 5 us.)

usage: receive.py INTERFACE FRAMES READY-FILE OUTPUT; ends on SIGTERM, with 1 if frames are missing.
"""

import mmap
import signal
import socket
import struct
import sys

# linux/if_packet.h
ETH_P_CAN = 0x000C
SOL_PACKET, PACKET_RX_RING, PACKET_VERSION, TPACKET_V2 = 263, 5, 10, 1
TP_STATUS_USER = 1
BLOCK_SIZE, BLOCKS, SLOT_SIZE = 1 << 16, 128, 256
SLOTS = BLOCK_SIZE // SLOT_SIZE * BLOCKS


def frames_in(ring):
    for slot in range(0, SLOTS * SLOT_SIZE, SLOT_SIZE):
        status, _, _, start, _, seconds, nanoseconds = struct.unpack_from("IIIHHII", ring, slot)
        if not status & TP_STATUS_USER:
            return
        identifier, length = struct.unpack_from("IB", ring, slot + start)
        payload = ring[slot + start + 8:slot + start + 8 + length].hex()
        yield seconds * 10**9 + nanoseconds, identifier & 0x1FFFFFFF, payload


def main(interface, frames, ready, output):
    receiver = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    receiver.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
    receiver.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack("IIII", BLOCK_SIZE, BLOCKS, SLOT_SIZE, SLOTS))
    ring = mmap.mmap(receiver.fileno(), SLOTS * SLOT_SIZE)
    receiver.bind((interface, ETH_P_CAN))
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    open(ready, "w").close()
    signal.sigwait([signal.SIGTERM])
    rows = list(frames_in(ring))
    with open(output, "w") as file:
        for row in rows:
            print(*row, file=file)
    return 0 if len(rows) == int(frames) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
