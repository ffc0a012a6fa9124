"""What PyYAML with libyaml's parser takes to read files, and no more: CPU and wall milliseconds.

usage: yaml_reader.py FOLDER     prints "NAME VERSION CPU WALL FILES"
"""

import pathlib
import sys
import time

import yaml

loader = yaml.CSafeLoader
paths = sorted(pathlib.Path(sys.argv[1]).rglob("*.yaml"))
processor, wall = time.process_time(), time.perf_counter()
for path in paths:
    with open(path, encoding="utf-8") as file:
        yaml.load(file, Loader=loader)
print(
    "PyYAML", yaml.__version__, f"{(time.process_time() - processor) * 1e3:.3f}",
    f"{(time.perf_counter() - wall) * 1e3:.3f}", len(paths))
