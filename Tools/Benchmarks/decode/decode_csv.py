"""Speed and memory of writing a log's signals as text: canlog decode beside cantools and asammdf."""

import argparse
import gzip
import os
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "file"))
import formats  # noqa: E402

ASAMMDF = """
import sys
from asammdf import MDF
log = MDF(sys.argv[1]).extract_bus_logging({"CAN": [(sys.argv[2], 0)]})
log.export("csv", sys.argv[3], single_time_base=sys.argv[4] == "one", overwrite=True)
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--canlog", required=True)
    parser.add_argument("--data", default=os.path.join(os.environ.get("CANLOG_TEST_DATA", "../shared/data"),
                                                       "decode-bench"))
    parser.add_argument("--repeats", type=int, default=10, help="of the real minute")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", choices=("yes", "no"), default="yes")
    options = parser.parse_args()
    database = os.path.realpath(os.path.join(options.data, "toyota.dbc"))
    with tempfile.TemporaryDirectory() as folder:
        frames = make_logs(options, folder)
        contenders = commands(options, database, folder)
        print(f"{frames:,} frames, 72 % of them in the database, 5.4 signals each; {options.rounds} rounds, interleaved; "
              "the median of the CPU time, user and system, reading and start-up included")
        measured = {name: [] for name in contenders}
        for _ in range(options.rounds):
            for name, words in contenders.items():
                measured[name].append(run(words, folder))
        print(f"{'':40}{'CPU s':>10}{'M frames/s':>12}{'peak MB':>10}{'MB written':>12}")
        for name, runs in measured.items():
            seconds = statistics.median(cpu for cpu, _, _ in runs)
            memory = max(peak for _, peak, _ in runs)
            print(f"{name:40}{seconds:10.3f}{frames / seconds / 1e6:12.3f}{memory:10.0f}{runs[0][2]:12.0f}")


def make_logs(options, folder):
    """The minute again and again, a minute later each time: as text, .canlog and, for the peers, MF4."""
    with gzip.open(os.path.join(options.data, "rav4_2017_bus0_60s.candump.log.gz"), "rt") as source:
        lines = source.read().splitlines()
    text = os.path.join(folder, "log.log")
    with open(text, "w") as target:
        for repeat in range(options.repeats):
            for line in lines:
                stamp, rest = line[1:].split(")", 1)
                seconds, fraction = stamp.split(".")
                target.write(f"({int(seconds) + 60 * repeat}.{fraction}){rest}\n")
    subprocess.run([options.canlog, "convert", text, os.path.join(folder, "log.canlog")], check=True)
    if options.peers == "yes":
        formats.write_mf4(formats.read_text(text), os.path.join(folder, "log.mf4"))
    return len(lines) * options.repeats


def commands(options, database, folder):
    def canlog(log, *words):
        return [options.canlog, "decode", os.path.join(folder, log), "--db", database, "--no-project", *words]

    found = {
        "canlog csv, of .canlog": canlog("log.canlog"),
        "canlog csv, of text": canlog("log.log"),
        "canlog csv --fill hold, of .canlog": canlog("log.canlog", "--fill", "hold"),
        "canlog csv --period 10ms, of .canlog": canlog("log.canlog", "--period", "10ms"),
        "canlog csv, one signal, of .canlog": canlog("log.canlog", "--signal", "SPEED.SPEED"),
        "canlog csv-long, of .canlog": canlog("log.canlog", "--format", "csv-long"),
        "canlog jsonl, of .canlog": canlog("log.canlog", "--format", "jsonl"),
    }
    if options.peers == "yes":
        cantools = os.path.join(os.path.dirname(sys.executable), "cantools")
        # It reads the log from its standard input.
        found["cantools decode --single-line, of text"] = [
            "sh", "-c", f"exec '{cantools}' decode --no-strict --single-line '{database}' < '{folder}/log.log'"]
        for name, words in (("one file for each message", "each"), ("one time axis", "one")):
            found[f"asammdf csv, {name}, of MF4"] = [
                sys.executable, "-c", ASAMMDF, os.path.join(folder, "log.mf4"), database,
                os.path.join(folder, f"asammdf-{words}.csv"), words]
    return found


# A small process in between: a child's peak begins with the memory of who started it.
MEASURED = """
import os, sys
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run(words, folder):
    """CPU seconds, peak memory in MB and written bytes in MB."""
    output = os.path.join(folder, "output")
    before = set(os.listdir(folder))
    with open(output, "wb") as target:
        done = subprocess.run([sys.executable, "-S", "-c", MEASURED, *words], stdout=target, stderr=subprocess.PIPE,
                              text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    seconds, peak = done.stderr.splitlines()[-1].split()
    size = os.path.getsize(output)
    for name in set(os.listdir(folder)) - before - {"output"}:
        size += os.path.getsize(os.path.join(folder, name))
        os.unlink(os.path.join(folder, name))
    return float(seconds), int(peak) / 1000, size / 1e6


if __name__ == "__main__":
    main()
