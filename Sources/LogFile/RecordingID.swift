/// The name of one run of the recorder: a UUID (RFC 9562), which rotation, cut and compaction keep.
public struct RecordingID: Hashable, Sendable {
    /// The 16 bytes in the order in which they are printed.
    public let bytes: [UInt8]

    /// Takes 16 bytes, or `nil` when there are more or fewer.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Makes a version 4 UUID of 128 bits that the caller drew at random.
    public init(random high: UInt64, _ low: UInt64) {
        let high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        bytes = [high, low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
        }
    }

    /// Sixteen zeros: stands where a damaged file no longer tells.
    public static let unknown = RecordingID(zeros: ())

    private init(zeros: Void) {
        bytes = Array(repeating: 0, count: 16)
    }
}

extension RecordingID: CustomStringConvertible {
    /// As RFC 9562 writes it: `f81d4fae-7dec-41d0-8765-00a0c91e6bf6`.
    public var description: String {
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return text
    }
}
