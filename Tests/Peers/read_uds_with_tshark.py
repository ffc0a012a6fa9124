"""What Wireshark's ISO 15765 and UDS dissectors hear in candump text: one message a line: the number of
its last frame from 0, the identifier, and the bytes as put together again of the fields that they name.

usage: read_uds_with_tshark.py LOG IDS

IDS as the dissector's preference wants them: 0x7df-0x7ef.
"""

import json
import subprocess
import sys

# Which fields a message has behind the service, by the service of the request.
FIELDS = {
    0x10: ["dsc.type", "dsc.parameter_record"],
    0x11: ["er.type"],
    0x14: [],
    0x19: ["rdtci.type", "rdtci.record"],
    0x22: ["rdbi.data_identifier", "rdbi.data_record"],
    0x2E: ["wdbi.data_identifier", "wdbi.data_record"],
    0x31: ["rc.type", "rc.identifier", "rc.info", "rc.option_record", "rc.status_record"],
    0x3F: ["err.sid", "err.code"],
}
NAMES = sorted({"uds." + name for names in FIELDS.values() for name in names})


def octets(name, text):
    """The bytes of a field, whose width is that of its kind."""
    if name.endswith("record"):
        return text.replace(":", "")
    return "%0*X" % (4 if name.endswith("identifier") else 2, int(text, 0))


def main():
    words = ["tshark", "-r", sys.argv[1], "-o", "iso15765.can.ids:" + sys.argv[2],
             "-d", "iso15765.subdissector,uds", "-Y", "uds", "-T", "json"]
    for name in ["frame.number", "can.id", "uds.sid", "uds.reply", *NAMES]:
        words += ["-e", name]
    run = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    for packet in json.loads(run.stdout):
        layers = packet["_source"]["layers"]
        service, isReply = int(layers["uds.sid"][0], 0), int(layers["uds.reply"][0], 0)
        text = "%02X" % (service | isReply << 6)
        for name in FIELDS[service]:
            text += "".join(octets(name, value) for value in layers.get("uds." + name, []))
        print(int(layers["frame.number"][0]) - 1, "%03X" % int(layers["can.id"][0], 0), text.upper())


main()
