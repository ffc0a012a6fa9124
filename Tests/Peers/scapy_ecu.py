"""A control unit out of scapy's EcuAnsweringMachine over scapy's own ISO-TP, for tests of canlog uds.

usage: scapy_ecu.py INTERFACE

Prints "ready", and answers at 7E0:7E8 and to 7DF until it is ended.
"""

import logging
import sys

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.config import conf

conf.contribs["CANSocket"] = {"use-python-can": False}
conf.contribs["ISOTP"] = {"use-can-isotp-kernel-module": False}
from scapy.contrib.automotive import uds_ecu_states  # sessions change by it
from scapy.contrib.automotive.ecu import EcuAnsweringMachine, EcuResponse, EcuState
from scapy.contrib.automotive.uds import UDS, UDS_NR, UDS_RDBIPR
from scapy.contrib.isotp import ISOTPSocket
from scapy.packet import Raw


def answer(*messages, state=None):
    return EcuResponse(state, responses=[UDS(bytes.fromhex(message)) for message in messages])


ANSWERS = [
    EcuResponse(responses=UDS() / UDS_RDBIPR(dataIdentifier=0xF190) / Raw(b"WVWZZZ1KZ6W000001")),
    answer("5003003201F4"),
    answer("5001003201F4"),
    answer("7E00"),
    answer("5902FF0118172FC1008709"),
    answer("7F3178", "7F3178", "7101020310", state=EcuState(session=3)),
    EcuResponse(responses=UDS() / UDS_NR(requestServiceId=0x22, negativeResponseCode=0x31)),
]


def main():
    link = ISOTPSocket(sys.argv[1], tx_id=0x7E8, rx_id=0x7E0, basecls=UDS, padding=True)
    everyone = ISOTPSocket(sys.argv[1], tx_id=0x7E8, rx_id=0x7DF, basecls=UDS, padding=True)
    machine = EcuAnsweringMachine(
        supported_responses=ANSWERS, main_socket=link, broadcast_socket=everyone, basecls=UDS, verbose=False)
    print("ready", flush=True)
    machine()


main()
