"""What a recorded frame costs: the recorder's own CPU time, and what it makes the sender's side cost more."""

import shutil
import time

from bench import Bench, arguments, row, show_commands

WIDTHS = (18, 12, 12, 12, 12)
# Frames, frames a second, how many at once.
LOADS = [(16_000, 8_000, 1), (6_000, 2_000, 1), (16_000, 8_000, 8)]


def main():
    options = arguments(only="", wires="yes,no")
    for wires in options.wires.split(","):
        measure_all(options, wires == "yes")


def measure_all(options, wires):
    bench = Bench(options, wires=wires)
    print("\nframes of another node (vxcan)" if wires else "\nframes of this host (vcan)")
    recorders = bench.recorders("canlog socket", "canlog ring", "candump", "python-can .log", "python-can .blf")
    if options.only:
        recorders = [recorder for recorder in recorders if options.only in recorder.name]
    bench.warm_up(recorders, count=2_000)
    for count, rate, burst in LOADS:
        print(f"\n{rate:,} frames/s, " + (f"{burst} each {burst * 1000 / rate:g} ms" if burst > 1 else "evenly spaced"))
        row("k per frame", "receiver", "sender +", "total", "recorded", widths=WIDTHS)
        alone = bench.send(count, rate, "--burst", burst)["cpu"] / count
        totals = {}
        for recorder in recorders:
            totals[recorder.name] = measure(bench, recorder, alone, (count, rate, burst))
        candump = totals.get("candump -l")
        if candump:
            print("total / candump: " + ", ".join(f"{name} {total / candump:.3f}" for name, total in totals.items()))
        print(f"sender alone: {alone / 1000:.3f}")
    show_commands(recorders)


def measure(bench, recorder, alone, load):
    count, rate, burst = load
    recording = bench.start(recorder)
    # The recorder's own warm-up: buffers of the kernel and of its own that are used for the first time.
    bench.send(rate // 2, rate, "--burst", burst)
    recording.settle()
    before = recording.cpu()
    said = bench.send(count, rate, "--burst", burst)
    time.sleep(0.2)
    receiver = (recording.cpu() - before) / count
    recording.finish()
    recorded, _ = recorder.counts(recording.folder)
    sender = said["cpu"] / count - alone
    total = receiver + sender
    row(recorder.name, *(f"{value / 1000:.3f}" for value in (receiver, sender, total)),
        recorded - rate // 2, widths=WIDTHS)
    shutil.rmtree(recording.folder)
    return total


if __name__ == "__main__":
    main()
