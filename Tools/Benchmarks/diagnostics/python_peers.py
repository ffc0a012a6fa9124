"""Reading diagnostic answers with Python libraries: a line `KIND<TAB>NAME<TAB>items<TAB>sum<TAB>seconds` for each.

usage: python_peers.py REPORTS ANSWERS

The files have one message a line, in hexadecimal. The sum is that of all codes and status bytes, or of
the bytes of data: it shows that the same was read.
"""

import importlib.metadata
import sys
import time
import warnings

warnings.simplefilter("ignore")
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def messages(path):
    with open(path) as lines:
        return [bytes.fromhex(line) for line in lines]


def measured(kind, package, name, read, payloads):
    read(payloads[0])
    items = total = 0
    start = time.process_time()
    for payload in payloads:
        count, value = read(payload)
        items += count
        total += value
    seconds = time.process_time() - start
    print(kind, f"{package} {importlib.metadata.version(package)} {name}", items, total, seconds, sep="\t", flush=True)


def udsoncan_codes():
    import udsoncan
    from udsoncan.services import ReadDTCInformation

    def read(payload):
        response = udsoncan.Response.from_payload(payload)
        result = ReadDTCInformation.interpret_response(response, 2).service_data
        return len(result.dtcs), sum(code.id + code.status.get_byte_as_int() for code in result.dtcs)
    return read


def udsoncan_answer():
    import udsoncan
    from udsoncan.services import ReadDataByIdentifier

    def read(payload):
        response = udsoncan.Response.from_payload(payload)
        result = ReadDataByIdentifier.interpret_response(
            response, [0xF190], {0xF190: udsoncan.AsciiCodec(17)}).service_data
        return 1, sum(result.values[0xF190].encode())
    return read


def scapy_codes():
    from scapy.contrib.automotive.uds import UDS

    def read(payload):
        records = UDS(payload).DTCAndStatusRecord
        return len(records), sum(int.from_bytes(bytes(record.dtc), "big") + int(record.status) for record in records)
    return read


def scapy_answer():
    from scapy.contrib.automotive.uds import UDS

    def read(payload):
        packet = UDS(payload)
        assert packet.dataIdentifier == 0xF190
        return 1, sum(bytes(packet.payload.payload))
    return read


def py_uds_message(payload):
    from uds.addressing import AddressingType
    from uds.message import UdsMessage

    return UdsMessage(payload=payload, addressing_type=AddressingType.PHYSICAL)


def py_uds_codes():
    from uds.translator import BASE_TRANSLATOR

    def read(payload):
        records = BASE_TRANSLATOR.decode(py_uds_message(payload))[-1]
        codes = [record[0]["raw_value"] for record in records["children"]]
        states = [record[1]["raw_value"] for record in records["children"]]
        return len(codes), sum(codes) + sum(states)
    return read


def py_uds_answer():
    from uds.translator import BASE_TRANSLATOR

    def read(payload):
        BASE_TRANSLATOR.decode(py_uds_message(payload))
        return 1, sum(payload[3:])
    return read


def cantools_answer():
    from cantools.database.conversion import IdentityConversion
    from cantools.database.diagnostics.data import Data
    from cantools.database.diagnostics.did import Did

    data = [
        Data(f"character{index}", start=7 + 8 * index, length=8, byte_order="big_endian",
             conversion=IdentityConversion(is_float=False)) for index in range(17)]
    identifier = Did(identifier=0xF190, name="VIN", length=17, datas=data)

    def read(payload):
        return 1, sum(identifier.decode(payload[3:]).values())
    return read


def odxtools_constant(name, place, value, bits):
    return f"""<PARAM xmlns:i="{INSTANCE}" i:type="CODED-CONST"><SHORT-NAME>{name}</SHORT-NAME>
        <BYTE-POSITION>{place}</BYTE-POSITION><CODED-VALUE>{value}</CODED-VALUE>
        <DIAG-CODED-TYPE BASE-DATA-TYPE="A_UINT32" i:type="STANDARD-LENGTH-TYPE"><BIT-LENGTH>{bits}</BIT-LENGTH>
        </DIAG-CODED-TYPE></PARAM>"""


def odxtools_answer():
    """A database of one service: the least that odxtools decodes a VIN with."""
    from xml.etree import ElementTree

    from odxtools.database import Database

    def constants(service):
        return odxtools_constant("sid", 0, service, 8) + odxtools_constant("did", 1, 0xF190, 16)

    database = Database()
    database.add_odx_xml_tree(ElementTree.fromstring(f"""
        <ODX MODEL-VERSION="2.2.0"><DIAG-LAYER-CONTAINER ID="c"><SHORT-NAME>c</SHORT-NAME><BASE-VARIANTS>
        <BASE-VARIANT ID="v"><SHORT-NAME>v</SHORT-NAME><DIAG-DATA-DICTIONARY-SPEC><DATA-OBJECT-PROPS>
        <DATA-OBJECT-PROP ID="vin"><SHORT-NAME>vin</SHORT-NAME>
        <COMPU-METHOD><CATEGORY>IDENTICAL</CATEGORY></COMPU-METHOD>
        <DIAG-CODED-TYPE BASE-DATA-TYPE="A_ASCIISTRING" xmlns:i="{INSTANCE}" i:type="STANDARD-LENGTH-TYPE">
        <BIT-LENGTH>136</BIT-LENGTH></DIAG-CODED-TYPE><PHYSICAL-TYPE BASE-DATA-TYPE="A_UNICODE2STRING"/>
        </DATA-OBJECT-PROP></DATA-OBJECT-PROPS></DIAG-DATA-DICTIONARY-SPEC>
        <DIAG-COMMS><DIAG-SERVICE ID="s"><SHORT-NAME>s</SHORT-NAME><REQUEST-REF ID-REF="rq"/>
        <POS-RESPONSE-REFS><POS-RESPONSE-REF ID-REF="rs"/></POS-RESPONSE-REFS></DIAG-SERVICE></DIAG-COMMS>
        <REQUESTS><REQUEST ID="rq"><SHORT-NAME>rq</SHORT-NAME><PARAMS>{constants(0x22)}</PARAMS></REQUEST></REQUESTS>
        <POS-RESPONSES><POS-RESPONSE ID="rs"><SHORT-NAME>rs</SHORT-NAME><PARAMS>{constants(0x62)}
        <PARAM xmlns:i="{INSTANCE}" i:type="VALUE"><SHORT-NAME>data</SHORT-NAME><BYTE-POSITION>3</BYTE-POSITION>
        <DOP-REF ID-REF="vin"/></PARAM></PARAMS></POS-RESPONSE></POS-RESPONSES>
        </BASE-VARIANT></BASE-VARIANTS></DIAG-LAYER-CONTAINER></ODX>"""))
    database.refresh()

    def read(payload):
        # The database is named here since a service knows it only weakly.
        service = database.base_variants[0].services[0]
        return 1, sum(service.decode_message(payload).param_dict["data"].encode())
    return read


def main():
    reports, answers = messages(sys.argv[1]), messages(sys.argv[2])
    peers = (
        ("codes", "udsoncan", "interpret_response, no text", udsoncan_codes, reports),
        ("codes", "py-uds", "translator", py_uds_codes, reports[:20]),
        ("codes", "scapy", "UDS", scapy_codes, reports[:20]),
        ("answer", "cantools", "Did.decode", cantools_answer, answers),
        ("answer", "udsoncan", "interpret_response", udsoncan_answer, answers),
        ("answer", "odxtools", "decode_message", odxtools_answer, answers[:5000]),
        ("answer", "py-uds", "translator", py_uds_answer, answers[:2000]),
        ("answer", "scapy", "UDS", scapy_answer, answers[:2000]),
    )
    for kind, package, name, make, payloads in peers:
        measured(kind, package, name, make(), payloads)


if __name__ == "__main__":
    main()
