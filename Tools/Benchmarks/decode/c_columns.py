"""Makes a program that decodes rows to columns by the C code of `cantools generate_c_source`.

usage: c_columns.py DATABASE FOLDER: writes FOLDER/columns and FOLDER/inlined, and prints versions.

The generated code is a unit of its own in `columns`, as it comes; in `inlined` it stands in one unit with
its caller. The programs are called `columns ROWS GROUP [check]`. ROWS has frames of 24 bytes as canlog's FrameRow,
GROUP is how many frames are decoded before the columns are begun anew (0: the whole log). It decodes
all of them twice, the second time into memory that is there already, and prints for each of the two
milliseconds of CPU time, then how many values there were. With `check` it prints the sum of each signal instead.
"""

import pathlib
import re
import subprocess
import sys

import cantools

PROGRAM = r"""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "db.h"

struct row { int64_t time; uint32_t id; uint8_t channel, flags, length, dlc; uint8_t data[8]; };
struct message { int64_t *times; size_t count; double **columns; int columns_count; };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static struct message messages[@MESSAGES@];
static const int columns_counts[@MESSAGES@] = {@COUNTS@};
static const uint32_t ids[@MESSAGES@] = {@IDS@};

static inline int message_of(uint32_t id) {
    switch (id) {
@CASES@
    default: return -1;
    }
}

static void decode(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct row *row = rows + i;
        switch (row->id) {
@DECODING@
        }
    }
}

static void run(const struct row *rows, size_t count, size_t group) {
    for (size_t start = 0; start < count; start += group) {
        for (int m = 0; m < @MESSAGES@; m++) messages[m].count = 0;
        decode(rows + start, count - start < group ? count - start : group);
    }
}

int main(int argc, char **argv) {
    FILE *file = fopen(argv[1], "rb");
    fseek(file, 0, SEEK_END);
    const size_t count = ftell(file) / sizeof(struct row);
    struct row *rows = malloc(count * sizeof(struct row));
    rewind(file);
    if (fread(rows, sizeof(struct row), count, file) != count) return 2;
    const size_t group = atol(argv[2]) > 0 ? atol(argv[2]) : count;
    for (size_t start = 0; start < count; start += group) {
        size_t counts[@MESSAGES@] = {0};
        for (size_t i = start; i < count && i < start + group; i++) {
            const int m = message_of(rows[i].id);
            if (m >= 0) counts[m]++;
        }
        for (int m = 0; m < @MESSAGES@; m++) {
            if (counts[m] > messages[m].count) messages[m].count = counts[m];
        }
    }
    for (int m = 0; m < @MESSAGES@; m++) {
        struct message *message = messages + m;
        message->times = malloc(8 * message->count + 8);
        message->columns_count = columns_counts[m];
        message->columns = malloc(8 * message->columns_count + 8);
        for (int c = 0; c < message->columns_count; c++) {
            message->columns[c] = malloc(8 * message->count + 8);
        }
    }
    if (argc > 3) {
        for (int m = 0; m < @MESSAGES@; m++) messages[m].count = 0;
        decode(rows, count);
        for (int m = 0; m < @MESSAGES@; m++) {
            for (int c = 0; c < messages[m].columns_count; c++) {
                double sum = 0;
                for (size_t i = 0; i < messages[m].count; i++) sum += messages[m].columns[c][i];
                uint64_t bits;
                memcpy(&bits, &sum, 8);
                printf("%u %d %llx\n", ids[m], c, (unsigned long long)bits);
            }
        }
        return 0;
    }
    const double start = now();
    run(rows, count, group);
    const double middle = now();
    run(rows, count, group);
    const double end = now();
    size_t values = 0;
    for (size_t i = 0; i < count; i++) {
        const int m = message_of(rows[i].id);
        if (m >= 0) values += columns_counts[m];
    }
    printf("%f %f %zu\n", middle - start, end - middle, values);
}
"""


def main():
    database, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "cantools", "generate_c_source", "--no-strict", "--database-name", "db", database],
        cwd=folder, check=True, stdout=subprocess.DEVNULL)
    header = (folder / "db.h").read_text()
    numbers = {name: int(value, 16) for name, value in re.findall(
        r"#define DB_(\w+)_FRAME_ID \((0x[0-9a-f]+)u\)", header)}
    # Behind the unpacking of a message stand the decoding of its signals.
    messages = []
    for function in re.finditer(r"^(?:int|double) db_(\w+)_(unpack|decode)\(", header, re.MULTILINE):
        name, kind = function.groups()
        if kind == "unpack":
            messages.append((name, []))
        elif name.startswith(messages[-1][0] + "_"):
            messages[-1][1].append(name[len(messages[-1][0]) + 1:])
    ids = [numbers[name.upper()] for name, _ in messages]
    cases, decoding = [], []
    for index, (name, signals) in enumerate(messages):
        identifier = ids[index] | (0x80000000 if ids[index] > 0x7FF else 0)
        cases.append(f"    case {identifier}u: return {index};")
        stores = "\n".join(
            f"            message->columns[{place}][n] = db_{name}_{signal}_decode(frame.{signal});"
            for place, signal in enumerate(signals))
        decoding.append(f"""        case {identifier}u: {{
            struct db_{name}_t frame;
            if (db_{name}_unpack(&frame, row->data, row->length) != 0) break;
            struct message *message = messages + {index};
            const size_t n = message->count++;
            message->times[n] = row->time;
{stores}
            break;
        }}""")
    program = PROGRAM
    for mark, text in {
            "MESSAGES": str(len(messages)), "COUNTS": ", ".join(str(len(signals)) for _, signals in messages),
            "IDS": ", ".join(f"{number}u" for number in ids), "CASES": "\n".join(cases),
            "DECODING": "\n".join(decoding)}.items():
        program = program.replace(f"@{mark}@", text)
    (folder / "main.c").write_text(program)
    (folder / "all.c").write_text('#include "db.c"\n#include "main.c"\n')
    for name, units in ("columns", ["db.c", "main.c"]), ("inlined", ["all.c"]):
        subprocess.run(["cc", "-O3", "-o", name, *units], cwd=folder, check=True)
    version = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True)
    print(f"cantools {cantools.__version__} generate_c_source, cc -O3: {version.stdout.splitlines()[0]}")


if __name__ == "__main__":
    main()
