"""One round of writing and reading a log in the formats that canlog exchanges: TAB-separated `format write read`.

The figures are million frames a second of the CPU time of whoever does the work, this process or the
program it starts; a format that a peer only reads or only writes has `-` for the other.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time

import can

import formats


def timed(action, *arguments):
    start = time.process_time()
    result = action(*arguments)
    return time.process_time() - start, result


def of_program(*command, output=subprocess.DEVNULL):
    """The CPU time of a program that is started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=output, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def write_messages(messages, path):
    with can.Logger(path) as logger:
        for message in messages:
            logger(message)


def read_messages(path):
    with can.LogReader(path) as reader:
        return list(reader)


def report(name, count, write, read):
    rates = [f"{count / spent / 1e6:.4f}" if spent else "-" for spent in (write, read)]
    print(name, *rates, sep="\t")


def main():
    frames = formats.read_text(sys.argv[1])
    count = len(frames)
    messages = formats.messages_of(frames)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log.")
        for suffix, name in (("blf", "python-can BLF"), ("asc", "python-can ASC"), ("trc", "python-can TRC"),
                             ("log", "python-can candump")):
            write, _ = timed(write_messages, messages, path + suffix)
            read, result = timed(read_messages, path + suffix)
            if len(result) != count:
                raise SystemExit(f"{name}: {len(result)} of {count} frames came back")
            report(name, count, write, read)
        write, start = timed(formats.write_mf4, frames, path + "mf4")
        read, result = timed(formats.read_mf4, path + "mf4", start)
        difference = frames.check(result, "asammdf")
        if difference:
            raise SystemExit(difference)
        report("asammdf MF4, compression 2", count, write, read)
        channels = [f"can{number}" for number in range(int(frames.channel.max()) + 1)]
        with open(path + "asc", "wb") as file:
            write = of_program("log2asc", "-I", sys.argv[1], *channels, output=file)
        read = of_program("asc2log", "-I", path + "asc")
        report("can-utils ASC", count, write, read)


if __name__ == "__main__":
    main()
