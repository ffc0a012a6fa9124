"""Compares the gaps of received frames with the log's: prints one row a player.

usage: compare.py LOG RESULT…  where RESULT is PLAYER.ROUND, written by receive.py
"""

import statistics
import sys
from collections import defaultdict


def logged(path):
    rows = []
    for line in open(path):
        stamp, _, frame = line.split()
        seconds, microseconds = stamp.strip("()").split(".")
        identifier, payload = frame.split("#")
        rows.append((int(seconds) * 10**9 + int(microseconds) * 1000, int(identifier, 16), payload.lower()))
    return rows


def received(path):
    return [(int(at), int(identifier), payload) for at, identifier, payload in map(str.split, open(path))]


def percentile(ordered, fraction):
    return ordered[max(0, -(-len(ordered) * fraction // 100) - 1)]


def figures(log, seen):
    """(p50, p99, max of the gap error in us, duration ratio), or None if the frames differ."""
    if [row[1:] for row in log] != [row[1:] for row in seen]:
        return None
    errors = sorted(
        abs((b[0] - a[0]) - (d[0] - c[0])) / 1000 for a, b, c, d in zip(seen, seen[1:], log, log[1:]))
    ratio = (seen[-1][0] - seen[0][0]) / (log[-1][0] - log[0][0])
    return percentile(errors, 50), percentile(errors, 99), errors[-1], ratio


def main(log_path, *results):
    log = logged(log_path)
    rounds = defaultdict(list)
    for path in results:
        rounds[path.rsplit("/", 1)[-1].rsplit(".", 1)[0]].append((path, figures(log, received(path))))
    print(f"{'gap error, us (median of rounds)':34} {'p50':>9} {'p99':>9} {'max':>9}   duration ratio")
    medians = {}
    for player, found in rounds.items():
        for path, figure in found:
            if figure is None:
                print(f"{player:34} frames differ from the log: {path} has {sum(1 for _ in open(path))}")
        good = [figure for _, figure in found if figure]
        if not good:
            continue
        medians[player] = [statistics.median(column) for column in zip(*good)]
        p50, p99, greatest, ratio = medians[player]
        print(f"{player:34} {p50:9.1f} {p99:9.1f} {greatest:9.1f}   {ratio:.5f}")
        if len(good) > 1:
            for name, column in zip(("p50", "p99", "max"), zip(*good)):
                print(f"{'':10}rounds, {name:18}", *(f"{value:9.1f}" for value in column))
    peer = medians.get("canplayer")
    for player in medians:
        if peer and player.startswith("canlog"):
            ratios = [f"{a / b:.4g}" if b else "-" for a, b in zip(medians[player][:3], peer[:3])]
            print(f"{player} / canplayer: p50 {ratios[0]}, p99 {ratios[1]}, max {ratios[2]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
