"""Vector ASC and PEAK TRC logs through python-can.

logs_with_python_can.py compare CANDUMP LOG   prints how many frames are the same, or what differs
logs_with_python_can.py write CANDUMP LOG     writes the frames of CANDUMP in LOG's format

What python-can is known to read otherwise is not compared: the DLC of classic frames above 8, CAN FD
frames without a payload in ASC (read as remote frames), error frames in TRC (left out) and their channels in candump, BRS and ESI
in TRC (types FE and BI taken for each other).
"""

import sys

import can


def frames(path):
    if path.endswith(".asc"):
        return can.ASCReader(path, relative_timestamp=False)
    if path.endswith(".trc"):
        return can.TRCReader(path)
    return can.CanutilsLogReader(path)


def channel(message, path):
    number = message.channel
    if isinstance(number, str):
        return int(number.removeprefix("can"))
    return number - 1 if path.endswith(".trc") else number


def described(message, path, is_trc):
    if message.is_error_frame:
        return ["error frame"]
    fields = [channel(message, path), message.arbitration_id, message.is_extended_id, message.is_remote_frame]
    fields += [message.is_fd, message.is_rx, bytes(message.data)]
    if message.is_fd and not is_trc:
        fields += [message.bitrate_switch, message.error_state_indicator]
    if message.is_remote_frame:
        fields += [message.dlc]
    return fields


def compare(candump, log):
    is_trc = log.endswith(".trc")

    def is_compared(message):
        if message.is_error_frame:
            return not is_trc
        return is_trc or not message.is_fd or len(message.data) > 0

    expected = [message for message in frames(candump) if is_compared(message)]
    found = [message for message in frames(log) if is_compared(message)]
    if len(expected) != len(found):
        sys.exit(f"{len(found)} frames instead of {len(expected)}")
    for index, (left, right) in enumerate(zip(expected, found)):
        if described(left, candump, is_trc) != described(right, log, is_trc):
            sys.exit(f"frame {index}: {right} instead of {left}")
        # Both are binary fractions of seconds since 1970.
        if abs(left.timestamp - right.timestamp) > 1.2e-6:
            sys.exit(f"frame {index}: {right.timestamp:.6f} instead of {left.timestamp:.6f}")
    print(len(found))


def write(candump, log):
    with can.Logger(log) as writer:
        for message in frames(candump):
            message.channel = channel(message, candump)
            writer(message)


{"compare": compare, "write": write}[sys.argv[1]](*sys.argv[2:])
