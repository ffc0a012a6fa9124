#!/usr/bin/python3
"""Makes a disk image what it is after a power cut: what the drive was told to keep, and nothing else.

usage: power_cut.py IMAGE LOG

IMAGE is the disk before the run. LOG is what QEMU's blklogwrites wrote meanwhile. Applied to IMAGE are the
writes up to the last FLUSH, and later ones only if they were FUA: a drive that loses its volatile cache.
Killing QEMU alone would be no power cut, since the host keeps everything that the guest handed over.

The log (QEMU block/blklogwrites.c, after the kernel's dm-log-writes), all little-endian, in sectors:
  sector 0        magic u64, version u64, number of entries u64, sector size u32
  each entry      sector u64, count u64, flags u64, data length u64, in one sector; then the data of `count`
                  sectors, unless the entry is a discard
"""

import collections
import struct
import sys

MAGIC, VERSION = 0x6A736677736872, 1
FLUSH, FUA, DISCARD = 1, 2, 4

Outcome = collections.namedtuple("Outcome", "kept lost bytes_lost")


class LogError(Exception):
    """The log is not what QEMU writes; the text says where."""


def superblock(log):
    """How many entries QEMU vouches for, and the sector size. QEMU writes it at each FLUSH: zeros are a log without one."""
    head = log.read(28)
    if not head.strip(b"\0"):
        return 0, 512
    if len(head) < 28:
        raise LogError("the log ends inside its superblock")
    magic, version, count, size = struct.unpack("<QQQI", head)
    if magic != MAGIC or version != VERSION or size < 512 or size & (size - 1):
        raise LogError(f"the log's superblock is of another kind: magic {magic:x}, version {version}, sector {size}")
    return count, size


def entries(log, count, size):
    """Yields (flags, byte offset on the disk, byte count, byte offset in the log) of each entry, also behind `count`."""
    number, place = 0, size
    while True:
        log.seek(place)
        entry = log.read(32)
        if len(entry) < 32 or not entry.strip(b"\0"):
            if number < count:
                raise LogError(f"the log ends before entry {number} of {count}")
            return
        sector, length, flags, _ = struct.unpack("<QQQQ", entry)
        place += size
        yield flags, sector * size, length * size, place
        if not flags & DISCARD:
            place += length * size
        number += 1


def cut_power(image, log):
    """Applies to `image` what `log` holds and a drive without its cache would still have."""
    count, size = superblock(log)
    every = list(entries(log, count, size))
    # A flush behind the count was not yet answered: the guest could not rely on it.
    last_flush = max((n for n, (flags, *_) in enumerate(every[:count]) if flags & FLUSH), default=-1)
    kept = lost = bytes_lost = 0
    for number, (flags, offset, length, place) in enumerate(every):
        # After a discard a drive may return the old content: nothing to do.
        if length == 0 or flags & DISCARD:
            continue
        if number > last_flush and not (flags & FUA and number < count):
            lost, bytes_lost = lost + 1, bytes_lost + length
            continue
        log.seek(place)
        data = log.read(length)
        if len(data) < length:
            raise LogError(f"the log ends inside the data of entry {number}")
        image.seek(offset)
        image.write(data)
        kept += 1
    return Outcome(kept, lost, bytes_lost)


def cut_power_of_file(image_path, log_path):
    with open(image_path, "r+b") as image, open(log_path, "rb") as log:
        return cut_power(image, log)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(cut_power_of_file(*sys.argv[1:]))
