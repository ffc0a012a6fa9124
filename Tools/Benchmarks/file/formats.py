"""The formats that engineers keep CAN logs in, as their libraries write and read them.

Frames are columns (numpy arrays) as `read_text` gives them. Each writer takes what its library is
given by its users: python-can messages, asammdf and pyarrow whole columns. Every reader gives the
columns back, so that a figure counts only where all frames came back.
"""

import contextlib
import io
import logging
import subprocess

try:
    import asammdf
    from asammdf.blocks import source_utils, v4_constants
    import can
    import numpy
    import pyarrow
    import pyarrow.parquet
except ImportError as missing:
    raise SystemExit(f"{missing}; Tools/setup peers installs it")

logging.getLogger("asammdf").setLevel(logging.ERROR)

VERSIONS = (f"python-can {can.__version__}, asammdf {asammdf.__version__}, pyarrow {pyarrow.__version__}, "
            f"numpy {numpy.__version__}")


class Frames:
    """Columns of one log: microseconds, channel number, identifier with bit 31 for extended, length, bytes."""

    def __init__(self, micros, channel, identifier, length, data):
        self.micros, self.channel, self.identifier = micros, channel, identifier
        self.length, self.data = length, data

    def __len__(self):
        return len(self.micros)

    def taken(self, order):
        return Frames(*(column[order] for column in self.columns()))

    def columns(self):
        return self.micros, self.channel, self.identifier, self.length, self.data

    def check(self, other, what):
        for name, mine, theirs in zip(("time", "channel", "id", "length", "data"), self.columns(), other.columns()):
            if len(mine) != len(theirs) or not numpy.array_equal(mine, theirs):
                return f"{what}: {name} came back different"
        return None


def read_text(path):
    """The columns of a log of `candump -l` with classic data frames."""
    micros, channels, identifiers, lengths, data = [], [], [], [], bytearray()
    with open(path, "rb") as file:
        for line in file:
            stamp, interface, frame = line.split()[:3]
            number, payload = frame.split(b"#")
            seconds, fraction = stamp[1:-1].split(b".")
            micros.append(int(seconds) * 1_000_000 + int(fraction))
            channels.append(int(interface.lstrip(b"abcdefghijklmnopqrstuvwxyz")))
            identifiers.append(int(number, 16) | (len(number) == 8) << 31)
            lengths.append(len(payload) // 2)
            data += bytes.fromhex(payload.decode()).ljust(8, b"\0")
    return Frames(
        numpy.array(micros, numpy.int64), numpy.array(channels, numpy.uint8),
        numpy.array(identifiers, numpy.uint32), numpy.array(lengths, numpy.uint8),
        numpy.frombuffer(bytes(data), numpy.uint8).reshape(-1, 8))


# BLF by python-can: containers with zlib, whose level it lets one choose.

def messages_of(frames):
    return [
        can.Message(timestamp=micros / 1e6, arbitration_id=identifier & 0x1FFFFFFF,
                    is_extended_id=bool(identifier >> 31), data=data[:length].tobytes(), channel=channel)
        for micros, channel, identifier, length, data in zip(
            frames.micros.tolist(), frames.channel.tolist(), frames.identifier.tolist(),
            frames.length.tolist(), frames.data)
    ]


def write_blf(messages, path):
    with can.BLFWriter(path) as writer:
        for message in messages:
            writer.on_message_received(message)


def read_blf(path):
    with can.BLFReader(path) as reader:
        return list(reader)


def frames_of(messages):
    data = b"".join(bytes(message.data).ljust(8, b"\0") for message in messages)
    return Frames(
        numpy.array([round(message.timestamp * 1e6) for message in messages], numpy.int64),
        numpy.array([message.channel for message in messages], numpy.uint8),
        numpy.array([message.arbitration_id | message.is_extended_id << 31 for message in messages], numpy.uint32),
        numpy.array([len(message.data) for message in messages], numpy.uint8),
        numpy.frombuffer(data, numpy.uint8).reshape(-1, 8))


# MF4 by asammdf: bus logging as ASAM MDF describes it, one group CAN_DataFrame.

FIELDS = [("BusChannel", "u1"), ("ID", "<u4"), ("IDE", "u1"), ("DLC", "u1"), ("DataLength", "u1"),
          ("DataBytes", "(8,)u1"), ("Dir", "u1"), ("EDL", "u1"), ("BRS", "u1"), ("ESI", "u1")]


def write_mf4(frames, path, compression=2):
    """compression: 0 none, 1 deflate, 2 transposed and deflate."""
    rows = numpy.zeros(len(frames), [(f"CAN_DataFrame.{name}", kind) for name, kind in FIELDS])
    rows["CAN_DataFrame.BusChannel"] = frames.channel
    rows["CAN_DataFrame.ID"] = frames.identifier & 0x1FFFFFFF
    rows["CAN_DataFrame.IDE"] = frames.identifier >> 31
    rows["CAN_DataFrame.DLC"] = rows["CAN_DataFrame.DataLength"] = frames.length
    rows["CAN_DataFrame.DataBytes"] = frames.data
    source = source_utils.Source(
        name="CAN", path="CAN", comment="", source_type=v4_constants.SOURCE_BUS,
        bus_type=v4_constants.BUS_TYPE_CAN)
    # Times are seconds from the start of the measurement; microseconds survive in float64.
    start = int(frames.micros.min())
    signal = asammdf.Signal(rows, (frames.micros - start) / 1e6, name="CAN_DataFrame", source=source)
    with asammdf.MDF(version="4.10") as log, contextlib.redirect_stdout(io.StringIO()):
        log.append(signal, acq_name="CAN", acq_source=source, common_timebase=True)
        log.save(path, overwrite=True, compression=compression)
    return start


def read_mf4(path, start):
    with asammdf.MDF(path) as log:
        signal = log.get("CAN_DataFrame", raw=True)
    rows = signal.samples
    field = {name: rows[f"CAN_DataFrame.{name}"] for name, _ in FIELDS}
    return Frames(
        numpy.rint(signal.timestamps * 1e6).astype(numpy.int64) + start, field["BusChannel"],
        field["ID"].astype(numpy.uint32) | field["IDE"].astype(numpy.uint32) << numpy.uint32(31),
        field["DataLength"], field["DataBytes"])


# Parquet by pyarrow: the whole log sorted by channel, identifier and time of arrival. Of the layouts
# tried (time and sequence number by DELTA_BINARY_PACKED or not, payload as bytes or as one column each,
# dictionaries or not) the smallest.

def write_parquet(frames, path, level=19):
    order = numpy.lexsort((numpy.arange(len(frames)), frames.identifier, frames.channel))
    columns = {
        "channel": frames.channel[order], "id": frames.identifier[order], "time": frames.micros[order],
        "seq": order.astype(numpy.int32), "length": frames.length[order],
    }
    for index in range(8):
        columns[f"b{index}"] = numpy.ascontiguousarray(frames.data[order, index])
    table = pyarrow.table(columns)
    packed = {"time": "DELTA_BINARY_PACKED", "seq": "DELTA_BINARY_PACKED"}
    pyarrow.parquet.write_table(
        table, path, compression="zstd", compression_level=level, column_encoding=packed,
        use_dictionary=[name for name in columns if name not in packed], row_group_size=len(frames),
        write_statistics=False)


def read_parquet(path):
    table = pyarrow.parquet.read_table(path, use_threads=False)
    column = {name: table[name].to_numpy() for name in table.column_names}
    order = numpy.empty(len(table), numpy.int64)
    order[column["seq"]] = numpy.arange(len(table))
    data = numpy.stack([column[f"b{index}"] for index in range(8)], axis=1)
    sorted_frames = Frames(column["time"], column["channel"], column["id"], column["length"], data)
    return sorted_frames.taken(order)


# Text by general compressors.

COMPRESSORS = {"zstd -19": ("zstd", "-19", "-q", "-c"), "xz -9e": ("xz", "-9e", "-c", "-T1")}


def compressed_size(path, compressor):
    with open(path, "rb") as text:
        process = subprocess.Popen(COMPRESSORS[compressor], stdin=text, stdout=subprocess.PIPE)
        size = 0
        while part := process.stdout.read(1 << 20):
            size += len(part)
    if process.wait() != 0:
        raise SystemExit(f"{compressor} failed on {path}")
    return size


if __name__ == "__main__":
    print(VERSIONS)
