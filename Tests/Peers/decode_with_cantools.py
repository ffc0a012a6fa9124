"""Compares canlog decode's JSON lines with cantools, value by value.

usage: decode_with_cantools.py LOG DBC JSONL

LOG is the candump text that was decoded. Prints how many values there were and how many differ, with the
first of these; ends with status 1 if there is any.
"""
import json
import re
import sys

import cantools

LINE = re.compile(r"\((\S+)\) (\S+) ([0-9A-Fa-f]+)#([0-9A-Fa-f]*)$")


def expected(message, payload):
    """raw, physical and label of each signal that the payload carries"""
    options = {"allow_truncated": True}
    raw = message.decode(payload, decode_choices=False, scaling=False, **options)
    physical = message.decode(payload, decode_choices=False, **options)
    labels = message.decode(payload, **options)
    return {
        name: (raw[name], physical[name], str(labels[name]) if hasattr(labels[name], "name") else None)
        for name in raw
    }


def main(log, database, decoded):
    database = cantools.database.load_file(database, strict=False)
    messages = {(m.frame_id, m.is_extended_frame): m for m in database.messages if m.signals}
    lines = (json.loads(line) for line in open(decoded))
    frames = values = differences = 0
    for line in open(log):
        match = LINE.match(line.strip())
        message = match and messages.get((int(match[3], 16), len(match[3]) > 3))
        if not message:
            continue
        frames += 1
        found = next(lines)
        wanted = expected(message, bytes.fromhex(match[4]))
        got = {
            name: (signal["raw"], signal["value"], signal.get("label"))
            for name, signal in found["signals"].items()
            if "raw" in signal
        }
        values += len(wanted)
        if found["id"] != match[3].upper() or got != wanted:
            differences += 1
            if differences < 10:
                print(line.strip(), {name: (got.get(name), wanted.get(name)) for name in got | wanted
                                     if got.get(name) != wanted.get(name)})
    differences += sum(1 for _ in lines)
    print(f"{frames} frames, {values} values, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
