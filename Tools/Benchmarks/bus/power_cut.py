"""How much of a recording is lost when the power goes: the honest kind, see Tools/bench-vm --help.

Runs on this machine and boots the bench VM twice a round: to record until the cut, and to look.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile

from bench import arguments, row, show_commands
from recorders import Candump, Canlog

WIDTHS = (18, 9, 12, 12, 12, 12, 14)
TELL_MS = 5


def main():
    options = arguments(rounds=5, rate=2_000, seed=1)
    chance = random.Random(options.seed)
    recorders = [Canlog(options.canlog), Candump()]
    results = {recorder.name: [] for recorder in recorders}
    for number in range(options.rounds):
        for recorder in recorders:
            result = measure(recorder, options, 3 + chance.uniform(0, 3))
            print(f"round {number + 1}, {recorder.name}: newest frame sent {result[0]}, newest in the log {result[1]}",
                  file=sys.stderr)
            results[recorder.name].append(result)
    print(f"\n{options.rate:,} frames/s onto ext4; power cut 3 to 6 s after the start; frames of so many ms are lost\n"
          f"(seen on the host until the cut, so up to {TELL_MS} ms more)")
    row("recorder", "rounds", "median ms", "max ms", "least ms", "all lost", "holes in logs", widths=WIDTHS)
    for name, rounds in results.items():
        lost = [1000 * (sent - newest) / options.rate for sent, newest, _ in rounds]
        row(name, len(rounds), round(statistics.median(lost)), round(max(lost)), round(min(lost)),
            sum(newest < 0 for _, newest, _ in rounds), sum(holes for *_, holes in rounds), widths=WIDTHS)
    show_commands(recorders)


def measure(recorder, options, seconds):
    """(newest number sent before the cut, newest number in the log, how many are missing before it)."""
    vm = os.path.join(options.tools, "bench-vm")
    guest = os.path.join(os.path.dirname(os.path.realpath(__file__)), "power_cut_guest")
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "disk.img")
        cut = subprocess.run(
            [vm, "run", "--disk", image, "--cut-after", f"{seconds:.3f}", "--", guest, options.sender,
             str(options.rate), str(TELL_MS), *recorder.words(["vcan0"])],
            capture_output=True, text=True)
        if cut.returncode != 0:
            raise RuntimeError(f"bench-vm ended with {cut.returncode}: {cut.stderr}")
        sent = max((int(line) for line in cut.stdout.split("\n")[:-1] if line.isdigit()), default=-1)
        if sent < 0:
            raise RuntimeError(f"nothing was sent before the cut: {cut.stdout}{cut.stderr}")
        subprocess.run(
            [vm, "run", "--disk", image, "--exchange", folder, "--", "/bin/sh", "-c",
             'cp -r /mnt/disk/. "$CANLOG_EXCHANGE"'], check=True)
        os.unlink(image)
        numbers = recorder.numbers(os.path.join(folder, "log"))
    newest = max(numbers, default=-1)
    return sent, newest, newest + 1 - len(set(numbers))


if __name__ == "__main__":
    main()
