"""Exact file sizes of real logs: canlog beside the formats that engineers use."""

import argparse
import glob
import math
import os
import shutil
import subprocess
import tempfile

import formats

# Logs with fewer frames are reported apart: what a file carries around its frames weighs there.
LARGE = 50_000
COLUMNS = ("canlog", "canlog --best", "BLF", "MF4", "Parquet", "zstd -19", "xz -9e")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--canlog", required=True)
    parser.add_argument("--logs", default=os.path.join(os.environ.get("CANLOG_TEST_DATA", "../shared/data"), "logs"))
    parser.add_argument("--only", default="", help="the name of a log contains this")
    options = parser.parse_args()
    print(f"{formats.VERSIONS}, " + ", ".join(first_line([tool, "--version"]) for tool in ("zstd", "xz")))
    print("canlog: canlog convert; --best: then canlog compact --best; both whole files, verified, and their dump\n"
          "compared with the text. BLF: python-can, default (zlib). MF4: asammdf, bus logging, compression 2.\n"
          "Parquet: pyarrow, whole log sorted by channel, ID, time; zstd 19. zstd, xz: of the candump text.\n")
    names = sorted(path for path in glob.glob(os.path.join(options.logs, "*.log.zst")) if options.only in path)
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        print_row("bytes", "frames", *COLUMNS)
        for path in names:
            name = os.path.basename(path).removesuffix(".log.zst")
            rows[name] = measure(options.canlog, path, folder)
            print_row(name, *rows[name])
    print_row("\nbytes per frame", "frames", *COLUMNS)
    for name, (frames, *sizes) in rows.items():
        print_row(name, frames, *(f"{size / frames:.3f}" for size in sizes))
    summarise({name: row for name, row in rows.items() if row[0] >= LARGE},
              {name: row for name, row in rows.items() if row[0] < LARGE})


def first_line(words):
    text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return text.splitlines()[0].strip("* ")


def print_row(name, *values):
    print(name.ljust(20) + "".join((f"{value:,}" if isinstance(value, int) else value).rjust(14) for value in values),
          flush=True)


def measure(canlog, path, folder):
    """Frames, and the size in each of COLUMNS."""
    text, log, best = (os.path.join(folder, name) for name in ("text.log", "log.canlog", "best.canlog"))
    subprocess.run(["zstd", "-dqf", path, "-o", text], check=True)
    frames = formats.read_text(text)
    for unwanted in (log, best):
        if os.path.exists(unwanted):
            os.unlink(unwanted)
    subprocess.run([canlog, "convert", text, log], check=True, capture_output=True)
    shutil.copy(log, best)
    subprocess.run([canlog, "compact", "--best", best], check=True, capture_output=True)
    for file in (log, best):
        subprocess.run([canlog, "verify", file], check=True, capture_output=True)
        check_dump(canlog, file, text, frames, folder)
    sizes = [os.path.getsize(log), os.path.getsize(best)]
    other = os.path.join(folder, "other")
    formats.write_blf(formats.messages_of(frames), other + ".blf")
    start = formats.write_mf4(frames, other + ".mf4")
    complain(frames.check(formats.read_mf4(other + ".mf4", start), "MF4"))
    formats.write_parquet(frames, other + ".parquet")
    complain(frames.check(formats.read_parquet(other + ".parquet"), "Parquet"))
    sizes += [os.path.getsize(f"{other}.{suffix}") for suffix in ("blf", "mf4", "parquet")]
    sizes += [formats.compressed_size(text, tool) for tool in ("zstd -19", "xz -9e")]
    return len(frames), *sizes


def check_dump(canlog, log, text, frames, folder):
    """The dump must be the text, or, where the text is not written as candump does, its frames."""
    dump = os.path.join(folder, "dump.log")
    with open(dump, "wb") as output:
        subprocess.run([canlog, "dump", log], check=True, stdout=output)
    with open(dump, "rb") as ours, open(text, "rb") as theirs:
        if ours.read() == theirs.read():
            return
    complain(frames.check(formats.read_text(dump), log))


def complain(difference):
    if difference:
        raise SystemExit(difference)


def summarise(large, small):
    def mean(column, against=None):
        ratios = [row[1 + column] / (row[0] if against is None else row[1 + against]) for row in large.values()]
        return math.exp(sum(map(math.log, ratios)) / len(ratios))

    if large:
        print(f"\nover the {len(large)} logs with {LARGE:,} frames or more, geometric mean:")
        print_row("bytes per frame", "", *(f"{mean(column):.3f}" for column in range(len(COLUMNS))))
        for ours in (0, 1):
            parts = []
            for theirs in range(2, len(COLUMNS)):
                name, worst = max(((name, row[1 + ours] / row[1 + theirs]) for name, row in large.items()),
                                  key=lambda pair: pair[1])
                parts.append(f"{mean(ours, theirs):.3f} x {COLUMNS[theirs]} (worst {worst:.3f}, {name})")
            print(f"{COLUMNS[ours]}: " + "; ".join(parts))
        print("to reach: 1.85 B/frame (aim 1.65), 0.20 x BLF, 0.43 x xz -9e, none above 0.31 x BLF; "
              "--best: 1.75 (aim 1.55)")
    for name, row in small.items():
        print(f"\n{name}, {row[0]:,} frames: canlog {row[1] / row[3]:.3f} x BLF, --best {row[2] / row[3]:.3f} x BLF "
              "(to reach 0.75, aim 0.6)")


if __name__ == "__main__":
    main()
