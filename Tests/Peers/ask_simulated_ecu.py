"""Asks a simulated ECU by udsoncan over can-isotp, and prints one line for each answer.

usage: ask_simulated_ecu.py INTERFACE

The ECU is that of `canlog simulate --example`, run with --fault pending:ECM:20@DURATION where the storm is
asked for by the word 'storm' as second argument.
"""
import sys
import time

import can
import isotp
import udsoncan
from udsoncan.client import Client
from udsoncan.connections import PythonIsoTpConnection
from udsoncan.exceptions import NegativeResponseException, TimeoutException


class Secret:
    """the key of the example: the seed exclusive or the secret"""

    @staticmethod
    def key(level, seed, params):
        return bytes(byte ^ 0xA5 for byte in seed)


CONFIG = dict(
    udsoncan.configs.default_client_config,
    data_identifiers={0xF190: udsoncan.AsciiCodec(17), 0xF187: udsoncan.AsciiCodec(9), 0xF18C: "BBBB",
                      0xF186: "B", 0x2001: ">H", 0xF40C: ">H"},
    security_algo=Secret.key,
    standard_version=2020,
    # A bench VM may be slow, and its times are not what is tested here.
    use_server_timing=False,
    p2_timeout=10,
    p2_star_timeout=20,
    request_timeout=60,
)


def refusal(ask):
    """the name of the negative response code"""
    try:
        ask()
    except NegativeResponseException as error:
        return error.response.code_name
    return "no refusal"


def main(interface, what):
    bus = can.Bus(interface, interface="socketcan")
    address = isotp.Address(isotp.AddressingMode.Normal_11bits, txid=0x7E0, rxid=0x7E8)
    notifier = can.Notifier(bus, [], timeout=0.05)
    stack = isotp.NotifierBasedCanStack(bus, notifier, address=address, params={"tx_padding": 0xCC})
    with Client(PythonIsoTpConnection(stack), config=CONFIG) as client:
        if what == "storm":
            start = time.monotonic()
            client.tester_present()
            print("storm", 0.35 < time.monotonic() - start < 1)
        elif what == "wrong-sequence":
            try:
                client.read_data_by_identifier(0xF190)
                print("wrong sequence", "not noticed")
            except TimeoutException:
                print("wrong sequence", "timeout")
        else:
            converse(client)
    notifier.stop()
    bus.shutdown()


def converse(client):
    print("vin", client.read_data_by_identifier(0xF190).service_data.values[0xF190])
    print("several", client.read_data_by_identifier([0xF187, 0xF18C]).service_data.values)
    codes = client.get_dtc_by_status_mask(0x0C).service_data.dtcs
    print("codes", [f"{code.id:06X} {code.status.get_byte_as_int():02X}" for code in codes])
    print("count", client.get_number_of_dtc_by_status_mask(0x08).service_data.dtc_count)
    snapshot = client.get_dtc_snapshot_by_dtc_number(0x011817).service_data.dtcs[0].snapshots[0]
    print("snapshot", hex(snapshot.did), snapshot.data)
    print("refusal", refusal(lambda: client.write_data_by_identifier(0xF190, "1HGBH41JXMN109186")))
    session = client.change_session(3).service_data
    print("session", session.p2_server_max, session.p2_star_server_max)
    print("refusal", refusal(lambda: client.write_data_by_identifier(0xF190, "1HGBH41JXMN109186")))
    client.unlock_security_access(1)
    client.write_data_by_identifier(0xF190, "1HGBH41JXMN109186")
    print("written", client.read_data_by_identifier(0xF190).service_data.values[0xF190])
    start = time.monotonic()
    client.start_routine(0xFF00)
    print("routine", 5.9 < time.monotonic() - start < 7)
    client.clear_dtc()
    print("cleared", len(client.get_dtc_by_status_mask(0x0C).service_data.dtcs))
    with client.suppress_positive_response():
        client.tester_present()
    client.ecu_reset(1)
    time.sleep(0.5)
    print("session", client.read_data_by_identifier(0xF186).service_data.values[0xF186])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
