import CANFrame

/// A batch on its way to the writer, and what is to be done behind it.
struct CapturedBatch: ~Copyable, Sendable {
    var batch: FrameBatch
    var orders: [RecorderOrder] = []
    /// When capture had it, monotonic.
    var readAt: Int64
}
