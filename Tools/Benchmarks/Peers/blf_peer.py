"""Write and read the frames of a candump log as BLF with python-can.

usage: blf_peer.py LOG [BLF]

LOG is candump's text. Prints JSON: frames, the size of the BLF in bytes, seconds of CPU to write it from
messages in memory and to read it as messages; reading LOG does not count. With BLF that file is read
instead of the one that was written.
"""

import json
import os
import sys
import tempfile
import time

import can


def timed(work):
    start = time.process_time_ns()
    result = work()
    return result, (time.process_time_ns() - start) / 1e9


def write(messages, path):
    with can.BLFWriter(path) as writer:
        for message in messages:
            writer.on_message_received(message)


def read(path):
    return sum(1 for _ in can.BLFReader(path))


def main(log, blf=None):
    messages = list(can.LogReader(log))
    numbers = {}
    for message in messages:
        # The writer wants a number or `canN`.
        message.channel = numbers.setdefault(message.channel, len(numbers))
    handle, path = tempfile.mkstemp(suffix=".blf")
    os.close(handle)
    try:
        _, writing = timed(lambda: write(messages, path))
        count, reading = timed(lambda: read(blf or path))
        size = os.path.getsize(path)
    finally:
        os.unlink(path)
    print(json.dumps({"frames": count, "bytes": size, "write_seconds": writing, "read_seconds": reading}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
