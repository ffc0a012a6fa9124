#!/usr/bin/env python3
"""Makes random CAN traffic, the same for the same seed, and prints it as candump text.

usage: make_logs.py SEED

Traffic has all that a log's coding treats apart: periodic, sporadic and following messages; clocks
that are fine, coarse, late on one interface or set back; payloads with counters, checksums,
multiplexed signals, sequences, noise; remote and error frames; CAN FD.
"""

import functools
import heapq
import operator
import random
import sys

MILLISECOND = 10**6
FD_LENGTHS = (0, 1, 5, 8, 12, 16, 20, 24, 32, 48, 64)
INTERFACES = ("can0", "can1", "can2", "vcan0", "slcan3", "a_long_name_15b")
CROWD = 25000
POLYNOMIALS = bytes.fromhex("1D 2F 07 9B 31 39 D5 4D")


def crc8(data, polynomial):
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ (polynomial if value & 0x80 else 0)) & 0xFF
    return value


def nibble_sum(data):
    return sum(byte >> 4 for byte in data) + sum(byte & 15 for byte in data)


# Parts of a payload: each is made for a message and changes the payload in place for each frame.

def counter(r, length):
    at, bits, step = r.randrange(length), r.choice((2, 4, 4, 8, 8)), r.choice((1, 1, 1, 2, 255))
    shift, state = r.choice((0, 8 - bits)), r.randrange(256)
    lossy = r.random() < 0.2

    def part(payload, number):
        nonlocal state
        state += step if not lossy or r.random() < 0.9 else 3
        low = (1 << bits) - 1
        payload[at] = payload[at] & ~(low << shift) & 0xFF | (state & low) << shift
    return part


def wide(r, length):
    """A signal of 10 to 16 bits that drifts, or counts in large steps."""
    if length < 2:
        return counter(r, length)
    at, bits, order = r.randrange(length - 1), r.randint(10, 16), r.choice(("little", "big"))
    drift, state = r.choice((1, 3, 60, 400, 9000)), r.randrange(65536)
    step, calm = r.choice((0, 0, 1, 100, 1000)), r.random()

    def part(payload, number):
        nonlocal state
        if r.random() < calm:
            state += step + r.randint(-drift, drift)
        old = int.from_bytes(payload[at:at + 2], order)
        low = (1 << bits) - 1
        payload[at:at + 2] = (old & ~low | state & low).to_bytes(2, order)
    return part


def noise(r, length):
    begin = r.randrange(length)
    end = r.randint(begin + 1, length)
    low = r.choice((255, 255, 15, 1, 0xF0))

    def part(payload, number):
        for at in range(begin, end):
            payload[at] = payload[at] & ~low | r.randrange(256) & low
    return part


def flags(r, length):
    chance = r.choice((0.005, 0.05, 0.3))

    def part(payload, number):
        if r.random() < chance:
            payload[r.randrange(length)] ^= 1 << r.randrange(8)
    return part


def multiplexed(r, length):
    at, ways = r.choice((0, length - 1)), r.choice((2, 3, 5, 16, 60))
    pages, regular = [r.randbytes(length) for _ in range(ways)], r.random() < 0.6
    changing = r.random() < 0.5

    def part(payload, number):
        way = number % ways if regular else r.randrange(ways)
        if changing and r.random() < 0.2:
            page = bytearray(pages[way])
            page[r.randrange(length)] = r.randrange(256)
            pages[way] = bytes(page)
        payload[:] = pages[way]
        payload[at] = way
    return part


def sequence(r, length):
    """Payloads that come back in the same order, as of a transport protocol."""
    pages, state = [r.randbytes(length) for _ in range(r.randint(3, 40))], 0

    def part(payload, number):
        nonlocal state
        state = (state + 1) % len(pages) if r.random() < 0.98 else r.randrange(len(pages))
        payload[:] = pages[state]
    return part


def checksum(r, length):
    if length < 3:
        return counter(r, length)
    at = r.choice((0, length - 1, r.randrange(length)))
    rule, key = r.randrange(15), r.randrange(256)

    def part(payload, number):
        rest = bytes(payload[:at] + payload[at + 1:])
        if rule == 0:
            value = sum(rest) + key
        elif rule == 1:
            value = functools.reduce(operator.xor, rest) ^ key
        elif rule == 2:
            value = nibble_sum(rest) + key
        elif rule <= 10:
            value = crc8(rest, POLYNOMIALS[rule - 3]) ^ key
        elif rule == 11:
            value = key - sum(rest)
        elif rule == 12:
            value = key - nibble_sum(rest)
        else:
            high = payload[at] & 0xF0
            value = high | key - nibble_sum(rest) - (high >> 4) & 15
        payload[at] = value & 0xFF
    return part


PARTS = (counter, counter, wide, wide, noise, flags, flags, multiplexed, sequence)


class Message:
    def __init__(self, r, interfaces, fd_share):
        self.r, self.interface, self.number = r, r.choice(interfaces), 0
        extended, kind = r.random() < 0.3, r.random()
        self.identifier = r.randrange(1 << 29 if extended else 1 << 11)
        self.name = f"{self.identifier:08X}" if extended else f"{self.identifier:03X}"
        self.remote, self.error = kind < 0.02, 0.02 <= kind < 0.04
        self.fd = r.random() < fd_share and not self.remote and not self.error
        self.several_lengths = r.random() < 0.1
        self.length = r.choice(FD_LENGTHS) if self.fd else r.choice((8, 8, 8, 8, *range(9)))
        self.flags = r.randrange(4)
        if self.error:
            self.name, self.length = f"{0x20000000 | 1 << r.randrange(9):08X}", 8
        self.payload = bytearray(r.randbytes(self.length) if r.random() < 0.7 else self.length)
        makers = r.choices(PARTS, k=r.choice((0, 1, 1, 2, 3, 5))) if self.length else []
        makers.sort(key=lambda maker: maker not in (multiplexed, sequence))
        if self.length and r.random() < 0.4:
            makers.append(checksum)
        self.parts = [maker(r, self.length) for maker in makers]
        self.period = r.choice((1, 5, 10, 10, 20, 50, 100, 300, 1000)) * MILLISECOND
        self.jitter = r.choice((0, 100, 10**4, 10**5, 10**6, 5 * 10**6))
        self.sporadic, self.gaps = r.random() < 0.15, r.choice((0, 0, 0.01, 0.1))
        self.phase = r.randrange(self.period)
        self.followers = []

    def wait(self):
        if self.sporadic:
            return int(self.r.expovariate(1 / self.period))
        while self.r.random() < self.gaps:
            self.phase += self.period
        self.phase += self.period
        return self.period

    def text(self):
        self.number += 1
        for part in self.parts:
            part(self.payload, self.number)
        if self.remote:
            return f"{self.name}#R" + (str(self.length) if self.length else "")
        length = self.length
        if self.several_lengths and self.r.random() < 0.3:
            length = self.r.randint(0, min(length, 8))
        body = self.payload[:length].hex().upper()
        return f"{self.name}##{self.flags:X}{body}" if self.fd else f"{self.name}#{body}"


def traffic(r, messages, count):
    """(time, interface, text) by time."""
    out, queue = [], [(m.phase, n) for n, m in enumerate(messages) if not m.followed]
    heapq.heapify(queue)
    while queue and len(out) < count:
        time, number = heapq.heappop(queue)
        message = messages[number]
        jittered = time + int(abs(r.gauss(0, message.jitter)))
        out.append((jittered, message.interface, message.text()))
        for follower, distance in message.followers:
            heapq.heappush(queue, (jittered + distance, follower))
        if not message.followed:
            wait = message.wait()
            heapq.heappush(queue, (time + wait if message.sporadic else message.phase, number))
    return sorted(out, key=lambda frame: frame[0])


def follow(r, messages):
    """Lets some messages follow others, which have lower numbers, so never in circles."""
    share = r.choice((0, 0.2, 0.6))
    for number, message in enumerate(messages):
        message.followed = number > 0 and r.random() < share
        if message.followed:
            message.jitter = r.choice((0, 1000, 10**4))
            leader = messages[r.randrange(max(0, number - 4), number)]
            leader.followers.append((number, r.choice((0, 10**5, 250_000, 10**6))))


def arrived(r, frames):
    """In the order of arrival: each interface in its order, late by as much as it likes."""
    spread = r.choice((0, 0, 0, 10**5, 10**6, 10**7, 4 * 10**8))
    if spread == 0:
        return frames
    scattered, last, out = r.random() < 0.2 or len(frames) == CROWD, {}, []
    for time, interface, text in frames:
        arrival = time + r.randrange(spread)
        if not scattered:
            arrival = last[interface] = max(last.get(interface, 0), arrival)
        out.append((arrival, (time, interface, text)))
    return [frame for _, frame in sorted(out, key=lambda item: item[0])]


def frame_count(r):
    shape = r.random()
    if shape < 0.6:
        return r.randint(1, 400)
    if shape < 0.9:
        return r.randint(400, 1500)
    return r.randint(1500, 5000) if shape < 0.997 else CROWD


def make(seed):
    r = random.Random(seed)
    count = frame_count(r)
    interfaces = r.sample(INTERFACES, r.choice((1, 1, 2, 2, 3, 6)))
    fd_share = r.choice((0, 0, 0.3, 1))
    messages = r.choice((1, 2, 4, 8, 20, 60, 300)) if count < CROWD else 330
    messages = [Message(r, interfaces, fd_share) for _ in range(messages)]
    if count == CROWD:  # more than 255 messages, all of them frequent
        for message in messages:
            message.period, message.sporadic, message.gaps = MILLISECOND, False, 0
            message.several_lengths, message.phase = False, r.randrange(MILLISECOND)
    follow(r, messages)
    frames = arrived(r, traffic(r, messages, count))
    step = r.choice((1, 1, 10, 1000, 1000, 1000, 50_000, MILLISECOND, 10 * MILLISECOND))
    clock = r.randrange(10**5, 4 * 10**9) * 10**9 + r.randrange(10**9)
    steps = set(r.sample(range(len(frames)), min(len(frames), r.choice((0, 0, 0, 1, 5)))))
    out = []
    for number, (time, interface, text) in enumerate(frames):
        if number in steps:
            clock -= r.choice((1000, 10**6, 9 * 10**8, 2 * 10**9, 10**11, -10**12, -10**14, -10**17))
        seconds, rest = divmod((clock + time) // step * step, 10**9)
        digits = f"{rest:09}" if step < 1000 else f"{rest // 1000:06}"
        out.append(f"({seconds:010}.{digits}) {interface} {text}\n")
    return "".join(out)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(make(int(sys.argv[1])), end="")
