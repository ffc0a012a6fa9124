#!/usr/bin/env python3
"""Reads a closed .canlog by its format document alone and prints its content as JSON.

usage: read_canlog.py FILE

Checks every checksum and both chains of digests on the way; any disagreement ends with status 1.
Journals and damaged files are not read.
"""

import ctypes
import ctypes.util
import hashlib
import json
import struct
import sys
import uuid

KINDS = "channel tick tie synchronisation loss up down gone statistics silence marker note".split()
zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
zstd.ZSTD_decompress.restype = ctypes.c_size_t
zstd.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]


def need(condition, what):
    if not condition:
        sys.exit(f"read_canlog.py: {what}")


CRC_TABLE = []
for value in range(256):
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    CRC_TABLE.append(value)


def crc(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ CRC_TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def signed(value):
    value &= 2**64 - 1
    return value - 2**64 if value >> 63 else value


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "a field is cut short")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, code):
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.number("B")
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def zigzag(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def text(self):
        return self.take(self.varint())

    def channel(self):
        name, bits = self.text(), self.number("B")
        rates = [self.varint() if bits >> bit & 1 else None for bit in (0, 1)]
        return name, rates, self.number("B")


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    value = signed(value)
    return varint((value << 1 ^ value >> 63) & (2**64 - 1))


def header(data):
    need(data[:8] == b"\x89CLOG\r\n\x1a", "no canlog file")
    need(crc(data[:3580]) == struct.unpack_from("<I", data, 3580)[0], "header checksum")
    major, _, size, recording, created, resolution, length = struct.unpack_from("<HHI16sqqI", data, 8)
    need(major == 1 and size == 4096, "version")
    fields, cursor = {}, Cursor(data[64:64 + length])
    while cursor.at < length:
        fields.setdefault(cursor.varint(), []).append(cursor.text())
    state = data[3584:3616]
    need(state[:4] == b"CLST" and crc(state[:28]) == struct.unpack_from("<I", state, 28)[0], "state")
    need(state[4] == 1 and struct.unpack_from("<Q", state, 8)[0] == len(data), "not closed")
    return recording, created, resolution, fields


def sections(head, count, body):
    out, at = {}, 0
    for _ in range(count):
        kind, plane, compression, _ = head.take(4)
        stored, size, check = (head.number("I") for _ in range(3))
        data = body[at:at + stored]
        at += stored
        need(crc(data) == check, "section checksum")
        if compression == 1:
            target = ctypes.create_string_buffer(max(1, size))
            need(zstd.ZSTD_decompress(target, size, data, stored) == size, "zstd")
            data = target.raw[:size]
        need(len(data) == size, "section size")
        out[kind, plane] = data
    return out


def planes(parts, kind, count):
    values, plane = [0] * count, 0
    while (kind, plane) in parts:
        for index, byte in enumerate(parts[kind, plane]):
            values[index] |= byte << 8 * plane
        plane += 1
    return values


def frames(parts, directory, count, first, unit, steps_back):
    payloads, at, data = [], 0, parts.get((3, 0), b"")
    for _, _, _, _, length, rows in directory:
        columns = []
        for _ in range(length):
            total, column = 0, bytearray()
            for byte in data[at:at + rows]:
                total = total + byte & 0xFF
                column.append(total)
            columns.append(column)
            at += rows
        payloads.append(iter([bytes(c[row] for c in columns) for row in range(rows)]))
    need(at == len(data), "payload size")
    stamp, out = first, []
    for key, value in zip(planes(parts, 1, count), planes(parts, 2, count)):
        difference = value >> 1 ^ -(value & 1) if steps_back else value
        stamp = signed(stamp + difference * unit)
        channel, identifier, flags, dlc, length, _ = directory[key]
        out.append((stamp, identifier, channel, flags, length, dlc, next(payloads[key])))
    return out


def canonical_body(kind, body, stamp, channel, memory):
    """The body as it would be with nothing before it."""
    cursor = Cursor(body)
    if kind == 3:
        memory["tie"] = signed(memory.get("tie", 0) + cursor.zigzag())
        return zigzag(memory["tie"])
    if kind == 9:
        before = memory.get(channel, [0] * 9)
        memory[channel] = [signed(old + cursor.zigzag()) for old in before]
        return b"".join(zigzag(value) for value in memory[channel])
    return body


def events(data, count):
    cursor, out, memory = Cursor(data), [], {}
    unit, stamp, place = cursor.varint(), cursor.zigzag(), 0
    kinds, channels, places, stamps, sizes, bodies = (Cursor(cursor.text()) for _ in range(6))
    for _ in range(count):
        kind = kinds.number("B")
        channel = channels.number("B") if kind & 0x80 else None
        place += places.varint()
        stamp = signed(stamp + stamps.zigzag() * unit)
        body = bodies.take(sizes.varint())
        out.append((place, stamp, channel, kind & 0x7F,
                    canonical_body(kind & 0x7F, body, stamp, channel, memory)))
    return out


def group(block, head_data, body):
    count, event_count, number = block
    digests = [head_data[index * 32:index * 32 + 32] for index in range(4)]
    head = Cursor(head_data)
    head.take(128)
    first, _, _, _, unit = (head.number("q") for _ in range(5))
    coding, bits = head.number("B"), head.number("B")
    need(coding == 1, "coding")
    section_count, channel_count, kind_count = (head.number("H") for _ in range(3))
    loss_count, key_count = head.number("I"), head.number("I")
    parts = sections(head, section_count, body)
    for _ in range(channel_count):
        head.take(2)
        head.channel()
    for _ in range(kind_count):
        head.take(1)
        head.varint()
    for _ in range(loss_count):
        head.take(1)
        head.varint()
        head.varint()
    directory = [(*struct.unpack("<BIBBB", head.take(8)), head.varint()) for _ in range(key_count)]
    need(sum(entry[5] for entry in directory) == count, "directory")
    rows = frames(parts, directory, count, first, unit, bits & 1)
    found = events(parts[4, 0], event_count) if (4, 0) in parts else []
    hashed = hashlib.sha256(digests[1] + struct.pack("<QQ", number, count))
    for stamp, identifier, channel, flags, length, dlc, payload in rows:
        hashed.update(struct.pack("<qIBBBB", stamp, identifier, channel, flags, length, dlc))
        hashed.update(payload.ljust(8, b"\0"))
    need(hashed.digest() == digests[0], "frame digest")
    hashed = hashlib.sha256(digests[3] + struct.pack("<QQ", number, event_count))
    for place, stamp, channel, kind, content in found:
        hashed.update(struct.pack(
            "<QqHHI", number + place, stamp, 0xFFFF if channel is None else channel, kind,
            len(content)) + content)
    need(hashed.digest() == digests[2], "event digest")
    return rows, found, digests


def main(path):
    with open(path, "rb") as file:
        data = file.read()
    recording, created, resolution, fields = header(data)
    check, at, all_frames, all_events = crc(recording), 4096, [], []
    chain = [hashlib.sha256(recording).digest()] * 2
    while data[at:at + 4] == b"CLBK":
        (_, kind, version, _, mark, head_size, body_size, head_check, count, event_count, number,
         _, own) = struct.unpack_from("<IHBBIIIIIIQII", data, at)
        need(crc(data[at:at + 44]) == own and mark == check and version == 1, "block header")
        head = data[at + 48:at + 48 + head_size]
        body = data[at + 48 + head_size:at + 48 + head_size + body_size]
        need(crc(head) == head_check, "head checksum")
        if kind == 1:
            rows, found, digests = group((count, event_count, number), head, body)
            need([digests[1], digests[3]] == chain, "chain of digests")
            chain = [digests[0], digests[2]]
            all_frames += [(number + index, *row) for index, row in enumerate(rows)]
            all_events += [(number + place, *rest) for place, *rest in found]
        else:
            need(kind & 0x8000, f"block kind {kind}")
        at += 48 + head_size + body_size
    magic, mark, _, size, _, own = struct.unpack_from("<IIQQII", data, at)
    need(magic == 0x54464C43 and mark == check and size == len(data) == at + 32, "footer")
    need(crc(data[at:at + 28]) == own, "footer checksum")
    print(f'{{"recording":"{uuid.UUID(bytes=recording)}","created":{created},'
          f'"resolution":{resolution},"program":{json.dumps(fields[1][0].decode())},"frames":[')
    print(",\n".join(
        f'[{number},{stamp},"{identifier:08x}",{channel},{flags},{dlc},"{payload.hex()}"]'
        for number, stamp, identifier, channel, flags, _, dlc, payload in all_frames))
    print('],"events":[')
    print(",\n".join(
        f'[{number},{stamp},{"null" if channel is None else channel},"{KINDS[kind - 1]}","{body.hex()}"]'
        for number, stamp, channel, kind, body in all_events))
    print("]}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
