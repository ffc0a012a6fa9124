"""Putting the messages of a log of candump together with Python libraries: a line
`NAME<TAB>frames<TAB>messages<TAB>seconds` for each.

usage: hear.py LOG

Reading the log and making the libraries' objects of its frames is not measured. Neither library puts
answers to requests; scapy's service and its fields are read of each message, as people would do it.
"""

import importlib.metadata
import sys
import time

REPEATS = 10


def frames(path):
    with open(path) as lines:
        for line in lines:
            number, payload = line.split()[2].split("#")
            if number in (f"{value:03X}" for value in range(0x700, 0x800)):
                yield int(number, 16), bytes.fromhex(payload)


def odxtools(all_frames):
    from odxtools.isotp_state_machine import IsoTpStateMachine

    machine = IsoTpStateMachine(sorted({number for number, _ in all_frames}))
    messages = 0
    start = time.process_time()
    for _ in range(REPEATS):
        for number, payload in all_frames:
            messages += sum(1 for _ in machine.decode_rx_frame(number, payload))
    return messages, time.process_time() - start


def scapy(all_frames):
    from scapy.contrib.automotive.uds import UDS
    from scapy.contrib.isotp import ISOTPMessageBuilder
    from scapy.layers.can import CAN

    packets = [CAN(identifier=number, data=payload) for number, payload in all_frames]
    for packet in packets:
        packet.time = 0
    builder = ISOTPMessageBuilder(use_ext_address=False, basecls=UDS)
    messages = 0
    start = time.process_time()
    for packet in packets:
        builder.feed(packet)
        while builder.count:
            builder.pop()
            messages += 1
    return messages, time.process_time() - start


def main():
    all_frames = list(frames(sys.argv[1]))
    for package, read, repeats in [("odxtools", odxtools, REPEATS), ("scapy", scapy, 1)]:
        messages, seconds = read(all_frames)
        name = f"{package} {importlib.metadata.version(package)}"
        print(name, len(all_frames) * repeats, messages // repeats, seconds, sep="\t", flush=True)


main()
