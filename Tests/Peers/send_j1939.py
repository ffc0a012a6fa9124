"""Lets the kernel's J1939 stack send long messages, as another node would.

usage: send_j1939.py INTERFACE

A broadcast of 100 bytes (BAM) of group FEB00 from address 21, and 1,785 bytes from 21 to 22 (RTS and
CTS, both ends are the kernel's). Byte n is n x 7 modulo 256.
"""
import socket
import sys

GROUP = 0x0FEB0
NO_NAME, NO_ADDRESS, NO_GROUP = socket.J1939_NO_NAME, socket.J1939_NO_ADDR, socket.J1939_NO_PGN


def node(interface, address):
    found = socket.socket(socket.AF_CAN, socket.SOCK_DGRAM, socket.CAN_J1939)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    found.bind((interface, NO_NAME, NO_GROUP, address))
    found.settimeout(20)
    return found


def main(interface):
    sender, receiver = node(interface, 0x21), node(interface, 0x22)
    for size, target in ((100, NO_ADDRESS), (1785, 0x22)):
        payload = bytes(n * 7 & 255 for n in range(size))
        sender.sendto(payload, (interface, NO_NAME, GROUP, target))
        got = receiver.recv(4096)
        assert got == payload, (len(got), size)
    print("sent")


if __name__ == "__main__":
    main(sys.argv[1])
