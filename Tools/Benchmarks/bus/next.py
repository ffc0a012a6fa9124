"""Going on in another log while frames stream in: how long it takes, and what is lost or doubled."""

import glob
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import time

from bench import Bench, Recording, arguments, row, show_commands

WIDTHS = (18, 9, 12, 12, 12, 10, 10, 10)


def main():
    options = arguments(rounds=50, rate=4_000)
    bench = Bench(options)
    recorders = bench.recorders("canlog next", "candump")
    bench.warm_up(recorders)
    print(f"\n{options.rounds} changes at random moments, {options.rate:,} frames/s; ms from the order to the answer (canlog) "
          "or to listening again (candump ended and started anew)")
    row("recorder", "changes", "median ms", "p99 ms", "max ms", "sent", "missing", "doubled", widths=WIDTHS)
    for recorder, change in zip(recorders, (order, restart)):
        measure(bench, recorder, change, options)
    show_commands(recorders)


def measure(bench, recorder, change, options):
    os.environ["XDG_RUNTIME_DIR"] = bench.folder
    recording = bench.start(recorder)
    seconds = options.rounds // 2 + 2
    sender = bench.start_sending(options.rate * seconds, options.rate)
    chance = random.Random(1)
    start, durations = time.monotonic(), []
    for number in range(options.rounds):
        time.sleep(max(0, start + 1 + number / 2 + chance.uniform(0, 0.05) - time.monotonic()))
        before = time.monotonic_ns()
        recording = change(bench, recording, number)
        durations.append((time.monotonic_ns() - before) / 1e6)
    sent = bench.sent(sender)["sent"]
    recording.settle()
    recording.finish()
    numbers = recorder.numbers(recording.folder)
    missing, doubled = sent - len(set(numbers)), len(numbers) - len(set(numbers))
    durations.sort()
    row(recorder.name, options.rounds, f"{statistics.median(durations):.1f}",
        f"{durations[len(durations) * 99 // 100]:.1f}", f"{durations[-1]:.1f}", sent, missing, doubled, widths=WIDTHS)
    shutil.rmtree(recording.folder)


def order(bench, recording, number):
    """What 'canlog next' asks of the recorder's socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(glob.glob(bench.folder + "/canlog/*.sock")[0])
        connection.sendall(f"next vin=CAR{number}\n".encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    if not answer.startswith(b"0\n"):
        raise RuntimeError(f"canlog: {answer.decode()}")
    return recording


def restart(bench, recording, number):
    """A candump for each car: the old one is ended, a new one is started in the same folder."""
    recording.process.send_signal(signal.SIGINT)
    recording.process.wait()
    # Its names have a resolution of a second.
    for path in glob.glob(recording.folder + "/candump-*.log"):
        os.rename(path, f"{recording.folder}/{number:06}.{os.path.basename(path)}")
    return Recording(recording.recorder, bench.interfaces, recording.folder)


if __name__ == "__main__":
    main()
