"""One ID, and any instant, of a long log in other formats: file_seek.py TEXT FRAMES ALL-FRAMES.

The log of FRAMES frames is TEXT again and again, each time later.
"""

import os
import sys
import tempfile
import time

import formats
import numpy
import pyarrow
import pyarrow.parquet

ROUNDS = 5


def main():
    log, count, everything = formats.read_text(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    identifier = one_in_hundred(log)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log.")
        formats.write_blf(formats.messages_of(log), path + "blf")
        spent = min(seconds(formats.read_blf, path + "blf") for _ in range(3))
        print(f"python-can BLF reads from the start: {spent * 1e9 / len(log):,.0f} ns a frame ({len(log):,} frames "
              f"read), {spent / len(log) * everything / 2:,.0f} s to the middle of {everything:,} (reckoned)")
        frames = repeated(log, count)
        expected = int((frames.identifier == identifier).sum())
        start = formats.write_mf4(frames, path + "mf4")
        report("asammdf MF4, compression 2: whole bus log, then filtered", count,
               lambda: mf4_identifier(path + "mf4", start, identifier), expected)
        write_parquet_for_search(frames, path + "parquet")
        report("pyarrow Parquet sorted, zstd 3, row groups of 65,536, filter", count,
               lambda: parquet_identifier(path + "parquet", identifier), expected)


def one_in_hundred(log):
    """The identifier whose part of the frames is nearest to one in a hundred."""
    identifiers, counts = numpy.unique(log.identifier, return_counts=True)
    return int(identifiers[numpy.argmin(abs(counts - len(log) / 100))])


def repeated(log, count):
    times = -(-count // len(log))
    length = int(log.micros[-1] - log.micros[0])
    period = length + length // len(log)
    columns = [numpy.concatenate([column] * times)[:count] for column in log.columns()]
    columns[0] = columns[0] + numpy.repeat(numpy.arange(times) * period, len(log))[:count]
    return formats.Frames(*columns)


def mf4_identifier(path, start, identifier):
    frames = formats.read_mf4(path, start)
    return len(frames.taken(frames.identifier == identifier))


def write_parquet_for_search(frames, path):
    order = numpy.lexsort((frames.channel, frames.identifier))
    words = numpy.ascontiguousarray(frames.data[order]).view("<u8").ravel()
    table = pyarrow.table({
        "id": frames.identifier[order], "channel": frames.channel[order], "time": frames.micros[order],
        "length": frames.length[order], "data": words,
    })
    pyarrow.parquet.write_table(
        table, path, compression="zstd", compression_level=3, row_group_size=65_536,
        column_encoding={"time": "DELTA_BINARY_PACKED"}, use_dictionary=["id", "channel", "length", "data"])


def parquet_identifier(path, identifier):
    return len(pyarrow.parquet.read_table(path, filters=[("id", "==", identifier)], use_threads=False))


def report(name, frames, action, expected):
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        found = action()
        spent.append(1000 * (time.process_time() - start))
        if found != expected:
            raise SystemExit(f"{name}: {found} of {expected} frames found")
    spent.sort()
    print(f"{name}: {expected:,} of {frames:,} frames, CPU ms least {spent[0]:.1f} median {spent[ROUNDS // 2]:.1f} "
          f"max {spent[-1]:.1f}")


def seconds(action, *arguments):
    start = time.process_time()
    action(*arguments)
    return time.process_time() - start


if __name__ == "__main__":
    main()
