"""Processor time of monitors that show 4,000 frames/s of 200 identifiers on a terminal of 200 columns and 60 rows."""

import fcntl
import os
import pty
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time

from bench import arguments, row, run

WIDTHS = (26, 20, 16)
IDENTIFIERS, RATE = 200, 4_000


def write_traffic(folder, seconds):
    """A log of 200 identifiers, each with eight signals of which most change, and its database."""
    log, database = os.path.join(folder, "traffic.log"), os.path.join(folder, "traffic.dbc")
    with open(log, "w") as file:
        for number in range(RATE * seconds):
            time_us = number * 1_000_000 // RATE
            turn, place = divmod(number, IDENTIFIERS)
            payload = [turn & 0xFF, turn >> 8 & 0xFF, place, turn * 7 & 0xFF, (turn >> 3) & 0xFF, 0, turn * place & 0xFF, 0xA5]
            file.write(f"(17000000{time_us // 1_000_000:02}.{time_us % 1_000_000:06}) vcan0 "
                       f"{0x100 + place:03X}#{bytes(payload).hex().upper()}\n")
    with open(database, "w") as file:
        file.write('VERSION ""\nBU_: ECU\n')
        for place in range(IDENTIFIERS):
            file.write(f"BO_ {0x100 + place} Message_{place}: 8 ECU\n")
            for byte in range(8):
                file.write(f' SG_ Signal_{place}_{byte} : {byte * 8}|8@1+ (0.5,-40) [0|0] "degC" Vector__XXX\n')
        file.write('BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;\n')
        for place in range(IDENTIFIERS):
            file.write(f'BA_ "GenMsgCycleTime" BO_ {0x100 + place} 50;\n')
    return log, database


class Terminal:
    """A program on a terminal of its own, whose output is read and counted."""

    def __init__(self, words):
        self.bytes = 0
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            os.environ.pop("NO_COLOR", None)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
            os.execvp(words[0], words)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        try:
            while data := os.read(self.master, 1 << 16):
                self.bytes += len(data)
        except OSError:
            pass  # It has ended.

    def cpu(self):
        """CPU time of all its threads, in seconds (proc: schedstat)."""
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
        return total / 1e9

    def end(self):
        os.kill(self.pid, signal.SIGINT)
        for _ in range(50):
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
            time.sleep(0.1)
        else:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        # The reader ends when nobody has the other end any more.
        self.reader.join(timeout=5)
        os.close(self.master)


def measured(words, seconds, settle):
    """CPU time and bytes written for each second, once it runs."""
    terminal = Terminal(words)
    try:
        # A program in Python needs long in the bench VM until it draws; what it does before is not its cost.
        deadline = time.monotonic() + 60
        while terminal.bytes < 4_000:
            if time.monotonic() > deadline:
                return None
            time.sleep(0.2)
        time.sleep(settle)
        begin, cpu, written = time.monotonic(), terminal.cpu(), terminal.bytes
        time.sleep(seconds)
        span = time.monotonic() - begin
        return (terminal.cpu() - cpu) / span, (terminal.bytes - written) / span
    except FileNotFoundError:
        return None  # It ended by itself.
    finally:
        terminal.end()


def main():
    options = arguments(rounds=3, seconds=10, here="no")
    folder = tempfile.mkdtemp(dir=os.environ.get("TMPDIR"))
    log, database = write_traffic(folder, 30)
    # In memory: a page read from the host's files would stop virtual time under --icount.
    canlog = shutil.copy(options.canlog, folder)
    database_words = ["--db", database, "--no-project"]
    python = os.path.dirname(options.python)
    player = None
    if options.here == "yes":
        print("\nover a log at --speed 1, on this machine")
        tools = {
            "canlog monitor": [canlog, "monitor", log, "--speed", "1"],
            "canlog monitor --db": [canlog, "monitor", log, "--speed", "1", *database_words],
            "the same --expand": [canlog, "monitor", log, "--speed", "1", "--expand", *database_words],
        }
    else:
        print("\non a vcan, in the bench VM")
        run("ip link add vcan0 type vcan && ip link set vcan0 up")
        player = subprocess.Popen(["canplayer", "-I", log, "-l", "i"], stdout=subprocess.DEVNULL)
        tools = {
            "canlog monitor": [canlog, "monitor", "vcan0", "--no-project"],
            "canlog monitor --db": [canlog, "monitor", "vcan0", *database_words],
            "the same --expand": [canlog, "monitor", "vcan0", "--expand", *database_words],
            "cansniffer -c": ["cansniffer", "vcan0", "-c"],
            "candump -c": ["candump", "-c", "-c", "vcan0"],
            "python-can can.viewer": [f"{python}/can_viewer", "-i", "socketcan", "-c", "vcan0"],
            "cantools monitor": [f"{python}/cantools", "monitor", "-B", "socketcan", "-c", "vcan0", database],
        }
    tools = {name: words for name, words in tools.items() if shutil.which(words[0])}
    results = {name: [] for name in tools}
    try:
        for number in range(options.rounds):
            for name, words in tools.items():
                result = measured(words, options.seconds, 4 if player is None else 8)
                told = "drew nothing within a minute" if result is None else f"{result[0] * 100:.1f} %"
                print(f"  round {number + 1}: {name}: {told}", flush=True)
                results[name] += [result] if result else []
    finally:
        if player:
            player.kill()
    print(f"{RATE:,} frames/s of {IDENTIFIERS} identifiers, 200x60; {options.rounds} rounds of {options.seconds} s, medians")
    row("monitor", "% of a processor", "kB/s written", widths=WIDTHS)
    for name, rounds in results.items():
        if not rounds:
            continue
        cpu = sorted(cpu for cpu, _ in rounds)[len(rounds) // 2]
        written = sorted(written for _, written in rounds)[len(rounds) // 2]
        row(name, f"{cpu * 100:.1f}", f"{written / 1000:.1f}", widths=WIDTHS)
    print("commands:")
    for words in tools.values():
        print("  " + " ".join(os.path.basename(word) if "/" in word else word for word in words))
    shutil.rmtree(folder)


main()
