"""What the benchmarks share inside the bench VM: interfaces, the sender, recorders under way, CPU time."""

import argparse
import glob
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

from recorders import Candump, Canlog, CanlogFolder, PythonCAN


def arguments(**more):
    """What Tools/Benchmarks/run passes to each benchmark."""
    parser = argparse.ArgumentParser()
    for name in ("canlog", "sender", "python", "tools"):
        parser.add_argument("--" + name, required=True)
    for name, default in more.items():
        parser.add_argument("--" + name, type=type(default), default=default)
    return parser.parse_args()


class Bench:
    """A folder in memory with the programs in it, and vcan interfaces."""

    def __init__(self, options, interfaces=1, wires=False):
        """`wires`: each interface is one end of a vxcan, and what is sent comes from the other, as from another node."""
        self.folder = tempfile.mkdtemp(dir=os.environ.get("TMPDIR"))
        # In memory: a page read from the host's files would stop virtual time under --icount.
        self.canlog = shutil.copy(options.canlog, self.folder)
        self.sender = shutil.copy(options.sender, self.folder)
        self.python = options.python
        self.wires = wires
        self.interfaces = [f"{'vxcan' if wires else 'vcan'}{number}" for number in range(interfaces)]
        for interface in self.interfaces:
            if wires:
                run(f"ip link add {interface} type vxcan peer name far-{interface} && ip link set far-{interface} up")
            else:
                run(f"ip link add {interface} type vcan")
            run(f"ip link set {interface} up")

    def recorders(self, *names):
        """The recorders of these names, in this order."""
        every = {
            "canlog": lambda: Canlog(self.canlog),
            "canlog next": lambda: CanlogFolder(self.canlog),
            "canlog socket": lambda: Canlog(self.canlog, "--receive", "socket", name="canlog socket"),
            "canlog ring": lambda: Canlog(self.canlog, "--receive", "ring", name="canlog ring"),
            "candump": lambda: Candump(),
            "candump -d": lambda: Candump("-d"),
            "candump -r": lambda: Candump("-d", "-r", "33554432"),
            "python-can .log": lambda: PythonCAN(self.python, ".log"),
            "python-can .blf": lambda: PythonCAN(self.python, ".blf"),
        }
        return [every[name]() for name in names if "python" not in name or os.path.exists(self.python)]

    def start(self, recorder, parent=None):
        return Recording(recorder, self.interfaces, tempfile.mkdtemp(dir=parent or self.folder))

    def send(self, count, rate, *options):
        """Sends to the end; what the sender says of it."""
        return self.sent(self.start_sending(count, rate, *options))

    def start_sending(self, count, rate, *options, **more):
        ends = ["far-" + interface for interface in self.interfaces] if self.wires else self.interfaces
        options = (*options, "--unseen", "yes") if self.wires else options
        words = [self.sender, *ends, "--count", str(count), "--rate", str(rate), *map(str, options)]
        return subprocess.Popen(words, **({"stdout": subprocess.PIPE, "text": True} | more))

    @staticmethod
    def sent(process):
        output, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"the sender ended with {process.returncode}")
        return json.loads(output.splitlines()[-1])

    def warm_up(self, recorders, count=1000):
        """Once through everything, so that nothing is read for the first time while it is measured."""
        self.send(count, 4000)
        for recorder in recorders:
            recording = self.start(recorder)
            self.send(count, 4000)
            recording.finish()
            recorder.counts(recording.folder)
            shutil.rmtree(recording.folder)


class Recording:
    """A recorder at work, from the moment when the kernel lists it as a receiver of every interface."""

    def __init__(self, recorder, interfaces, folder):
        self.recorder, self.folder = recorder, folder
        with open(os.path.join(folder, "stdout"), "wb") as out, open(os.path.join(folder, "stderr"), "wb") as err:
            self.process = subprocess.Popen(
                recorder.words(interfaces), cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        deadline = time.monotonic() + 60
        while not listening(interfaces):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{recorder.name} does not listen: {self.errors()}")
            time.sleep(0.02)

    def errors(self):
        with open(os.path.join(self.folder, "stderr"), errors="replace") as file:
            return file.read()

    def cpu(self):
        """CPU time of all its threads, in nanoseconds (proc: schedstat)."""
        total = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with open(path) as file:
                total += int(file.read().split()[0])
        return total

    def status(self, word):
        """A size in /proc/PID/status, in KiB."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(word + ":"))

    def settle(self):
        """Waits until it has dealt with what it got: hardly any CPU time in 0.3 s."""
        before = self.cpu()
        for _ in range(400):
            time.sleep(0.3)
            now = self.cpu()
            if now - before < 6_000_000:
                return
            before = now

    def finish(self):
        """Ends it as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=120)

    def kill(self):
        self.process.kill()
        self.process.wait()


def listening(interfaces):
    """Whether each interface, or 'any' of them, has a receiver of every frame."""
    with open("/proc/net/can/rcvlist_all") as table:
        names = {line.split()[0] for line in table if line.strip()}
    with open("/proc/net/packet") as table:
        # sk RefCnt Type Proto Iface R: every protocol (3) of every interface (0), twice: frames and outgoing copies.
        rings = sum(line.split()[3:6] == ["0003", "0", "1"] for line in table)
    return rings >= 2 or "any" in names or names.issuperset(interfaces)


def run(command):
    subprocess.run(command, shell=True, check=True)


def row(*cells, widths):
    """One line of a table: the first cell to the left, the others to the right."""
    texts = [f"{cell:,}" if isinstance(cell, int) else "-" if cell is None else str(cell) for cell in cells]
    print("".join(text.ljust(width) if number == 0 else text.rjust(width)
                  for number, (text, width) in enumerate(zip(texts, widths))), flush=True)


def show_commands(recorders):
    for recorder in recorders:
        print(f"  {recorder.name}: {recorder.shown()}")
