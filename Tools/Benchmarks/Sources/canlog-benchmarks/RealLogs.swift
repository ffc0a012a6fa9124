import CANFrame
import Glibc

/// A real log in memory, as the recorder would have received it.
struct RealLog: ~Copyable {
    let name: String
    /// The candump text it came from, not compressed.
    let path: String
    var frames: FrameBatch
    /// Its rows in parts of what arrived within 10 ms, as the recorder drains its sockets.
    let parts: [Range<Int>]

    /// The logs of `CANLOG_TEST_DATA` (default `../shared/data`) with at least 50,000 frames.
    static let names = [
        "durango_mapswitch", "ralliart_drive", "comma2k19_toyota", "css_asammdfbasics",
        "css_94c49784", "css_3ba199e2",
    ]

    init(named name: String, in folder: String) throws {
        let data = environment("CANLOG_TEST_DATA") ?? "../shared/data"
        path = "\(folder)/\(name).log"
        _ = try output(of: "zstd -dqf '\(data)/logs/\(name).log.zst' -o '\(path)'")
        let text = try output(of: "cat '\(path)'")
        var batch = FrameBatch(capacity: max(1, text.count / 24))
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard let frame = Frame(candump: line) else {
                throw BenchmarkError(description: "\(path): not a line of candump -l")
            }
            batch.append(frame)
        }
        self.name = name
        parts = Self.parts(of: batch.rows)
        frames = batch
    }

    private static func parts(of rows: Span<FrameRow>) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        for row in rows.indices.dropFirst() {
            let age = rows[row].timestamp.nanoseconds(since: rows[start].timestamp)
            if age >= 10_000_000 || age < 0 {
                parts.append(start..<row)
                start = row
            }
        }
        parts.append(start..<rows.count)
        return parts
    }
}

extension FrameBatch {
    /// Throws unless all frames are those of `log` from row `start` on; payloads of at most 8 bytes.
    func check(against log: borrowing FrameBatch, from start: Int) throws {
        guard start + count <= log.count else {
            throw BenchmarkError(description: "more frames came back than were written")
        }
        for index in 0..<count {
            let (row, original) = (rows[index], log.rows[start + index])
            guard row.timestamp == original.timestamp, row.identifier == original.identifier,
                row.channel == original.channel, row.flags == original.flags,
                row.length == original.length, row.dlc == original.dlc,
                row.payloadWord == original.payloadWord
            else { throw BenchmarkError(description: "frame \(start + index) came back different") }
        }
    }
}

extension Frame {
    /// `(1436509052.249713) can0 123#0011`, as the logs have it: classic data frames only.
    fileprivate init?(candump line: ArraySlice<UInt8>) {
        let words = line.split(separator: UInt8(ascii: " "))
        guard words.count >= 3, let mark = words[2].firstIndex(of: UInt8(ascii: "#")) else {
            return nil
        }
        let digits = words[0].filter { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard let microseconds = Int64(String(decoding: digits, as: UTF8.self)),
            let number = UInt32(String(decoding: words[2][..<mark], as: UTF8.self), radix: 16),
            let channel = words[1].last
        else { return nil }
        let isExtended = mark - words[2].startIndex == 8
        let nibbles = words[2][(mark + 1)...].map { UInt8(hexadecimal: $0) }
        self.init(
            timestamp: Timestamp(nanoseconds: microseconds * 1_000),
            identifier: PackedID(rawValue: number | (isExtended ? 0x8000_0000 : 0)),
            channel: channel & 15,
            payload: stride(from: 0, to: nibbles.count - 1, by: 2).map {
                nibbles[$0] << 4 | nibbles[$0 + 1]
            })
        flags.origin = .received
    }
}

extension UInt8 {
    fileprivate init(hexadecimal digit: UInt8) {
        self = digit <= UInt8(ascii: "9") ? digit & 15 : (digit & 7) + 9
    }
}
