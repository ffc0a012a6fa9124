"""Putting messages of ISO 15765-2 together with Python libraries: a line
`NAME<TAB>messages<TAB>sum<TAB>seconds` for each.

usage: python_peers.py FRAMES

The file has one frame a line: identifier and payload, in hexadecimal. The sum is that of all bytes of all
messages: it shows that the same was read. Making the libraries' objects of the frames is not measured.
"""

import importlib.metadata
import sys
import time


def frames(path):
    with open(path) as lines:
        for line in lines:
            number, payload = line.split()
            yield int(number, 16), bytes.fromhex(payload)


def odxtools(all_frames):
    from odxtools.isotp_state_machine import IsoTpStateMachine

    machine = IsoTpStateMachine(list(range(0x7E0, 0x7F0)))
    messages = total = 0
    start = time.process_time()
    for number, payload in all_frames:
        for _, message in machine.decode_rx_frame(number, payload):
            messages += 1
            total += sum(message)
    return messages, total, time.process_time() - start


def scapy(all_frames):
    from scapy.contrib.isotp import ISOTPMessageBuilder
    from scapy.layers.can import CAN

    packets = [CAN(identifier=number, data=payload) for number, payload in all_frames]
    for packet in packets:
        packet.time = 0
    builder = ISOTPMessageBuilder(use_ext_address=False)
    messages = total = 0
    start = time.process_time()
    for packet in packets:
        builder.feed(packet)
        while builder.count:
            messages += 1
            total += sum(builder.pop().data)
    return messages, total, time.process_time() - start


def can_isotp(all_frames):
    import isotp

    layers, waiting = {}, []
    for number in range(0x7E0, 0x7F0):
        address = isotp.Address(isotp.AddressingMode.Normal_11bits, rxid=number, txid=number ^ 8)
        layers[number] = isotp.TransportLayerLogic(
            rxfn=lambda _: waiting.pop() if waiting else None, txfn=lambda _: None, address=address,
            params={"listen_mode": True, "logger_name": "none"})
    every = [isotp.CanMessage(arbitration_id=n, data=p, dlc=len(p)) for n, p in all_frames]
    messages = total = 0
    start = time.process_time()
    for message in every:
        waiting.append(message)
        layer = layers[message.arbitration_id]
        layer.process(do_tx=False)
        while layer.available():
            messages += 1
            total += sum(layer.recv())
    return messages, total, time.process_time() - start


def main():
    all_frames = list(frames(sys.argv[1]))
    for package, read in [("odxtools", odxtools), ("scapy", scapy), ("can-isotp", can_isotp)]:
        name = f"{package} {importlib.metadata.version(package)}"
        print(name, *read(all_frames), sep="\t", flush=True)


main()
