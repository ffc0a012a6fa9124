"""Coding 2: times and payloads of a stream."""

import collections
import functools
import itertools
import operator
import struct

from primitives import WORD, Bits, need, signed, unzigzag


class Phase:
    """Predicts T from the period of the stream."""

    def __init__(self, predictor, unit):
        need(predictor <= 3, "phase predictor")
        self.slack = max(1, 200000 // unit) << 8
        self.gains = ((3, 8), (1, 6), (5, 12), (0, 3))[predictor]
        self.seen = self.last = self.phase = self.period = 0

    def prediction(self):
        return signed(self.phase + self.period) >> 8 if self.seen >= 2 else self.last

    def learn(self, time):
        now = signed(time << 8)
        if self.seen == 0:
            self.phase = now
        elif self.seen == 1:
            self.period, self.phase = signed(now - (self.last << 8)), now
        else:
            error = signed(now - self.phase - self.period)
            limit = signed((self.period >> 1) + self.slack)
            gain, period_gain = (1, 3) if self.seen < 12 else self.gains
            if signed(-limit) <= error <= limit:
                self.phase = signed(self.phase + self.period + (error >> gain))
                self.period = signed(self.period + (error >> period_gain))
            else:
                self.phase = now
                if self.seen < 8 and error > 0:
                    self.period = signed(now - (self.last << 8))
        self.last = time
        self.seen = min(12, self.seen + 1)


class Following(Phase):
    """Predicts T from a leader's, at about the same distance as last time."""

    def __init__(self, leader, unit):
        super().__init__(0, unit)
        self.leader, self.cap = leader, max(4, 64000 // unit)
        self.at, self.distance, self.locked = 0, 0, False

    def prediction(self):
        want = super().prediction()
        if not self.locked:
            return want
        leader, at, want = self.leader, self.at, signed(want - (self.distance >> 4))
        while (at + 1 < len(leader)
               and abs(signed(leader[at + 1] - want)) <= abs(signed(leader[at] - want))):
            at += 1
        self.at = at
        return signed(leader[at] + (self.distance >> 4))

    def learn(self, time):
        super().learn(time)
        if self.locked:
            error = signed(time - self.leader[self.at] - (self.distance >> 4))
            self.distance = signed(self.distance + max(-self.cap, min(self.cap, error)))
        else:
            while self.at + 1 < len(self.leader) and self.leader[self.at + 1] <= time:
                self.at += 1
            self.distance, self.locked = signed((time - self.leader[self.at]) << 4), True


def stream_times(classes, bits, model):
    out = []
    for length in classes:
        need(length <= 64, "a class of times")
        value = 1 << length - 1 | bits.take(length - 1) if length > 1 else length
        time = signed(model.prediction() + unzigzag(value))
        model.learn(time)
        out.append(time)
    return out


CRC8 = []
for polynomial in bytes.fromhex("1D 2F 07 9B 31 39 D5 4D"):
    values = list(range(256))
    for _ in range(8):
        values = [(v << 1 ^ (polynomial if v & 0x80 else 0)) & 0xFF for v in values]
    CRC8.append(values)


def put_checksum_back(rule, position, payload):
    rest, own = payload[:position] + payload[position + 1:], payload[position]
    nibbles = sum(byte >> 4 for byte in rest) + sum(byte & 15 for byte in rest)
    if rule in (0, 11):
        own = own + sum(rest) if rule == 0 else own - sum(rest)
    elif rule == 1:
        own ^= functools.reduce(operator.xor, rest)
    elif rule in (2, 12):
        own = own + nibbles if rule == 2 else own - nibbles
    elif rule == 13:
        own = own & 0xF0 | own - nibbles - (own >> 4) & 15
    else:
        own ^= functools.reduce(lambda value, byte: CRC8[rule - 3][value ^ byte], rest, 0)
    return payload[:position] + bytes([own & 0xFF]) + payload[position + 1:]


Field = collections.namedtuple("Field", "at width dense transform escapes base increment")
DIFFERENCE, FLIPS, VALUE, NEVER = range(4)


def field(bits, end):
    at = end + bits.golomb()
    width, dense, transform = bits.take(4) + 1, bits.take(1), bits.take(2)
    wide = width > 8
    escapes = wide and transform != NEVER and bits.take(1)
    base = bits.take(width) if wide and transform == VALUE else 0
    increment = bits.take(width) if bits.take(1) else 0
    need(not (dense and transform == NEVER or wide and transform == FLIPS), "a field's transform")
    need(at // 64 == (at + width - 1) // 64, "a field lies across words")
    return Field(at, width, dense, transform, escapes, base, increment)


class Payloads:
    def __init__(self, cursor, length):
        bits = Bits(cursor.data[cursor.at:])
        self.length, self.words = length, max(1, -(-length // 8))
        self.rule = None
        if bits.take(1):
            self.rule, self.position = bits.take(4), bits.take(6)
            need(self.rule <= 13 and self.position < length >= 3, "a checksum's rule")
        mask = bits.take(length) if bits.take(1) else -1
        self.first = bytes(bits.take(8) if mask >> i & 1 else 0 for i in range(length))
        self.fields, self.masks, self.differ = [], [], bits.take(1)
        if self.differ:
            self.reference = bits.take(2)
            need(self.reference <= 2, "a reference")
            selecting = bits.take(6) if self.reference == 2 else None
            self.big_endian = bits.take(1)
            for _ in range(bits.take(6) + 1):
                end = self.fields[-1].at + self.fields[-1].width if self.fields else 0
                self.fields.append(field(bits, end))
            need(self.fields[-1].at < 64 * self.words, "a field lies behind the payload")
            self.sparse = [f for f in self.fields if not f.dense and f.transform != NEVER]
            if self.sparse:
                count, order, mask = bits.take(8) + 1, bits.take(6), -1
                need(count <= 255, "number of masks")
                for _ in range(count):
                    mask += bits.golomb(order) + 1
                    self.masks.append(mask)
                need(mask >> len(self.sparse) == 0, "a mask names more than the fields")
            if selecting is not None:
                need(selecting < len(self.fields), "the field that selects")
                self.selecting = self.fields[selecting]
                need(self.selecting.dense and self.selecting.width <= 8
                     and self.selecting.at < 64, "the field that selects")
        cursor.take(bits.bytes_taken())
        self.runs = bool(self.masks) + sum(
            1 + bool(f.escapes) for f in self.fields if f.transform != NEVER)

    def numbers(self, runs, used, count):
        """What the symbols of a field stand for, without prediction."""
        symbols = runs.run(count)
        escaped = ()
        if used.escapes:
            data = runs.run(2 * symbols.count(255))
            escaped = iter(struct.unpack(f"<{len(data) // 2}H", data))
        if used.width <= 8:
            return symbols
        return [used.base + unzigzag(next(escaped) if used.escapes and symbol == 255 else symbol)
                for symbol in symbols]

    def plans(self, runs, rows):
        """For each row but the first, the fields that are coded or change: (field, numbers)."""
        tokens = runs.run(rows - 1) if self.masks else bytes(rows - 1)
        counts = collections.Counter(tokens)
        need(max(counts, default=0) < max(1, len(self.masks)), "a token has no mask")
        by_token = [[] for _ in self.masks or (0,)]
        unchanged, bit = itertools.repeat(0), 0
        for used in self.fields:
            named = range(len(by_token)) if used.dense else ()
            if used in self.sparse:
                named = [token for token, mask in enumerate(self.masks) if mask >> bit & 1]
                bit += 1
            numbers = iter(())
            if used.transform != NEVER:
                count = sum(counts[token] for token in named)
                numbers = iter(self.numbers(runs, used, count))
            for token, plan in enumerate(by_token):
                if token in named:
                    plan.append((used, numbers))
                elif used.increment:
                    plan.append((used._replace(transform=DIFFERENCE), unchanged))
        return map(by_token.__getitem__, tokens)

    def rows(self, runs, count):
        if not self.differ:
            return [self.finished(self.first)] * count
        row = self.turned(int.from_bytes(self.first, "little"))
        out, plans = [row], self.plans(runs, count)
        bits, heads = min(14, max(4, count.bit_length() + 1)), {}
        for plan in plans:
            before = reference = row
            if self.reference == 1:
                place = self.hash(before) >> 64 - bits
                reference = heads.get(place, before)
            elif self.reference == 2:
                reference = self.selected(plan, before, heads)
            row = reference
            for used, numbers in plan:
                if self.reference == 2 and used is self.selecting:
                    new = self.selector
                else:
                    new = changed(used, reference, next(numbers))
                at, low = used.at, (1 << used.width) - 1
                row += new - (row >> at & low) << at
            if self.reference == 1:
                heads[place] = row
            elif self.reference == 2:
                heads[self.selector] = row
            out.append(row)
        return [self.finished(self.turned(row).to_bytes(8 * self.words, "little")) for row in out]

    def selected(self, plan, before, heads):
        used = self.selecting
        low = (1 << used.width) - 1
        if not heads:
            heads[before >> used.at & low] = before
        numbers = next(numbers for planned, numbers in plan if planned is used)
        self.selector = changed(used, before, next(numbers))
        return heads.get(self.selector, before)

    def hash(self, row):
        value = 0
        for shift in range(0, 64 * self.words, 64):
            value = ((value ^ row >> shift & WORD) * 0x9E3779B97F4A7C15) & WORD
            value ^= value >> 29
        return value * 0xBF58476D1CE4E5B9 & WORD

    def turned(self, row):
        if not self.differ or not self.big_endian:
            return row
        data = row.to_bytes(8 * self.words, "little")
        return int.from_bytes(
            b"".join(data[at:at + 8][::-1] for at in range(0, len(data), 8)), "little")

    def finished(self, payload):
        payload = payload[:self.length]
        if self.rule is None:
            return payload
        return put_checksum_back(self.rule, self.position, payload)


def changed(used, reference, number):
    predicted = (reference >> used.at) + used.increment
    if used.transform == DIFFERENCE:
        number += predicted
    elif used.transform == FLIPS:
        number ^= predicted
    return number & (1 << used.width) - 1
