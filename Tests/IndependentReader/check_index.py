#!/usr/bin/env python3
"""Checks what a .canlog says twice: what the heads of its groups, its index and its footer tell of
its frames and events, and what the format asks of the directory.

usage: check_index.py FILE…
"""

import collections
import struct
import sys

from read_canlog import WORD, Cursor, Disagreement, Log, crc, need


def counts_of(events):
    """How many events of each kind, and the frames lost by cause and channel + 1."""
    losses = {}
    for _, _, channel, kind, body in events:
        if kind == 5:
            cursor = Cursor(body)
            key = cursor.byte(), 0 if channel is None else channel + 1
            losses[key] = losses.get(key, 0) + cursor.varint() & WORD
    return dict(collections.Counter(event[3] for event in events)), losses


def check_head(head, frames, events):
    bounds, kinds, losses, entries = head
    need((kinds, losses) == counts_of(events), "a head's counts of events or losses")
    stamps = [frame[1] for frame in frames]
    both = stamps + [event[1] for event in events]
    need([*bounds] == [*(stamps[:1] or [0]), *(stamps[-1:] or [0]), min(both), max(both)], "bounds")
    counts = collections.Counter((f[3], f[2], f[4], f[6], f[5]) for f in frames)
    need([*counts.items()] == [(entry[:5], entry.count) for entry in entries], "the directory")
    streams = [entry for entry in entries if entry.size]
    for stream in streams:
        leader, above = stream, 0
        while leader.leader:
            need(streams[leader.leader - 1].count <= 2 * leader.count, "a leader has many frames")
            leader, above = streams[leader.leader - 1], above + 1
            need(above <= 4, "too many streams above one another")


def lists(cursor):
    """The totals: channels, counts of events, losses, frames of streams."""
    return ({cursor.numbers("BB")[0]: cursor.channel() for _ in range(cursor.varint())},
            {cursor.byte(): cursor.varint() for _ in range(cursor.varint())},
            {(cursor.byte(), cursor.varint()): cursor.varint() for _ in range(cursor.varint())},
            {cursor.numbers("BI"): cursor.varint() for _ in range(cursor.varint())})


def check_index(data, log, head, body, groups):
    need(struct.unpack_from("<I", head)[0] == len(groups), "index: number of groups")
    need(head[8:] == b"".join(groups), "index: groups")
    cursor, metadata = Cursor(body[:-4]), struct.unpack_from("<I", data, 48)[0]
    need(crc(cursor.data) == struct.unpack("<I", body[-4:])[0], "index: checksum")
    need(cursor.take(cursor.numbers("I")[0]) == data[:64 + metadata], "index: copy of the header")
    if cursor.byte() & 1:
        streams = collections.Counter((frame[3], frame[2]) for frame in log.frames)
        need(lists(cursor) == (log.channels, *counts_of(log.events), streams), "index: totals")
    cursor.end("index")


def check(data, log):
    """Raises one of read_canlog.Disagreement; log is what was read from the data."""
    at, end, groups, index = struct.unpack_from("<I", data, 12)[0], len(data) - 32, [], None
    frames, events = iter(log.frames), iter(log.events)
    while at < end:
        (kind, head_size, body_size, head_check, frame_count, event_count, first,
         ordinal) = struct.unpack_from("<4xH6xIIIIIQI", data, at)
        body = at + 48 + head_size
        if kind == 1:
            bounds = log.heads[len(groups)][0]
            check_head(log.heads[len(groups)], [next(frames) for _ in range(frame_count)],
                       [next(events) for _ in range(event_count)])
            groups.append(struct.pack("<QIIIIIIQqqqq8x", at, head_size, body_size, head_check,
                                      frame_count, event_count, ordinal, first, *bounds))
        elif kind == 0x8002:
            index = at, body + body_size - at
            check_index(data, log, data[at + 48:body], data[body:body + body_size], groups)
        at = body + body_size
    start, size = struct.unpack_from("<8xQ8xI", data, end)
    need((start, size) == index, "footer: index")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for path in sys.argv[1:]:
        try:
            with open(path, "rb") as file:
                content = file.read()
            check(content, Log(content))
        except (OSError, *Disagreement) as error:
            sys.exit(f"check_index.py: {path}: {error!r}")
