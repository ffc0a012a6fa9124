import LogFile
import LogInterchange

/// The tags by which a `.canlog` remembers how the text was written that it was made from, so that it
/// becomes the same text again.
extension CandumpTextStyle {
    /// The flags of CAN FD frames have no bit `CANFD_FDF`.
    private static let noFDFBit = LogMetadata.Tag(key: "candump.fdf-bit", value: "no")
    /// ` R` or ` T` follows the frames.
    private static let direction = LogMetadata.Tag(key: "candump.direction", value: "yes")

    /// What of this is not as usual.
    var tags: [LogMetadata.Tag] {
        (writesFDFBit ? [] : [Self.noFDFBit]) + (showsDirection ? [Self.direction] : [])
    }

    /// Writes as the text was written that left these tags.
    mutating func take(_ tags: [LogMetadata.Tag]) {
        writesFDFBit = !tags.contains(Self.noFDFBit)
        showsDirection = tags.contains(Self.direction)
    }

    static func isOwn(_ tag: LogMetadata.Tag) -> Bool { tag == noFDFBit || tag == direction }
}
