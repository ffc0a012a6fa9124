"""Numbers, checksums and bits of the format."""

import ctypes
import ctypes.util
import struct

WORD = 2**64 - 1
zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
zstd.ZSTD_decompress.restype = ctypes.c_size_t
zstd.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]


class Disagreement(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Disagreement(what)


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
    return (value + 2**63 & WORD) - 2**63


def unzigzag(value):
    return value >> 1 ^ -(value & 1)


def decompressed(data, size):
    need(size <= 2**24, "more than a group can have")
    target = ctypes.create_string_buffer(max(1, size))
    need(zstd.ZSTD_decompress(target, size, data, len(data)) == size, "zstd")
    return target.raw[:size]


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(count <= len(self.data) - self.at, "a field is cut short")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, code):
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def varint(self):
        value = 0
        for shift in range(0, 70, 7):
            byte = self.number("B")
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                need(value <= WORD, "a varint is above 64 bits")
                return value
        raise Disagreement("a varint is above 10 bytes")

    def zigzag(self):
        return unzigzag(self.varint())

    def text(self):
        return self.take(self.varint())

    def channel(self):
        name, bits = self.text(), self.number("B")
        rates = [self.varint() if bits >> bit & 1 else None for bit in (0, 1)]
        return name, rates, self.number("B")

    def end(self, what):
        need(self.at == len(self.data), f"{what}: bytes are left over")


class Bits:
    """Reads bits of bytes, the lowest first."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        begin, self.at = self.at, self.at + count
        need(self.at <= 8 * len(self.data), "bits are missing")
        part = int.from_bytes(self.data[begin >> 3:self.at + 7 >> 3], "little")
        return part >> (begin & 7) & (1 << count) - 1

    def golomb(self, order=0, most=63):
        zeros = 0
        while not self.take(1):
            zeros += 1
            need(zeros <= most, "a number of Exp-Golomb is too long")
        high = (1 << zeros | self.take(zeros)) - 1
        return high << order | self.take(order)

    def bytes_taken(self):
        return self.at + 7 >> 3
