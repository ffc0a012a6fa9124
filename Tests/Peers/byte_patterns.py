#!/usr/bin/env python3
"""Random patterns and texts with what fnmatch and re say of them, one a line: kind, pattern, text, 0|1.

Texts are printed in hexadecimal digits. The patterns stay within what both sides know."""
import fnmatch, random, re

random.seed(7)
ALPHABET = "AB1.2-"


def text():
    return "".join(random.choice(ALPHABET) for _ in range(random.randint(0, 7)))


def glob_part():
    kind = random.random()
    if kind < 0.25:
        return "*"
    if kind < 0.4:
        return "?"
    if kind < 0.6:
        inner = random.choice(["AB", "A-B", "1-2", "12.", "]A", "A-"])
        return "[" + random.choice(["", "!"]) + inner + "]"
    return random.choice("AB1.2")


def expression(depth):
    kind = random.random()
    if depth == 0 or kind < 0.35:
        return random.choice(["A", "B", "1", r"\.", r"\d", r"\w", r"\W", ".", "[AB]", "[^1-2]", r"[\d.]", "-"])
    if kind < 0.55:
        return "(?:" + expression(depth - 1) + ")" + random.choice(["*", "+", "?", "{2}", "{1,3}", "{2,}"])
    if kind < 0.75:
        return "(" + expression(depth - 1) + "|" + expression(depth - 1) + ")"
    return expression(depth - 1) + expression(depth - 1)


for _ in range(300):
    pattern = "".join(glob_part() for _ in range(random.randint(1, 6)))
    compiled = re.compile(fnmatch.translate(pattern).encode(), re.DOTALL)
    for _ in range(20):
        value = text().encode()
        print("glob", pattern, value.hex(), int(compiled.match(value) is not None), sep="\t")
for _ in range(300):
    pattern = expression(3)
    compiled = re.compile(pattern.encode(), re.DOTALL)
    for _ in range(20):
        value = text().encode()
        print("regex", "/" + pattern + "/", value.hex(), int(compiled.fullmatch(value) is not None), sep="\t")
