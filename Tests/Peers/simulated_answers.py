"""Reads answers of a simulated ECU as other implementations do: a line of words between tabs for each.

usage: simulated_answers.py udsoncan|scapy REQUEST:ANSWER...

Requests and answers are hexadecimal digits. The line has the answer and what the peer reads in it, or why
it refuses it.
"""
import sys
import warnings

warnings.simplefilter("ignore")


def hexadecimal(data):
    return bytes(data).hex().upper()


def by_udsoncan(request, answer):
    import udsoncan
    from udsoncan import services

    response = udsoncan.Response.from_payload(answer)
    if not response.positive:
        return response.code_name
    name = response.service.get_name()
    if name == "ReadMemoryByAddress":
        return hexadecimal(services.ReadMemoryByAddress.interpret_response(response).service_data.memory_block)
    if name == "WriteMemoryByAddress":
        digits = request[1]
        size, address = digits >> 4, digits & 15
        place = udsoncan.MemoryLocation(
            int.from_bytes(request[2:2 + address], "big"),
            int.from_bytes(request[2 + address:2 + address + size], "big"), address * 8, size * 8)
        data = services.WriteMemoryByAddress.interpret_response(response, place).service_data
        return f"{data.memory_location_echo.address:X} {data.memory_location_echo.memorysize}"
    if name in ("RequestDownload", "RequestUpload"):
        return str(getattr(services, name).interpret_response(response).service_data.max_length)
    if name == "TransferData":
        data = services.TransferData.interpret_response(response).service_data
        return f"{data.sequence_number_echo} {hexadecimal(data.parameter_records)}"
    if name == "RequestTransferExit":
        return hexadecimal(services.RequestTransferExit.interpret_response(response).service_data.parameter_records)
    if name == "InputOutputControlByIdentifier":
        configuration = {0xD001: "H"}
        data = services.InputOutputControlByIdentifier.interpret_response(
            response, control_param=request[3], tolerate_zero_padding=False, ioconfig=configuration).service_data
        return f"{data.did_echo:04X} {data.control_param_echo} {data.decoded_data[0]:04X}"
    if name == "LinkControl":
        return str(services.LinkControl.interpret_response(response).service_data.control_type_echo)
    return name


def by_scapy(request, answer):
    from scapy.contrib.automotive.uds import UDS

    packet = UDS(answer)
    body = packet.payload
    words = [type(body).__name__]
    while body and type(body).__name__ not in ("NoPayload", "Raw"):
        words += [f"{name}={getattr(body, name)!r}" for name in body.fields if name in (
            "maxNumberOfBlockLength", "blockSequenceCounter", "periodicDataIdentifier", "negativeResponseCode",
            "memoryAddressLen", "memorySizeLen", "linkControlType", "dataIdentifier")]
        body = body.payload
    return " ".join(words)


def main():
    read = {"udsoncan": by_udsoncan, "scapy": by_scapy}[sys.argv[1]]
    for pair in sys.argv[2:]:
        request, answer = (bytes.fromhex(word) for word in pair.split(":"))
        try:
            text = read(request, answer)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
        print(hexadecimal(answer), text, sep="\t")


main()
