/// The requests that wait for answers, the oldest first.
///
/// A frame may have to look through all of them: what it looks for lies densely beside them, and none
/// is moved when another ends.
struct OpenRequests: Sendable, RandomAccessCollection {
    /// What is looked for.
    private struct Key: Sendable {
        var serial: UInt64
        /// When it ends by itself.
        var deadline: Int64
        /// The control unit that it is to; -1 is all, or one of J1939's.
        var controlUnit: Int32
        var slot: Int32
        var channel: UInt8
        /// 0 of J1939's.
        var service: UInt8
    }

    private var keys: [Key] = []
    private var slots: [OpenRequest] = []

    var startIndex: Int { 0 }
    var endIndex: Int { keys.count }

    subscript(index: Int) -> OpenRequest {
        _read { yield slots[Int(keys[index].slot)] }
        _modify {
            yield &slots[Int(keys[index].slot)]
            keys[index].deadline = slots[Int(keys[index].slot)].ending
        }
    }

    mutating func append(_ request: OpenRequest) {
        let isService = request.exchange.family == .service
        keys.append(
            Key(
                serial: request.serial, deadline: request.ending,
                controlUnit: Int32(request.controlUnit ?? -1), slot: Int32(slots.count),
                channel: request.channel, service: isService ? request.head.service : 0))
        slots.append(request)
    }

    mutating func remove(at index: Int) -> OpenRequest {
        let slot = Int(keys.remove(at: index).slot)
        let last = slots.count - 1
        if slot != last {
            slots.swapAt(slot, last)
            if let moved = self.index(ofSerial: slots[slot].serial) {
                keys[moved].slot = Int32(slot)
            }
        }
        return slots.removeLast()
    }

    /// Serials rise.
    func index(ofSerial serial: UInt64) -> Int? {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle].serial < serial { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low].serial == serial ? low : nil
    }

    /// The latest before `end` that an answer of a control unit may belong to, by channel, service and
    /// receiver.
    func last(
        before end: Int, channel: UInt8, service: UInt8, of unit: Int
    ) -> Int? {
        var index = end
        while index > 0 {
            index -= 1
            let key = keys[index]
            if key.service == service, key.channel == channel,
                key.controlUnit == Int32(unit) || key.controlUnit == -1
            {
                return index
            }
        }
        return nil
    }

    /// The latest before `end` to one control unit alone.
    func last(before end: Int, to unit: Int) -> Int? {
        var index = end
        while index > 0 {
            index -= 1
            if keys[index].controlUnit == Int32(unit) { return index }
        }
        return nil
    }

    /// The first from `start` on that has waited too long.
    func expired(from start: Int, at time: Int64) -> Int? {
        for index in start..<keys.count where time > keys[index].deadline { return index }
        return nil
    }

    /// No request ends before this by itself.
    var nextDeadline: Int64 {
        var next = Int64.max
        for key in keys { next = Swift.min(next, key.deadline) }
        return next
    }
}
