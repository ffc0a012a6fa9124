"""Prints the numbers of the frames in a BLF file, also one whose writer was killed. Runs with python-can."""

import sys

import can

try:
    with can.BLFReader(sys.argv[1]) as reader:
        for message in reader:
            print(int.from_bytes(message.data, "little"))
except Exception as error:  # what is cut off raises whatever the parser stumbled over
    print(f"{sys.argv[1]}: {error!r}", file=sys.stderr)
