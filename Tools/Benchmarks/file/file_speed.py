"""One round of writing and reading a log in other formats: TAB-separated lines `format write read`.

The figures are million frames a second of this process's CPU time: from what the library's users have
in memory (python-can: messages; asammdf, pyarrow: columns) to a file, and back.
"""

import os
import sys
import tempfile
import time

import formats


def timed(action, *arguments):
    start = time.process_time()
    result = action(*arguments)
    return time.process_time() - start, result


def main():
    frames = formats.read_text(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log.")
        messages = formats.messages_of(frames)
        write, _ = timed(formats.write_blf, messages, path + "blf")
        read, result = timed(formats.read_blf, path + "blf")
        report("python-can BLF", frames, write, read, formats.frames_of(result))
        write, start = timed(formats.write_mf4, frames, path + "mf4")
        read, result = timed(formats.read_mf4, path + "mf4", start)
        report("asammdf MF4, compression 2", frames, write, read, result)
        for level in (3, 19):
            write, _ = timed(formats.write_parquet, frames, path + "parquet", level)
            read, result = timed(formats.read_parquet, path + "parquet")
            report(f"pyarrow Parquet sorted, zstd {level}", frames, write, read, result)


def report(name, frames, write, read, result):
    difference = frames.check(result, name)
    if difference:
        raise SystemExit(difference)
    print(name, len(frames) / write / 1e6, len(frames) / read / 1e6, sep="\t")


if __name__ == "__main__":
    main()
