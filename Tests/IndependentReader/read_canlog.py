#!/usr/bin/env python3
"""Reads a whole .canlog by its format document alone and prints its content as JSON.

usage: read_canlog.py FILE

Checks every checksum, both chains of digests, the index and the structure on the way; any
disagreement ends with status 1 and a message. Journals and damaged files are not read.
"""

import collections
import hashlib
import itertools
import json
import struct
import sys
import uuid

from order import arrival
from primitives import WORD, Cursor, Disagreement, crc, decompressed, need, signed, unzigzag
from streams import Following, Payloads, Phase, stream_times
from symbols import RunSet, tables

KINDS = "channel tick tie synchronisation loss up down gone statistics silence marker note".split()
SECTIONS = 5, 6, 7, 1, 2, 3, 4  # as they follow one another

Entry = collections.namedtuple("Entry", "key length count size leader check")


def entry(head, coding):
    key, length = struct.unpack("<BIBB", head.take(7)), head.number("B")
    count, size = head.varint(), head.varint() if coding == 2 else 0
    need(length <= 64 and count >= 1, "an entry of the directory")
    return Entry(key, length, count, size, *((head.varint(), head.number("I")) if size else (0, 0)))


def sections(head, count, body):
    out, at = {}, 0
    for _ in range(count):
        kind, plane, compression, _ = head.take(4)
        stored, size, check = (head.number("I") for _ in range(3))
        need(kind in SECTIONS and (kind, plane) not in out, "a section's kind")
        need(compression <= (kind <= 4), "a section's compression")
        need(stored <= min(size, len(body) - at), "a section's size")
        data = body[at:at + stored]
        at += stored
        need(crc(data) == check, "section checksum")
        if compression == 1:
            data = decompressed(data, size)
        need(len(data) == size > 0, "section size")
        out[kind, plane] = data
    need(at == len(body), "bytes behind the sections")
    need([*out] == sorted(out, key=lambda part: (SECTIONS.index(part[0]), part[1])),
         "order of the sections")
    return out


def planes(parts, kind, count):
    values, plane = [0] * count, 0
    while (kind, plane) in parts:
        data = parts.pop((kind, plane))
        need(len(data) == count, "the size of a plane")
        values = [value | byte << 8 * plane for value, byte in zip(values, data)]
        plane += 1
    return values


def simple_columns(parts, directory, steps_back):
    """Frames as (entry's index, T, payload) in their order."""
    payloads, at, data = [], 0, parts.pop((3, 0), b"")
    for entry in directory:
        columns = []
        for _ in range(entry.length):
            columns.append([t & 0xFF for t in itertools.accumulate(data[at:at + entry.count])])
            at += entry.count
        payloads.append(map(bytes, zip(*columns)) if columns else itertools.repeat(b""))
    need(at == len(data), "payload size")
    count = sum(entry.count for entry in directory)
    keys, times = planes(parts, 1, count), planes(parts, 2, count)
    counts = collections.Counter(keys)
    need(all(counts[i] == entry.count for i, entry in enumerate(directory)), "counts of the keys")
    times = map(signed, itertools.accumulate(map(unzigzag, times) if steps_back else times))
    return [(key, time, next(payloads[key])) for key, time in zip(keys, times)]


def streams(parts, directory, unit, known_tables):
    """The times and payloads of each stream."""
    members, data, at = [e for e in directory if e.size], parts.pop((7, 0), b""), 0
    need(sum(stream.size for stream in members) == len(data), "sizes of the segments")
    known, rows, waiting = {}, {}, []
    for number, stream in enumerate(members):
        need(crc(data[at:at + stream.size]) == stream.check, f"checksum of stream {number}")
        waiting.append((number, stream, Cursor(data[at:at + stream.size])))
        at += stream.size
    for _ in range(5):
        ready = [item for item in waiting if item[1].leader - 1 in (-1, *known)]
        waiting = [item for item in waiting if item not in ready]
        for number, stream, cursor in ready:
            predictor, payloads = cursor.number("B"), Payloads(cursor, stream.length)
            states = 2 if stream.count >= 1024 else 1
            runs = RunSet(cursor, 1 + payloads.runs, states, known_tables)
            model = Phase(predictor, unit)
            if stream.leader:
                model = Following(known[stream.leader - 1], unit)
            known[number] = stream_times(runs.run(stream.count), runs.bits, model)
            rows[number] = payloads.rows(runs, stream.count)
            runs.end()
            cursor.end("a segment")
    need(not waiting, "a stream has no leader, or too many above one another")
    return [known[n] for n in range(len(members))], [rows[n] for n in range(len(members))]


def frames(parts, directory, coding, bits, unit):
    """Frames as (entry, T, payload) in order of arrival."""
    if coding == 1:
        return [(directory[key], time, payload)
                for key, time, payload in simple_columns(parts, directory, bits & 1)]
    known_tables = tables(parts.pop((5, 0), b"\x0a\x00"))
    members, bundled = [e for e in directory if e.size], [e for e in directory if not e.size]
    times, rows = streams(parts, directory, unit, known_tables)
    slots = [(entry, *frame) for entry, *both in zip(members, times, rows) for frame in zip(*both)]
    slots += [(bundled[key], *rest) for key, *rest in simple_columns(parts, bundled, bits & 1)]
    counts = [entry.count for entry in members] + [sum(entry.count for entry in bundled)]
    stream_of = [number for number, count in enumerate(counts) for _ in range(count)]
    numbers = iter(range(len(slots)))
    by_stream = [list(itertools.islice(numbers, count)) for count in counts]
    order = arrival(bits >> 1 & 3, parts.pop((6, 0), b""), by_stream,
                    [entry.key[0] for entry in members], [slot[1] for slot in slots], stream_of,
                    known_tables)
    return [slots[slot] for slot in order]


def canonical_body(kind, body, channel, memory):
    """The body as it would be with nothing before it."""
    if kind not in (3, 9):
        return body
    cursor, key = Cursor(body), (kind, channel if kind == 9 else None)
    before = memory.get(key, [0] * (1 if kind == 3 else 9))
    memory[key] = [signed(old + cursor.zigzag()) for old in before]
    return b"".join(zigzag(value) for value in memory[key])


def zigzag(value):
    value, out = (value << 1 ^ value >> 63) & WORD, bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def events(data, count):
    cursor, out, memory = Cursor(data), [], {}
    unit, stamp, place = cursor.varint(), cursor.zigzag(), 0
    columns = kinds, channels, places, stamps, sizes, bodies = [
        Cursor(cursor.text()) for _ in range(6)]
    for _ in range(count):
        kind = kinds.number("B")
        channel = channels.number("B") if kind & 0x80 else None
        place += places.varint()
        stamp = signed(stamp + stamps.zigzag() * unit)
        body = bodies.take(sizes.varint())
        out.append((place, stamp, channel, kind & 0x7F,
                    canonical_body(kind & 0x7F, body, channel, memory)))
    for column in (cursor, *columns):
        column.end("events")
    return out


def counts_by_kind(events):
    return dict(collections.Counter(event[3] for event in events))


def losses_of(events):
    """Frames lost by cause and channel + 1, as loss totals have them."""
    out = {}
    for _, _, channel, kind, body in events:
        if kind == 5:
            cursor = Cursor(body)
            key = cursor.number("B"), 0 if channel is None else channel + 1
            out[key] = out.get(key, 0) + cursor.varint() & WORD
    return out


def group(block, head_data, body):
    count, event_count, number = block
    digests = [head_data[index * 32:index * 32 + 32] for index in range(4)]
    head = Cursor(head_data)
    head.take(128)
    *bounds, unit = (head.number("q") for _ in range(5))
    coding, bits = head.number("B"), head.number("B")
    need(coding in (1, 2) and unit >= 1, "coding or unit")
    section_count, channel_count, kind_count = (head.number("H") for _ in range(3))
    loss_count, key_count = head.number("I"), head.number("I")
    parts = sections(head, section_count, body)
    channels = {head.take(2)[0]: head.channel() for _ in range(channel_count)}
    kinds = {head.number("B"): head.varint() for _ in range(kind_count)}
    losses = {(head.number("B"), head.varint()): head.varint() for _ in range(loss_count)}
    directory = [entry(head, coding) for _ in range(key_count)]
    head.end("head of a group")
    need(sum(entry.count for entry in directory) == count, "directory")
    need(len({(e.key, e.length) for e in directory}) == key_count, "directory: equal entries")
    found = events(parts.pop((4, 0)), event_count) if (4, 0) in parts else []
    need((counts_by_kind(found), losses_of(found)) == (kinds, losses), "counts of events or losses")
    rows, digest = [], hashlib.sha256(digests[1] + struct.pack("<QQ", number, count))
    for used, time, payload in frames(parts, directory, coding, bits, unit):
        (channel, identifier, flags, dlc), stamp = used.key, signed(bounds[0] + time * unit)
        rows.append((stamp, identifier, channel, flags, used.length, dlc, payload))
        digest.update(struct.pack("<qIBBBB", *rows[-1][:6]) + payload.ljust(8, b"\0"))
    need(digest.digest() == digests[0], "frame digest")
    need(not parts, f"sections that have no use: {[*parts]}")
    hashed = hashlib.sha256(digests[3] + struct.pack("<QQ", number, event_count))
    for place, stamp, channel, kind, content in found:
        hashed.update(struct.pack(
            "<QqHHI", number + place, stamp, 0xFFFF if channel is None else channel, kind,
            len(content)) + content)
    need(hashed.digest() == digests[2], "event digest")
    stamps = [row[0] for row in rows]
    both = stamps + [event[1] for event in found]
    need(bounds == [*(stamps[:1] or [0]), *(stamps[-1:] or [0]), min(both), max(both)], "bounds")
    firsts = dict.fromkeys((row[2], row[1], row[3], row[5], row[4]) for row in rows)
    need([*firsts] == [(*e.key, e.length) for e in directory], "order of the directory")
    return rows, found, digests, bounds, channels


def header(data):
    need(data[:8] == b"\x89CLOG\r\n\x1a", "no canlog file")
    need(len(data) >= 1024, "the header is cut short")
    (major, _, size, recording, created, resolution,
     length) = struct.unpack_from("<HHI16sqqI", data, 8)
    need(size in range(1024, 4097, 512) and size <= len(data), "header size")
    need(length <= size - 580, "metadata size")
    need(crc(data[:size - 516]) == struct.unpack_from("<I", data, size - 516)[0], "header checksum")
    fields, cursor = {}, Cursor(data[64:64 + length])
    while cursor.at < length:
        fields.setdefault(cursor.varint(), []).append(cursor.text())
    need(major == 1, f"version {major}, written by {fields.get(1)}")
    state = data[size - 512:size - 480]
    need(state[:4] == b"CLST", "state record")
    need(crc(state[:28]) == struct.unpack_from("<I", state, 28)[0], "state record's checksum")
    final = struct.unpack_from("<Q", state, 8)[0]
    need((state[4], final) in ((1, len(data)), (2, 0)), "not closed")
    return size, recording, created, resolution, fields


def index(data, head, body, groups, log):
    need(struct.unpack_from("<I", head)[0] == len(groups), "index: number of groups")
    need(head[8:] == b"".join(groups), "index: groups")
    need(crc(body[:-4]) == struct.unpack("<I", body[-4:])[0], "index: checksum")
    cursor, metadata = Cursor(body[:-4]), struct.unpack_from("<I", data, 48)[0]
    need(cursor.take(cursor.number("I")) == data[:64 + metadata], "index: copy of the header")
    if cursor.number("B") & 1:
        channels = {cursor.take(2)[0]: cursor.channel() for _ in range(cursor.varint())}
        kinds = {cursor.number("B"): cursor.varint() for _ in range(cursor.varint())}
        losses = {(cursor.number("B"), cursor.varint()): cursor.varint()
                  for _ in range(cursor.varint())}
        counts = {(cursor.number("B"), cursor.number("I")): cursor.varint()
                  for _ in range(cursor.varint())}
        need(channels == log.channels, "index: channels")
        need((kinds, losses) == (counts_by_kind(log.events), losses_of(log.events)), "index: events")
        need(counts == collections.Counter((f[3], f[2]) for f in log.frames), "index: streams")
    cursor.end("index")


class Log:
    """A whole log: frames are (number, stamp, identifier, channel, flags, length, DLC, payload),
    events (number, stamp, channel, kind, body)."""

    def __init__(self, data):
        try:
            self.read(data)
        except (LookupError, RuntimeError, StopIteration, ValueError, struct.error) as error:
            raise Disagreement(f"the file is malformed: {error!r}") from error

    def read(self, data):
        at, self.recording, self.created, self.resolution, self.fields = header(data)
        self.frames, self.events, self.channels = [], [], {}
        check, groups, expected, indexed = crc(self.recording), [], (0, 0), None
        chain = [hashlib.sha256(self.recording).digest()] * 2
        while data[at:at + 4] == b"CLBK" and len(data) - at >= 48:
            (_, kind, version, _, mark, head_size, body_size, head_check, count, event_count,
             number, ordinal, own) = struct.unpack_from("<IHBBIIIIIIQII", data, at)
            need(crc(data[at:at + 44]) == own and mark == check, "block header")
            head, end = data[at + 48:at + 48 + head_size], at + 48 + head_size + body_size
            need(head_size <= 2**22 and body_size <= 48 << 20 and end <= len(data), "block sizes")
            need(count <= 131072 and event_count <= 131072, "frames or events of a block")
            body = data[end - body_size:end]
            need(crc(head) == head_check, "head checksum")
            if (kind, version) == (1, 1):
                need(ordinal >= expected[0] and number >= expected[1], "a group stands there twice")
                rows, found, digests, bounds, channels = group(
                    (count, event_count, number), head, body)
                need([digests[1], digests[3]] == chain or expected[1] != number, "chain of digests")
                chain, expected = [digests[0], digests[2]], (ordinal + 1, number + count)
                self.frames += [(number + index, *row) for index, row in enumerate(rows)]
                self.events += [(number + place, *rest) for place, *rest in found]
                self.channels.update(channels)
                groups.append(struct.pack(
                    "<QIIIIIIQqqqq8x", at, head_size, body_size, head_check, count, event_count,
                    ordinal, number, *bounds))
            elif (kind, version) == (0x8002, 1):
                indexed = at
                index(data, head, body, groups, self)
            else:
                need(kind & 0x8000, f"block kind {kind}")
            at = end
        need(len(data) - at == 32, "bytes that are no block")
        magic, mark, start, size, index_size, own = struct.unpack_from("<IIQQII", data, at)
        need(magic == 0x54464C43 and mark == check and size == len(data), "footer")
        need(start == indexed and index_size == at - start, "footer: index")
        need(crc(data[at:at + 28]) == own, "footer checksum")


def main(path):
    with open(path, "rb") as file:
        log = Log(file.read())
    program = json.dumps(log.fields[1][0].decode())
    print(f'{{"recording":"{uuid.UUID(bytes=log.recording)}","created":{log.created},'
          f'"resolution":{log.resolution},"program":{program},"frames":[')
    print(",\n".join(
        f'[{number},{stamp},"{identifier:08x}",{channel},{flags},{dlc},"{payload.hex()}"]'
        for number, stamp, identifier, channel, flags, _, dlc, payload in log.frames))
    print('],"events":[')
    print(",\n".join(
        f'[{number},{stamp},{json.dumps(channel)},"{KINDS[kind - 1]}","{body.hex()}"]'
        for number, stamp, channel, kind, body in log.events if 1 <= kind <= len(KINDS)))
    print("]}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        main(sys.argv[1])
    except (Disagreement, OSError) as error:
        sys.exit(f"read_canlog.py: {error}")
