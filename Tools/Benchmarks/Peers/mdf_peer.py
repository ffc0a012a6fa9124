"""Write and read the frames of a candump log as MDF 4 with asammdf, as whole columns.

usage: mdf_peer.py LOG [MF4]

LOG is candump's text with classic data frames. Prints JSON: frames, the size of the file in bytes, seconds
of CPU to write it from arrays in memory (transposed and deflate) and to read its columns as arrays; reading
LOG does not count. With MF4 that file is read instead of the one that was written.
"""

import contextlib
import io
import json
import logging
import os
import sys
import tempfile
import time

import asammdf
import numpy
from asammdf.blocks import source_utils, v4_constants

logging.getLogger("asammdf").setLevel(logging.ERROR)

FIELDS = [("BusChannel", "u1"), ("ID", "<u4"), ("IDE", "u1"), ("DLC", "u1"), ("DataLength", "u1"),
          ("DataBytes", "(8,)u1"), ("Dir", "u1"), ("EDL", "u1"), ("BRS", "u1"), ("ESI", "u1")]


def timed(work):
    start = time.process_time_ns()
    result = work()
    return result, (time.process_time_ns() - start) / 1e9


def columns(log):
    """Seconds since the first frame, and records with all fields."""
    stamps, numbers, rows = [], {}, []
    for line in open(log):
        stamp, interface, frame = line.split()[:3]
        number, payload = frame.split("#")
        stamps.append(float(stamp[1:-1]))
        data = bytes.fromhex(payload)
        rows.append((numbers.setdefault(interface, len(numbers) + 1), int(number, 16), len(number) == 8, len(data),
                     len(data), list(data.ljust(8, b"\0")), 0, 0, 0, 0))
    times = numpy.array(stamps) - min(stamps)
    return times, numpy.array(rows, [(f"CAN_DataFrame.{name}", form) for name, form in FIELDS])


def write(times, rows, path):
    source = source_utils.Source(
        name="CAN", path="CAN", comment="", source_type=v4_constants.SOURCE_BUS,
        bus_type=v4_constants.BUS_TYPE_CAN)
    signal = asammdf.Signal(rows, times, name="CAN_DataFrame", source=source)
    with asammdf.MDF(version="4.10") as file, contextlib.redirect_stdout(io.StringIO()):
        file.append(signal, acq_name="CAN", acq_source=source, common_timebase=True)
        file.save(path, overwrite=True, compression=2)


def read(path):
    with asammdf.MDF(path) as file:
        groups = [index for index, group in enumerate(file.groups) if group.channel_group.cycles_nr]
        return sum(len(file.get("CAN_DataFrame", group=index, raw=True).samples) for index in groups)


def main(log, mf4=None):
    times, rows = columns(log)
    handle, path = tempfile.mkstemp(suffix=".mf4")
    os.close(handle)
    try:
        _, writing = timed(lambda: write(times, rows, path))
        count, reading = timed(lambda: read(mf4 or path))
        size = os.path.getsize(path)
    finally:
        os.unlink(path)
    print(json.dumps({"frames": count, "bytes": size, "write_seconds": writing, "read_seconds": reading}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
