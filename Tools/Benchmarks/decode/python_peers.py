"""Decoding by Python libraries: a line `NAME<TAB>values<TAB>seconds of CPU time` for each.

usage: python_peers.py DATABASE ROWS FRAMES: cantools decodes the first FRAMES, asammdf all.
"""

import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "file"))

import asammdf  # noqa: E402
import cantools  # noqa: E402
import formats  # noqa: E402
import numpy  # noqa: E402

ROW = numpy.dtype([("time", "<i8"), ("id", "<u4"), ("channel", "u1"), ("flags", "u1"), ("length", "u1"),
                   ("dlc", "u1"), ("data", "(8,)u1")])


def by_cantools(path, rows):
    database = cantools.database.load_file(path, strict=False)
    known = {message.frame_id: message for message in database.messages}
    frames = [(int(row["id"]) & 0x1FFFFFFF, row["data"][:row["length"]].tobytes()) for row in rows]
    values = 0
    start = time.process_time()
    for number, data in frames:
        message = known.get(number)
        if message is None:
            continue
        try:
            values += len(message.decode(data, decode_choices=False))
        except (cantools.database.DecodeError, KeyError):
            # A multiplexer's value that the database does not have.
            pass
    return values, time.process_time() - start


def by_asammdf(database, rows):
    frames = formats.Frames(
        rows["time"] // 1000, numpy.ones(len(rows), numpy.uint8), rows["id"], rows["length"], rows["data"])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log.mf4")
        formats.write_mf4(frames, path, compression=0)
        with asammdf.MDF(path) as log:
            start = time.process_time()
            with log.extract_bus_logging({"CAN": [(database, 0)]}) as signals:
                seconds = time.process_time() - start
                values = sum(
                    group.channel_group.cycles_nr * (len(group.channels) - 1) for group in signals.groups)
    return values, seconds


def main():
    database, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    rows = numpy.fromfile(path, ROW)
    for name, (values, seconds) in (
            (f"cantools {cantools.__version__} (python)", by_cantools(database, rows[:count])),
            (f"asammdf {asammdf.__version__} extract_bus_logging", by_asammdf(database, rows))):
        print(name, values, seconds, sep="\t")


if __name__ == "__main__":
    main()
