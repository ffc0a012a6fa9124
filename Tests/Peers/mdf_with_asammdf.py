"""Writes and reads bus logging of MDF 4 with asammdf, for the tests of canlog's.

usage: mdf_with_asammdf.py write LOG MF4 COMPRESSION VERSION
       mdf_with_asammdf.py read MF4
       mdf_with_asammdf.py read-with-python-can MF4
       mdf_with_asammdf.py write-with-python-can LOG MF4
       mdf_with_asammdf.py signals MF4 DBC SIGNAL

LOG is candump text, with nanoseconds or microseconds, and so is what is printed: the frames of all
groups by time, BusChannel 1 as can0; error frames as number and data. `signals` prints how many
values a signal has, and their sum.
"""
import contextlib
import io
import logging
import sys

import asammdf
import can
import numpy
from asammdf.blocks import source_utils, v4_constants

logging.getLogger("asammdf").setLevel(logging.ERROR)

FIELDS = [("BusChannel", "u1"), ("ID", "<u4"), ("IDE", "u1"), ("DLC", "u1"), ("DataLength", "u1"),
          ("DataBytes", "(64,)u1"), ("Dir", "u1"), ("EDL", "u1"), ("BRS", "u1"), ("ESI", "u1")]
SOURCE = source_utils.Source(
    name="CAN", path="CAN", comment="", source_type=v4_constants.SOURCE_BUS, bus_type=v4_constants.BUS_TYPE_CAN)
DLC = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64]


def frames_of(path):
    """kind, time in ns, channel, identifier, extended, DLC, flags of CAN FD or None, data, direction"""
    for line in open(path):
        stamp, interface, text, *direction = line.split()
        seconds, fraction = stamp[1:-1].split(".")
        time = int(seconds) * 10**9 + int(fraction.ljust(9, "0"))
        identifier, _, rest = text.partition("#")
        number, flags, code = int(identifier, 16), None, None
        if rest.startswith("#"):
            flags, rest = int(rest[1], 16), rest[2:]
        if "_" in rest:
            rest, _, code = rest.partition("_")
        kind = "Data"
        if len(identifier) == 8 and number & 0x20000000:
            kind = "Error"
        elif rest.startswith("R"):
            kind, code, rest = "Remote", code or rest[1:] or "0", ""
        data = bytes.fromhex(rest)
        dlc = int(code, 16) if code else DLC.index(len(data)) if len(data) in DLC else 15
        yield (kind, time, int(interface[3:]) + 1, number & 0x1FFFFFFF, len(identifier) == 8 and kind != "Error",
               dlc, flags, data, direction[:1] == ["T"])


def write(log, path, compression, version):
    frames = list(frames_of(log))
    start = min(frame[1] for frame in frames) // 10**9
    with asammdf.MDF(version=version) as file, contextlib.redirect_stdout(io.StringIO()):
        import datetime
        file.header.start_time = datetime.datetime.fromtimestamp(start, datetime.timezone.utc)
        for kind in ("Data", "Remote", "Error"):
            chosen = [frame for frame in frames if frame[0] == kind]
            if not chosen:
                continue
            rows = numpy.zeros(len(chosen), [(f"CAN_{kind}Frame.{name}", form) for name, form in FIELDS])
            column = {name: rows[f"CAN_{kind}Frame.{name}"] for name, _ in FIELDS}
            for index, (_, _, channel, number, extended, dlc, flags, data, sent) in enumerate(chosen):
                column["BusChannel"][index] = channel
                column["ID"][index] = number
                column["IDE"][index] = extended
                column["DLC"][index] = dlc
                column["DataLength"][index] = len(data)
                column["DataBytes"][index, :len(data)] = numpy.frombuffer(data, "u1")
                column["Dir"][index] = sent
                if flags is not None:
                    column["EDL"][index] = 1
                    column["BRS"][index] = flags & 1
                    column["ESI"][index] = flags >> 1 & 1
            times = numpy.array([(frame[1] - start * 10**9) / 1e9 for frame in chosen])
            file.append(
                asammdf.Signal(rows, times, name=f"CAN_{kind}Frame", source=SOURCE),
                acq_name="CAN", acq_source=SOURCE, common_timebase=True)
        file.save(path, overwrite=True, compression=int(compression))


def line_of(time, channel, number, extended, kind, dlc, length, data, fd, brs, esi, sent):
    text = f"{number | (0x20000000 if kind == 'Error' else 0):08X}" if extended or kind == "Error" else f"{number:03X}"
    payload = bytes(data[:length]).hex().upper()
    if kind == "Remote":
        body = f"#R{dlc}" if 0 < dlc < 9 else "#R" if dlc == 0 else f"#R8_{dlc:X}"
    elif fd:
        body = f"##{4 | (1 if brs else 0) | (2 if esi else 0):X}{payload}"
    else:
        body = f"#{payload}" + (f"_{dlc:X}" if dlc > 8 else "")
    return (f"({time // 10**9:010d}.{time % 10**9:09d}) can{channel - 1} {text}{body} {'T' if sent else 'R'}")


def read(path):
    frames = []
    with asammdf.MDF(path) as file:
        start = file.header.abs_time
        for index, group in enumerate(file.groups):
            names = {channel.name for channel in group.channels}
            for kind in ("Data", "Remote", "Error"):
                prefix = f"CAN_{kind}Frame."
                if prefix + "ID" not in names or not group.channel_group.cycles_nr:
                    continue
                column = {
                    name[len(prefix):]: file.get(name, group=index, raw=True).samples
                    for name in names if name.startswith(prefix)}
                # float64 in seconds; whole nanoseconds for 48 days.
                times = numpy.rint(file.get_master(index) * 1e9).astype("i8") + start
                count = len(times)
                zero = numpy.zeros(count, "u1")
                data = column.get("DataBytes", numpy.zeros((count, 0), "u1"))
                for row in range(count):
                    value = {name: int(column.get(name, zero)[row]) for name in (
                        "BusChannel", "ID", "IDE", "DLC", "DataLength", "EDL", "BRS", "ESI", "Dir")}
                    frames.append((int(times[row]), line_of(
                        int(times[row]), value["BusChannel"], value["ID"] & 0x1FFFFFFF, value["IDE"], kind,
                        value["DLC"], value["DataLength"], data[row], value["EDL"], value["BRS"], value["ESI"],
                        value["Dir"])))
    frames.sort(key=lambda frame: frame[0])
    for _, line in frames:
        print(line)


def read_with_python_can(path):
    with can.LogReader(path) as reader:
        for message in reader:
            kind = "Error" if message.is_error_frame else "Remote" if message.is_remote_frame else "Data"
            # python-can's stamps are float64: about 240 ns apart these years.
            time = round(message.timestamp * 1e6) * 1000
            fd = message.is_fd and kind == "Data"
            dlc = min(message.dlc, 8) if kind == "Data" and not fd else message.dlc
            print(line_of(
                time, message.channel, message.arbitration_id, message.is_extended_id, kind, dlc,
                len(message.data), message.data, fd, message.bitrate_switch, message.error_state_indicator,
                not message.is_rx))


def write_with_python_can(log, path):
    with can.MF4Writer(path) as writer:
        for kind, time, channel, number, extended, dlc, flags, data, sent in frames_of(log):
            writer.on_message_received(can.Message(
                timestamp=time / 1e9, arbitration_id=number, is_extended_id=extended, channel=channel,
                is_remote_frame=kind == "Remote", is_error_frame=kind == "Error", is_fd=flags is not None,
                dlc=dlc if kind == "Remote" else len(data), data=data, is_rx=not sent,
                bitrate_switch=bool((flags or 0) & 1), error_state_indicator=bool((flags or 0) & 2)))


def signals(path, database, name):
    with asammdf.MDF(path) as file, contextlib.redirect_stdout(io.StringIO()):
        extracted = file.extract_bus_logging({"CAN": [(database, 0)]}, version="4.10")
        values = [
            extracted.get(name, group=group, index=index).samples for group, index in extracted.whereis(name)]
    print(sum(len(part) for part in values), sum(float(part.astype("f8").sum()) for part in values))


if __name__ == "__main__":
    {"write": write, "read": read, "read-with-python-can": read_with_python_can,
     "write-with-python-can": write_with_python_can, "signals": signals}[sys.argv[1]](*sys.argv[2:])
