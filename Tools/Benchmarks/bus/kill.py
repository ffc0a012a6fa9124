"""How old the frames are that are missing after SIGKILL at a random moment."""

import array
import bisect
import os
import random
import shutil
import statistics
import time

from bench import Bench, arguments, row, show_commands

WIDTHS = (18, 9, 12, 12, 12, 14, 10)
SECONDS = 3


def main():
    options = arguments(rounds=20, rate=2_000, seed=1, only="")
    chance = random.Random(options.seed)
    bench = Bench(options)
    recorders = bench.recorders("canlog socket", "canlog ring", "candump", "python-can .log", "python-can .blf")
    if options.only:
        recorders = [recorder for recorder in recorders if options.only in recorder.name]
    bench.warm_up(recorders)
    results = {recorder.name: [] for recorder in recorders}
    for _ in range(options.rounds):
        for recorder in recorders:
            results[recorder.name].append(measure(bench, recorder, options.rate, chance.uniform(0.5, SECONDS - 0.3)))
    print(f"\n{options.rate:,} frames/s; SIGKILL 0.5 to {SECONDS - 0.3:g} s after the first; "
          "all missing frames are younger than …")
    row("recorder", "rounds", "median ms", "max ms", "max frames", "holes in logs", "unread", widths=WIDTHS)
    for name, rounds in results.items():
        ages = [age for age, *_ in rounds]
        row(name, len(rounds), f"{statistics.median(ages):.1f}", f"{max(ages):.1f}",
            max(missing for _, missing, _, _ in rounds), sum(holes for *_, holes, _ in rounds),
            sum(empty for *_, empty in rounds), widths=WIDTHS)
    print("\nunread: rounds of which no frame could be read")
    show_commands(recorders)


def measure(bench, recorder, rate, moment):
    """(ms before the kill from which on frames are missing, how many, holes before, whether all are missing)."""
    recording = bench.start(recorder)
    times_file = os.path.join(recording.folder, "times")
    sender = bench.start_sending(rate * SECONDS, rate, "--times", times_file)
    time.sleep(moment)
    killed = time.monotonic_ns()
    recording.kill()
    bench.sent(sender)
    times = array.array("q")
    with open(times_file, "rb") as file:
        times.frombytes(file.read())
    numbers = recorder.numbers(recording.folder)
    shutil.rmtree(recording.folder)
    present = set(numbers)
    if len(present) != len(numbers):
        raise RuntimeError(f"{recorder.name}: a frame is in the log twice")
    newest = max(numbers, default=-1)
    holes = newest + 1 - len(present)
    sent_before = bisect.bisect_left(times, killed)
    missing = max(0, sent_before - newest - 1)
    age = (killed - times[newest + 1]) / 1e6 if missing else 0.0
    return age, missing, holes, not numbers


if __name__ == "__main__":
    main()
