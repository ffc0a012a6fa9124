import TestBench
import Testing

@testable import LogFile

/// Rows of one stream, made from a seed.
struct PayloadRows: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var length: Int
    var rows: [[UInt8]]

    /// The rows as words, little-endian, zero behind the payload.
    var words: [UInt64] {
        let width = rowWidth(ofLength: length)
        var words = [UInt64](repeating: 0, count: width * rows.count)
        for (index, row) in rows.enumerated() {
            for (place, byte) in row.enumerated() {
                words[index * width + place / 8] |= UInt64(byte) << UInt64(8 * (place % 8))
            }
        }
        return words
    }

    /// `change` is given the row before, its index and a source of numbers.
    init(
        _ name: String, length: Int, count: Int, seed: UInt64 = 1,
        _ change: (inout [UInt8], Int, inout SeededGenerator) -> Void
    ) {
        testDescription = "\(name), \(count) rows of \(length) bytes"
        self.length = length
        var numbers = SeededGenerator(seed: seed &+ UInt64(length * 1_000 + count))
        var row = (0..<length).map { _ in numbers.byte() }
        rows = []
        for index in 0..<count {
            if index > 0 { change(&row, index, &numbers) }
            rows.append(row)
        }
    }
}

extension SeededGenerator {
    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
    mutating func number(below limit: Int) -> Int { Int(next() % UInt64(limit)) }
}

extension PayloadRows {
    /// CRC-8 of SAE J1850: polynomial 1D, start FF, inverted at the end, of all bytes but the last.
    static func crcJ1850(_ row: [UInt8]) -> UInt8 {
        var state: UInt8 = 0xFF
        for byte in row.dropLast() {
            state ^= byte
            for _ in 0..<8 { state = state & 0x80 != 0 ? state << 1 ^ 0x1D : state << 1 }
        }
        return ~state
    }

    /// A signal of `width` bits at `start`, the first bit as bit 0 of byte 0.
    static func put(_ value: Int, start: Int, width: Int, into row: inout [UInt8]) {
        for bit in 0..<width {
            let place = start + bit
            row[place / 8] &= ~(1 << UInt8(place % 8))
            row[place / 8] |= UInt8(value >> bit & 1) << UInt8(place % 8)
        }
    }

    /// Streams of every shape.
    static let shapes: [PayloadRows] = {
        var shapes: [PayloadRows] = []
        for length in [0, 1, 2, 3, 7, 8, 9, 16, 20, 31, 48, 64] {
            for count in [1, 2, 3, 65, 700] {
                shapes += plain(length: length, count: count)
            }
        }
        for length in [3, 4, 8, 12, 64] { shapes += ruled(length: length, count: 900) }
        shapes += [noise, bigEndian, manyMasks, jumping, wideJumps]
        return shapes
    }()

    private static func plain(length: Int, count: Int) -> [PayloadRows] {
        [
            PayloadRows("constant", length: length, count: count) { _, _, _ in },
            PayloadRows("random", length: length, count: count) { row, _, numbers in
                for place in row.indices { row[place] = numbers.byte() }
            },
            PayloadRows("counter in the first byte", length: length, count: count) { row, _, _ in
                if length > 0 { row[0] &+= 1 }
            },
            PayloadRows("counter in a nibble", length: length, count: count) { row, index, _ in
                if length > 0 { row[length - 1] = 0x50 | UInt8(index % 16) }
            },
            PayloadRows("one byte now and then", length: length, count: count) { row, _, numbers in
                if length > 0, numbers.number(below: 9) == 0 {
                    row[numbers.number(below: length)] = numbers.byte()
                }
            },
        ]
    }

    private static func ruled(length: Int, count: Int) -> [PayloadRows] {
        let rules: [(String, @Sendable ([UInt8]) -> UInt8)] = [
            ("sum", { $0.dropLast().reduce(7, &+) }),
            ("negated sum", { 0 &- $0.dropLast().reduce(0, &+) }),
            ("exclusive or", { $0.dropLast().reduce(0, ^) }),
            ("nibble sum", { $0.dropLast().reduce(0) { $0 &+ $1 >> 4 &+ $1 & 15 } }),
            ("CRC of J1850", crcJ1850),
        ]
        return rules.map { name, rule in
            PayloadRows(name, length: length, count: count) { row, index, numbers in
                row[0] = UInt8(truncatingIfNeeded: index)
                row[1] = numbers.byte() & 0x37
                row[length - 1] = rule(row)
            }
        }
            + [
                PayloadRows("multiplexed", length: length, count: count) { row, index, numbers in
                    row[0] = UInt8(index % 7)
                    for place in 1..<length { row[place] = row[0] &* 31 &+ UInt8(place) }
                    if index % 50 == 0 { row[length - 1] = numbers.byte() }
                },
                PayloadRows("multiplexed at random", length: length, count: count) {
                    row, index, numbers in
                    row[2] = UInt8(numbers.number(below: 9))
                    for place in 0..<length where place != 2 {
                        row[place] = row[2] &* 57 &+ UInt8(place)
                    }
                },
                PayloadRows("repeating", length: length, count: count) { row, index, _ in
                    for place in row.indices {
                        row[place] = UInt8(truncatingIfNeeded: index % 13 * 41 * (place + 3))
                    }
                },
            ]
    }

    /// Signals of 10 bits that cross bytes.
    private static var noise: PayloadRows {
        PayloadRows("signals of 10 bits", length: 8, count: 3_000) { row, _, numbers in
            let word = row.reversed().reduce(0) { $0 << 8 | UInt64($1) }
            for start in [1, 11, 21, 42] {
                let value = Int(word >> UInt64(start) & 0x3FF)
                let step = numbers.number(below: 30) - numbers.number(below: 30)
                put(value + step, start: start, width: 10, into: &row)
            }
        }
    }

    private static var bigEndian: PayloadRows {
        PayloadRows("big-endian signals", length: 8, count: 2_000) { row, _, numbers in
            for place in [0, 2, 5] {
                var value = Int(row[place]) << 8 | Int(row[place + 1])
                value += numbers.number(below: 64) - numbers.number(below: 64)
                row[place] = UInt8(truncatingIfNeeded: value >> 8)
                row[place + 1] = UInt8(truncatingIfNeeded: value)
            }
        }
    }

    /// More different masks than there are tokens.
    private static var manyMasks: PayloadRows {
        PayloadRows("more masks than tokens", length: 64, count: 3_000) { row, _, numbers in
            for place in row.indices where numbers.number(below: 5) == 0 {
                row[place] = numbers.byte()
            }
        }
    }

    /// The stream changes its manner on the way.
    private static var jumping: PayloadRows {
        PayloadRows("changing manners", length: 8, count: 4_000) { row, index, numbers in
            switch index / 500 % 4 {
            case 0: row[3] &+= 1
            case 1: for place in row.indices { row[place] = numbers.byte() }
            case 2: row = [2, 3, UInt8(index % 5), 0, 0, 0, 0, 0]
            default: break
            }
        }
    }

    /// Wide signals that jump now and then, so that they escape.
    private static var wideJumps: PayloadRows {
        PayloadRows("signals with jumps", length: 8, count: 3_000) { row, index, numbers in
            let far = index % 40 == 0 ? numbers.number(below: 65_536) : 0
            let value = Int(row[2]) | Int(row[3]) << 8
            put(value + numbers.number(below: 200) + far, start: 16, width: 16, into: &row)
        }
    }
}
