"""How long a folder of very many logs takes to list: canlog beside python-can and the names alone."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import can
except ImportError as missing:
    raise SystemExit(f"{missing}; Tools/setup peers installs it")

CACHES = "/proc/sys/vm/drop_caches"
HEADERS = """
import os, sys, can
logs = []
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with can.BLFReader(os.path.join(folder, name)) as reader:
            logs.append((reader.start_timestamp, reader.stop_timestamp, reader.object_count, reader.file_size, name))
for log in sorted(logs):
    print(*log)
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--canlog", required=True)
    parser.add_argument("--writer", required=True)
    parser.add_argument("--logs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", default=None, help="where the logs are made, on the disk to be measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        logs, others = os.path.join(folder, "canlog"), os.path.join(folder, "blf")
        make(options, logs, others)
        commands = {
            "canlog list": [options.canlog, "list", logs],
            "canlog list --json": [options.canlog, "list", "--json", logs],
            "python-can, BLF headers": [sys.executable, "-c", HEADERS, others],
            "find -printf '%s %p', no content": ["find", logs, "-type", "f", "-printf", "%s %p\\n"],
        }
        measure(options, commands)


def make(options, logs, others):
    """The logs, and as many BLF in folders of the same names."""
    start = time.monotonic()
    subprocess.run([options.writer, "make-logs", "--frames", str(options.logs), "--folder", logs], check=True)
    size = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(logs) for name in names)
    print(f"{options.logs:,} logs of 1,000 to 6,000 frames, {size / 1e6:,.0f} MB, a folder for each 400, made in "
          f"{time.monotonic() - start:.0f} s; python-can {can.__version__}")
    source = os.path.join(os.path.dirname(logs), "source.blf")
    with can.BLFWriter(source) as writer:
        for number in range(1_000):
            writer.on_message_received(can.Message(
                timestamp=1_700_000_000 + number / 1_000, arbitration_id=0x100 + number % 10,
                is_extended_id=False, data=number.to_bytes(8, "big")))
    for folder, _, names in os.walk(logs):
        target = os.path.join(others, os.path.relpath(folder, logs))
        os.makedirs(target)
        for name in names:
            shutil.copyfile(source, os.path.join(target, name.removesuffix("canlog") + "blf"))


def measure(options, commands):
    os.sync()
    states = ["cold", "warm"]
    try:
        drop_caches()
    except OSError as failure:
        states = ["warm"]
        print(f"cold: not measured: {CACHES}: {failure.strerror}; run as root")
    rounds = {(state, name): [] for state in states for name in commands}
    for number in range(options.rounds):
        for state in states:
            for name, words in commands.items():
                if state == "cold":
                    drop_caches()
                elif number == 0:
                    run(words, options.logs)
                rounds[state, name].append(run(words, options.logs))
    print(f"\nseconds: median, greatest of {options.rounds} interleaved rounds; CPU of user and kernel, median; "
          f"load {os.getloadavg()[0]:.1f}\ncold: the caches of this kernel dropped; those of the disk, and of a host, "
          "are its own")
    for (state, name), figures in rounds.items():
        wall, cpu = zip(*figures)
        print(f"{state}  {name:34}{statistics.median(wall):8.2f}{max(wall):8.2f}{statistics.median(cpu):8.2f}")


def drop_caches():
    with open(CACHES, "w") as file:
        file.write("3\n")


def run(words, count):
    """(wall time, CPU time) of one run, whose output must have a line for each log."""
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    lines = sum(block.count(b"\n") for block in iter(lambda: process.stdout.read(1 << 20), b""))
    _, _, usage = os.wait4(process.pid, 0)
    taken = time.perf_counter() - start
    process.returncode = 0
    if lines != count:
        raise SystemExit(f"{words[0]} told of {lines} logs instead of {count}")
    return taken, usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
