"""can.LogReader("night.canlog")"""
import os
import subprocess

from can.io.generic import MessageReader

from . import capture, program


class CanlogReader(MessageReader):
    """Iterates over the frames of a log, as they come out of `canlog convert`; nothing is kept in memory.

    Times are seconds since 1970, the nearest float to the log's nanoseconds; the channel is the name of the
    interface. Events of a log, such as links that went down, are no messages.

    :raises CanlogError: canlog is not there, or could not read the log
    """

    _chunk = 1 << 18

    def __init__(self, file, **kwargs):
        if not isinstance(file, (str, os.PathLike)):
            raise TypeError("a .canlog is read by its path, not from an open file")
        self.path = os.fspath(file)
        os.stat(self.path)  # no such log: said here and not when the first message is wanted
        program.find()
        self._conversions = set()

    def __iter__(self):
        conversion = program.Conversion(
            os.path.abspath(self.path), "-", "--to-format", "pcapng", stdout=subprocess.PIPE)
        self._conversions.add(conversion)
        try:
            try:
                yield from capture.messages(lambda: conversion.output.read(self._chunk))
            except (ValueError, program.CanlogError):
                # stop() while we were reading closes the pipe; a capture that ends too soon has a cause.
                if conversion.is_ended:
                    return
                conversion.finish()
                raise
            conversion.finish()
        finally:
            conversion.abandon()
            self._conversions.discard(conversion)

    def stop(self):
        for conversion in tuple(self._conversions):
            conversion.abandon()
