"""One QEMU from boot to end: what it is started with, and the loop that passes its output through."""

import contextlib
import os
import secrets
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from disk import Disk, escaped
from initrd import write_initrd
from kernel import BenchError, cached_kernel

QEMU = "qemu-system-x86_64"
KEPT_ENVIRONMENT = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ"]
KERNEL_ARGUMENTS = ("console=ttyS0 quiet panic=-1 tsc=reliable mitigations=off no_timer_check "
                    "random.trust_cpu=on cryptomgr.notests nokaslr")
# QEMU 7.2 aborts on hosts whose KVM offers these capabilities and refuses to set them.
KVM_CPU = "host,-arch-capabilities"
TIMED_OUT, MACHINE_DIED = 124, 125


class Interrupted(Exception):
    """A signal arrived: a deadline (SIGALRM) or somebody's wish that this ends."""

    def __init__(self, number):
        self.number = number


def kvm_works(kernel):
    """Whether the kernel boots with KVM here: neither /dev/kvm nor QEMU's own start proves it.

    The answer is kept in the cache until this machine boots again.
    """
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    with open("/proc/sys/kernel/random/boot_id") as file:
        answer = os.path.join(kernel.folder, f"kvm-{file.read().strip()}")
    if not os.path.exists(answer):
        # Without a root the kernel panics and reboots, and QEMU ends; one that hangs is ended.
        probe = [QEMU, "-accel", "kvm", "-cpu", KVM_CPU, "-M", "pc", "-m", "512M", "-nodefaults", "-display", "none",
                 "-no-reboot", "-kernel", kernel.image, "-append", "panic=-1"]
        try:
            works = subprocess.run(probe, capture_output=True, stdin=subprocess.DEVNULL, timeout=5).returncode == 0
        except subprocess.TimeoutExpired:
            works = False
        with open(answer + f".{os.getpid()}", "w") as file:
            file.write("works" if works else "fails")
        os.rename(file.name, answer)
    with open(answer) as file:
        return file.read() == "works"


def job_script(command, environment, folder):
    """The shell text that becomes CMD in the guest, with the caller's folder, environment and arguments."""
    values = [f"{name}={value}" for name, value in environment.items()]
    return (f"cd {shlex.quote(folder)} || exit 125\n"
            f"exec /usr/bin/env -i {shlex.join(values)} {shlex.join(command)}\n")


def guest_environment(keep, exchange):
    names = KEPT_ENVIRONMENT + [name for name in os.environ if name.startswith("CANLOG_")] + keep
    environment = {name: os.environ[name] for name in names if name in os.environ}
    # 9p cannot hold sockets and pipes, so temporary files live in memory.
    return environment | {"TMPDIR": "/mnt", "CANLOG_EXCHANGE": exchange}


class Machine:
    """A virtual machine for one command. Use it as a context: at its end nothing is left of it."""

    def __init__(self, options):
        self.options = options
        self.process = None
        self.disk = None
        self.sockets = {}
        self.inherited = []
        self.mark = secrets.token_hex(16).encode()

    def __enter__(self):
        if shutil.which(QEMU) is None:
            raise BenchError(f"{QEMU} is not installed; run Tools/setup bus")
        self.folder = tempfile.mkdtemp(prefix="canlog-bench-vm-")
        self.console = os.path.join(self.folder, "console")
        return self

    def __exit__(self, *_):
        for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def accelerator(self, kernel):
        options = self.options
        if options.icount:
            return "tcg"
        if options.accel is not None:
            return options.accel
        chosen = "kvm" if kvm_works(kernel) else "tcg"
        if options.verbose:
            print("bench-vm: " + ("with KVM" if chosen == "kvm" else "KVM does not work here: emulation (TCG)"),
                  file=sys.stderr)
        return chosen

    def command_line(self, kernel, initrd, exchange):
        options = self.options
        accelerator = self.accelerator(kernel)
        line = [QEMU, "-M", "pc", "-m", options.memory, "-nodefaults", "-display", "none", "-no-reboot",
                "-kernel", kernel.image, "-initrd", initrd, "-append", KERNEL_ARGUMENTS,
                "-serial", f"file:{self.console}"]
        if accelerator == "kvm":
            line += ["-accel", "kvm", "-cpu", KVM_CPU, "-smp", str(options.cpus or 1)]
        elif options.icount:
            # One instruction is one virtual nanosecond. A fixed date and a seeded RDRAND repeat as well.
            line += ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-cpu", "max", "-smp", "1",
                     "-rtc", "base=2026-01-01T00:00:00,clock=vm", "-seed", "1"]
        else:
            line += ["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", str(options.cpus or 1)]
        for tag, path, more in [("host", "/", ",readonly=on"), ("exchange", exchange, "")]:
            line += ["-virtfs", f"local,path={escaped(path)},mount_tag={tag},"
                                f"security_model=none,multidevs=remap{more}"]
        line += ["-device", "virtio-serial-pci"]
        for number, name in enumerate(["control", "out", "err"], start=1):
            ours, theirs = socket.socketpair()
            self.sockets[name] = ours
            self.inherited.append(theirs)
            line += ["-chardev", f"socket,id={name},fd={theirs.fileno()}",
                     "-device", f"virtserialport,chardev={name},name={name},nr={number}"]
        if options.controllers:
            line += ["-object", "can-bus,id=bus0"] + ["-device", "kvaser_pci,canbus=bus0"] * 2
        if self.disk is not None:
            line += self.disk.qemu_arguments()
        return line

    def start(self):
        options = self.options
        kernel = cached_kernel()
        exchange = os.path.realpath(options.exchange or os.path.join(self.folder, "exchange"))
        os.makedirs(exchange, exist_ok=True)
        groups = ["base", "can"] + (["controllers"] if options.controllers else [])
        if options.disk is not None:
            self.disk = Disk(options, self.folder)
            groups.append("disk")
        settings = {"exchange": exchange, "mark": self.mark.decode(), "disk": options.disk and "yes" or "",
                    "disk_options": options.disk_mount_options or ""}
        initrd = os.path.join(self.folder, "initrd")
        write_initrd(
            initrd, kernel.modules(groups),
            settings="".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items()),
            preloads="".join(f"preload {shlex.quote(os.path.abspath(path))}\n" for path in options.preload),
            job=job_script(options.command, guest_environment(options.keep_env, exchange), os.getcwd()))
        line = self.command_line(kernel, initrd, exchange)
        # The kernel ends QEMU when this process dies, even by SIGKILL. A session of its own keeps Ctrl-C from it.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--"] + line, start_new_session=True,
            pass_fds=[theirs.fileno() for theirs in self.inherited],
            stdin=subprocess.DEVNULL, stdout=open(os.path.join(self.folder, "qemu"), "wb"), stderr=subprocess.STDOUT)
        for theirs in self.inherited:
            theirs.close()

    def run(self):
        """Boots, runs CMD, and returns the exit status that bench-vm ends with."""
        def interrupt(number, _):
            raise Interrupted(number)
        for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, interrupt)
        try:
            self.start()
            # Not before: fetching the kernel once may take its time.
            signal.setitimer(signal.ITIMER_REAL, self.options.timeout)
            return self.pass_through()
        except Interrupted as interruption:
            if interruption.number != signal.SIGALRM:
                return 128 + interruption.number
            print(f"bench-vm: {shlex.join(self.options.command)}: ended after {self.options.timeout:g} s "
                  "(--timeout)", file=sys.stderr)
            return TIMED_OUT
        except BrokenPipeError:
            # Nobody reads any more: end as the shell would say of a command that SIGPIPE ended.
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return 128 + signal.SIGPIPE

    def pass_through(self):
        """Copies the outputs of CMD until its status and every byte of them has come, or power is cut."""
        selector = selectors.DefaultSelector()
        for name, ours in self.sockets.items():
            selector.register(ours, selectors.EVENT_READ, name)
        streams = {"out": Stream(1, self.mark), "err": Stream(2, self.mark)}
        status, words, cut_at = None, b"", None
        while status is None or not all(stream.complete for stream in streams.values()):
            ready = selector.select(None if cut_at is None else max(0, cut_at - time.monotonic()))
            if not ready and cut_at is not None and status is None:
                return self.cut_power(streams)
            for key, _ in ready:
                data = received(key.fileobj)
                if not data:
                    return self.died()
                if key.data != "control":
                    streams[key.data].take(data)
                    continue
                *lines, words = (words + data).split(b"\n")
                for word, _, rest in (line.partition(b" ") for line in lines):
                    if word == b"exit":
                        status = int(rest)
                    elif word == b"failed":
                        raise BenchError(os.fsdecode(rest))
                    elif word == b"started" and self.options.cut_after is not None:
                        cut_at = time.monotonic() + self.options.cut_after
        if self.disk is not None:
            self.disk.keep_everything()
        if self.options.cut_after is not None:
            print("bench-vm: CMD ended before its power was cut", file=sys.stderr)
        return status

    def cut_power(self, streams):
        self.kill()
        for name, stream in streams.items():
            while data := received(self.sockets[name]):
                stream.take(data)
        print(f"bench-vm: power cut {self.options.cut_after:g} s after the start of CMD: {self.disk.cut_power()}",
              file=sys.stderr)
        return 0

    def died(self):
        self.process.wait()
        print(f"bench-vm: the machine ended before CMD did (QEMU's status {self.process.returncode}); "
              "the last lines of its console and of QEMU:", file=sys.stderr)
        for name in ["console", "qemu"]:
            with contextlib.suppress(FileNotFoundError), \
                    open(os.path.join(self.folder, name), errors="replace") as file:
                sys.stderr.writelines(line.rstrip("\n") + "\n" for line in file.readlines()[-60:])
        return MACHINE_DIED


def received(connection):
    try:
        return connection.recv(1 << 16)
    except ConnectionResetError:
        return b""


class Stream:
    """One output of CMD on its way to ours: everything up to the mark that the guest sets at its end."""

    def __init__(self, descriptor, mark):
        self.descriptor, self.mark = descriptor, mark
        self.held = b""
        self.complete = False

    def take(self, data):
        data = self.held + data
        self.complete = data.endswith(self.mark)
        # What may be the beginning of the mark waits for the bytes that decide.
        length = next((n for n in range(len(self.mark), 0, -1) if data.endswith(self.mark[:n])), 0)
        self.held = data[len(data) - length:]
        view = memoryview(data)[:len(data) - length]
        while view:
            view = view[os.write(self.descriptor, view):]
