"""How many of many frames are lost, and how many of these the recorder knows of."""

import shutil
import subprocess

from bench import Bench, arguments, row, show_commands

WIDTHS = (18, 14, 12, 14, 12, 16, 12)


def main():
    options = arguments(frames=1_000_000, rate=100_000, rounds=1, only="", interfaces=1, wires="no")
    bench = Bench(options, options.interfaces, options.wires == "yes")
    recorders = bench.recorders("canlog socket", "canlog ring", "candump -d", "candump -r", "python-can .log")
    if options.only:
        recorders = [recorder for recorder in recorders if options.only in recorder.name]
    bench.warm_up(recorders)
    print(f"\n{options.frames:,} frames offered at {options.rate:,}/s on {options.interfaces} interfaces")
    row("recorder", "sent", "sent/s", "recorded", "lost", "counted lost", "unaccounted", widths=WIDTHS)
    for _ in range(options.rounds):
        for recorder in recorders:
            measure(bench, recorder, options)
    print("\nunaccounted: sent - recorded - counted lost")
    show_commands(recorders)


def measure(bench, recorder, options):
    recording = bench.start(recorder)
    said = bench.send(options.frames, options.rate)
    recording.settle()
    status = recording.finish()
    recorded, counted = recorder.counts(recording.folder)
    sent = said["sent"]
    row(recorder.name, sent, round(sent / said["seconds"]), recorded, sent - recorded, counted,
        sent - recorded - (counted or 0), widths=WIDTHS)
    if recorder.name.startswith("canlog"):
        check(bench, recording, recorded, status)
    shutil.rmtree(recording.folder)


def check(bench, recording, recorded, status):
    """The closed log holds what the recorder said: counted again by reading every frame."""
    dump = subprocess.Popen([bench.canlog, "dump", recording.folder + "/log.canlog"], stdout=subprocess.PIPE)
    lines = subprocess.run(["wc", "-l"], stdin=dump.stdout, capture_output=True, text=True, check=True)
    found = int(lines.stdout)
    agreed = "as many" if found == recorded else f"{found:,}, NOT as many"
    print(f"{'':18}canlog dump reads {agreed} frames; exit status {status}", flush=True)


if __name__ == "__main__":
    main()
