#!/usr/bin/python3
"""power_cut.py: logs written by hand from the format of QEMU's block/blklogwrites.c."""

import io
import os
import struct
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench-vm.d"))

from power_cut import DISCARD, FLUSH, FUA, LogError, Outcome, cut_power

SECTOR = 512


def log_of(*entries, count=None, magic=0x6A736677736872):
    """A log of (sector, fill byte, number of sectors, flags)."""
    head = struct.pack("<QQQI", magic, 1, len(entries) if count is None else count, SECTOR)
    log = head.ljust(SECTOR, b"\0")
    for sector, fill, length, flags in entries:
        log += struct.pack("<QQQQ", sector, length, flags, 0).ljust(SECTOR, b"\0")
        if not flags & DISCARD:
            log += bytes([fill]) * (length * SECTOR)
    return io.BytesIO(log)


def disk_after(log, sectors=4):
    """The first byte of each sector of a disk of zeros, and the outcome."""
    disk = io.BytesIO(bytes(sectors * SECTOR))
    outcome = cut_power(disk, log)
    return list(disk.getvalue()[::SECTOR]), outcome


class PowerCut(unittest.TestCase):
    def test_writes_before_the_last_flush_stay_and_later_ones_are_lost(self):
        log = log_of((0, 7, 1, 0), (0, 0, 0, FLUSH), (1, 8, 2, 0))
        self.assertEqual(disk_after(log), ([7, 0, 0, 0], Outcome(1, 1, 1024)))

    def test_without_a_flush_everything_is_lost(self):
        self.assertEqual(disk_after(log_of((0, 7, 1, 0)))[0], [0, 0, 0, 0])

    def test_a_later_write_wins(self):
        log = log_of((2, 7, 1, 0), (2, 9, 1, 0), (0, 0, 0, FLUSH))
        self.assertEqual(disk_after(log)[0], [0, 0, 9, 0])

    def test_a_write_through_the_cache_stays_without_a_flush(self):
        log = log_of((1, 5, 1, 0), (3, 6, 1, FUA))
        self.assertEqual(disk_after(log)[0], [0, 0, 0, 6])

    def test_a_discard_has_no_data_and_changes_nothing(self):
        log = log_of((0, 7, 1, 0), (0, 0, 4, DISCARD), (1, 8, 1, 0), (0, 0, 0, FLUSH))
        self.assertEqual(disk_after(log)[0], [7, 8, 0, 0])

    def test_an_empty_log_changes_nothing(self):
        for log in [log_of(), io.BytesIO(b"")]:
            self.assertEqual(disk_after(log), ([0, 0, 0, 0], Outcome(0, 0, 0)))

    def test_entries_behind_the_count_are_lost_even_if_a_flush_or_fua_follows(self):
        log = log_of((0, 7, 1, 0), (0, 0, 0, FLUSH), (1, 8, 1, 0), (2, 9, 1, FUA), (0, 0, 0, FLUSH), count=2)
        self.assertEqual(disk_after(log), ([7, 0, 0, 0], Outcome(1, 2, 1024)))

    def test_a_log_whose_superblock_was_never_written_holds_no_flush(self):
        log = io.BytesIO(bytes(SECTOR) + log_of((0, 7, 1, 0), (1, 8, 2, 0)).getvalue()[SECTOR:])
        self.assertEqual(disk_after(log), ([0, 0, 0, 0], Outcome(0, 2, 1536)))

    def test_a_file_that_is_no_log_is_refused(self):
        for content in [b"canlog", log_of(magic=1).getvalue(), bytes(8) + b"\1" * 600]:
            with self.assertRaises(LogError):
                disk_after(io.BytesIO(content))

    def test_a_log_that_ends_too_early_is_refused(self):
        whole = log_of((0, 7, 1, 0), (0, 0, 0, FLUSH)).getvalue()
        for length in [SECTOR, SECTOR + 31, 2 * SECTOR + 1]:
            with self.assertRaises(LogError):
                disk_after(io.BytesIO(whole[:length]))


if __name__ == "__main__":
    unittest.main()
