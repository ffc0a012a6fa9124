import CANFrame

/// The first 64 bytes of a file: its kind and version, and what an interrupted writer left to do
/// (IDBLOCK, MDF 4.1, 5.4).
struct MDFIdentification: Sendable {
    static let size = 64

    /// What is left to do in a file that begins with `UnFinMF ` (`id_unfin_flags`).
    struct Unfinished: OptionSet, Sendable {
        let rawValue: UInt16
        /// `cg_cycle_count` of channel groups.
        static let cycleCounts = Unfinished(rawValue: 0x01)
        /// `length` of the last DT block.
        static let lastDataLength = Unfinished(rawValue: 0x04)
        /// The last DL block's count.
        static let lastDataList = Unfinished(rawValue: 0x10)
    }

    /// `id_ver` of the versions that are read, 410 for 4.10; what a later one may change is unknown.
    private static let versions: ClosedRange<UInt16> = 400...430

    /// Empty in a finalised file.
    var unfinished: Unfinished

    /// `nil` if the bytes are those of another kind of file, or of MDF 3 and earlier.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 32 else { return nil }
        let fields = MDFFields(bytes)
        let isFinalised = bytes.starts(with: Array("MDF     ".utf8))
        guard isFinalised || bytes.starts(with: Array("UnFinMF ".utf8)) else { return nil }
        var version = fields.integer(28, UInt16.self)
        // Some writers leave the number zero and give the text "4.10" alone.
        if version == 0 {
            let digits = bytes[8..<12].filter { $0 >= 0x30 && $0 <= 0x39 }
            version = digits.reduce(0) { $0 * 10 + UInt16($1 - 0x30) }
        }
        guard Self.versions.contains(version) else { return nil }
        unfinished = isFinalised ? [] : Unfinished(rawValue: fields.integer(60))
    }
}
