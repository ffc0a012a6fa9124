"""Coding 2: the order in which the frames of a group arrived."""

from primitives import Cursor, Disagreement, need
from symbols import RunSet


def contexts(data, count, most, known_tables):
    cursor = Cursor(data)
    sizes = [cursor.varint() for _ in range(count)]
    need(max(sizes) <= most, "symbols of the order")
    runs = RunSet(cursor, count, 1, known_tables)
    symbols = [iter(runs.run(size)) for size in sizes]
    runs.end()
    cursor.end("order")
    return symbols


def told(symbols):
    symbol = next(symbols)
    need(symbol <= 1, "a symbol of the order is neither yes nor no")
    return symbol


class Recent:
    """Which stream came after the last two."""

    def __init__(self, size):
        self.table, self.size, self.last, self.before = {}, size, 0, 0

    def place(self):
        return (self.before * 40503 ^ self.last * 0x9E37) % self.size

    def came(self, stream):
        self.before, self.last = self.last, stream


def explicit_order(streams, bundle, symbols):
    """streams: for each the slots in their order, the bundle's last."""
    recent, slots = Recent(65536), [iter(slots) for slots in streams]
    for _ in range(sum(map(len, streams))):
        place = recent.place()
        if told(symbols[0]):
            stream = recent.table[place]
        else:
            stream = next(symbols[1])
            stream |= next(symbols[2]) << 8 if bundle > 255 else 0
        recent.table[place] = stream
        recent.came(stream)
        yield next(slots[stream])


def tied(lane, at, times, stream_of, recent, symbols):
    """Moves the frame that comes next to the head of those with equal stamps."""
    end = at + 1
    while end < len(lane) and times[lane[end]] == times[lane[at]]:
        end += 1
    if end == at + 1:
        return
    need(end - at <= 200, "too many frames have one stamp")
    place = recent.place()
    expected = recent.table.get(place)
    found = next((i for i in range(at, end) if stream_of[lane[i]] == expected), None)
    if found is None:
        chosen = at + next(symbols[1])
    else:
        symbol = next(symbols[0])
        chosen = found if symbol == 0 else at + symbol - (at + symbol <= found)
    need(chosen < end, "a tie names no frame")
    lane.insert(at, lane.pop(chosen))
    recent.table[place] = stream_of[lane[at]]


def order_by_lanes(lanes, untied, times, stream_of, symbols):
    """lanes: the slots of each in their order; untied: the number of the lane without ties."""
    recent, heads, current = Recent(4096), [0] * len(lanes), 0
    for _ in times:
        if len(lanes) > 1:
            others = sorted((times[lane[at]], number)
                            for number, (lane, at) in enumerate(zip(lanes, heads))
                            if at < len(lane) and number != current)
            stays = not others
            if others and heads[current] < len(lanes[current]):
                ahead = others[0][0] - times[lanes[current][heads[current]]]
                context = (2 if ahead >= 0 else 12) + min(9, abs(ahead).bit_length())
                stays = told(symbols[context])
            if not stays:
                current = others[next(symbols[22]) if len(others) > 1 else 0][1]
        lane, at = lanes[current], heads[current]
        if current != untied:
            tied(lane, at, times, stream_of, recent, symbols)
        heads[current] += 1
        recent.came(stream_of[lane[at]])
        yield lane[at]


def arrival(kind, data, streams, channels, times, stream_of, known_tables):
    """The slots in the order of arrival."""
    by_time = sorted(range(len(times)), key=times.__getitem__)
    if kind == 0:
        return by_time
    symbols = contexts(data, 3 if kind == 3 else 23, len(times), known_tables)
    if kind == 1:
        slots = order_by_lanes([by_time], None, times, stream_of, symbols)
    elif kind == 2:
        numbers = {channel: number for number, channel in enumerate(dict.fromkeys(channels))}
        lanes = [[] for _ in numbers] + [streams[-1]]
        for slot in by_time:
            if stream_of[slot] < len(channels):
                lanes[numbers[channels[stream_of[slot]]]].append(slot)
        slots = order_by_lanes(lanes, len(numbers), times, stream_of, symbols)
    else:
        slots = explicit_order(streams, len(channels), symbols)
    try:
        slots = list(slots)
    except (RuntimeError, LookupError):
        raise Disagreement("the order names no frame") from None
    need(all(next(rest, None) is None for rest in symbols), "the order has too many symbols")
    return slots
