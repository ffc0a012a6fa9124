"""Write a candump log with python-can's BLF and candump writers.

Prints: bytes and nanoseconds of CPU time for BLF, then for candump text. Reading the log does not
count.
"""

import os
import sys
import tempfile
import time

import can


def write(messages, suffix):
    handle, path = tempfile.mkstemp(suffix=suffix)
    os.close(handle)
    try:
        start = time.process_time_ns()
        with can.Logger(path) as logger:
            for message in messages:
                logger(message)
        spent = time.process_time_ns() - start
        return os.path.getsize(path), spent
    finally:
        os.unlink(path)


messages = list(can.LogReader(sys.argv[1]))
for message in messages:
    # The writers want a number or `canN`.
    message.channel = message.channel or 0
print(*write(messages, ".blf"), *write(messages, ".log"))
