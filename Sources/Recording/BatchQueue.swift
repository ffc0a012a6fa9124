import CANFrame
import LocalFiles
import Synchronization

/// A bounded queue of whole batches from one thread to another.
///
/// Batches go round: one queue carries the filled ones, another brings the empty ones back. When no
/// empty batch is left, frames stay in the kernel's buffer, and what is lost there is counted.
final class BatchQueue: Sendable {
    /// How many batches are under way at most.
    static let capacity = 32

    private struct Contents: ~Copyable {
        var slots = InlineArray<32, FrameBatch?> { _ in nil }
        var head = 0
        var count = 0
        var isClosed = false
    }

    private let contents = Mutex(Contents())
    private let bell: Doorbell

    init() throws(SystemError) {
        bell = try Doorbell()
    }

    /// Appends `batch`; there is always room, since no more batches exist than the capacity.
    func push(_ batch: consuming FrameBatch) {
        var passed: FrameBatch? = consume batch
        contents.withLock { contents in
            precondition(contents.count < Self.capacity, "more batches than the queue was made for")
            contents.slots[(contents.head + contents.count) % Self.capacity] = passed.take()
            contents.count += 1
        }
        bell.ring()
    }

    /// Says that nothing more will be pushed.
    func close() {
        contents.withLock { $0.isClosed = true }
        bell.ring()
    }

    /// Whether nothing more will be pushed.
    var isClosed: Bool { contents.withLock { $0.isClosed } }

    /// Whether it was closed and is empty.
    var isDrained: Bool {
        contents.withLock { $0.isClosed && $0.count == 0 }
    }

    /// The oldest batch, for which it waits at most `limit`.
    func pop(waiting limit: Duration) -> FrameBatch? {
        if let batch = take() { return batch }
        bell.wait(limit)
        return take()
    }

    private func take() -> FrameBatch? {
        contents.withLock { contents in
            guard contents.count > 0 else { return nil }
            let batch = contents.slots[contents.head].take()
            contents.head = (contents.head + 1) % Self.capacity
            contents.count -= 1
            return batch
        }
    }
}
