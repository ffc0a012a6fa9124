import TestBench
import CANFrame

@testable import LogFile

/// Traffic of many frequent identifiers, as coding 2 is made for.
extension Traffic {
    /// How stamps come about.
    enum Stamps: CaseIterable {
        /// Periods with jitter in microseconds, one stamp at a time.
        case periodic
        /// Stamps of a coarse clock: many are equal, in any order.
        case ties
        /// Two buses whose stamps run ahead of one another.
        case inversions
        /// Stamps of one bus that step back by less than a second.
        case backwards
        /// All the same.
        case equal
        /// Nanoseconds without a pattern.
        case nanoseconds
    }

    /// `count` frames of about `kinds` identifiers, some rare, with payloads up to `length` bytes.
    static func streams(
        _ stamps: Stamps, kinds: Int = 12, count: Int = 3_000, length: Int = 8, seed: UInt64 = 1
    ) -> Traffic {
        Traffic(testDescription: "\(stamps), \(kinds) kinds of \(length) bytes, seed \(seed)") {
            batch in
            var numbers = SeededGenerator(seed: seed)
            var clock = start
            for index in 0..<count {
                // A few come in bursts one behind another, some are rare.
                let turn = index % (kinds + 3)
                let kind = turn < kinds ? turn : Int.random(in: 0..<400, using: &numbers)
                clock += step(stamps, index: index, &numbers)
                let stamp = stamped(stamps, clock, kind: kind, &numbers)
                batch.append(
                    Frame(
                        timestamp: Timestamp(nanoseconds: stamp),
                        identifier: PackedID(rawValue: UInt32(0x100 + kind)),
                        channel: UInt8(kind % 2),
                        flags: length > 8 ? [.flexibleDataRate] : [],
                        payload: payload(kind, index: index, length: length, &numbers)))
            }
        }
    }

    private static func step(
        _ stamps: Stamps, index: Int, _ numbers: inout SeededGenerator
    ) -> Int64 {
        switch stamps {
        case .equal: 0
        case .ties: index % 5 == 0 ? 1_000_000 : 0
        case .nanoseconds: Int64.random(in: 1...400_000, using: &numbers)
        default: Int64.random(in: 100...140, using: &numbers) * 1_000
        }
    }

    private static func stamped(
        _ stamps: Stamps, _ clock: Int64, kind: Int, _ numbers: inout SeededGenerator
    ) -> Int64 {
        switch stamps {
        case .inversions: kind % 2 == 0 ? clock : clock - 500_000
        case .backwards: clock - Int64.random(in: 0...300, using: &numbers) * 1_000
        default: clock
        }
    }

    /// Constant bytes, a counter, a checksum, a slow signal, noise: by kind.
    private static func payload(
        _ kind: Int, index: Int, length: Int, _ numbers: inout SeededGenerator
    ) -> [UInt8] {
        let length = kind % 7 == 6 ? length / 2 : length
        var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: kind), count: length)
        guard length >= 4, kind % 5 != 0 else { return bytes }
        bytes[0] = UInt8(truncatingIfNeeded: index / 7)
        bytes[1] = UInt8(truncatingIfNeeded: index / 300)
        if kind % 5 >= 2 { bytes[2] = UInt8.random(in: 0...255, using: &numbers) }
        if kind % 5 >= 3 { bytes[length - 1] = bytes.dropLast().reduce(0, &+) }
        return bytes
    }
}
