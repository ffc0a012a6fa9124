"""What a recorder loses when it gets no processor for some seconds."""

import shutil
import signal
import time

from bench import Bench, arguments, row, show_commands

WIDTHS = (18, 10, 10, 12, 10, 16, 12)


def main():
    options = arguments(rate=4_000, only="", wires="no")
    bench = Bench(options, wires=options.wires == "yes")
    recorders = bench.recorders("canlog socket", "canlog ring", "candump -d", "candump -r", "python-can .log")
    recorders = [recorder for recorder in recorders if options.only in recorder.name]
    bench.warm_up(recorders)
    print(f"\n{options.rate:,} frames/s; stopped (SIGSTOP) after 1 s, frames go on for 2 s afterwards")
    row("recorder", "stopped", "sent", "recorded", "lost", "counted lost", "unaccounted", widths=WIDTHS)
    for seconds in (5, 15):
        for recorder in recorders:
            measure(bench, recorder, options.rate, seconds)
    show_commands(recorders)


def measure(bench, recorder, rate, seconds):
    recording = bench.start(recorder)
    sender = bench.start_sending(rate * (seconds + 3), rate)
    time.sleep(1)
    recording.process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    recording.process.send_signal(signal.SIGCONT)
    sent = bench.sent(sender)["sent"]
    recording.settle()
    recording.finish()
    recorded, counted = recorder.counts(recording.folder)
    row(recorder.name, f"{seconds} s", sent, recorded, sent - recorded, counted,
        sent - recorded - (counted or 0), widths=WIDTHS)
    shutil.rmtree(recording.folder)


if __name__ == "__main__":
    main()
