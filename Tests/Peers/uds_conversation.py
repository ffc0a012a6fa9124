"""A tester (udsoncan) and a control unit (the kernel's ISO-TP sockets) talk on a vcan.

usage: uds_conversation.py INTERFACE

Every kind of exchange once: one frame and many both ways, a refusal, an answer after two response
pending, trouble codes read and cleared, a suppressed answer, silence, and OBD-II to all.
"""

import socket
import sys
import threading
import time

import isotp
import udsoncan
from udsoncan.client import Client
from udsoncan.connections import IsoTPSocketConnection

INTERFACE = sys.argv[1]
codes = [bytes.fromhex("01181708"), bytes.fromhex("c0351324")]


def answers(request):
    """What the control unit sends, each with the seconds before it."""
    global codes
    service = request[0]
    if request == b"\x10\x03":
        return [(0.005, b"\x50\x03\x00\x19\x01\xf4")]
    if request == b"\x22\xf1\x90":
        return [(0.004, b"\x62\xf1\x90WAUZZZ8E79D004321")]
    if service == 0x22:
        return [(0.002, b"\x7f\x22\x31")]
    if service == 0x2E:
        return [(0.003, b"\x6e" + request[1:3])]
    if service == 0x31:
        return [(0.010, b"\x7f\x31\x78"), (0.2, b"\x7f\x31\x78"), (0.3, b"\x71" + request[1:4] + b"\x2a")]
    if request[:2] == b"\x19\x02":
        return [(0.006, b"\x59\x02\xff" + b"".join(codes))]
    if service == 0x14:
        codes = []
        return [(0.040, b"\x54")]
    if request == b"\x01\x0c":
        return [(0.002, b"\x41\x0c\x1a\xf8")]
    if request == b"\x3e\x00":
        return [(0.060, b"\x7e\x00")]
    return []


def control_unit(stop):
    link = isotp.socket(timeout=0.05)
    link.set_fc_opts(bs=4, stmin=1)
    link.set_opts(txpad=0xAA)
    link.bind(INTERFACE, isotp.Address(rxid=0x7E0, txid=0x7E8))
    everyone = isotp.socket(timeout=0.05)
    everyone.bind(INTERFACE, isotp.Address(rxid=0x7DF, txid=0x7E8))
    while not stop.is_set():
        for source in (link, everyone):
            try:
                request = source.recv()
            except (socket.timeout, TimeoutError):
                continue
            for delay, answer in answers(request or b"\0"):
                time.sleep(delay)
                link.send(answer)


def main():
    stop = threading.Event()
    unit = threading.Thread(target=control_unit, args=(stop,))
    unit.start()
    time.sleep(0.3)
    connection = IsoTPSocketConnection(INTERFACE, isotp.Address(rxid=0x7E8, txid=0x7E0))
    connection.tpsock.set_opts(txpad=0xCC)
    connection.open()
    everyone = isotp.socket()
    everyone.set_opts(txpad=0xCC)
    everyone.bind(INTERFACE, isotp.Address(rxid=0x7EF, txid=0x7DF))
    config = dict(
        udsoncan.configs.default_client_config, request_timeout=2, p2_timeout=1,
        exception_on_negative_response=False, use_server_timing=False,
        data_identifiers={0xF190: udsoncan.AsciiCodec(17), 0xF198: udsoncan.AsciiCodec(40), 0xF1A5: "B"})
    with Client(connection, config=config) as tester:
        tester.change_session(3)
        print("VIN", tester.read_data_by_identifier(0xF190).service_data.values[0xF190])
        tester.read_data_by_identifier(0xF1A5)
        tester.write_data_by_identifier(0xF198, "workshop code of forty characters, full!")
        tester.start_routine(0xE010, b"\x50")
        print("codes", tester.get_dtc_by_status_mask(0xFF).service_data.dtcs)
        tester.clear_dtc()
        tester.get_dtc_by_status_mask(0xFF)
        with tester.suppress_positive_response():
            tester.tester_present()
        tester.tester_present()
        everyone.send(b"\x01\x0c")
        time.sleep(0.2)
        connection.send(b"\x85\x02")
        time.sleep(1.2)
        tester.read_data_by_identifier(0xF190)
    stop.set()
    unit.join()


main()
