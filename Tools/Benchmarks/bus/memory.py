"""Resident memory of the recorders: with eight interfaces, and after one and after ten million frames."""

import shutil
import time

from bench import Bench, arguments, row, show_commands

WIDTHS = (18, 14, 16, 16, 16)
EIGHT = 8


def main():
    options = arguments(seconds=40, rate=100_000, millions=10, only="")
    bench = Bench(options, EIGHT)
    eight(bench, options.seconds)
    bench.interfaces = bench.interfaces[:1]
    long(bench, options)
    show_commands(bench.recorders("canlog socket", "canlog ring", "candump", "python-can .log"))
    print("kernel buffers apart: what waits in a socket is the kernel's memory, at most 32 MiB for canlog in all,\n"
          "208 KiB for each socket of the others")


def eight(bench, seconds):
    print(f"\n{EIGHT} interfaces, 1,000 frames/s each, {seconds} s")
    row("recorder", "frames", "VmRSS MiB", "VmHWM MiB", "anonymous MiB", widths=WIDTHS)
    recorders = bench.recorders("canlog socket", "canlog ring", "candump", "python-can .log")
    bench.warm_up(recorders)
    for recorder in recorders:
        recording = bench.start(recorder)
        count = EIGHT * 1_000 * seconds
        sender = bench.start_sending(count, EIGHT * 1_000)
        greatest = sample(recording, sender)
        bench.sent(sender)
        high, anonymous = recording.status("VmHWM"), recording.status("RssAnon")
        recording.finish()
        row(recorder.name, count, mebibytes(greatest), mebibytes(high), mebibytes(anonymous), widths=WIDTHS)
        shutil.rmtree(recording.folder)


def long(bench, options):
    print(f"\none interface, {options.rate:,} frames/s offered: VmRSS in MiB")
    row("recorder", "after 1 M", f"after {options.millions} M", "difference KiB", "VmHWM MiB", widths=WIDTHS)
    for recorder in bench.recorders("canlog socket", "canlog ring", "candump"):
        recording = bench.start(recorder)
        sizes = []
        for millions in (1, options.millions - 1):
            bench.send(millions * 1_000_000, options.rate)
            recording.settle()
            sizes.append(recording.status("VmRSS"))
        high = recording.status("VmHWM")
        recording.finish()
        row(recorder.name, mebibytes(sizes[0]), mebibytes(sizes[1]), sizes[1] - sizes[0], mebibytes(high),
            widths=WIDTHS)
        shutil.rmtree(recording.folder)


def sample(recording, sender):
    """The greatest VmRSS while it is sent, in KiB."""
    greatest = 0
    while sender.poll() is None:
        greatest = max(greatest, recording.status("VmRSS"))
        time.sleep(0.2)
    return greatest


def mebibytes(kibibytes):
    return f"{kibibytes / 1024:.1f}"


if __name__ == "__main__":
    main()
