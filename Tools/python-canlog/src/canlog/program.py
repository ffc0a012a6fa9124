"""The program `canlog` as a child process: found, started, ended, its errors told as exceptions."""
import os
import shutil
import signal
import subprocess
import tempfile
import warnings


class CanlogError(Exception):
    """canlog is not there, or could not; the text is its own."""


class CanlogWarning(UserWarning):
    """canlog could, but something was lost; the text is its own."""


def find():
    """The path of the program: $CANLOG, else the first one in PATH."""
    named = os.environ.get("CANLOG")
    path = shutil.which(named or "canlog")
    if path:
        return path
    if named:
        raise CanlogError(f"CANLOG={named}: no such program; set CANLOG to the path of canlog")
    raise CanlogError("canlog is not in PATH; install it, or set CANLOG to its path")


class Conversion:
    """One run of `canlog convert`. Who makes one calls finish() or abandon()."""

    #: Exit status: all converted, but something of the source is missing in what is new.
    LOSSY = 3

    def __init__(self, *arguments, **pipes):
        # A file, not a pipe: the child never waits for somebody to read its messages.
        self._messages = tempfile.TemporaryFile()
        self._is_ended = False
        try:
            # Its own session: Ctrl-C is for this program, which then ends the child in order.
            self._child = subprocess.Popen(
                [find(), "convert", *arguments], stderr=self._messages, bufsize=0,
                start_new_session=True, **{"stdin": subprocess.DEVNULL, **pipes})
        except BaseException:
            self._messages.close()
            raise
        self.input = self._child.stdin
        self.output = self._child.stdout

    @property
    def is_ended(self):
        return self._is_ended

    def finish(self):
        """Waits until the child is done; raises what it could not, warns of what it lost."""
        if self._is_ended:
            return
        self._is_ended = True
        try:
            self._close()
        except BrokenPipeError:
            pass  # it ended early, and says why
        status = self._child.wait()
        self._messages.seek(0)
        text = self._messages.read().decode(errors="replace").strip()
        self._messages.close()
        if status == self.LOSSY:
            warnings.warn(text or "canlog: something was lost", CanlogWarning, stacklevel=3)
        elif status < 0:
            raise CanlogError(f"canlog was ended by {signal.Signals(-status).name} {text}".rstrip())
        elif status:
            raise CanlogError(text or f"canlog ended with status {status}")

    def abandon(self):
        """Ends the child, whatever it does, and reaps it. Nothing is raised."""
        if self._is_ended:
            return
        self._is_ended = True
        self._child.terminate()
        try:
            self._child.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._close()
        self._messages.close()

    def _close(self):
        for pipe in (self.input, self.output):
            if pipe:
                pipe.close()
