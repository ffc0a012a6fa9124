"""python-can with .canlog: its own readers of candump text and BLF say what is expected.

usage: CANLOG=PATH-OF-CANLOG python3 Tools/python-canlog/tests/test_canlog.py

Run where the package is installed; Tools/tests/python-canlog.sh does. The real logs are those of
CANLOG_TEST_DATA (../shared/data).
"""
import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings
from pathlib import Path

import can
import canlog
from can.io.canutils import CanutilsLogReader
from canlog import program

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("CANLOG_TEST_DATA", ROOT.parent / "shared/data"))



def children():
    """The ids of this process's children, those included that nobody has reaped."""
    own = f"/proc/{os.getpid()}/task"
    return sorted(word for task in os.listdir(own)
                  for word in Path(own, task, "children").read_text().split())


def content(message, with_direction=True):
    return (message.timestamp, message.arbitration_id, message.is_extended_id, message.is_remote_frame,
            message.is_error_frame, message.channel, message.dlc, bytes(message.data), message.is_fd,
            message.bitrate_switch, message.error_state_indicator, with_direction and message.is_rx)


class CanlogTests(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = Path(self._folder.name)

    def tearDown(self):
        gc.collect()
        self.assertEqual(children(), [], "a child is left")

    def convert(self, source, target):
        subprocess.run([program.find(), "convert", source, target], check=True, capture_output=True)
        return target

    def written(self, name, messages, **options):
        path = self.folder / name
        with can.Logger(path, **options) as logger:
            for message in messages:
                logger(message)
        return path

    def many(self):
        """A log of far more than the pipe holds."""
        text = self.folder / "many.log"
        text.write_text("".join(f"(1700000000.{n:06}) can0 {n % 2048:03X}#{n:016X}\n" for n in range(100_000)))
        return self.convert(text, self.folder / "many.canlog")

    MESSAGES = [
        can.Message(1700000000.123456, 0x123, False, channel="can0", data=[1, 2, 3]),
        can.Message(1700000000.123457, 0x12345678, True, channel="can1", data=bytes(8), is_rx=False),
        can.Message(1700000000.2, 0x123, True, channel="can0"),
        can.Message(1700000000.3, 0x7FF, False, True, channel="can0", dlc=0),
        can.Message(1700000000.4, 0x7FF, False, True, channel="can0", dlc=8, is_rx=False),
        can.Message(1700000000.5, 0x88, False, False, True, "can0", 8, bytes(range(8))),
        can.Message(1700000000.6, 0x555, False, channel="can0", is_fd=True, data=bytes(64), bitrate_switch=True),
        can.Message(1700000000.7, 0x555, False, channel="can0", is_fd=True, data=b"", error_state_indicator=True),
        can.Message(1700000000.8, 0x1, True, channel="can0", is_fd=True, data=bytes(12), bitrate_switch=True,
                    error_state_indicator=True, is_rx=False),
    ]

    def test_messages_of_all_kinds_come_back_as_they_were(self):
        path = self.written("all.canlog", self.MESSAGES)
        read = [content(message) for message in can.LogReader(path)]
        self.assertEqual(read, [content(message) for message in self.MESSAGES])

    def test_stamps_are_the_nearest_float_to_the_nanoseconds(self):
        stamps = ["0.000000001", "1700000000.123456789", "1700000000.999999999", "4000000000.000000001"]
        text = self.folder / "t.log"
        text.write_text("".join(f"({stamp}) can0 123#00\n" for stamp in stamps))
        path = self.convert(text, self.folder / "t.canlog")
        self.assertEqual([m.timestamp for m in can.LogReader(path)], [float(stamp) for stamp in stamps])

    def test_real_logs_hold_what_python_can_reads_out_of_their_text(self):
        logs = sorted((DATA / "logs").glob("*.log.zst"))
        if not logs:
            missing = f"no logs in {DATA}/logs: set CANLOG_TEST_DATA"
            if "data" in os.environ.get("CANLOG_REQUIRE", "").split(","):
                self.fail(missing)
            self.skipTest(missing)
        for log in logs:
            with self.subTest(log.name):
                text = self.folder / "real.log"
                text.write_bytes(subprocess.run(["zstd", "-dc", log], check=True, capture_output=True).stdout)
                path = self.convert(text, self.folder / f"{log.name}.canlog")
                # Its text does not tell directions; neither does the log.
                expected = [content(message, False) for message in CanutilsLogReader(text)]
                self.assertGreater(len(expected), 100)
                self.assertEqual([content(m, False) for m in can.LogReader(path)], expected)
                again = self.written("again.canlog", can.LogReader(path))
                self.assertEqual([content(m, False) for m in can.LogReader(again)], expected)

    def test_a_reader_that_stops_early_leaves_no_process(self):
        path = self.many()
        with can.LogReader(path) as reader:
            next(iter(reader))
        self.assertEqual(children(), [])
        messages = iter(can.LogReader(path))
        next(messages)
        self.assertEqual(len(children()), 1)
        messages.close()
        self.assertEqual(children(), [])
        for _ in can.LogReader(path):
            break
        gc.collect()
        self.assertEqual(children(), [])

    def test_stop_of_another_thread_ends_the_iteration(self):
        reader = can.LogReader(self.many())
        threads = []
        count = 0
        for count, _ in enumerate(reader, 1):
            if count == 1:
                threads.append(threading.Thread(target=reader.stop))
                threads[0].start()
                threads[0].join()
        self.assertLess(count, 100_000)

    def test_what_canlog_says_is_the_exception(self):
        path = self.folder / "no.canlog"
        path.write_bytes(b"this is no log of any kind, it is a text\n" * 20)
        with self.assertRaisesRegex(canlog.CanlogError, "no.canlog"):
            list(can.LogReader(path))
        with self.assertRaises(FileNotFoundError):
            can.LogReader(self.folder / "absent.canlog")
        with self.assertRaisesRegex(canlog.CanlogError, "absent"):
            self.written("absent/a.canlog", self.MESSAGES)

    def test_a_damaged_log_gives_what_is_whole_and_a_warning_or_an_error(self):
        path = self.many()
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                list(can.LogReader(path))
            except canlog.CanlogError:
                return
        self.assertTrue([w for w in caught if w.category is canlog.CanlogWarning])

    def test_without_canlog_the_error_has_the_remedy(self):
        named = os.environ.get("CANLOG")
        path = self.written("a.canlog", self.MESSAGES)
        try:
            os.environ["CANLOG"] = "/nowhere/canlog"
            with self.assertRaisesRegex(canlog.CanlogError, "set CANLOG to the path"):
                can.LogReader(path)
            with self.assertRaisesRegex(canlog.CanlogError, "set CANLOG to the path"):
                can.Logger(path)
        finally:
            del os.environ["CANLOG"]
            if named:
                os.environ["CANLOG"] = named

    def test_what_no_bus_carries_is_refused(self):
        wrong = [
            can.Message(1, 0x800, False, data=[1]), can.Message(1, 0x2000_0000, True),
            can.Message(1, 1, data=bytes(9)), can.Message(1, 1, data=bytes(9), is_fd=True),
            can.Message(float("nan"), 1), can.Message(1, 1, is_remote_frame=True, dlc=16),
            can.Message(1, 1, channel="a name with blanks"), can.Message(1, 1, channel="x" * 16),
        ]
        for message in wrong:
            with self.subTest(str(message)), self.assertRaises(ValueError):
                self.written("wrong.canlog", [message])
        with self.assertRaises(ValueError):
            self.written("two.canlog", [can.Message(1, 1, channel=0), can.Message(2, 1, channel="can0")])
        with self.assertRaises(ValueError):
            can.Logger(self.folder / "b.canlog", append=True)

    def test_a_process_that_is_killed_leaves_the_old_log_and_a_partial_one(self):
        path = self.written("k.canlog", self.MESSAGES[:1])
        program = (
            "import can, os, signal, sys\n"
            "log = can.Logger(sys.argv[1])\n"
            "for n in range(10_000): log(can.Message(n + 1.0, n % 2048, False, channel='can0'))\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n")
        subprocess.run([sys.executable, "-c", program, path], timeout=60)
        self.assertEqual(len(list(can.LogReader(path))), 1)
        partial = self.folder / "k.canlog.partial"
        for _ in range(100):
            if partial.exists():
                break
            time.sleep(0.1)
        read = subprocess.run([canlog.program.find(), "dump", partial], capture_output=True, text=True)
        # What python-can held back is not there.
        self.assertGreater(read.stdout.count("\n"), 4_000)

    def test_numbers_and_absent_channels_get_names(self):
        path = self.written("c.canlog", [can.Message(1, 1, channel=3), can.Message(2, 1, channel="3"),
                                         can.Message(3, 1)], channel="bench")
        self.assertEqual([m.channel for m in can.LogReader(path)], ["can3", "can3", "bench"])

    def test_a_bare_error_frame_is_a_protocol_error(self):
        path = self.written("e.canlog", [can.Message(1, is_error_frame=True, channel="can0")])
        (message,) = can.LogReader(path)
        self.assertTrue(message.is_error_frame)
        self.assertEqual((message.arbitration_id, bytes(message.data)), (8, bytes(8)))

    def tool(self, name, *arguments):
        # The tools are where python is, perhaps not in PATH.
        return subprocess.run([sys.executable, "-m", f"can.{name}", *map(str, arguments)],
                              check=True, capture_output=True, text=True, timeout=60)

    def test_can_logconvert_goes_both_ways(self):
        messages = [m for m in self.MESSAGES if not m.is_error_frame]
        blf = self.folder / "a.blf"
        with can.Logger(blf) as logger:
            for message in messages:
                message.channel = int(message.channel[-1])
                logger(message)
        self.addCleanup(lambda: [setattr(m, "channel", f"can{m.channel}") for m in messages])
        path, back = self.folder / "a.canlog", self.folder / "b.blf"
        self.tool("logconvert", blf, path)
        expected = [content(m)[1:5] + content(m)[6:] for m in can.LogReader(blf)]
        read = list(can.LogReader(path))
        self.assertEqual([content(m)[1:5] + content(m)[6:] for m in read], expected)
        self.assertEqual([m.channel for m in read], [f"can{m.channel}" for m in can.LogReader(blf)])
        for message, original in zip(read, can.LogReader(blf)):
            self.assertAlmostEqual(message.timestamp, original.timestamp, delta=1e-9)
        text = self.folder / "b.log"
        self.tool("logconvert", path, text)
        self.assertEqual([m.arbitration_id for m in CanutilsLogReader(text)], [m.arbitration_id for m in messages])

    def test_can_player_plays_on_a_virtual_bus(self):
        messages = [m for m in self.MESSAGES if not m.is_error_frame and not m.is_fd]
        path = self.written("p.canlog", messages)
        self.tool("player", "-i", "virtual", "-c", "p", "--ignore-timestamps", path)
        with can.Bus("q", interface="virtual") as bus, can.Bus("q", interface="virtual") as other:
            with can.LogReader(path) as reader:
                for message in can.MessageSync(reader, timestamps=False, gap=0):
                    bus.send(message)
            heard = [other.recv(timeout=1) for _ in messages]
        self.assertEqual([m.arbitration_id for m in heard], [m.arbitration_id for m in messages])


if __name__ == "__main__":
    unittest.main()
