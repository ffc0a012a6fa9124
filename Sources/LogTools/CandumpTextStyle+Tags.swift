import LogFile
import LogInterchange

/// The tags by which a `.canlog` remembers how the text was written that it was made from, so that it
/// becomes the same text again.
extension CandumpTextStyle {
    /// The flags of CAN FD frames have no bit `CANFD_FDF`.
    private static let noFDFBit = LogMetadata.Tag(key: "candump.fdf-bit", value: "no")
    /// ` R` or ` T` follows the frames.
    private static let direction = LogMetadata.Tag(key: "candump.direction", value: "yes")

    /// The stamps have another number of decimals than 6 or 9: this one.
    private static let decimalsKey = "candump.decimals"

    /// What of this is not as usual.
    var tags: [LogMetadata.Tag] {
        var tags: [LogMetadata.Tag] = []
        if !writesFDFBit { tags.append(Self.noFDFBit) }
        if showsDirection { tags.append(Self.direction) }
        if decimals != CandumpTextLayout.usual(decimals) {
            tags.append(LogMetadata.Tag(key: Self.decimalsKey, value: "\(decimals)"))
        }
        return tags
    }

    /// Writes as the text was written that left these tags.
    mutating func take(_ tags: [LogMetadata.Tag]) {
        writesFDFBit = !tags.contains(Self.noFDFBit)
        showsDirection = tags.contains(Self.direction)
        let told = tags.first { $0.key == Self.decimalsKey }.flatMap { Int($0.value) }
        if let told, (1...9).contains(told) { decimals = told }
    }

    static func isOwn(_ tag: LogMetadata.Tag) -> Bool {
        tag == noFDFBit || tag == direction || tag.key == decimalsKey
    }
}
