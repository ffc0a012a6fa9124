/// Goes through a batch in order of arrival: each event before the frame that it came before.
public struct ArrivalCursor: Sendable {
    /// What comes next, by its place in the batch.
    public enum Arrival: Sendable, Hashable {
        case event(Int)
        case frame(Int, number: UInt64)
    }

    @usableFromInline var row = 0
    @usableFromInline var event = 0
    @usableFromInline var numbers = NumberCursor()

    /// Begins with what came first.
    @inlinable
    public init() {}

    /// What comes next in `batch`, the same from call to call; `nil` behind the last.
    @inlinable
    public mutating func next(in batch: borrowing FrameBatch) -> Arrival? {
        let events = batch.events
        if event < events.count, row >= batch.count || events[event].rowIndex <= row {
            defer { event += 1 }
            return .event(event)
        }
        guard row < batch.count else { return nil }
        defer { row += 1 }
        return .frame(row, number: numbers.number(of: row, in: batch))
    }
}
