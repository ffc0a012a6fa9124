"""How long a command takes that has little to do. Runs on this machine, not in the bench VM."""

import os
import statistics
import subprocess
import tempfile
import time

from bench import arguments, row

WIDTHS = (40, 12, 12, 12, 12)


def main():
    options = arguments(rounds=50)
    with tempfile.TemporaryDirectory() as folder:
        text, log = os.path.join(folder, "text.log"), os.path.join(folder, "log.canlog")
        write_text(text)
        subprocess.run([options.canlog, "convert", text, log], check=True, capture_output=True)
        python = [options.python, "-c"]
        commands = {
            "canlog info, 100,000 frames": [options.canlog, "info", log],
            "canlog --help": [options.canlog, "--help"],
            "candump -h": ["/usr/bin/candump", "-h"],
            "true": ["/bin/true"],
        }
        if os.path.exists(options.python):
            commands["python -c 'import can'"] = [*python, "import can"]
            commands["python -m can.logconvert --help"] = [options.python, "-m", "can.logconvert", "--help"]
        rounds = {name: [] for name in commands}
        for number in range(options.rounds + 1):
            for name, words in commands.items():
                figures = measure(words)
                if number > 0:
                    rounds[name].append(figures)
    print(f"\nmilliseconds, {options.rounds} interleaved rounds; load {os.getloadavg()[0]:.1f}")
    row("command", "median", "least", "CPU median", "CPU least", widths=WIDTHS)
    for name, figures in rounds.items():
        wall, cpu = zip(*figures)
        row(name, *(f"{1000 * value:.1f}" for value in
                    (statistics.median(wall), min(wall), statistics.median(cpu), min(cpu))), widths=WIDTHS)


def write_text(path):
    """100,000 frames of ten IDs, 1 ms apart."""
    with open(path, "w") as file:
        for number in range(100_000):
            file.write(f"({1_700_000_000 + number // 1000}.{number % 1000:03}000) can0 "
                       f"{0x100 + number % 10:03X}#{number:016X}\n")


def measure(words):
    """(wall time, CPU time) of one run in seconds."""
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
