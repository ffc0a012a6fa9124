"""can.Logger("night.canlog")"""
import math
import os
import subprocess
import threading

from can.io.generic import MessageWriter

from . import program

CAN_ERR_FLAG, CAN_ERR_PROT = 0x2000_0000, 0x0000_0008
#: Lengths of CAN FD payloads, ISO 11898-1.
FD_LENGTHS = frozenset((*range(9), 12, 16, 20, 24, 32, 48, 64))


class CanlogWriter(MessageWriter):
    """Writes messages into a new log, which is under its name when stop() returns, whole or not at all.

    A log of that name is replaced then. Where this process ends without stop(), what it wrote until then is
    the log NAME.partial. Live buses are recorded more safely by `canlog record`.

    :param channel: the interface of messages that have none
    :raises CanlogError: canlog is not there, or could not write the log
    """

    _most_lines = 4096

    def __init__(self, file, channel="can0", append=False, **kwargs):
        if not isinstance(file, (str, os.PathLike)):
            raise TypeError("a .canlog is written by its path, not to an open file")
        if append:
            raise ValueError("a closed .canlog is not appended to; write another and use 'canlog merge'")
        self._names = {None: channel}
        self._lines = []
        self._lock = threading.Lock()
        self._path = os.path.abspath(os.fspath(file))
        self._partial = self._path + ".partial"
        self._conversion = program.Conversion(
            "-", self._partial, "--to-format", "canlog", "--from-format", "candump", "--force",
            stdin=subprocess.PIPE)

    def on_message_received(self, msg):
        with self._lock:
            if self._conversion.is_ended:
                raise ValueError("the log is closed")
            self._lines.append(f"({_stamp(msg.timestamp)}) {self._name(msg.channel)} {_frame(msg)}\n")
            if len(self._lines) >= self._most_lines:
                self._flush()

    def stop(self):
        with self._lock:
            if self._conversion.is_ended:
                return
            self._flush()
            self._conversion.finish()
            os.replace(self._partial, self._path)

    def _flush(self):
        data = memoryview("".join(self._lines).encode())
        self._lines.clear()
        try:
            while data:
                data = data[self._conversion.input.write(data):]
        except BrokenPipeError:
            self._conversion.finish()  # raises what canlog says
            raise

    def _name(self, channel):
        """The interface's name: python-can's numbers are canN, as in its own candump writer."""
        if isinstance(channel, str) and channel.isdigit():
            channel = int(channel)
        name = self._names.get(channel)
        if name is None:
            name = f"can{channel}" if isinstance(channel, int) else str(channel)
            # What a Linux interface may be called: 15 bytes, no blanks, no slash.
            if not name.isascii() or not name.isprintable() or not 0 < len(name) < 16 or set(name) & set(" /"):
                raise ValueError(f"channel {channel!r} is no interface's name: give msg.channel one of 15 characters")
            if any(other == name for key, other in self._names.items() if key is not None):
                raise ValueError(f"two channels would both be {name}: give msg.channel another name")
            self._names[channel] = name
        return name


def _stamp(seconds):
    """Nine decimals: the digits that the float was made from, where it tells them."""
    seconds = seconds or 0.0
    if not math.isfinite(seconds):
        raise ValueError(f"a message with the time {seconds}")
    whole, _, digits = repr(float(seconds)).partition(".")
    if len(digits) > 9 or "e" in digits or "e" in whole:
        return f"{seconds:.9f}"
    return f"{whole}.{digits:0<9}"


def _frame(msg):
    """Identifier, payload and direction as candump -L writes them."""
    direction = "R" if msg.is_rx else "T"
    data = msg.data
    if msg.is_error_frame:
        identifier = msg.arbitration_id & 0x1FFF_FFFF or CAN_ERR_PROT
        payload = data.hex().upper() if data else "00" * 8
        return f"{CAN_ERR_FLAG | identifier:08X}#{payload} {direction}"
    identifier = f"{msg.arbitration_id:08X}" if msg.is_extended_id else f"{msg.arbitration_id:03X}"
    if msg.arbitration_id >> (29 if msg.is_extended_id else 11):
        raise ValueError(f"a message with the identifier {msg.arbitration_id:X}")
    if msg.is_remote_frame:
        return f"{identifier}#R{_remote_length(msg.dlc)} {direction}"
    if msg.is_fd:
        if len(data) not in FD_LENGTHS:
            raise ValueError(f"a CAN FD message of {len(data)} bytes")
        flags = 4 | msg.bitrate_switch | msg.error_state_indicator << 1  # CANFD_FDF, as kernels set it
        return f"{identifier}##{flags:X}{data.hex().upper()} {direction}"
    if len(data) > 8:
        raise ValueError(f"a classic CAN message of {len(data)} bytes")
    suffix = f"_{msg.dlc:X}" if len(data) == 8 and 8 < msg.dlc < 16 else ""
    return f"{identifier}#{data.hex().upper()}{suffix} {direction}"


def _remote_length(dlc):
    if not 0 <= dlc < 16:
        raise ValueError(f"a remote message with the length code {dlc}")
    return "" if dlc == 0 else f"{dlc}" if dlc < 9 else f"8_{dlc:X}"
