"""The guest's virtual disk: an ext4 image that can lose power."""

import os

from kernel import BenchError, run
from power_cut import LogError, cut_power_of_file


class Disk:
    """An image on the host. With `cut_after` the machine works on a copy and a log of its writes."""

    def __init__(self, options, folder):
        self.image = os.path.realpath(options.disk)
        self.cut_after = options.cut_after
        self.log = os.path.join(folder, "disk-log")
        self.copy = os.path.join(folder, "disk")
        if not os.path.exists(self.image):
            make_image(self.image, options.disk_size)
        if self.cut_after is not None:
            copy_sparsely(self.image, self.copy)
            open(self.log, "wb").close()

    def qemu_arguments(self):
        """The image as /dev/vda. Its cache is write-back, so that the guest says FLUSH when it means it."""
        if self.cut_after is None:
            return ["-blockdev", f"driver=file,node-name=disk,filename={escaped(self.image)}",
                    "-device", "virtio-blk-pci,drive=disk"]
        return ["-blockdev", f"driver=file,node-name=content,filename={escaped(self.copy)}",
                "-blockdev", f"driver=file,node-name=log,filename={escaped(self.log)}",
                "-blockdev", "driver=blklogwrites,node-name=disk,file=content,log=log",
                "-device", "virtio-blk-pci,drive=disk"]

    def keep_everything(self):
        """The ordinary end: the image holds all that was written."""
        if self.cut_after is not None:
            copy_sparsely(self.copy, self.image + ".part")
            os.replace(self.image + ".part", self.image)

    def cut_power(self):
        """The other end, after QEMU is dead: the image holds what was flushed. Returns what was lost, in words."""
        try:
            outcome = cut_power_of_file(self.image, self.log)
        except (LogError, OSError) as error:
            raise BenchError(f"{self.image}: cannot be rebuilt after the power cut: {error}")
        return (f"{outcome.kept} writes to the disk were kept, {outcome.lost} "
                f"({outcome.bytes_lost} bytes) after the last flush lost")


def make_image(path, size):
    with open(path, "wb"):
        pass
    try:
        run(["truncate", "-s", size, path])
        # All tables written now: no work is left that the guest would do behind the back of a test.
        environment = os.environ | {"PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
        run(["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", path], env=environment)
    except BenchError:
        os.unlink(path)
        raise


def copy_sparsely(source, target):
    run(["cp", "--sparse=always", "--reflink=auto", source, target])


def escaped(path):
    """A path inside a QEMU option."""
    return path.replace(",", ",,")
