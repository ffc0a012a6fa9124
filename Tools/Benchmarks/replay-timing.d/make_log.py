"""Writes a log of cyclic traffic as candump text: 5 s, 9,150 frames, at least 230 us apart.

Ten IDs with periods of 1, 5, 10, 20 and 100 ms, each with a phase and a jitter of its own;
230 us is the length of an 8-byte frame at 500 kbit/s, so the bus itself could carry the log.
"""

import random
import sys

PERIODS_MS = [1] + [5] * 3 + [10] + [20] * 2 + [100] * 3
SHORTEST_GAP_US = 230
SECONDS = 5


def main(path):
    chance = random.Random(20261122)
    wishes = []
    for number, period in enumerate(PERIODS_MS):
        phase = chance.uniform(0, period * 1000)
        for cycle in range(SECONDS * 1000 // period):
            at = phase + cycle * period * 1000 + chance.gauss(0, 20)
            wishes.append((at, 0x100 + number * 0x10))
    now = 0
    with open(path, "w") as log:
        for counter, (at, identifier) in enumerate(sorted(wishes)):
            now = max(now + SHORTEST_GAP_US, int(at))
            stamp = 1_600_000_000 * 1_000_000 + now
            log.write(f"({stamp // 1_000_000}.{stamp % 1_000_000:06}) can0 {identifier:03X}#{counter:016X}\n")


if __name__ == "__main__":
    main(sys.argv[1])
