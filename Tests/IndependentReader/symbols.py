"""Coding 2: tables, runs and run sets."""

import collections
import struct

from primitives import Bits, Cursor, Disagreement, decompressed, need, unzigzag

Table = collections.namedtuple("Table", "bits owners shares starts")


def table(data, probability_bits):
    bits = Bits(data)
    count, leader, leading = bits.golomb(most=8) + 1, bits.take(8), bits.take(2) + 1
    need(count <= 255, "symbols of a table")
    shares, symbol, length = {}, -1, 3
    for _ in range(count):
        symbol += bits.golomb(most=8) + 1
        length += unzigzag(bits.golomb(most=8))
        need(symbol <= 255 and symbol != leader, "a symbol of a table")
        need(1 <= length <= probability_bits, "the length of a share")
        known = min(length, leading)
        shares[symbol] = (1 << known - 1 | bits.take(known - 1)) << length - known
    shares[leader] = (1 << probability_bits) - sum(shares.values())
    need(shares[leader] >= 1, "the shares of a table")
    need(bits.bytes_taken() == len(data), "the size of a table")
    owners, share_of, start_of = bytearray(), [], []
    for symbol, share in sorted(shares.items()):
        share_of += [share] * share
        start_of += range(share)  # slot - start
        owners += bytes([symbol]) * share
    return Table(probability_bits, owners, share_of, start_of)


def tables(data):
    cursor = Cursor(data)
    probability_bits, count = cursor.number("B"), cursor.number("B")
    need(10 <= probability_bits <= 12 and count <= 253, "the head of the tables")
    sizes = [cursor.varint() for _ in range(count)]
    found = [table(cursor.take(size), probability_bits) for size in sizes]
    cursor.end("tables")
    return found


class RunSet:
    def __init__(self, cursor, runs, states, known_tables):
        self.plain, self.tables = cursor, known_tables
        self.codings = iter(cursor.take(runs))
        sizes = cursor.varint(), cursor.varint()
        coded, self.bits = Cursor(cursor.take(sizes[0])), Bits(cursor.take(sizes[1]))
        self.states = [coded.number("I") for _ in range(states)] if sizes[0] else []
        need((sizes[0] - coded.at) % 2 == 0, "half a word of a run set")
        self.words = iter(struct.unpack(f"<{(sizes[0] - coded.at) // 2}H", coded.data[coded.at:]))

    def run(self, count):
        """The next run, of which the caller knows how many symbols it has."""
        coding = next(self.codings)
        if count == 0:
            return b""
        if coding == 253:
            return self.plain.take(1) * count
        if coding == 254:
            return self.plain.take(count)
        if coding == 255:
            return decompressed(b"\x28\xB5\x2F\xFD" + self.plain.text(), count)
        need(coding < len(self.tables) and self.states, "a run has no table or no state")
        try:
            return self.coded(self.tables[coding], count)
        except StopIteration:
            raise Disagreement("a run set has too few words") from None

    def coded(self, used, count):
        bits, owners, shares, starts = used
        low, words, out = (1 << bits) - 1, self.words, bytearray(count)
        state, other, two = self.states[0], self.states[-1], len(self.states) == 2
        for index in range(count):
            slot = state & low
            out[index] = owners[slot]
            state = shares[slot] * (state >> bits) + starts[slot]
            if state < 65536:
                state = state << 16 | next(words)
            if two:
                state, other = other, state
        if two and count & 1:
            state, other = other, state
        self.states = [state, other] if two else [state]
        return out

    def end(self):
        need(next(self.words, None) is None, "a run set has too many words")
        need(all(state == 65536 for state in self.states), "a run set ends in a wrong state")
        need(self.bits.bytes_taken() == len(self.bits.data), "a run set has too many bits")
        need(self.bits.take(-self.bits.at % 8) == 0, "the last bits of a run set are not zero")
