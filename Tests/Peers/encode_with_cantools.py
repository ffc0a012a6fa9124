"""Compares payloads that canlog encoded with those that cantools encodes of the same values.

usage: encode_with_cantools.py LINES

A line has the path of a database, the identifier (3 or 8 digits), the payload in hexadecimal and
name=value of each signal that the payload carries, separated by tabs. Prints how many payloads there were,
how many cantools refuses and how many differ, with the first of these; ends with status 1 if there is any.
"""
import sys

import cantools


def loaded(path):
    """the database, or None where cantools refuses the file"""
    try:
        return cantools.database.load_file(path, strict=False)
    except Exception as error:
        print(f"not loaded: {path}: {error}")
        return None


def main(lines):
    path = database = None
    payloads = refused = differences = 0
    for line in open(lines):
        where, identifier, wanted, *values = line.rstrip("\n").split("\t")
        if where != path:
            path, database = where, loaded(where)
        if not database:
            continue
        key = (int(identifier, 16), len(identifier) > 3)
        message = next(m for m in database.messages if (m.frame_id, m.is_extended_frame) == key)
        values = {name: float(value) for name, value in (pair.rsplit("=", 1) for pair in values)}
        payloads += 1
        try:
            # As whole numbers where they are: cantools refuses others for multiplexers.
            found = message.encode({n: int(v) if v.is_integer() else v for n, v in values.items()}, strict=False)
        except (cantools.database.errors.Error, OverflowError):
            # A multiplexer's value that selects nothing, signals over one another.
            refused += 1
            continue
        if found.hex().upper() != wanted:
            differences += 1
            if differences < 10:
                print(where, identifier, wanted, found.hex().upper(), values)
    print(f"{payloads} payloads, of which cantools refuses {refused}; {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
