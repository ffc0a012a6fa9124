"""Evaluating comparisons over decoded signals with Python libraries: a line `NAME<TAB>seconds` for each.

usage: python_peers.py DATABASE FRAMES RULES COUNT

FRAMES has rows of 24 bytes: time (8), identifier (4), channel, flags, length, DLC, payload (8). RULES has a
comparison a line, its signals written as Message__Signal. All values start at 0; a frame's comparisons are
evaluated anew with the values it brings, as the libraries' users do: parsed once where that is offered.
"""
import importlib.metadata
import re
import struct
import sys
import time
import warnings

import cantools

warnings.simplefilter("ignore")
database = cantools.database.load_file(sys.argv[1], strict=False)
frames = open(sys.argv[2], "rb").read(24 * int(sys.argv[4]))
rules = open(sys.argv[3]).read().split("\n")[:-1]
messages = {message.frame_id: message for message in database.messages}
rules_of = {}
for rule in rules:
    rules_of.setdefault(re.match(r"\w+?__", rule)[0][:-2], []).append(rule)


def version(package):
    return f"{package} {importlib.metadata.version(package)}"


def decoded():
    for _, identifier, _, _, length, _, payload in struct.iter_unpack("<qIBBBB8s", frames):
        message = messages.get(identifier & 0x1FFFFFFF)
        if message is None:
            continue
        try:
            values = message.decode(payload[:length], decode_choices=False, allow_truncated=True)
        except Exception:
            continue
        yield message.name, {f"{message.name}__{name}": value for name, value in values.items()}


def measure(name, prepare, evaluate):
    start = time.process_time()
    state = {word: 0 for rule in rules for word in re.findall(r"\w+__\w+", rule)}
    prepared = {message: [prepare(rule) for rule in some] for message, some in rules_of.items()}
    found = 0
    for message, values in decoded():
        state.update(values)
        for rule in prepared.get(message, ()):
            found += bool(evaluate(rule, state))
    print(name, time.process_time() - start, sep="\t", flush=True)
    return found


def by_python():
    return measure(
        f"{version('cantools')}, Python {sys.version.split()[0]} eval of compiled code",
        lambda rule: compile(rule, "rule", "eval"), lambda rule, state: eval(rule, {}, state))


def by_simpleeval():
    import simpleeval

    evaluator = simpleeval.SimpleEval()

    def evaluate(rule, state):
        evaluator.names = state
        return evaluator.eval(*rule)
    return measure(
        f"{version('cantools')}, {version('simpleeval')}, parsed once",
        lambda rule: (rule, evaluator.parse(rule)), evaluate)


def by_asteval():
    import asteval

    interpreter = asteval.Interpreter(minimal=True)

    def evaluate(rule, state):
        interpreter.symtable.update(state)
        return interpreter.run(rule)
    return measure(f"{version('cantools')}, {version('asteval')}, parsed once", interpreter.parse, evaluate)


assert len({by_python(), by_simpleeval(), by_asteval()}) == 1, "the libraries find different things"
