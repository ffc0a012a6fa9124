import TestBench
import CANFrame
import SignalDatabase
import Testing

@Suite("the bits of signals")
struct SignalBitsTests {
    /// The bits of a signal, one at a time, as the format's definition of the start bit says:
    /// little-endian counts up from it, big-endian down to bit 0 of a byte, then on at bit 7 of the
    /// next. `nil` where the payload ends before.
    static func slowBits(
        start: Int, length: Int, _ order: Signal.ByteOrder, in payload: [UInt8]
    ) -> UInt64? {
        var bits: UInt64 = 0
        var bit = start
        for index in 0..<length {
            guard bit >> 3 < payload.count else { return nil }
            let value = UInt64(payload[bit >> 3] >> UInt8(bit & 7) & 1)
            switch order {
            case .littleEndian:
                bits |= value << UInt64(index)
                bit += 1
            case .bigEndian:
                bits = bits << 1 | value
                bit = bit & 7 == 0 ? bit + 15 : bit - 1
            }
        }
        return bits
    }

    /// One random message of many signals.
    private static func message(
        _ random: inout SeededGenerator, bits: Int
    ) -> (text: String, signals: [(Int, Int, Signal.ByteOrder, Bool)]) {
        var text = "BO_ 1 M: \(bits / 8) X\n"
        var signals: [(Int, Int, Signal.ByteOrder, Bool)] = []
        for index in 0..<64 {
            let start = Int.random(in: 0..<bits, using: &random)
            let length = Int.random(in: 1...64, using: &random)
            let isBigEndian = Bool.random(using: &random)
            let isSigned = Bool.random(using: &random)
            text +=
                " SG_ S\(index) : \(start)|\(length)@\(isBigEndian ? 0 : 1)\(isSigned ? "-" : "+")"
                + " (0.1,-3) [0|0] \"\" X\n"
            signals.append((start, length, isBigEndian ? .bigEndian : .littleEndian, isSigned))
        }
        return (text, signals)
    }

    @Test("are those that a slow reference reads one by one", arguments: [8, 12, 64], 0..<20)
    func reference(size: Int, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed << 8 | UInt64(size))
        let (text, signals) = Self.message(&random, bits: size * 8)
        let database = database(text)
        let plan = DecodePlan(database)
        var live = LiveDecoder(plan)
        let none: [UInt8] = []
        // Frames as long as the message, shorter and longer.
        for length in [size, size, size - 1, 3, 0, min(64, size + 4)] {
            let payload = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            var found = [values(payload, ofMessage: 0, plan)]
            if length <= 8 {
                let identifier = try #require(ArbitrationID(standard: 1))
                #expect(live.decode(row(identifier, payload), longPayload: none.span) == 0)
                found.append(live.values(of: 0).indices.map { live.values(of: 0)[$0] })
            }
            for values in found {
                for (value, signal) in zip(values, signals) {
                    let (start, bits, order, isSigned) = signal
                    guard let raw = Self.slowBits(start: start, length: bits, order, in: payload)
                    else {
                        #expect(value.state == .beyondFrame)
                        continue
                    }
                    let isNegative = isSigned && raw >> UInt64(bits - 1) == 1
                    let extended = isNegative && bits < 64 ? raw | ~0 << UInt64(bits) : raw
                    #expect(value.state == .valid)
                    #expect(value.rawBits == extended)
                    let number = isSigned ? Double(Int64(bitPattern: extended)) : Double(extended)
                    let product = number * 0.1
                    #expect(value.physical == product + -3)
                }
            }
        }
    }
}
