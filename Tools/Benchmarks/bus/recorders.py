"""The recorders that are compared: how each is started, and what is in its log afterwards."""

import json
import os
import shlex
import subprocess
from pathlib import Path


class Recorder:
    """One recorder and its options. `folder` is where its log goes; it is the current folder too."""

    def __init__(self, name, command):
        self.name = name
        self.command = command

    def words(self, interfaces):
        """The command line for these interfaces."""
        return [*self.command, *interfaces]

    def shown(self):
        """The command as a reader would type it."""
        names = [Path(word).name if word.startswith("/") else word for word in self.command]
        return shlex.join(names)


class Canlog(Recorder):
    def __init__(self, binary, *options, name="canlog"):
        super().__init__(name, [binary, "record", "-o", "log.canlog", "--json", *options])
        self.binary = binary

    def counts(self, folder):
        """(recorded, counted as lost): what the finished log says."""
        report = self.report(folder)
        return report["frames"], report["lost"]

    def report(self, folder):
        lines = (Path(folder) / "stdout").read_text().splitlines()
        return json.loads(lines[-1])

    def numbers(self, folder):
        """The numbers of the frames, whatever state the log was left in."""
        path = Path(folder) / "log.canlog"
        if not path.exists():
            return []
        done = subprocess.run([self.binary, "dump", path], capture_output=True, text=True)
        if done.returncode not in (0, 3):
            raise RuntimeError(f"canlog dump ended with {done.returncode}: {done.stderr}")
        return numbers_in_text(done.stdout)


class CanlogFolder(Canlog):
    """canlog into a folder, where it makes a new log when it is told to."""

    def __init__(self, binary):
        super().__init__(binary)
        self.command = [binary, "record", "-o", ".", "--json"]

    def numbers(self, folder):
        done = [subprocess.run([self.binary, "dump", path], capture_output=True, text=True, check=True)
                for path in sorted(Path(folder).glob("*.canlog"))]
        return [number for one in done for number in numbers_in_text(one.stdout)]


class Candump(Recorder):
    def __init__(self, *options):
        super().__init__("candump " + " ".join(["-l", *options]), ["/usr/bin/candump", "-l", *options])

    def log(self, folder):
        return next(iter(sorted(Path(folder).glob("candump-*.log"))), None)

    def counts(self, folder):
        """With -d candump writes a line into its log when it hears of frames that were dropped."""
        recorded = lost = 0
        with open(self.log(folder), "rb") as log:
            for line in log:
                if line.startswith(b"("):
                    recorded += 1
                elif line.startswith(b"DROPCOUNT: dropped"):
                    lost += int(line.split()[2])
        return recorded, lost if "-d" in self.command else None

    def numbers(self, folder):
        logs = sorted(Path(folder).glob("*candump-*.log"))
        return [number for log in logs for number in numbers_in_text(log.read_text())]


class PythonCAN(Recorder):
    """python-can's logger, into its own candump text (.log) or Vector's BLF."""

    def __init__(self, python, suffix):
        super().__init__(
            f"python-can {suffix}", [python, "-m", "can.logger", "-i", "socketcan", "-f", "log" + suffix])
        self.python = python
        self.suffix = suffix

    def words(self, interfaces):
        # One channel a process; an empty name means every interface.
        return [*self.command, "-c", interfaces[0] if len(interfaces) == 1 else ""]

    def counts(self, folder):
        if self.suffix == ".log":
            with open(Path(folder) / "log.log", "rb") as log:
                return sum(1 for line in log if line.startswith(b"(")), None
        return len(self.numbers(folder)), None

    def numbers(self, folder):
        path = Path(folder) / ("log" + self.suffix)
        if not path.exists():
            return []
        if self.suffix == ".log":
            return numbers_in_text(path.read_text())
        reader = os.path.join(os.path.dirname(os.path.realpath(__file__)), "blf_numbers.py")
        done = subprocess.run([self.python, "-B", reader, path], capture_output=True, text=True, check=True)
        return [int(word) for word in done.stdout.split()]


def numbers_in_text(text):
    """The numbers in the frames of candump text; a last line that is not whole does not count."""
    numbers = []
    for line in text.splitlines(keepends=True):
        if not line.startswith("(") or not line.endswith("\n"):
            continue
        payload = line.split()[2].partition("#")[2]
        if len(payload) == 16:
            numbers.append(int.from_bytes(bytes.fromhex(payload), "little"))
    return numbers
