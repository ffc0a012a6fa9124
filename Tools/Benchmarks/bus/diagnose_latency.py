"""From a frame that is wrong to the line that says so, on vcan: canlog diagnose beside python-can with cantools.

Each of COUNT messages comes once with a byte too few, between frames that are right. The time is from just
before the frame is sent to when its line was read from the other program's pipe. Run in the bench VM:
python3 diagnose_latency.py --canlog BINARY --python PEERS-PYTHON [--rounds N] [--count N]
"""

import argparse
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

INTERFACE = "vcan7"
PEER = """
import sys, can, cantools
names = {m.frame_id: m for m in cantools.database.load_file(sys.argv[2]).messages}
print("ready", flush=True)
for message in can.Bus(interface="socketcan", channel=sys.argv[1]):
    known = names.get(message.arbitration_id)
    if known is None:
        continue
    if message.dlc < known.length:
        print(known.name, flush=True)
    else:
        known.decode(message.data)
"""
FILES = {
    "profiles/ident.yaml": """spec: canlog/profile@1
id: ident
identifiers:
  F187: {name: part_number, type: ascii, length: 9}
timing: {p2: 50ms, p2-star: 5s, s3: 5s}
sessions: {default: "01"}
""",
    "ecus/ecm/vireo-m3.yaml": """spec: canlog/ecu@1
id: ecm-vireo-m3
role: ECM
supplier: Vireo
uses: [ident]
bus: PT
transport: {addressing: normal, request: 7E0, response: 7E8, functional: 7DF}
identify: {F187: "20L90601*"}
versions:
  - {id: "8", match: {F187: "20L906018"}}
""",
    "vehicles/five.yaml": """spec: canlog/vehicle@1
id: five
vin: "XBL5*"
buses:
  PT: {bit-rate: 500k, sample-point: 0.8}
variants:
  petrol:
    dbc: {PT: dbc/pt.dbc}
    slots: {ECM: [ecm-vireo-m3]}
    released: [{ecu: "*"}]
""",
}


def database(count):
    lines = ['VERSION ""', "BU_: ECM"]
    for number in range(count + 1):
        lines += [f"BO_ {0x100 + number} M{number:03}: 8 ECM",
                  ' SG_ Value : 0|16@1+ (0.1,0) [0|6553.5] "V" Vector__XXX']
    return "\n".join(lines) + "\n"


def make_specs(folder, count):
    for name, text in {**FILES, "dbc/pt.dbc": database(count)}.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def frame(number, length):
    return struct.pack("=IB3x8s", 0x100 + number, length, bytes(8))


def wait_for_receiver():
    """Until somebody listens on the interface: by a CAN socket, or by a packet socket of all protocols."""
    for _ in range(1_500):
        with open("/proc/net/can/rcvlist_all", encoding="ascii") as lists, \
                open("/proc/net/packet", encoding="ascii") as packets:
            if re.search(rf"^\s*{INTERFACE}\s+[0-9a-f]", lists.read(), re.M) or " 0003 " in packets.read():
                return
        time.sleep(0.02)
    sys.exit("nobody listens after 30 s")


def measure(bus, output, count):
    """Milliseconds from each wrong frame to its line."""
    found = []
    for number in range(1, count + 1):
        for _ in range(5):
            bus.send(frame(0, 8))
            time.sleep(0.01)
        bus.send(frame(number, 8))
        time.sleep(0.003 * (number % 7))
        sent = time.monotonic_ns()
        bus.send(frame(number, 7))
        name = f"M{number:03}".encode()
        text = b""
        while name not in text:
            if not select.select([output], [], [], 10)[0]:
                sys.exit(f"no line about {name.decode()} within 10 s")
            text += os.read(output.fileno(), 1 << 16)
        found.append((time.monotonic_ns() - sent) / 1e6)
    return found


def main():
    options = argparse.ArgumentParser()
    for name in ("canlog", "python", "sender", "tools"):
        options.add_argument("--" + name)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--count", type=int, default=100)
    words = options.parse_args()
    subprocess.run(["ip", "link", "add", INTERFACE, "type", "vcan"], check=True)
    subprocess.run(["ip", "link", "set", INTERFACE, "up"], check=True)
    bus = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
    bus.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FILTER, b"")
    bus.bind((INTERFACE,))
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        make_specs(folder, words.count)
        for number in range(words.rounds):
            watchers = {
                "canlog diagnose": [words.canlog, "diagnose", INTERFACE, "--specs", folder, "--json",
                                    "-o", f"{folder}/live{number}.canlog"],
                "python-can + cantools": [words.python, "-c", PEER, INTERFACE, f"{folder}/dbc/pt.dbc"],
            }
            for name, command in watchers.items():
                run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                wait_for_receiver()
                time.sleep(1)
                figures.setdefault(name, []).extend(measure(bus, run.stdout, words.count))
                run.send_signal(signal.SIGINT)
                run.stdout.read()
                run.wait()
    subprocess.run(["ip", "link", "del", INTERFACE], check=True)
    print(f"from a wrong frame to its line, {words.rounds} rounds of {words.count}, milliseconds")
    for name, found in figures.items():
        ordered = sorted(found)
        print(f"  {name:24} median {ordered[len(ordered) // 2]:8.2f}   p99 "
              f"{ordered[len(ordered) * 99 // 100]:8.2f}   max {ordered[-1]:8.2f}")


main()
