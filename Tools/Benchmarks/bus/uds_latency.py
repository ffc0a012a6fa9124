"""What a tester adds to an exchange of single frames, by the kernel's stamps on vcan.

The control unit is a raw socket in a process of its own; a third socket stamps both sides. What a tester
adds is the time from an answer's stamp to that of its next request: everything between is the tester's.
Run in the bench VM: python3 uds_latency.py --canlog BINARY --python PEERS-PYTHON [--rounds N] [--count N]
"""

import argparse
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time

INTERFACE = "vcan7"
SO_TIMESTAMPNS, SO_RCVBUFFORCE = 35, 33
PEER = """
import sys, can, isotp, udsoncan
from udsoncan.connections import PythonIsoTpConnection
bus = can.Bus(interface="socketcan", channel=sys.argv[1])
address = isotp.Address(isotp.AddressingMode.Normal_11bits, rxid=0x7E8, txid=0x7E0)
stack = isotp.NotifierBasedCanStack(bus, can.Notifier(bus, []), address=address,
    params={"tx_padding": 0xCC}) if sys.argv[3] == "notifier" else isotp.CanStack(bus, address=address,
    params={"tx_padding": 0xCC, "blocking_send": False})
from udsoncan.client import Client
with Client(PythonIsoTpConnection(stack), request_timeout=2) as client:
    for _ in range(int(sys.argv[2])):
        client.send_request(udsoncan.Request.from_payload(bytes.fromhex("22F190")))
"""


def raw(*identifiers):
    opened = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
    filters = b"".join(struct.pack("=II", number, 0x7FF) for number in identifiers)
    opened.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FILTER, filters)
    opened.bind((INTERFACE,))
    return opened


def answer():
    """The control unit: it answers 22 F190 by four bytes of data, for ever."""
    unit = raw(0x7E0)
    frame = struct.pack("=IB3x8s", 0x7E8, 8, bytes.fromhex("0762F19001020304"))
    while True:
        unit.recv(16)
        unit.send(frame)


def gaps(listener):
    """Nanoseconds from each answer to the next request."""
    found, last = [], None
    listener.settimeout(0.5)
    while True:
        try:
            data, control, _, _ = listener.recvmsg(16, 256)
        except (TimeoutError, BlockingIOError):
            return found
        seconds, nanoseconds = struct.unpack("=qq", control[0][2][:16])
        stamp = seconds * 10**9 + nanoseconds
        if struct.unpack("=I", data[:4])[0] == 0x7E8:
            last = stamp
        elif last is not None:
            found.append(stamp - last)
            last = None


def main():
    options = argparse.ArgumentParser()
    for name in ("canlog", "python", "sender", "tools"):
        options.add_argument("--" + name)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--count", type=int, default=300)
    words = options.parse_args()
    subprocess.run(["ip", "link", "add", INTERFACE, "type", "vcan"], check=True)
    subprocess.run(["ip", "link", "set", INTERFACE, "up"], check=True)
    unit = os.fork()
    if unit == 0:
        answer()
    listener = raw(0x7E0, 0x7E8)
    # It is read behind each round only; without FORCE the kernel grants room for some 550 frames.
    listener.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    listener.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    count = str(words.count)
    testers = {
        "canlog uds": [words.canlog, "uds", INTERFACE, "--ecu", "7E0:7E8", "--json", "--repeat", count,
                       "read", "F190"],
        "udsoncan + can-isotp": [words.python, "-c", PEER, INTERFACE, count, "stack"],
    }
    figures = {name: [] for name in testers}
    try:
        for _ in range(words.rounds):
            for name, command in testers.items():
                run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                found = gaps(listener)
                if run.returncode or len(found) != words.count - 1:
                    sys.exit(f"{name}: status {run.returncode}, {len(found)} gaps: {run.stderr.decode()[-500:]}")
                figures[name] += found
    finally:
        os.kill(unit, signal.SIGKILL)
        subprocess.run(["ip", "link", "del", INTERFACE])
    print(f"added to an exchange of two single frames, {words.rounds} rounds of {count}, microseconds")
    for name, found in figures.items():
        ordered = sorted(found)
        print(f"  {name:24} median {statistics.median(ordered) / 1e3:9.1f}   p99 "
              f"{ordered[len(ordered) * 99 // 100] / 1e3:9.1f}   max {ordered[-1] / 1e3:9.1f}")


main()
