"""Reads and writes BLF with python-can, for comparison with canlog.

usage: blf.py read BLF       prints one line for each frame
       blf.py write TEXT BLF writes the frames of such lines
       blf.py append TEXT BLF likewise behind those that are there

A line is: microseconds since 1970 (python-can's float holds no more), channel from 0, what it is (S
standard, X extended, then R remote, E error frame, F CAN FD, B bit rate switch, P error passive, T sent),
identifier, length, payload in hexadecimal or -. With "marker" for the identifier it is a marker, whose
text stands for the payload.
"""
import sys

import can


def kind(m):
    """the letters of what a message is"""
    letters = "X" if m.is_extended_id else "S"
    for letter, holds in [
        ("R", m.is_remote_frame), ("E", m.is_error_frame), ("F", m.is_fd), ("B", m.bitrate_switch),
        ("P", m.error_state_indicator), ("T", not m.is_rx),
    ]:
        letters += letter if holds else ""
    return letters


def read(path):
    for m in can.BLFReader(path):
        print(round(m.timestamp * 1e6), m.channel, kind(m), f"{m.arbitration_id:x}", m.dlc,
              bytes(m.data).hex() or "-")


def write(text, path, append):
    with can.BLFWriter(path, append=append) as writer:
        for line in open(text):
            stamp, channel, letters, identifier, length, payload = line.split()
            if identifier == "marker":
                writer.log_event(payload, int(stamp) / 1e6)
                continue
            writer.on_message_received(can.Message(
                timestamp=int(stamp) / 1e6, channel=int(channel), arbitration_id=int(identifier, 16),
                is_extended_id="X" in letters, is_remote_frame="R" in letters,
                is_error_frame="E" in letters, is_fd="F" in letters, bitrate_switch="B" in letters,
                error_state_indicator="P" in letters, is_rx="T" not in letters, dlc=int(length),
                data=None if payload == "-" else bytes.fromhex(payload)))


if __name__ == "__main__":
    if sys.argv[1] == "read":
        read(sys.argv[2])
    else:
        write(sys.argv[2], sys.argv[3], sys.argv[1] == "append")
