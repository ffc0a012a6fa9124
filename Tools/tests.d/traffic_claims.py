#!/usr/bin/python3
"""Reads what make-traffic wrote as a stranger would, and checks what its --help claims. usage: traffic_claims.py MAKE-TRAFFIC"""

import collections
import json
import re
import subprocess
import sys


def made(*options):
    output = subprocess.run([sys.argv[1], *options], capture_output=True, text=True, check=True).stdout
    for line in output.splitlines():
        stamp, interface, text = line.split()
        seconds, _, digits = stamp.strip("()").partition(".")
        yield int(seconds) * 10**9 + int(digits.ljust(9, "0")), interface, text


def crc8_sae_j1850(data):
    """Bit by bit from AUTOSAR's description of SAE J1850; 0x4B over '123456789' is its published check value."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ (0x11D if crc & 0x80 else 0)
    return crc ^ 0xFF


def xor(data):
    result = 0
    for byte in data:
        result ^= byte
    return result


def payload(text):
    identifier, _, rest = text.partition("#")
    return identifier, bytes.fromhex((rest[2:] if rest[:1] == "#" else rest).partition("_")[0])


def claims_of_the_payload(kind):
    described = {(message["interface"], message["id"]): message
                 for message in json.loads(subprocess.check_output([sys.argv[1], "--kind", kind, "--describe"]))}
    assert len(described) == 60, "40 and 20 messages, no identifier twice"
    counters, checked = {}, collections.Counter()
    for _, interface, text in made("--kind", kind, "--duration", "3"):
        identifier, data = payload(text)
        message = described[interface, identifier]
        assert len(data) == message["length"], text
        assert ("##" in text) == message["fd"], text
        if message["counter"]:
            counter = data[-2] & 0xF
            assert counter == (counters.get((interface, identifier), -1) + 1) % 16, text
            counters[interface, identifier] = counter
        if message["checksum"]:
            right = {"crc8": crc8_sae_j1850, "xor": xor}[message["checksum"]](data[:-1])
            assert data[-1] == right, text
            checked[message["checksum"]] += 1
    assert checked["crc8"] > 500 and checked["xor"] > 200, checked
    assert len({message["id"] for message in described.values() if len(message["id"]) == 8}) > 3, "extended identifiers"


def claims_of_the_database():
    described = json.loads(subprocess.check_output([sys.argv[1], "--fd", "can1", "--describe"]))
    for interface in ["can0", "can1"]:
        text = subprocess.check_output([sys.argv[1], "--fd", "can1", "--database", interface], text=True)
        named = {(int(number) & 0x1FFFFFFF, bool(int(number) >> 31), int(length))
                 for number, length in re.findall(r"^BO_ (\d+) \w+: (\d+) ", text, re.M)}
        own = [message for message in described if message["interface"] == interface]
        assert named == {(int(message["id"], 16), len(message["id"]) == 8, message["length"]) for message in own}
        assert text.count(" SG_ Counter : ") == sum(message["counter"] for message in own)


def claims_of_the_stamps():
    def stamps(*options):
        return [(stamp, interface) for stamp, interface, _ in made(*options)]

    def steps_back(frames):
        return [number + 1 for number in range(len(frames) - 1) if frames[number + 1][0] < frames[number][0]]

    normal = stamps("--duration", "2")
    assert not steps_back(normal) and 4000 < len(normal) < 5000
    stepped = stamps("--kind", "clock-step", "--duration", "2")
    assert steps_back(stepped) == [106]
    assert stepped[106][0] == normal[106][0] - 300 * 10**9 and stepped[105] == normal[105]
    inverted = stamps("--kind", "inversions", "--duration", "2")
    assert len(steps_back(inverted)) > 100 and sorted(inverted) == sorted(normal)
    for name in ["can0", "can1"]:
        assert not steps_back([frame for frame in inverted if frame[1] == name]), "each interface is in order"
    equal = stamps("--kind", "equal-stamps", "--duration", "2")
    assert len({stamp for stamp, _ in equal}) == 200 and not steps_back(equal)
    assert any(stamp % 1000 for stamp, _ in stamps("--kind", "nanoseconds", "--duration", "2"))
    rate = stamps("--rate", "8000", "--duration", "5")
    assert abs(len(rate) - 40_000) < 400, len(rate)
    last = collections.defaultdict(int)
    for stamp, interface in rate:
        assert stamp > last[interface], "one frame after another on each bus"
        last[interface] = stamp


def claims_of_the_kinds():
    assert list(made("--kind", "none")) == [] and len(list(made("--kind", "one"))) == 1
    flood = list(made("--kind", "flood", "--count", "1000", "--interfaces", "a,b,c"))
    assert [int.from_bytes(payload(text)[1], "little") for _, _, text in flood] == list(range(1000))
    assert flood[-1][0] - flood[0][0] == 999 * 10_000
    texts = [text for _, _, text in made("--kind", "remote-and-errors", "--duration", "3")]
    assert sum("#R" in text for text in texts) > 10
    assert 25 <= sum(int(text.partition("#")[0], 16) & 0x20000000 != 0 for text in texts) <= 31
    flags = {text[text.index("##") + 2] for _, _, text in made("--kind", "fd", "--duration", "3") if "##" in text}
    assert flags == set("4567"), flags
    suffixes = {text[-2:] for _, _, text in made("--kind", "classic-dlc-above-8", "--duration", "3") if "_" in text}
    assert suffixes == {"_9", "_A", "_B", "_C", "_D", "_E", "_F"}, suffixes
    normal = [text for _, _, text in made("--duration", "3")]
    assert not any("##" in text or "#R" in text or "_" in text for text in normal), "normal is plain"


assert crc8_sae_j1850(b"123456789") == 0x4B
for kind in ["normal", "fd"]:
    claims_of_the_payload(kind)
claims_of_the_database()
claims_of_the_stamps()
claims_of_the_kinds()
