"""Prints what other implementations say of diagnostics, for the tests to compare with.

usage: diagnostic_tables.py udsoncan|scapy|py-uds|obd

A line is words between tabs: a kind (service, code, sub-function, identifier, routine, trouble-code, report,
parameter, scaling, readiness), its numbers in hexadecimal, and what the peer says.
"""
import inspect
import random
import sys
import warnings

warnings.simplefilter("ignore")
generator = random.Random(6)


def say(*words):
    print(*words, sep="\t")


def random_bytes(count):
    return bytes(generator.randrange(256) for _ in range(count))


def numbers(holder):
    return [(name, value) for name, value in vars(holder).items() if isinstance(value, int) and name[0] != "_"]


def by_udsoncan():
    import udsoncan
    from udsoncan import services
    from udsoncan.services import ReadDTCInformation

    for name, service in inspect.getmembers(services, inspect.isclass):
        if getattr(service, "_sid", None) is None:
            continue
        say("service", f"{service._sid:02X}", name)
        for holder in ("Session", "ResetType", "ControlType", "Subfunction", "AuthenticationTask", "AccessType",
                       "SettingType"):
            for label, value in numbers(getattr(service, holder, object)) if hasattr(service, holder) else []:
                say("sub-function", f"{service._sid:02X}", f"{value:02X}", label)
    for label, value in numbers(udsoncan.Response.Code):
        say("code", f"{value:02X}", label)
    for label, value in numbers(udsoncan.DataIdentifier):
        say("identifier", f"{value:04X}", label)

    for number in (0x0100, 0x01FF, 0xE000, 0xE010, 0xE1FF, 0xE200, 0xE201, 0xE2FF, 0xFF00, 0xFF01, 0xFF02):
        say("routine", f"{number:04X}", udsoncan.Routine.name_from_id(number))

    for report in (0x02, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x13, 0x15, 0x17):
        for count in (0, 1) if report in (0x0B, 0x0C, 0x0D, 0x0E) else (0, 1, 7):
            head = bytes([report] + ([0x18] if report == 0x17 else []) + [0xFF])
            say_report(udsoncan, ReadDTCInformation, report, head + random_bytes(4 * count))
    for report in (0x01, 0x07, 0x12):
        say_report(udsoncan, ReadDTCInformation, report, bytes([report, 0xFF, 1]) + random_bytes(2))
    for report in (0x08, 0x09):
        say_report(udsoncan, ReadDTCInformation, report, bytes([report, 0xFF]) + random_bytes(6))
    say_report(udsoncan, ReadDTCInformation, 0x14, bytes([0x14]) + random_bytes(12))
    say_report(udsoncan, ReadDTCInformation, 0x42, bytes([0x42, 0x33, 0xFF, 0xFF, 4]) + random_bytes(15))
    # Of report 55 they expect records of five bytes; ISO 14229-1 has four, as py-uds.


def say_report(udsoncan, service, report, data):
    response = udsoncan.Response(service, udsoncan.Response.Code.PositiveResponse, data=data)
    options = {"ignore_all_zero_dtc": False, "tolerate_zero_padding": False}
    parameters = inspect.signature(service.interpret_response).parameters
    options = {name: value for name, value in options.items() if name in parameters}
    result = service.interpret_response(response, report, **options).service_data
    words = []
    for code in result.dtcs:
        word = f"{code.id:06X}"
        if report != 0x14:
            word += f" status {code.status.get_byte_as_int():02X}"
        if report in (0x08, 0x09, 0x42):
            word += f" severity {code.severity.get_byte_as_int():02X}"
        if report in (0x08, 0x09):
            word += f" unit {code.functional_unit:02X}"
        if report == 0x14:
            word += f" counter {code.fault_counter}"
        words.append(word)
    count = result.dtc_count if report in (0x01, 0x07, 0x12) else len(words)
    say("report", (b"\x59" + data).hex().upper(), count, ",".join(words))


def by_scapy():
    from scapy.contrib.automotive import kwp, uds
    from scapy.contrib.automotive.obd.obd import OBD

    for value, name in uds.UDS.services.items():
        if value < 0x40 or 0x83 <= value <= 0x87:
            say("service", f"{value:02X}", name)
    for value, name in kwp.KWP.services.items():
        if value not in uds.UDS.services and value - 0x40 not in uds.UDS.services and "Positive" not in name:
            say("service", f"{value:02X}", name)
    for value, name in uds.UDS_NR.negativeResponseCodes.items():
        say("code", f"{value:02X}", name)
    for service, table in ((0x10, uds.UDS_DSC.diagnosticSessionTypes), (0x11, uds.UDS_ER.resetTypes),
                           (0x19, uds.UDS_RDTCI.reportTypes), (0x28, uds.UDS_CC.controlTypes),
                           (0x29, uds.UDS_AUTH.subFunctions), (0x2C, uds.UDS_DDDI.subFunctions),
                           (0x31, uds.UDS_RC.routineControlTypes), (0x85, uds.UDS_CDTCS.DTCSettingTypes),
                           (0x83, uds.UDS_ATP.timingParameterAccessTypes)):
        for value, name in table.items():
            say("sub-function", f"{service:02X}", f"{value:02X}", name)
    for parameter in range(0x04, 0xC0):
        for _ in range(8):
            # More bytes than any parameter has: what is left behind it says its length.
            # From 66 on a first byte often says which values are supported: all.
            first = b"\xff" if 0x66 <= parameter else random_bytes(1)
            payload = bytes([0x41, parameter]) + first + random_bytes(47)
            record = OBD(payload).data_records[0] if hasattr(OBD(payload), "data_records") else None
            if record is None or type(record.payload).__name__ == "Raw" or not record.payload.fields:
                continue
            data = record.payload
            length = len(bytes(data.self_build()))
            values = [
                float(data.getfieldval(field.name)) for field in data.fields_desc
                if type(getattr(field, "fld", field)).__name__.endswith("ScalingField")
                and data.getfieldval(field.name) is not None]
            say("parameter", f"{parameter:02X}", payload[2:2 + length].hex().upper(), " ".join(map(repr, values)))


def by_py_uds():
    from uds.message import NRC, RequestSID
    from uds.utilities.constants import did, sub_functions
    from uds.utilities.conversions import int_to_obd_dtc

    for member in RequestSID:
        say("service", f"{int(member):02X}", member.name)
    for member in NRC:
        say("code", f"{int(member):02X}", member.name)
    for value, name in did.DID_MAPPING_2020.items():
        say("identifier", f"{value:04X}", name)
    tables = {
        0x10: "DIAGNOSTIC_SESSION_TYPE_MAPPING", 0x11: "RESET_TYPE_MAPPING", 0x19: "REPORT_TYPE_MAPPING_2020",
        0x28: "CONTROL_TYPE_MAPPING", 0x29: "AUTHENTICATION_TASK_MAPPING", 0x2C: "DEFINITION_TYPE_MAPPING",
        0x31: "ROUTINE_CONTROL_TYPE_MAPPING", 0x85: "DTC_SETTING_TYPE_MAPPING", 0x86: "EVENT_MAPPING_2020",
        0x87: "LINK_CONTROL_TYPE_MAPPING"}
    for service, attribute in tables.items():
        for value, name in getattr(sub_functions, attribute).items():
            say("sub-function", f"{service:02X}", f"{value:02X}", name)
    for value, name in sub_functions.REPORT_TYPE_MAPPING_2013.items():
        say("sub-function", "19", f"{value:02X}", name)
    for _ in range(400):
        data = random_bytes(3)
        say("trouble-code", data.hex().upper(), int_to_obd_dtc(int.from_bytes(data, "big")))


def by_obd():
    from obd import decoders
    from obd.commands import commands
    from obd.UnitsAndScaling import UAS_IDS

    class Message:
        def __init__(self, data):
            self.data = bytearray(data)

    for _ in range(400):
        pair = random_bytes(2)
        code = decoders.parse_dtc(tuple(pair))
        if code:
            say("trouble-code", pair.hex().upper(), code[0])
    for command in commands[1]:
        if command.bytes < 3 or command.decode in (decoders.drop, decoders.pid, decoders.status):
            continue
        for _ in range(8):
            data = random_bytes(command.bytes - 2)
            try:
                value = command.decode([Message(bytes([0x41, command.pid]) + data)])
            except Exception:  # A fault of theirs with random bytes is not what is compared.
                continue
            if hasattr(value, "magnitude"):
                say("parameter", f"{command.pid:02X}", data.hex().upper(), repr(float(value.magnitude)))
    for number, scaling in UAS_IDS.items():
        if not hasattr(scaling(b"\0\0"), "magnitude"):
            continue
        for _ in range(4):
            data = random_bytes(2)
            say("scaling", f"{number:02X}", data.hex().upper(), repr(float(scaling(data).magnitude)))
    for _ in range(100):
        data = random_bytes(4)
        status = decoders.status([Message(b"\x41\x01" + data)])
        tests = sorted(
            f"{name}={'complete' if test.complete else 'incomplete'}" for name, test in vars(status).items()
            if getattr(test, "available", False))
        say("readiness", data.hex().upper(), "on" if status.MIL else "off", status.DTC_count, status.ignition_type,
            ",".join(tests))


if __name__ == "__main__":
    {"udsoncan": by_udsoncan, "scapy": by_scapy, "py-uds": by_py_uds, "obd": by_obd}[sys.argv[1]]()
