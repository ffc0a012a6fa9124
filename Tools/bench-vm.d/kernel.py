"""Debian's kernel in a cache folder: fetched once, then no network is needed."""

import contextlib
import fcntl
import glob
import hashlib
import json
import lzma
import os
import shutil
import subprocess
import sys
import tempfile

# Named as modprobe names them; their dependencies are found by depmod. The groups are loaded
# as a run wants them, since each insmod costs time in emulation.
MODULES = {
    "base": ["virtio_pci", "virtio_console", "9pnet_virtio", "9p"],
    "can": ["can-raw", "can-bcm", "can-isotp", "can-gw", "can-j1939", "can-dev", "vcan", "vxcan", "sch_tbf"],
    "controllers": ["kvaser_pci"],
    "disk": ["crc32c_generic", "ext4", "virtio_blk"],
}

XZ_MAGIC = b"\xfd7zXZ\x00"


class BenchError(Exception):
    """The bench VM could not do its part; the text says what, why and what to do."""


class Kernel:
    """A kernel in the cache: its uncompressed image and the modules that the guest loads."""

    def __init__(self, folder):
        self.folder = folder
        self.image = os.path.join(folder, "vmlinux")
        with open(os.path.join(folder, "load-order.json")) as file:
            self.load_order = json.load(file)
        with open(os.path.join(folder, "package")) as file:
            self.package = file.read().strip()

    def modules(self, groups):
        """The files to load for `groups`, each after those it depends on."""
        names = []
        for group in groups:
            for module in MODULES[group]:
                names += [name for name in self.load_order[module] if name not in names]
        return [os.path.join(self.folder, "modules", name) for name in names]


def cached_kernel():
    """Returns the kernel of the cache, fetching it first where it is missing."""
    cache = os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "canlog", "bench-vm")
    # A changed list of modules is another cache entry.
    key = hashlib.sha256(json.dumps(MODULES).encode()).hexdigest()[:12]
    folder = os.path.join(cache, f"kernel-{key}")
    if not os.path.exists(folder):
        os.makedirs(cache, exist_ok=True)
        with open(os.path.join(cache, "lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for remnant in glob.glob(os.path.join(cache, "fetch-*")):
                shutil.rmtree(remnant, ignore_errors=True)
            if not os.path.exists(folder):
                fetch(folder)
    return Kernel(folder)


def fetch(folder):
    """Downloads Debian's kernel package and leaves what the VM needs of it in `folder`."""
    package = package_name()
    print(f"bench-vm: fetching {package} (70 MB, once) into {os.path.dirname(folder)}", file=sys.stderr)
    work = tempfile.mkdtemp(prefix="fetch-", dir=os.path.dirname(folder))
    try:
        # The exact name: a pattern would fetch the package of every kernel version.
        run(["apt-get", "download", "-q", package], cwd=work, remedy="is the package mirror within reach?")
        archive = glob.glob(os.path.join(work, "*.deb"))[0]
        tree = os.path.join(work, "tree")
        run(["dpkg", "-x", archive, tree])
        release = os.listdir(os.path.join(tree, "lib", "modules"))[0]
        run(["depmod", "-b", tree, release], remedy="is kmod installed? Tools/setup bus")

        ready = os.path.join(work, "ready")
        os.makedirs(os.path.join(ready, "modules"))
        with open(os.path.join(tree, "boot", f"vmlinuz-{release}"), "rb") as compressed:
            image = uncompressed(compressed.read())
        with open(os.path.join(ready, "vmlinux"), "wb") as file:
            file.write(image)
        order = copy_modules(os.path.join(tree, "lib", "modules", release), os.path.join(ready, "modules"))
        with open(os.path.join(ready, "load-order.json"), "w") as file:
            json.dump(order, file, indent=1)
        with open(os.path.join(ready, "package"), "w") as file:
            file.write(os.path.basename(archive) + "\n")
        os.rename(ready, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def package_name():
    """The package behind `linux-image-amd64`, as `linux-image-6.1.0-56-amd64`."""
    for attempt in range(2):
        with contextlib.suppress(FileNotFoundError):
            answer = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True)
            for line in answer.stdout.splitlines():
                kind, _, name = line.strip().partition(": ")
                if kind == "Depends" and name.startswith("linux-image-"):
                    return name
        if attempt == 0 and os.geteuid() == 0:
            subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL)
    raise BenchError(
        "apt does not know linux-image-amd64, the kernel of the bench VM; "
        "run 'sudo apt-get update' on a Debian 12 machine that reaches its package mirror")


def uncompressed(image):
    """The ELF kernel inside a bzImage. Unpacking it here saves 3 s at each emulated boot."""
    start = image.find(XZ_MAGIC)
    if start < 0:
        raise BenchError("the kernel image holds no xz stream; this Debian packs its kernel in another way")
    return lzma.LZMADecompressor().decompress(image[start:])


def copy_modules(source, target):
    """Copies the modules of `MODULES` with all they need; returns the load order of each."""
    files, dependencies = {}, {}
    with open(os.path.join(source, "modules.dep")) as lines:
        for line in lines:
            path, _, needed = line.strip().partition(":")
            name = os.path.basename(path).removesuffix(".ko").replace("-", "_")
            files[name] = path
            # modules.dep lists the nearest dependency first: load from its end.
            dependencies[name] = list(reversed(needed.split())) + [path]
    order = {}
    for module in (name for group in MODULES.values() for name in group):
        paths = dependencies.get(module.replace("-", "_"))
        if paths is None:
            raise BenchError(f"the kernel package has no module {module}")
        order[module] = [os.path.basename(path) for path in paths]
        for path in paths:
            shutil.copy(os.path.join(source, path), target)
    return order


def run(command, remedy="", **options):
    try:
        answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    except FileNotFoundError:
        raise BenchError(f"{command[0]} is not installed; {remedy or 'run Tools/setup bus'}")
    if answer.returncode != 0:
        reason = answer.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise BenchError(f"{' '.join(command)} failed with status {answer.returncode}: {reason[0]}"
                         + (f"; {remedy}" if remedy else ""))
