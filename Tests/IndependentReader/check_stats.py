#!/usr/bin/python3
"""Compares the figures of `canlog stats --json` with those computed here from the candump text of the same log.

usage: check_stats.py TEXT JSON      TEXT may be compressed (.zst, by the zstd program)
"""

import json
import re
import statistics
import subprocess
import sys
from decimal import Decimal

LINE = re.compile(r"\((\d+)\.(\d+)\) (\S+) ([0-9A-Fa-f]+)#(.*)$")
STEP = 1_000_000_000  # A stamp that falls back by more is a clock that was set: no period is told over it.


def frames(path):
    """Interface, identifier, whether remote, time in nanoseconds, number of the clock's step, bits without stuffing."""
    text = subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout.decode() \
        if path.endswith(".zst") else open(path).read()
    latest, steps, offset = None, 0, 0
    for line in text.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        seconds, fraction, interface, identifier, rest = match.groups()
        stamp = int(seconds) * 10**9 + int(fraction.ljust(9, "0"))
        if latest is not None and latest - stamp > STEP:
            steps, offset, latest = steps + 1, offset + latest - stamp, stamp
        latest = stamp if latest is None else max(latest, stamp)
        extended = len(identifier) == 8
        if extended and int(identifier, 16) & 0x20000000:
            yield interface, None, False, stamp + offset, steps, 0
            continue
        remote = rest.startswith("R")
        bits = None  # A CAN FD frame: told by more than its length.
        if not remote and not rest.startswith("#"):
            bits = (67 if extended else 47) + len(rest.split("_")[0].strip()) // 2 * 8
        elif remote:
            bits = 67 if extended else 47
        yield interface, identifier.upper(), remote, stamp + offset, steps, bits


def main():
    report = json.load(open(sys.argv[2]), parse_float=Decimal)
    streams, errors, bits, spans, flexible = {}, {}, {}, {}, set()
    begin = None
    for interface, identifier, remote, time, step, length in frames(sys.argv[1]):
        begin = time if begin is None else begin
        spans[interface] = begin, time
        if length is None:
            flexible.add(interface)
            length = 0
        if identifier is None:
            errors[interface] = errors.get(interface, 0) + 1
        else:
            streams.setdefault((interface, identifier, remote), []).append((time, step))
            bits[interface] = bits.get(interface, 0) + length

    wrong = []

    def compare(name, found, expected, tolerance=0.0):
        if found is None or expected is None:
            if found is not expected:
                wrong.append(f"{name}: {found}, not {expected}")
        elif abs(float(found) - float(expected)) > tolerance:
            wrong.append(f"{name}: {found}, not {expected}")

    rows = {(row["interface"], row["id"], row["remote"]): row for row in report["ids"]}
    if rows.keys() != streams.keys():
        wrong.append(f"identifiers differ: {rows.keys() ^ streams.keys()}")
    for key in rows.keys() & streams.keys():
        row, times = rows[key], streams[key]
        periods = [b - a for (a, first), (b, second) in zip(times, times[1:]) if first == second]
        name = " ".join(map(str, key))
        compare(f"{name} frames", row["frames"], len(times))
        compare(f"{name} periods", row["periods"], len(periods))
        if not periods:
            continue
        # The report has nanoseconds.
        mean = sum(periods) / len(periods)
        compare(f"{name} mean", row["meanMs"], mean / 1e6, 2e-6)
        compare(f"{name} min", row["minMs"], min(periods) / 1e6)
        compare(f"{name} max", row["maxMs"], max(periods) / 1e6)
        if len(periods) > 1:
            deviation = statistics.stdev(periods)
            compare(f"{name} deviation", row["deviationMs"], deviation / 1e6, 2e-6 + deviation * 1e-12)
        distances = sorted(abs(period - mean) for period in periods)
        reference = sorted(periods[:16])[min(len(periods), 16) // 2]
        for part, field in ((95, "p95Ms"), (99, "p99Ms")):
            expected = distances[-(-len(distances) * part // 100) - 1]
            # Percentiles are read from steps of 3 % of the distance to the median of the first periods.
            tolerance = 0.04 * (expected + 2 * abs(mean - reference)) + 400
            compare(f"{name} {field}", row[field], expected / 1e6, tolerance / 1e6)
    for interface in report["interfaces"]:
        compare(f"{interface['interface']} errors", interface["errorFrames"], errors.get(interface["interface"], 0))
        span = spans.get(interface["interface"])
        if span and span[1] > span[0] and interface["interface"] not in flexible:
            load = bits[interface["interface"]] * 1e9 / (span[1] - span[0]) / float(interface["bitRate"]) * 100
            compare(f"{interface['interface']} load", interface["meanLoadPercent"], load, 0.001 + load * 1e-9)
    for message in wrong[:20]:
        print(message)
    print(f"{len(rows)} identifiers, {sum(map(len, streams.values()))} frames, {len(wrong)} differences")
    return 1 if wrong or not rows else 0


sys.exit(main())
