"""What scapy's ISO-TP and UDS layers hear in candump text: one message a line: the number of its last
frame, the identifier, the bytes.

usage: read_uds_with_scapy.py LOG ID…
"""

import logging
import sys

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.config import conf

conf.contribs["CANSocket"] = {"use-python-can": True}
from scapy.contrib.automotive.uds import UDS
from scapy.contrib.isotp import ISOTPMessageBuilder
from scapy.layers.can import CandumpReader

path, identifiers = sys.argv[1], [int(text, 16) for text in sys.argv[2:]]
builder = ISOTPMessageBuilder(use_ext_address=False, basecls=UDS)
for number, frame in enumerate(CandumpReader(path)):
    if frame.identifier in identifiers:
        builder.feed(frame)
    while (message := builder.pop()) is not None:
        print(number, "%03X" % message.rx_id, bytes(message).hex().upper())
