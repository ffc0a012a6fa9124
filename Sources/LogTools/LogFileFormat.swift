import LogFile
import LogInterchange

/// The formats of logs that canlog reads and writes.
public enum LogFileFormat: String, Sendable, CaseIterable {
    /// canlog's own.
    case canlog
    /// The text of `candump -L` and `canplayer`, perhaps compressed by zstd.
    case candump

    /// The format that a name's suffix stands for, `.zst` apart.
    public init?(suffixOf path: String) {
        let name = path.hasSuffix(".zst") ? path.dropLast(4) : path[...]
        if name.hasSuffix(LogFormat.suffix) {
            self = .canlog
        } else if [".log", ".txt", ".candump"].contains(where: name.hasSuffix) {
            self = .candump
        } else {
            return nil
        }
    }

    /// The format that a log's first bytes show; `nil` if they are none that is known.
    public init?(content: [UInt8]) {
        if content.starts(with: LogFormat.magic) {
            self = .canlog
        } else if content.starts(with: ZstdMagic.bytes) {
            self = .candump
        } else if let first = content.first(where: { !Self.blanks.contains($0) }),
            [UInt8(ascii: "("), UInt8(ascii: "#"), UInt8(ascii: ";")].contains(first)
        {
            self = .candump
        } else {
            return nil
        }
    }

    private static let blanks: [UInt8] = [0x09, 0x0A, 0x0D, 0x20]
}
