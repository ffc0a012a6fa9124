"""Judges random rules over random moments, for the tests to compare with.

usage: judge_rules.py SEED COUNT

Written from the page RuleLanguage alone, as plainly as it can be: it keeps all that was ever told, and
reckons everything anew from it at each moment. A line is, between tabs: the rules, the moments, and what
opens and closes as TIME:RULE:+SINCE or -SINCE in nanoseconds.
"""
import random
import sys

MS = 1_000_000
UNITS = {"ns": 1, "us": 1_000, "ms": MS, "s": 1000 * MS}


# ---- conditions: tuples, written with as few parentheses as the grammar allows

LEVEL = {"or": 1, "and": 2, "not": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
         "+": 5, "-": 5, "*": 6, "/": 6, "neg": 7}


def level(tree):
    return LEVEL.get(tree[0], 9)


def write(tree, least=0):
    kind = tree[0]
    if kind in ("or", "and", "+", "-", "*", "/"):
        own = LEVEL[kind]
        text = f"{write(tree[1], own)} {kind} {write(tree[2], own + 1)}"
    elif kind in ("==", "!=", "<", "<=", ">", ">="):
        text = f"{write(tree[1], 5)} {kind} {write(tree[2], 5)}"
    elif kind == "not":
        text = f"not {write(tree[1], 3)}"
    elif kind == "neg":
        text = f"-{write(tree[1], 7)}"
    elif kind == "abs":
        text = f"abs({write(tree[1])})"
    elif kind == "figure":
        text = f"{tree[1]:g}{tree[2] or ''}"
    elif kind == "value":
        text = tree[1]
    elif kind == "label":
        text = f"'{tree[1]}'"
    else:
        arguments = [f"'{word}'" if kind == "finding" else word for word in tree[1:2]]
        if kind == "dtc":
            arguments.append("'P0118'")
        if len(tree) > 2 and tree[2]:
            arguments.append(f"{tree[2]}ms")
        text = f"{kind}({', '.join(arguments)})"
    return f"({text})" if level(tree) < least else text


class Random(random.Random):
    def number(self, depth):
        if depth > 0 and self.random() < 0.4:
            kind = self.choice("+-*/")
            return (kind, self.number(depth - 1), self.number(depth - 1))
        signal = self.choice(["A.x", "A.y", "B.x"])
        window = self.choice([5, 10, 20, 30, 50])
        return self.choice([
            ("value", signal), ("value", signal), ("figure", self.randrange(5), ""),
            ("neg", ("value", signal)), ("abs", ("-", ("value", signal), ("figure", 2, ""))),
            (self.choice(["min", "max", "avg", "spread"]), signal, window),
            ("rate", signal, window), ("errors", "PT", self.choice([0, 20, 30])),
        ])

    def comparison(self, depth):
        sign = self.choice(["==", "!=", "<", "<=", ">", ">="])
        kind = self.randrange(12)
        time = ("figure", self.choice([5, 10, 15, 20, 30]), "ms")
        if kind == 0:
            age = ("age", self.choice("AB"))
            sign = self.choice(["<", "<=", ">", ">="])
            return (sign, age, time) if self.random() < 0.7 else (sign, time, age)
        if kind == 1:
            return (sign, ("cycle", self.choice("AB")), time)
        if kind == 2:
            return (sign, ("p2", "ECM"), ("value", "spec.p2") if self.random() < 0.6 else time)
        if kind == 3:
            return (self.choice(["==", "!="]), ("value", "A.state"), ("label", self.choice(["on", "off"])))
        if kind == 4:
            return (sign, ("busload", "PT", 0), ("figure", self.choice([1, 2, 3]), "%"))
        return (sign, self.number(depth), ("figure", self.choice([0, 1, 2, 3, 40, 100]), "")
                if self.random() < 0.7 else self.number(depth))

    def condition(self, depth, findings):
        if depth > 0 and self.random() < 0.6:
            kind = self.choice(["or", "and", "not"])
            one = self.condition(depth - 1, findings)
            return (kind, one) if kind == "not" else (kind, one, self.condition(depth - 1, findings))
        leaves = [
            ("stuck", self.choice(["A.x", "A.y", "B.x"]), self.choice([10, 20, 30])),
            ("changed", self.choice(["A.x", "B.x"]), self.choice([0, 10, 20])),
            ("missing", "A", self.choice([0, 20, 30])), ("missing", "B", self.choice([15, 40])),
            ("alive_error", "A.n"), ("crc_error", "B"), ("nrc", "ECM"), ("dtc", "ECM"),
        ]
        if findings:
            leaves += [("finding", self.choice(findings))] * 3
        return self.choice(leaves) if self.random() < 0.35 else self.comparison(self.randrange(3))

    def hold(self):
        return self.choice([None, None, ("time", self.choice([1, 5, 10, 20, 30])),
                            ("events", self.choice([1, 2, 3]))])

    def rules(self):
        count = self.randrange(1, 5)
        order = list(range(count))
        self.shuffle(order)
        rules = [None] * count
        for place, index in enumerate(order):
            findings = [f"r{other}" for other in order[:place]]
            rules[index] = {
                "when": self.condition(2, findings), "for": self.hold(), "clear": self.hold(),
                "only": self.condition(1, findings) if self.random() < 0.2 else None,
            }
        return rules, order

    def moments(self):
        """Pairs of a time and what is told then; names as the rules write them."""
        time = self.choice([0, 7, 1000])
        moments = []
        for _ in range(self.randrange(5, 50)):
            time += self.choice([0, 1, 2, 5, 5, 10, 10, 15])
            told = {}
            kind = self.randrange(10)
            if kind < 5:
                told = {"A": "1", "A.x": self.figure(), "A.y": self.figure(),
                        "A.state": self.choice("012"), "alive_error(A.n)": self.choice("01")}
            elif kind < 7:
                told = {"B": "1", "B.x": self.figure(), "crc_error(B)": self.choice("01")}
            elif kind == 7:
                told = {"p2(ECM)": self.choice(["0.005", "0.01", "0.0125"]), "nrc(ECM)": self.choice("01")}
            elif kind == 8:
                told = self.choice([
                    {"spec.p2 of ECM": self.choice(["0.005", "0.01"])}, {"dtc(ECM, 'P0118')": self.choice("01")},
                    {"busload(PT, 1s)": self.choice("0123")}, {"errors(PT)": "1"}, {"errors(PT)": "1"},
                    {"A.x": "nil", "A.y": "nil"},
                ])
            moments.append((time * MS, told))
        moments.append((time * MS + 100 * MS, {}))
        return moments

    def figure(self):
        return self.choice(["0", "1", "1", "2", "3", "4", "0.5", "-2"] + ["nil"] * (self.random() < 0.1))


# ---- what is found, from all that was ever told

class Car:
    def __init__(self, rules, order):
        self.rules, self.order = rules, order
        self.told = {}          # name: [(time, value or None)]
        self.start = None
        self.now = None
        self.states = [dict(phase="closed") for _ in rules]
        self.events = []

    def last(self, name):
        return self.told[name][-1][1] if name in self.told else None

    def samples(self, name):
        """The known ones since the last that was not."""
        known = []
        for time, value in self.told.get(name, []):
            known = [] if value is None else known + [(time, value)]
        return known

    def window(self, name, length):
        """(begin, value) for each stretch of the window, or None."""
        known = self.samples(name)
        if not known:
            return None
        end = known[-1][0]
        old = [sample for sample in known if sample[0] <= end - length]
        if not old:
            return None
        inside = [sample for sample in known if sample[0] > end - length]
        return [(end - length, old[-1][1])] + inside

    def age(self, message, since_start):
        arrivals = self.told.get(message)
        if arrivals:
            return self.now - arrivals[-1][0]
        return self.now - self.start if since_start else None

    def errors(self, length):
        times = [time for time, _ in self.told.get("errors(PT)", [])]
        return sum(1 for time in times if not length or self.now - time < length)

    def evaluate(self, tree):
        kind = tree[0]
        if kind == "figure":
            return float(tree[1])
        if kind == "value":
            return self.last("spec.p2 of ECM" if tree[1] == "spec.p2" else tree[1])
        if kind in ("alive_error", "crc_error", "nrc", "dtc", "p2", "busload"):
            name = {"dtc": "dtc(ECM, 'P0118')", "busload": "busload(PT, 1s)"}.get(kind, f"{kind}({tree[1]})")
            value = self.last(name)
            return value if kind in ("p2", "busload") or value is None else value == 1
        if kind == "finding":
            return self.states[int(tree[1][1:])]["phase"] in ("open", "closing")
        if kind == "errors":
            return float(self.errors(tree[2] * MS))
        if kind == "missing":
            return self.age(tree[1], True) >= (tree[2] or 30) * MS
        if kind == "cycle":
            times = [time for time, _ in self.told.get(tree[1], [])]
            return (times[-1] - times[-2]) / 1e9 if len(times) > 1 else None
        if kind == "changed" and not tree[2]:
            known = self.samples(tree[1])
            return known[-1][1] != known[-2][1] if len(known) > 1 else None
        if kind in ("min", "max", "spread", "avg", "rate", "stuck", "changed"):
            return self.windowed(kind, tree[1], tree[2] * MS)
        if kind in ("not", "neg", "abs"):
            value = self.evaluate(tree[1])
            if value is None:
                return None
            return not value if kind == "not" else -value if kind == "neg" else abs(value)
        return self.combine(kind, tree[1], tree[2])

    def windowed(self, kind, name, length):
        window = self.window(name, length)
        if window is None:
            return None
        values = [value for _, value in window]
        if kind == "min":
            return min(values)
        if kind == "max":
            return max(values)
        if kind == "spread":
            return max(values) - min(values)
        if kind == "rate":
            return (values[-1] - values[0]) / (length / 1e9)
        if kind == "stuck":
            return len(set(values)) == 1
        if kind == "changed":
            return len(set(values)) > 1
        ends = [time for time, _ in window[1:]] + [window[0][0] + length]
        return sum(value * (end - begin) for (begin, value), end in zip(window, ends)) / length

    def combine(self, kind, one, other):
        for age, limit, mirrored in ((one, other, False), (other, one, True)):
            if age[0] == "age":
                value = self.age(age[1], False)
                if value is None:
                    return None
                pair = (value, limit[1] * UNITS[limit[2]])
                return compare(kind, *(reversed(pair) if mirrored else pair))
        if other[0] == "label":
            value = self.last(one[1])
            if value is None:
                return None
            return (value in {"off": (0,), "on": (1, 2)}[other[1]]) == (kind == "==")
        first, second = self.evaluate(one), self.evaluate(other)
        if other[0] == "figure" and other[2] == "ms":
            second /= 1000
        if kind == "and":
            return False if False in (first, second) else None if None in (first, second) else True
        if kind == "or":
            return True if True in (first, second) else None if None in (first, second) else False
        if first is None or second is None:
            return None
        if kind in "+-*":
            return first + second if kind == "+" else first - second if kind == "-" else first * second
        if kind == "/":
            return None if second == 0 else first / second
        return compare(kind, first, second)

    # ---- moments

    def judge(self, told):
        for index in self.order:
            rule = self.rules[index]
            value = self.evaluate(rule["when"])
            if rule["only"]:
                value = self.both(self.evaluate(rule["only"]), value)
            self.step(index, value, any(name in told for name in event_names(rule["when"])))

    @staticmethod
    def both(one, other):
        return False if False in (one, other) else None if None in (one, other) else True

    def step(self, index, value, is_event):
        rule, state = self.rules[index], self.states[index]
        phase = state["phase"]
        if value is None:
            state["phase"] = {"opening": "closed", "closing": "open"}.get(phase, phase)
            return
        target, waiting, back = ("open", "opening", "closed") if value else ("closed", "closing", "open")
        if phase == waiting:
            state["events"] += is_event
        elif phase == back:
            hold = rule["for" if value else "clear"]
            if hold and hold[0] == "events" and not is_event:
                return
            state.update(phase=waiting, since=self.now, events=1)
        else:
            state["phase"] = target
            return
        hold = rule["for" if value else "clear"]
        if hold is None or (hold[0] == "events" and state["events"] >= hold[1]):
            self.settle(index)

    def settle(self, index):
        state = self.states[index]
        state["phase"] = "open" if state["phase"] == "opening" else "closed"
        self.events.append((self.now, index, "+" if state["phase"] == "open" else "-", state["since"]))

    def hold_ends(self, index):
        state = self.states[index]
        hold = {"opening": self.rules[index]["for"], "closing": self.rules[index]["clear"]}.get(state["phase"])
        return state["since"] + hold[1] * MS if hold and hold[0] == "time" else None

    def deadlines(self):
        """Times behind the present at which something may turn without being told."""
        times = [self.hold_ends(index) for index in range(len(self.rules))]
        for rule in self.rules:
            for tree in [rule["when"]] + ([rule["only"]] if rule["only"] else []):
                for kind, name, limit in silences(tree):
                    arrivals = self.told.get(name)
                    if kind == "errors":
                        times += [time + limit for time, _ in self.told.get("errors(PT)", [])]
                    elif arrivals or kind == "missing":
                        since = arrivals[-1][0] if arrivals else self.start
                        times += [since + limit, since + limit + 1]
        return [time for time in times if time is not None and time > self.now]

    def advance(self, time):
        if self.start is None:
            self.start = self.now = time
            self.judge(())
        while True:
            due = min((due for due in self.deadlines() if due <= time), default=None)
            if due is None:
                break
            self.now = due
            for index in range(len(self.rules)):
                if self.hold_ends(index) == due:
                    self.settle(index)
            self.judge(())
        self.now = time

    def tell(self, time, told):
        self.advance(time)
        for name, value in told.items():
            self.told.setdefault(name, []).append((time, None if value == "nil" else float(value)))
        self.judge(told)


def compare(kind, one, other):
    return {"==": one == other, "!=": one != other, "<": one < other, "<=": one <= other,
            ">": one > other, ">=": one >= other}[kind]


def parts(tree):
    yield tree
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from parts(part)


def event_names(tree):
    names = {"dtc": "dtc(ECM, 'P0118')", "busload": "busload(PT, 1s)", "errors": "errors(PT)"}
    for part in parts(tree):
        if part[0] == "value" and part[1] != "spec.p2":
            yield part[1]
        elif part[0] in ("alive_error", "crc_error", "nrc", "p2"):
            yield f"{part[0]}({part[1]})"
        elif part[0] in names:
            yield names[part[0]]
        elif part[0] in ("stuck", "changed", "min", "max", "avg", "spread", "rate", "missing", "age", "cycle"):
            yield part[1]


def silences(tree):
    for part in parts(tree):
        if part[0] == "missing":
            yield "missing", part[1], (part[2] or 30) * MS
        elif part[0] == "errors" and part[2]:
            yield "errors", "PT", part[2] * MS
        for age, limit in (part[1:3], part[2:0:-1]) if len(part) > 2 else ():
            if isinstance(age, tuple) and age[0] == "age":
                yield "age", age[1], limit[1] * UNITS[limit[2]]


def write_rule(rule):
    text = write(rule["when"])
    for key, word in (("for", "for"), ("clear", "clear-for")):
        if rule[key]:
            kind, count = rule[key]
            text += f" | {word} " + (f"{count}ms" if kind == "time" else f"{count} events")
    return text + (f" | only-if {write(rule['only'])}" if rule["only"] else "")


def reads_something(rule):
    trees = [rule["when"]] + ([rule["only"]] if rule["only"] else [])
    return all(any(part[0] not in ("figure", "label") + tuple(LEVEL) + ("abs",) for part in parts(tree))
               for tree in trees)


def main():
    generator = Random(int(sys.argv[1]))
    left = int(sys.argv[2])
    while left:
        rules, order = generator.rules()
        if not all(map(reads_something, rules)):
            continue
        moments = generator.moments()
        car = Car(rules, order)
        for time, told in moments:
            car.tell(time, told)
        script = ";".join(
            f"{time // MS} " + " ".join(f"{name.replace(' ', '~')}={value}" for name, value in told.items())
            for time, told in moments)
        found = " ".join(f"{time}:{rule}:{kind}{since}" for time, rule, kind, since
                         in sorted(car.events, key=lambda event: event[:2]))
        print("\t".join(["  ".join(map(write_rule, rules)), script, found]))
        left -= 1


main()
