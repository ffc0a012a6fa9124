import CANFrame
import LocalFiles
import SignalDatabase
import TestBench
import Testing

@Suite("signals written into payloads")
struct SignalEncoderTests {
    /// Writes bits one at a time, as the format defines the start bit; see ``SignalBitsTests``.
    private static func slowly(
        _ bits: UInt64, start: Int, length: Int, _ order: Signal.ByteOrder, into payload: [UInt8]
    ) -> [UInt8] {
        var payload = payload
        var bit = start
        for index in 0..<length {
            let place = order == .littleEndian ? index : length - 1 - index
            let value = UInt8(bits >> UInt64(place) & 1) << UInt8(bit & 7)
            payload[bit >> 3] = payload[bit >> 3] & ~(1 << UInt8(bit & 7)) | value
            bit =
                order == .littleEndian ? bit + 1 : bit & 7 == 0 ? bit + 15 : bit - 1
        }
        return payload
    }

    @Test("have the bits that a slow reference writes one by one", arguments: [8, 12, 64], 0..<20)
    func reference(size: Int, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed << 8 | UInt64(size))
        for _ in 0..<64 {
            let length = Int.random(in: 1...64, using: &random)
            let first = Int.random(in: 0...size * 8 - length, using: &random)
            let isBig = Bool.random(using: &random)
            let start = isBig ? first & ~7 | (7 - first & 7) : first
            let encoder = SignalEncoder(
                DecodePlan(
                    database(
                        "BO_ 1 M: \(size) X\n SG_ S : \(start)|\(length)@\(isBig ? 0 : 1)+ (1,0) "
                            + "[0|0] \"\" X\n")))
            let payload = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            let bits = random.next() >> UInt64(64 - length)
            var written = payload
            try encoder.put(bits, signal: 0, into: &written)
            #expect(
                written
                    == Self.slowly(
                        bits, start: start, length: length, isBig ? .bigEndian : .littleEndian,
                        into: payload))
            #expect(encoder.bits(of: 0, in: written.span) == bits)
        }
    }

    /// The layout of one signal of 8 bits and less.
    private static func encoder(_ layout: String) -> SignalEncoder {
        SignalEncoder(DecodePlan(database("BO_ 1 M: 8 X\n SG_ S : \(layout) [0|0] \"\" X\n")))
    }

    @Test(
        "take the nearest raw value, the even one of two",
        arguments: [
            ("0|8@1+ (2,0)", 5.0, 2), ("0|8@1+ (2,0)", 7, 4), ("0|8@1- (0.5,-40)", -40.3, 0xFF),
            ("0|16@1+ (0.1,0)", 0.3, 3), ("0|16@1+ (-0.1,0)", -0.3, 3),
            ("0|8@1- (1,0)", -128, 0x80), ("0|64@1- (1,0)", -1, 0xFFFF_FFFF_FFFF_FFFF),
            ("0|64@1+ (1,0)", 0x1p63, 0x8000_0000_0000_0000),
        ] as [(String, Double, UInt64)])
    func nearest(layout: String, physical: Double, bits: UInt64) throws {
        #expect(try Self.encoder(layout).bits(of: physical, signal: 0) == bits)
    }

    @Test(
        "refuse what their bits do not hold, or take the nearest",
        arguments: [
            ("0|8@1+ (1,0)", 256.0, 255, 0.0...255.0), ("0|8@1+ (1,0)", -1, 0, 0...255),
            ("0|8@1- (1,0)", 128, 127, -128...127), ("0|8@1- (1,0)", -129, 128, -128...127),
            ("0|4@1+ (-1,3)", 4, 0, -12...3), ("0|64@1+ (1,0)", 0x1p64, .max, 0...0x1p64),
            ("0|64@1- (1,0)", 0x1p63, .max >> 1, -0x1p63...0x1p63),
        ] as [(String, Double, UInt64, ClosedRange<Double>)])
    func limits(layout: String, physical: Double, bits: UInt64, range: ClosedRange<Double>) throws {
        let encoder = Self.encoder(layout)
        #expect(throws: SignalEncodingError.outOfRange(value: physical, allowed: range)) {
            try encoder.bits(of: physical, signal: 0)
        }
        #expect(try encoder.bits(of: physical, signal: 0, limit: .clamp) == bits)
    }

    @Test("refuse what is no number, and a payload that ends before them")
    func refusals() throws {
        let encoder = Self.encoder("8|8@1+ (1,0)")
        for number in [Double.nan, .infinity] {
            #expect(throws: SignalEncodingError.self) {
                try encoder.bits(of: number, signal: 0, limit: .clamp)
            }
        }
        var short: [UInt8] = [1]
        #expect(throws: SignalEncodingError.beyondPayload(needed: 2, length: 1)) {
            try encoder.put(0, signal: 0, into: &short)
        }
    }

    @Test("are there only where their multiplexers select them")
    func multiplexed() throws {
        let encoder = SignalEncoder(
            DecodePlan(
                database(
                    """
                    BO_ 1 M: 8 X
                     SG_ B m1 : 8|8@1+ (1,0) [0|0] "" X
                     SG_ A m0 : 8|8@1+ (1,0) [0|0] "" X
                     SG_ Which M : 0|8@1+ (1,0) [0|0] "" X

                    """)))
        var payload = [UInt8](repeating: 0, count: 8)
        try encoder.encode([7, 9, 1], ofMessage: 0, into: &payload)
        #expect(payload.prefix(2) == [1, 7])
        try encoder.encode([7, 9, 0], ofMessage: 0, into: &payload)
        #expect(payload.prefix(2) == [0, 9])
        try encoder.encode([7, 9, 2], ofMessage: 0, into: &payload)
        #expect(payload.prefix(2) == [2, 9])
    }

    // MARK: Real databases

    /// Random payloads of each message, decoded, encoded again from the physical values alone.
    private static func roundTrip(
        _ database: Database, seed: UInt64, _ body: (Int, [UInt8], [SignalValue]) -> Void
    ) throws {
        let plan = DecodePlan(database)
        let encoder = SignalEncoder(plan)
        var random = SeededGenerator(seed: seed)
        for (index, message) in database.messages.enumerated()
        where (1...64).contains(message.length) && message.identifier != nil {
            for _ in 0..<4 {
                var payload = [UInt8](repeating: 0, count: message.length)
                for place in message.signals.indices {
                    let bits = random.next() >> UInt64(max(0, 64 - message.signals[place].length))
                    let signal = plan.signals(of: index).lowerBound + place
                    _ = try? encoder.put(bits, signal: signal, into: &payload)
                }
                body(index, payload, values(payload, ofMessage: index, plan))
            }
        }
    }

    @Test(
        "come back from their physical values as they were",
        .enabled(if: Requirement.data.shouldRun),
        arguments: TestDatabases.names)
    func realDatabases(name: String) throws {
        let database = try TestDatabases.database(name)
        let encoder = SignalEncoder(DecodePlan(database))
        try Self.roundTrip(database, seed: 1) { message, payload, values in
            let first = encoder.plan.signals(of: message).lowerBound
            for (place, value) in values.enumerated() where value.state.isPresent {
                let signal = database.messages[message].signals[place]
                guard signal.factor != 0, value.physical.isFinite else { continue }
                let bits = encoder.bits(of: first + place, in: payload.span)
                guard signal.length <= 50, signal.valueType != .float else { continue }
                // An offset may be so much greater than the factor that values fall together.
                let next = (Double(value.rawInteger) + 1) * signal.factor + signal.offset
                guard next != value.physical else { continue }
                #expect((try? encoder.bits(of: value.physical, signal: first + place)) == bits)
            }
        }
    }

    @Test(
        "are the payloads that cantools encodes of the same values",
        .enabled(
            if: Requirement.data.shouldRun && PeerPython.shouldRun("cantools"),
            "the test data, or the environment of Tools/setup peers, is not there"))
    func beside() throws {
        let folder = try TemporaryFolder()
        var text = ""
        for name in TestDatabases.names {
            let path = Folder.resolved("\(testDataFolder)/dbc/\(name)")
            let database = try TestDatabases.database(name)
            let encoder = SignalEncoder(DecodePlan(database))
            try Self.roundTrip(database, seed: 2) { index, _, values in
                let message = database.messages[index]
                guard Self.isPlain(message, in: database), let identifier = message.identifier
                else {
                    return
                }
                var payload = [UInt8](repeating: 0, count: message.length)
                let physical = values.map { $0.state.isPresent ? $0.physical : nil }
                guard
                    (try? encoder.encode(physical, ofMessage: index, into: &payload)) != nil
                else { return }
                let fields = zip(message.signals, physical).compactMap { signal, value in
                    value.map { "\(signal.longName)=\($0)" }
                }
                let digits = payload.map(\.hexadecimal).joined()
                text += ([path, "\(identifier)", digits] + fields).joined(separator: "\t") + "\n"
            }
        }
        let bytes = Array(text.utf8)
        var file = try ResultFile(path: folder.path + "/values", replacing: true)
        try file.append(bytes.span)
        try file.complete()
        let result = try Program.run(
            PeerPython.path, "Tests/Peers/encode_with_cantools.py", folder.path + "/values")
        #expect(result.status == 0, "\(result.output) \(result.errors.suffix(300))")
        #expect(result.lines.last?.hasSuffix(" 0 differences") == true)
    }

    /// Whether both mean the same: one message of the identifier, names that come once, signals of
    /// whole numbers side by side, which doubles carry.
    private static func isPlain(_ message: Message, in database: Database) -> Bool {
        guard let identifier = message.identifier,
            database.messageIndices(of: identifier).count == 1,
            Set(message.signals.map(\.longName)).count == message.signals.count,
            !message.signals.isEmpty, !hasOverlaps(message)
        else { return false }
        return message.signals.allSatisfy {
            $0.length <= 50 && $0.factor != 0 && $0.neededLength <= message.length
                && ($0.valueType == .unsigned || $0.valueType == .signed)
        }
    }

    /// Whether signals that are always there lie over one another: cantools then shifts the others.
    private static func hasOverlaps(_ message: Message) -> Bool {
        var taken = [UInt8](repeating: 0, count: message.length)
        for signal in message.signals where !signal.multiplexing.isSwitched {
            guard signal.neededLength <= message.length else { continue }
            let bits: UInt64 = .max >> UInt64(64 - signal.length)
            let own = slowly(
                bits, start: signal.startBit, length: signal.length, signal.byteOrder,
                into: [UInt8](repeating: 0, count: message.length))
            if zip(own, taken).contains(where: { $0 & $1 != 0 }) { return true }
            taken = zip(own, taken).map { $0 | $1 }
        }
        return false
    }
}
