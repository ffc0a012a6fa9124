#!/usr/bin/env python3
"""Reads a whole .canlog by its format document alone and prints its content as JSON.

usage: read_canlog.py FILE

Checks every checksum and digest; a file that is damaged or not closed ends with status 1.
Journals, and sections of numbers as parts of logs and merged logs have them, are not read.
"""

import ctypes
import functools
import itertools
import json
import struct
import sys
import uuid
from collections import namedtuple
from hashlib import sha256

WORD = 2**64 - 1
KINDS = ("channel tick tie synchronisation loss up down gone statistics silence marker note "
         "state restarted counters settings").split()
VALUE, NEVER, SUCCESSOR, SELECTOR = 2, 3, 1, 2  # transforms; references
Entry = namedtuple("Entry", "channel identifier flags dlc length count size leader check")
Slot = namedtuple("Slot", "time stream entry payload")
Field = namedtuple("Field", "at width dense transform escapes base increment bit")
Disagreement = ValueError, LookupError, RuntimeError, StopIteration, struct.error  # with a file

def need(condition, what):
    if not condition:
        raise ValueError(what)

def signed(value):
    return (value + 2**63 & WORD) - 2**63

def unzigzag(value):
    return value >> 1 ^ -(value & 1)

def varint(value):
    return bytes([value & 0x7F | 0x80]) + varint(value >> 7) if value >= 0x80 else bytes([value])

def crc_table(step):
    values = list(range(256))
    for _ in range(8):
        values = [step(value) for value in values]
    return values

CRC_32C = crc_table(lambda value: value >> 1 ^ (0x82F63B78 if value & 1 else 0))
CRC_8 = [crc_table(lambda value: (value << 1 ^ (polynomial if value & 0x80 else 0)) & 0xFF)
         for polynomial in bytes.fromhex("1D 2F 07 9B 31 39 D5 4D")]

def crc(data, table=CRC_32C, start=0xFFFFFFFF):
    value = start
    for byte in data:
        value = value >> 8 ^ table[(value ^ byte) & 0xFF]
    return value ^ start

def decompressed(data, size):
    need(size <= 2**24, "more than a group can have")
    target, zstd = ctypes.create_string_buffer(max(1, size)), ctypes.CDLL("libzstd.so.1")
    done = zstd.ZSTD_decompress(target, ctypes.c_size_t(size), data, ctypes.c_size_t(len(data)))
    need(done == size, "zstd")
    return target.raw[:size]

class Cursor:
    def __init__(self, data):
        self.data, self.at, self.rest, self.rest_size = data, 0, 0, 0

    def take(self, count):
        need(count <= len(self.data) - self.at, "a field is cut short")
        self.at += count
        return self.data[self.at - count:self.at]

    def numbers(self, layout):
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        byte = self.byte()
        value = byte & 0x7F | self.varint() << 7 if byte & 0x80 else byte
        need(value <= WORD, "a varint is above 64 bits")
        return value

    def text(self):
        return self.take(self.varint())

    def channel(self):
        name, bits = self.text(), self.byte()
        return name, bits, [self.varint() for bit in (1, 2, 4) if bits & bit], self.byte()

    def bits(self, count):
        while self.rest_size < count:
            self.rest |= self.byte() << self.rest_size
            self.rest_size += 8
        value, self.rest = self.rest & (1 << count) - 1, self.rest >> count
        self.rest_size -= count
        return value

    def golomb(self, order=0):
        zeros = next(zeros for zeros in itertools.count() if self.bits(1))
        return (1 << zeros | self.bits(zeros)) - 1 << order | self.bits(order)

    def end(self, what):
        need(self.at == len(self.data), f"{what}: bytes are left over")

def read_tables(data):
    """A table is a list: for each slot its symbol, the symbol's share, the slot's place in it."""
    cursor, tables = Cursor(data), []
    probability_bits, count = cursor.numbers("BB")
    for size in [cursor.varint() for _ in range(count)]:
        table, shares, symbol, length = Cursor(cursor.take(size)), {}, -1, 3
        symbols, leader, leading = table.golomb() + 1, table.bits(8), table.bits(2) + 1
        for _ in range(symbols):
            symbol += table.golomb() + 1
            length += unzigzag(table.golomb())
            known = min(length, leading)
            shares[symbol] = (1 << known - 1 | table.bits(known - 1)) << length - known
        shares[leader] = (1 << probability_bits) - sum(shares.values())
        need(len(shares) == symbols + 1 and shares[leader] >= 1, "the leader of a table")
        tables.append([(symbol, share, place) for symbol, share in sorted(shares.items())
                       for place in range(share)])
    return tables

class RunSet:
    def __init__(self, cursor, runs, states, tables):
        self.plain, self.tables, self.codings = cursor, tables, iter(cursor.take(runs))
        sizes = cursor.varint(), cursor.varint()
        coded, self.raw = (Cursor(cursor.take(size)) for size in sizes)
        self.states = [*coded.numbers(f"{states}I")] if sizes[0] else []
        self.words = struct.iter_unpack("<H", coded.data[coded.at:])

    def run(self, count):
        """The next run, of which the caller knows how many symbols it has."""
        coding = next(self.codings)
        if coding == 254 or count == 0:
            return self.plain.take(count)
        if coding == 253:
            return self.plain.take(1) * count
        if coding == 255:
            return decompressed(b"\x28\xB5\x2F\xFD" + self.plain.text(), count)
        slots, states, symbols = self.tables[coding], self.states, bytearray(count)
        for index in range(count):
            turn = index % len(states)
            symbols[index], share, place = slots[states[turn] % len(slots)]
            state = share * (states[turn] // len(slots)) + place
            states[turn] = state if state >= 65536 else state << 16 | next(self.words)[0]
        return bytes(symbols)

    def end(self):
        need(next(self.words, None) is None, "a run set has too many words")
        need({*self.states} <= {65536}, "a run set ends in a wrong state")
        need(not self.raw.rest and self.raw.at == len(self.raw.data), "bits of a run set are left")
        self.plain.end("a run set")

def stream_times(classes, bits, predictor, unit, L):
    """T of each frame: predicted by the period, or by the leader's T from the second frame on."""
    slack, cap = max(1, 200000 // unit) << 8, max(4, 64000 // unit)
    time = phase = period = j = distance = 0
    for seen, length in enumerate(classes):
        last, time = time, signed(phase + period) >> 8 if seen >= 2 else time
        if L and seen:
            want = signed(time - (distance >> 4))
            while j + 1 < len(L) and abs(signed(L[j + 1] - want)) <= abs(signed(L[j] - want)):
                j += 1
            time = L[j] + (distance >> 4)
        time = signed(time + unzigzag(1 << length - 1 | bits(length - 1) if length else 0))
        if L and seen:
            error = signed(time - L[j] - (distance >> 4))
            distance = signed(distance + max(-cap, min(cap, error)))
        elif L:
            while j + 1 < len(L) and L[j + 1] <= time:
                j += 1
            distance = signed(time - L[j] << 4)
        now = signed(time << 8)
        error, limit = signed(now - phase - period), signed((period >> 1) + slack)
        if seen >= 2 and signed(-limit) <= error <= limit:
            a, b = (1, 3) if seen < 12 else ((3, 8), (1, 6), (5, 12), (0, 3))[predictor]
            phase, period = signed(phase + period + (error >> a)), signed(period + (error >> b))
        else:
            phase = now
            if seen == 1 or 2 <= seen < 8 and error > 0:
                period = signed(now - (last << 8))
        yield time

def changed(row, field, number):
    """The row with the field as its number says, or as predicted where that is None."""
    low = (1 << field.width) - 1
    old = row >> field.at & low
    guess = old + field.increment
    new = guess if number is None else (guess + number, guess ^ number, number)[field.transform]
    return row + ((new & low) - old << field.at)

def read_fields(bits, golomb):
    fields, masks, end = [], [], 0
    for _ in range(bits(6) + 1):
        at = end + golomb()
        width, dense, transform = bits(4) + 1, bits(1), bits(2)
        end, wide, sparse = at + width, width > 8, not dense and transform != NEVER
        escapes = bits(1) if wide and transform != NEVER else 0
        base = bits(width) if wide and transform == VALUE else 0
        increment = bits(width) if bits(1) else 0
        bit = sparse << sum(field.bit > 0 for field in fields)
        fields.append(Field(at, width, dense, transform, escapes, base, increment, bit))
    if any(field.bit for field in fields):
        count, order = bits(8) + 1, bits(6)
        masks = [mask - 1 for mask in itertools.accumulate(golomb(order) + 1 for _ in range(count))]
    return fields, masks

class Payloads:
    def __init__(self, cursor, length):
        bits, self.length, self.words = cursor.bits, length, max(1, -(-length // 8))
        self.checksum = (bits(4), bits(6)) if bits(1) else None
        mask = bits(length) if bits(1) else -1
        self.first = bytes(bits(8) if mask >> i & 1 else 0 for i in range(length))
        self.fields, self.masks, self.reference, self.big_endian = [], [], 0, False
        if bits(1):
            self.reference = bits(2)
            self.selecting = bits(6) if self.reference == SELECTOR else None
            self.big_endian = bits(1)
            self.fields, self.masks = read_fields(bits, cursor.golomb)
        self.runs = bool(self.masks) + sum((f.transform != NEVER) + f.escapes for f in self.fields)

    def column(self, field, runs, tokens):
        """For each row but the first the field's number, without prediction, or None."""
        coded = [bool(field.dense or field.bit & mask) for mask in self.masks or [0]]
        numbers = field.transform != NEVER and runs.run(sum(coded[token] for token in tokens))
        if field.escapes:
            escaped = struct.iter_unpack("<H", runs.run(2 * numbers.count(255)))
            numbers = [next(escaped)[0] if number == 255 else number for number in numbers]
        if field.width > 8:
            numbers = [field.base + unzigzag(number) for number in numbers]
        numbers = iter(numbers or ())
        return [next(numbers) if coded[token] else None for token in tokens]

    def rows(self, runs, count):
        tokens = runs.run(count - 1) if self.masks else bytes(count - 1)
        columns = [(field, self.column(field, runs, tokens)) for field in self.fields]
        row = int.from_bytes(self.turned(self.first.ljust(8 * self.words, b"\0")), "little")
        rows, latest, key = [row], {}, None
        if self.reference == SELECTOR:
            selecting, selectors = columns.pop(self.selecting)
            mask = (1 << selecting.width) - 1 << selecting.at
            latest[row & mask] = row
        for index in range(count - 1):
            if self.reference == SUCCESSOR:
                key = self.hash(row) >> 64 - min(14, max(4, count.bit_length() + 1))
            elif self.reference == SELECTOR:
                row = changed(row, selecting, selectors[index])
                key = row & mask
            row = latest.get(key, row)
            for field, column in columns:
                row = changed(row, field, column[index])
            latest[key] = row
            rows.append(row)
        rows = [self.turned(row.to_bytes(8 * self.words, "little"))[:self.length] for row in rows]
        return [with_checksum(row, *self.checksum) for row in rows] if self.checksum else rows

    def hash(self, row):
        value = 0
        for shift in range(0, 64 * self.words, 64):
            value = ((value ^ row >> shift & WORD) * 0x9E3779B97F4A7C15) & WORD
            value ^= value >> 29
        return value * 0xBF58476D1CE4E5B9 & WORD

    def turned(self, row):
        size = 8 if self.big_endian else 1
        return b"".join(row[at:at + size][::-1] for at in range(0, len(row), size))

def with_checksum(row, rule, at):
    own, rest = row[at], row[:at] + row[at + 1:]
    nibbles = sum((byte >> 4) + (byte & 15) for byte in rest)
    if rule == 13:
        own = own & 0xF0 | own - nibbles - (own >> 4) & 15
    elif rule in (0, 11, 2, 12):
        own += {0: sum(rest), 11: -sum(rest), 2: nibbles, 12: -nibbles}[rule]
    else:  # with a table that changes nothing it is the exclusive or of all bytes
        own ^= crc(rest, range(256) if rule == 1 else CRC_8[rule - 3], 0)
    return row[:at] + bytes([own & 0xFF]) + row[at + 1:]

def order_key(last, before):
    return before * 40503 ^ last * 9541

def explicit_order(slots, bundle, symbols):
    table, last, before = {}, 0, 0
    queues = {n: iter([*group]) for n, group in itertools.groupby(slots, lambda slot: slot.stream)}
    for _ in slots:
        key = order_key(last, before) % 65536
        if not next(symbols[0]):
            table[key] = next(symbols[1]) | (next(symbols[2]) << 8 if bundle > 255 else 0)
        last, before = table[key], last
        yield next(queues[last])

def order_by_lanes(lanes, with_ties, symbols):
    """lanes: the slots of each, the last one first; the first with_ties of them have ties."""
    table, last, before, current = {}, 0, 0, 0
    for _ in range(sum(map(len, lanes))):
        lane, chosen = lanes[current], 0
        others = sorted((other[-1].time, number) for number, other in enumerate(lanes)
                        if other and number != current)
        ahead = others[0][0] - lane[-1].time if others and lane else 0
        context = (2 if ahead >= 0 else 12) + min(9, abs(ahead).bit_length())
        if others and not (lane and next(symbols[context])):
            current = others[next(symbols[22]) if len(others) > 1 else 0][1]
            lane = lanes[current]
        equal = itertools.takewhile(lambda slot: slot.time == lane[-1].time, reversed(lane))
        tied = [slot.stream for slot in equal]
        if current < with_ties and len(tied) > 1:
            key = order_key(last, before) % 4096
            expected, ranks = table.get(key), [*range(len(tied))]
            if expected in tied:
                ranks.insert(0, ranks.pop(tied.index(expected)))
            chosen = ranks[next(symbols[expected not in tied])]
            table[key] = tied[chosen]
        last, before = lane[-1 - chosen].stream, last
        yield lane.pop(-1 - chosen)

def arrival(kind, data, slots, bundle, tables):
    """The slots in the order of arrival; bundle is the number of streams."""
    by_time, cursor = sorted(slots, key=lambda slot: slot.time), Cursor(data)
    if kind == 0:
        return by_time
    sizes = [cursor.varint() for _ in range(3 if kind == 3 else 23)]
    need(max(sizes) <= len(slots), "symbols of the order")
    runs = RunSet(cursor, len(sizes), 1, tables)
    symbols = [runs.run(size) for size in sizes]
    runs.end()
    choices = symbols[:1] if kind == 3 else symbols[2:22]
    need({*b"".join(choices)} <= {0, 1}, "a symbol of the order is neither yes nor no")
    symbols, lanes = [iter(run) for run in symbols], [by_time[::-1]]
    if kind == 2:
        in_streams = [slot for slot in by_time[::-1] if slot.stream < bundle]
        channels = dict.fromkeys(slot.entry.channel for slot in slots if slot.stream < bundle)
        lanes = [[slot for slot in in_streams if slot.entry.channel == c] for c in channels]
        lanes.append([slot for slot in slots[::-1] if slot.stream == bundle])
    order = list(explicit_order(slots, bundle, symbols) if kind == 3 else
                 order_by_lanes(lanes, len(lanes) - (kind == 2), symbols))
    need(all(next(rest, None) is None for rest in symbols), "the order has too many symbols")
    return order

def planes(sections, kind, count):
    columns = [sections.pop(key) for key in sorted(sections) if key[0] == kind]
    return [int.from_bytes(bytes(row), "little") for row in zip(*columns)] or [0] * count

def simple_slots(sections, entries, steps_back, number):
    """The slots of coding 1, or of the bundle, which comes behind this number of streams."""
    payloads, data = [], Cursor(sections.pop((3, 0), b""))
    for e in entries:
        columns = [itertools.accumulate(data.take(e.count)) for _ in range(e.length)]
        payloads.append(bytes(v & 0xFF for v in row[1:]) for row in zip(range(e.count), *columns))
    count = sum(entry.count for entry in entries)
    keys, times = planes(sections, 1, count), planes(sections, 2, count)
    times = itertools.accumulate(map(unzigzag, times) if steps_back else times)
    return [Slot(signed(time), number, entries[key], next(payloads[key]))
            for key, time in zip(keys, times)]

def coding_2_slots(sections, entries, bits, unit):
    tables, data = read_tables(sections.pop((5, 0), b"\x0a\0")), Cursor(sections.pop((7, 0), b""))
    streams, bundled = [e for e in entries if e.size], [e for e in entries if not e.size]
    segments = [data.take(entry.size) for entry in streams]

    @functools.cache
    def stream(number):
        entry, cursor = streams[number], Cursor(segments[number])
        need(crc(cursor.data) == entry.check, f"checksum of stream {number}")
        leader = stream(entry.leader - 1)[0] if entry.leader else None
        predictor, payloads = cursor.byte() * (not leader), Payloads(cursor, entry.length)
        runs = RunSet(cursor, 1 + payloads.runs, 2 if entry.count >= 1024 else 1, tables)
        times = [*stream_times(runs.run(entry.count), runs.raw.bits, predictor, unit, leader)]
        rows = payloads.rows(runs, entry.count)
        runs.end()
        return times, rows
    slots = [Slot(time, number, entry, row) for number, entry in enumerate(streams)
             for time, row in zip(*stream(number))]
    slots += simple_slots(sections, bundled, bits & 1, len(streams))
    return arrival(bits >> 1 & 3, sections.pop((6, 0), b""), slots, len(streams), tables)

def read_events(data, number, count):
    """Events as (number, stamp, channel, kind, body), the body as with nothing before it."""
    cursor, events, before = Cursor(data), [], {}
    unit, stamp = cursor.varint(), unzigzag(cursor.varint())
    kinds, channels, places, stamps, sizes, bodies = (Cursor(cursor.text()) for _ in range(6))
    for _ in range(count):
        kind = kinds.byte()
        channel, kind = channels.byte() if kind & 0x80 else None, kind & 0x7F
        number += places.varint()
        stamp = signed(stamp + unzigzag(stamps.varint()) * unit)
        body = bodies.take(sizes.varint())
        if kind in (3, 9):  # a clock tie; the nine numbers of statistics
            differences, key = Cursor(body), (kind, channel if kind == 9 else None)
            old = before.get(key, [0] * (1 if kind == 3 else 9))
            before[key] = [signed(value + unzigzag(differences.varint())) for value in old]
            body = b"".join(varint((n << 1 ^ n >> 63) & WORD) for n in before[key])
        events.append((number, stamp, channel, kind, body))
    return events

def read_sections(head, count, body):
    sections, body = {}, Cursor(body)
    for _ in range(count):
        kind, plane, compression, stored, size, check = head.numbers("BBBxIII")
        data = body.take(stored)
        need(crc(data) == check and (kind, plane) not in sections, "checksum of a section")
        sections[kind, plane] = decompressed(data, size) if compression else data
        need(len(sections[kind, plane]) == size > 0, "size of a section")
    body.end("sections")
    return sections

def read_entry(head, coding):
    message, count, size = head.numbers("BIBBB"), head.varint(), coding == 2 and head.varint()
    return Entry(*message, count, size, *((head.varint(), *head.numbers("I")) if size else (0, 0)))

def digest(before, number, items):
    return sha256(before + struct.pack("<QQ", number, len(items)) + b"".join(items)).digest()

class Log:
    """A whole log: frames are (number, stamp, identifier, channel, flags, length, DLC, payload),
    events (number, stamp, channel, kind, body); heads are what those of groups say beside."""
    def __init__(self, data):
        cursor, self.frames, self.events, self.channels, self.heads = Cursor(data), [], [], {}, []
        self.read_header(cursor)
        self.mark, expected, self.specs = crc(self.recording), (0, 0), None
        self.digests = (sha256(self.recording).digest(),) * 2
        while data[cursor.at:cursor.at + 4] == b"CLBK":
            block = cursor.take(48)
            (kind, version, mark, head_size, body_size, head_check, frames, events, number,
             ordinal, check) = struct.unpack("<4xHBxIIIIIIQII", block)
            need(crc(block[:44]) == check and mark == self.mark, "block header")
            head, body = Cursor(cursor.take(head_size)), cursor.take(body_size)
            need(crc(head.data) == head_check, "head checksum")
            if (kind, version) == (1, 1):
                need(ordinal >= expected[0] and number >= expected[1], "a group stands there twice")
                self.read_group(head, body, number, frames, events, number > expected[1])
                expected = ordinal + 1, number + frames
            if (kind, version) == (0x8003, 1):
                need(not self.specs and not self.frames, "the place of a spec")
                self.read_specs(head, body)
            need((kind, version) == (1, 1) or kind & 0x8000, f"block kind {kind}")
        *end, check = struct.unpack("<4sI8xQ4xI", data[cursor.at:])
        need(bool(self.specs) == any(f[-1] & 1 for f in self.fields.get(14, [])), "a spec is missing")
        need(end == [b"CLFT", self.mark, len(data)] and crc(data[cursor.at:-4]) == check, "footer")

    def read_header(self, cursor):
        magic, major, size, self.recording, self.created, self.resolution, length = cursor.numbers(
            "8sH2xI16sqqI12x")
        need(magic == b"\x89CLOG\r\n\x1a", "no canlog file")
        need(size in range(1024, 4097, 512) and length <= size - 580, "size of header or metadata")
        self.fields, fields = {}, Cursor(cursor.take(length))
        while fields.at < length:
            self.fields.setdefault(fields.varint(), []).append(fields.text())
        need(major == 1, f"version {major}, written by {self.fields.get(1)}")
        cursor.take(size - 580 - length)
        need((crc(cursor.data[:cursor.at]),) == cursor.numbers("I"), "header checksum")
        magic, state, final, check = cursor.numbers("4sB3xQ12xI480x")
        need(magic == b"CLST" and crc(cursor.data[size - 512:size - 484]) == check, "state record")
        need((state, final) in ((1, len(cursor.data)), (2, 0)), "not closed")

    def read_specs(self, head, body):
        size, check, digest = head.numbers("II32s")
        need(crc(body) == check, "checksum of a spec")
        field = Cursor(self.fields[14][0])
        name, told, bits = field.text(), field.take(32), field.byte()
        text = decompressed(body, size)
        need(told == digest == sha256(text).digest() and bits & 1, "digest of a spec")
        self.specs = {"name": name.decode(), "sha256": digest.hex(), "text": text.decode()}

    def read_group(self, head, body, number, frame_count, event_count, gap):
        frame_digest, frames_before, event_digest, events_before = head.numbers("32s32s32s32s")
        *bounds, unit, coding, bits, S, C, E, L, K = head.numbers("5qBBHHHII")
        need(gap or self.digests == (frames_before, events_before), "chain of digests")
        sections = read_sections(head, S, body)
        self.channels.update({head.numbers("BB")[0]: head.channel() for _ in range(C)})
        kinds = {head.byte(): head.varint() for _ in range(E)}
        losses = {(head.byte(), head.varint()): head.varint() for _ in range(L)}
        entries = [read_entry(head, coding) for _ in range(K)]
        head.end("head of a group")
        need(coding in (1, 2) and unit >= 1, "coding or unit")
        need(sum(entry.count for entry in entries) == frame_count <= 131072, "directory")
        slots = (simple_slots(sections, entries, bits & 1, 0) if coding == 1 else
                 coding_2_slots(sections, entries, bits, unit))
        frames = [(place, signed(bounds[0] + time * unit), entry.identifier, entry.channel,
                   entry.flags, entry.length, entry.dlc, payload)
                  for place, (time, _, entry, payload) in enumerate(slots, number)]
        items = [struct.pack("<qIBBBB", *f[1:7]) + f[7].ljust(8, b"\0") for f in frames]
        need(digest(frames_before, number, items) == frame_digest, "frame digest")
        events = read_events(sections.pop((4, 0), bytes(8)), number, event_count)
        items = [struct.pack("<QqHHI", place, stamp, 0xFFFF if channel is None else channel, kind,
                             len(body)) + body for place, stamp, channel, kind, body in events]
        need(digest(events_before, number, items) == event_digest, "event digest")
        need(not sections, f"sections that have no use: {[*sections]}")
        self.digests = frame_digest, event_digest
        self.frames += frames
        self.events += events
        self.heads.append((bounds, kinds, losses, entries))

def main(path):
    with open(path, "rb") as file:
        log = Log(file.read())
    encode = json.JSONEncoder(separators=(",", ":")).encode
    head = {"recording": str(uuid.UUID(bytes=log.recording)), "created": log.created,
            "resolution": log.resolution, "program": log.fields[1][0].decode()}
    if log.specs:
        head["specs"] = log.specs
    frames = [[number, stamp, f"{identifier:08x}", channel, flags, dlc, payload.hex()]
              for number, stamp, identifier, channel, flags, _, dlc, payload in log.frames]
    events = [[*event[:3], KINDS[event[3] - 1], event[4].hex()] for event in log.events
              if 1 <= event[3] <= len(KINDS)]
    print(encode(head)[:-1] + ',"frames":[', ",\n".join(map(encode, frames)), '],"events":[',
          ",\n".join(map(encode, events)), "]}", sep="\n")

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
    except (OSError, *Disagreement) as error:
        sys.exit(f"read_canlog.py: {error!r}")
