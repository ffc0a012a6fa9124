"""How long python-can takes to write the frames of a candump log in another format, and to read them.

Prints JSON: frames, bytes, and seconds of CPU time for each way; reading the candump text does not
count.
"""

import json
import os
import sys
import tempfile
import time

import can


def measure(suffix):
    messages = list(can.CanutilsLogReader(sys.argv[1]))
    for message in messages:
        message.channel = int(str(message.channel)[-1]) if str(message.channel)[-1].isdigit() else 0
    handle, path = tempfile.mkstemp(suffix=suffix)
    os.close(handle)
    try:
        start = time.process_time()
        with can.Logger(path) as logger:
            for message in messages:
                logger(message)
        written = time.process_time()
        count = sum(1 for _ in can.LogReader(path))
        done = time.process_time()
        size = os.path.getsize(path)
    finally:
        os.unlink(path)
    figures = {"frames": count, "bytes": size, "write": written - start, "read": done - written}
    print(json.dumps(figures))
