#!/usr/bin/env python3
"""A control unit on the kernel's ISO-TP socket, for tests of canlog uds.

usage: kernel_ecu.py INTERFACE RX TX [EXTENDED-RX EXTENDED-TX [RX-OF-ALL] | fd]

Prints "ready", then each request in hexadecimal. Identifiers above 7FF have 29 bits. EXTENDED is the byte
in front of the payload: a target address (extended addressing) or an address extension (mixed).
"""
import select
import socket
import struct
import sys
import time

EFF = 0x80000000
SOL_CAN_ISOTP, OPTS, LL_OPTS = 106, 1, 5
EXTEND_ADDR, RX_EXT_ADDR = 0x0002, 0x0200


def open_socket(interface, rx, tx, words):
    isotp = socket.socket(socket.AF_CAN, socket.SOCK_DGRAM, socket.CAN_ISOTP)
    if words == ["fd"]:
        isotp.setsockopt(SOL_CAN_ISOTP, LL_OPTS, struct.pack("=BBB", 72, 64, 0))
    elif words:
        flags = EXTEND_ADDR | RX_EXT_ADDR
        options = struct.pack("=IIBBBB", flags, 0, int(words[1], 16), 0xCC, 0xCC, int(words[0], 16))
        isotp.setsockopt(SOL_CAN_ISOTP, OPTS, options)
    wide = lambda number: number | EFF if number > 0x7FF else number
    isotp.bind((interface, wide(rx), wide(tx)))
    return isotp


class Unit:
    def __init__(self, isotp):
        self.isotp = isotp
        self.busy = 2
        self.data = {0xF190: b"XZF3PA12V12345678", 0xF187: b"SR10003-01", 0x0110: bytes([125])}

    def say(self, *parts):
        self.isotp.send(b"".join(bytes.fromhex(p) if isinstance(p, str) else p for p in parts))

    def answer(self, request):
        service, number = request[0], int.from_bytes(request[1:3], "big")
        if service == 0x22 and number == 0x0078:  # answers three times that it will answer
            for _ in range(3):
                self.say("7F2278")
                time.sleep(0.15)
            self.say("62007801")
        elif service == 0x22 and number == 0x0021:  # busy twice
            self.busy -= 1
            self.say("7F2221" if self.busy >= 0 else "62002102")
        elif service == 0x22 and number == 0xFFFF:
            pass
        elif service == 0x22 and number == 0x0FFF:  # 4,000 bytes
            self.say("620FFF", bytes(i & 255 for i in range(3997)))
        elif service == 0x22 and number in self.data:
            self.say("62%04X" % number, self.data[number])
        elif service == 0x22:
            self.say("7F2231")
        elif service == 0x2E:
            self.data[number] = request[3:]
            self.say("6E%04X" % number)
        elif service == 0x10:
            self.say("50%02X003201F4" % request[1])
        elif service == 0x27 and request[1] == 1:
            self.say("670112345678")
        elif service == 0x27 and request[1] == 2:  # the seed with all bits turned
            self.say("6702" if request[2:].hex() == "edcba987" else "7F2735")
        elif service == 0x19 and request[1] == 2:
            self.say("5902FF", "0118172F", "C1008709")
        elif service == 0x14:
            self.say("54")
        elif request[:4] == bytes.fromhex("31017878"):  # goes on until it is stopped
            self.say("7F3178")
        elif service == 0x2F:
            self.say("6F", request[1:4])
        elif service == 0x31:
            self.say("71", request[1:4], "05DC")
        elif service == 0x11:
            self.say("51", request[1:2])
        elif service == 0x3E and request[1] & 0x80 == 0:
            self.say("7E00")
        elif service != 0x3E:
            self.say("7F%02X11" % service)


def main():
    interface, rx, tx = sys.argv[1], int(sys.argv[2], 16), int(sys.argv[3], 16)
    isotp = open_socket(interface, rx, tx, sys.argv[4:])
    sources = [isotp]
    if len(sys.argv) > 6:
        sources.append(open_socket(interface, int(sys.argv[6], 16), tx, sys.argv[4:6]))
    unit = Unit(isotp)
    print("ready", flush=True)
    while True:
        for source in select.select(sources, [], [])[0]:
            request = source.recv(70000)
            print(request.hex().upper(), flush=True)
            unit.answer(request)


main()
