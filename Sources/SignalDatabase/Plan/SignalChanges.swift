/// 8 signals of a frame, of which at least one changed: what a batch decoded at once tells.
///
/// The places of its signals in the message are ``firstPlace`` and the 7 that follow; a message of
/// more than 8 signals has several of these for a frame.
public struct SignalChanges: Sendable, BitwiseCopyable {
    /// The frame's row in the batch.
    public let row: UInt32
    public let stream: UInt32
    /// The place in the message of the first of the 8.
    public let firstPlace: UInt32
    /// A bit for each of the 8, the lowest for the first: its bits or its state are not what they
    /// were in the stream's last frame.
    public let changed: UInt8
    /// The frame carries it, see ``SignalState/isPresent``.
    public let present: UInt8
    /// Its state is ``SignalState/valid``.
    public let valid: UInt8
    private let reserved: UInt8 = 0
    /// The physical values; 0 where it is not present.
    public let physical: InlineArray<8, Double>

    init(
        row: UInt32, stream: UInt32, firstPlace: UInt32, changed: UInt8, present: UInt8,
        valid: UInt8, physical: InlineArray<8, Double>
    ) {
        (self.row, self.stream, self.firstPlace) = (row, stream, firstPlace)
        (self.changed, self.present, self.valid) = (changed, present, valid)
        self.physical = physical
    }

    static let none = SignalChanges(
        row: 0, stream: 0, firstPlace: 0, changed: 0, present: 0, valid: 0,
        physical: InlineArray(repeating: 0))
}

/// How many frames are decoded at once; the values are the same to the last bit.
public enum DecodeKernel: Sendable, Hashable {
    /// With the vectors that the processor has.
    case vector
    /// Signal by signal: what the vectors are compared with.
    case scalar
}
