"""The guest's first file system, written anew for each run: a cpio archive (newc)."""

import os
import stat

from kernel import BenchError

HERE = os.path.dirname(os.path.abspath(__file__))


class Initrd:
    """Collects files and writes them in the format of Documentation/driver-api/early-userspace/buffer-format.rst."""

    def __init__(self):
        self.parts = []
        self.inode = 0

    def folder(self, name):
        self._entry(name, stat.S_IFDIR | 0o755, b"")

    def file(self, name, content, mode=0o755):
        self._entry(name, stat.S_IFREG | mode, content)

    def _entry(self, name, mode, content):
        self.inode += 1
        encoded = os.fsencode(name) + b"\0"
        fields = [self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0]
        header = b"070701" + b"".join(b"%08x" % field for field in fields) + encoded
        self.parts += [header, bytes(-len(header) % 4), content, bytes(-len(content) % 4)]

    def write(self, path):
        self._entry("TRAILER!!!", 0, b"")
        with open(path, "wb") as file:
            file.write(b"".join(self.parts))


def write_initrd(path, modules, settings, preloads, job):
    """Writes the initrd: busybox, `modules` in load order, the guest's scripts, and those of this run."""
    busybox = read_busybox()
    initrd = Initrd()
    for name in ["bin", "host", "proc", "sys", "dev", "modules", "bench"]:
        initrd.folder(name)
    initrd.file("bin/busybox", busybox)
    initrd.file("init", read(os.path.join(HERE, "guest-boot")))
    initrd.file("bench/guest-run", read(os.path.join(HERE, "guest-run")))
    for name, text in [("settings", settings), ("preloads", preloads), ("job", job)]:
        initrd.file("bench/" + name, os.fsencode(text))
    names = []
    for module in modules:
        names.append("/modules/" + os.path.basename(module))
        initrd.file(names[-1][1:], read(module))
    initrd.file("modules/order", "".join(name + "\n" for name in names).encode())
    initrd.write(path)


def read_busybox():
    try:
        busybox = read("/bin/busybox")
    except FileNotFoundError:
        raise BenchError("/bin/busybox is not there; run Tools/setup bus")
    if b"/ld-linux" in busybox[:8192]:
        raise BenchError("/bin/busybox needs shared libraries, which the machine's first file system has not; "
                         "install busybox-static: Tools/setup bus")
    return busybox


def read(path):
    with open(path, "rb") as file:
        return file.read()
