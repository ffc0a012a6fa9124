"""Messages out of the pcapng that `canlog convert … --to-format pcapng` writes.

draft-ietf-opsawg-pcapng: little-endian sections, interface description and enhanced packet blocks, link type
LINKTYPE_CAN_SOCKETCAN (227); of it are times in nanoseconds, interface names and directions, which candump
text has not all.
"""
import struct

from can import Message

from .program import CanlogError

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
CAN_SOCKETCAN = 227
#: Options of blocks: if_name, if_tsresol, if_tsoffset; epb_flags with its two bits of direction.
NAME, RESOLUTION, OFFSET, FLAGS = 2, 9, 14, 2
OUTBOUND = 2
#: The bits of a SocketCAN identifier and of the flags of CAN FD.
EXTENDED, REMOTE, ERROR, IDENTIFIER = 0x8000_0000, 0x4000_0000, 0x2000_0000, 0x1FFF_FFFF
BRS, ESI, FDF = 1, 2, 4
#: No block that canlog writes is longer: what is, is no pcapng.
LONGEST_BLOCK = 65536

_block = struct.Struct("<II")
_packet = struct.Struct("<IIII")
_frame = struct.Struct(">IBB")
_option = struct.Struct("<HH")


def messages(read):
    """The messages of a capture, of which read() gives the next bytes, b"" at its end."""
    rest = b""
    interfaces = []
    while True:
        chunk = read()
        if not chunk:
            break
        data = rest + chunk if rest else chunk
        position, end = 0, len(data)
        while end - position >= 8:
            kind, size = _block.unpack_from(data, position)
            if size < 12 or size % 4 or size > LONGEST_BLOCK:
                raise CanlogError(f"canlog wrote a capture with a block of {size} bytes")
            if end - position < size:
                break
            if kind == PACKET:
                yield _message(data, position, size, interfaces)
            elif kind == INTERFACE:
                interfaces.append(_interface(data, position, size))
            elif kind == SECTION:
                if data[position + 8 : position + 12] != b"\x4d\x3c\x2b\x1a":
                    raise CanlogError("canlog wrote a capture of another byte order")
                interfaces = []
            position += size
        rest = data[position:]
    if rest:
        raise CanlogError("the capture that canlog wrote ends within a block")


def _message(data, position, size, interfaces):
    number, high, low, length = _packet.unpack_from(data, position + 8)
    payload_end = position + 28 + length
    if length < 8 or length > size - 32 or number >= len(interfaces):
        raise CanlogError("canlog wrote a capture with a damaged packet")
    channel, ticks, offset = interfaces[number]
    identifier, held, flags = _frame.unpack_from(data, position + 28)
    # Options are behind the payload and its padding; most packets have epb_flags and no other.
    options = position + 28 + ((length + 3) & ~3)
    is_rx = True
    if options < position + size - 4:
        for code, value in _options(data, options, position + size - 4):
            if code == FLAGS and len(value) == 4:
                is_rx = value[0] & 3 != OUTBOUND
    is_remote = identifier & REMOTE != 0
    is_fd = flags & FDF != 0
    # An integer divided by an integer is the nearest float that there is.
    return Message(
        ((high << 32 | low) + offset) / ticks,
        identifier & IDENTIFIER,
        identifier & EXTENDED != 0,
        is_remote,
        identifier & ERROR != 0,
        channel,
        held,
        None if is_remote else bytearray(data[position + 36 : payload_end]),
        is_fd,
        is_rx,
        is_fd and flags & BRS != 0,
        is_fd and flags & ESI != 0,
    )


def _interface(data, position, size):
    """Name, ticks in a second, ticks to be added."""
    (link_type,) = struct.unpack_from("<H", data, position + 8)
    if link_type != CAN_SOCKETCAN:
        raise CanlogError(f"canlog wrote a capture of link type {link_type}, not {CAN_SOCKETCAN}")
    name, ticks, seconds = None, 10**6, 0
    for code, value in _options(data, position + 16, position + size - 4):
        if code == NAME:
            name = value.decode(errors="replace")
        elif code == RESOLUTION and value:
            ticks = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
        elif code == OFFSET and len(value) == 8:
            seconds = int.from_bytes(value, "little", signed=True)
    return name, ticks, seconds * ticks


def _options(data, position, end):
    while end - position >= 4:
        code, length = _option.unpack_from(data, position)
        if code == 0 or length > end - position - 4:
            return
        yield code, data[position + 4 : position + 4 + length]
        position += 4 + ((length + 3) & ~3)
