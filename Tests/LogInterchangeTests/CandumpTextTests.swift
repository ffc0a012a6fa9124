import CANFrame
import LogInterchange
import Testing

/// What a text gives, with the losses and names among the events.
struct ReadText {
    var frames: [Frame] = []
    var interfaces: [String] = []
    var losses: [Loss] = []
    var skipped: [StreamError] = []
    var resolution: Int64 = 0
    var isLastLineOpen = false

    init(
        _ text: String, stretch: Int = .max, onFault policy: FaultPolicy = .stop,
        capacity: Int = 64
    ) throws(StreamError) {
        let stream = MemoryStream(Array(text.utf8), place: "drive.log", stretch: stretch)
        var reader = InterchangeReader(stream, CandumpTextDecoder(onFault: policy))
        var batch = FrameBatch(capacity: capacity)
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            for index in 0..<batch.count { frames.append(batch.frame(at: index)) }
            for index in 0..<batch.events.count {
                switch batch.events[index].kind {
                case .channel(let channel): interfaces.append(channel.interface)
                case .loss(let loss): losses.append(loss)
                default: break
                }
            }
            batch.removeAll()
        }
        skipped = reader.gaps.firstSkipped
        resolution = reader.resolution
        isLastLineOpen = reader.gaps.isLastLineOpen
    }
}

/// The text after reading and writing it.
func rewritten(
    _ text: [UInt8], style: CandumpTextStyle? = nil, stretch: Int = .max
) throws -> [UInt8] {
    var reader = InterchangeReader(
        MemoryStream(text, place: "drive.log", stretch: stretch), CandumpTextDecoder())
    var batch = FrameBatch(capacity: 100)
    var outcome = try reader.read(into: &batch, waiting: .zero)
    // Only behind the first frames a text has shown how its stamps are written.
    let decimals = CandumpTextLayout.decimals(resolution: reader.resolution)
    var writer = InterchangeWriter(
        MemoryBytes(), CandumpTextEncoder(style: style ?? CandumpTextStyle(decimals: decimals)))
    while outcome != .ended {
        if style == nil {
            writer.widen(
                resolution: reader.resolution, hasFDFBit: reader.hasFDFBit ?? true)
        }
        try writer.write(batch)
        batch.removeAll()
        outcome = try reader.read(into: &batch, waiting: .zero)
    }
    try writer.finish()
    return writer.intoOutput().bytes
}

@Suite("candump text")
struct CandumpTextTests {
    /// The examples of can-utils lib.h (`parse_canframe`), with the values it gives for them.
    static let examples: [(String, UInt32, FrameFlags, UInt8, [UInt8])] = [
        ("123#", 0x123, [], 0, []),
        ("12345678#", 0x9234_5678, [], 0, []),
        ("123#R", 0x4000_0123, [], 0, []),
        ("123#R0", 0x4000_0123, [], 0, []),
        ("123#R7", 0x4000_0123, [], 7, []),
        ("123#R8_9", 0x4000_0123, [], 9, []),
        ("7A1#r", 0x4000_07A1, [], 0, []),
        ("1F334455#R5", 0xDF33_4455, [], 5, []),
        ("123#00", 0x123, [], 1, [0]),
        ("123#11223344556677", 0x123, [], 7, [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77]),
        (
            "123#1122334455667788", 0x123, [], 8,
            [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]
        ),
        (
            "123#1122334455667788_E", 0x123, [], 14,
            [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]
        ),
        (
            "123#11.22.33.44.55.66.77.88", 0x123, [], 8,
            [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]
        ),
        (
            "123#11.2233.44556677.88_9", 0x123, [], 9,
            [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]
        ),
        ("32345678#112233", 0x3234_5678, [], 3, [0x11, 0x22, 0x33]),
        ("20000080#0000000000000000", 0x2000_0080, [], 8, [0, 0, 0, 0, 0, 0, 0, 0]),
        ("123##0112233", 0x123, .flexibleDataRate, 3, [0x11, 0x22, 0x33]),
        (
            "123##1112233", 0x123, [.flexibleDataRate, .bitRateSwitch], 3, [0x11, 0x22, 0x33]
        ),
        (
            "123##6aB.cd", 0x123, [.flexibleDataRate, .errorStateIndicator], 2, [0xAB, 0xCD]
        ),
        (
            "123##3", 0x123, [.flexibleDataRate, .bitRateSwitch, .errorStateIndicator], 0, []
        ),
        (
            "00000123##0" + String(repeating: "A5", count: 64), 0x8000_0123, .flexibleDataRate, 15,
            [UInt8](repeating: 0xA5, count: 64)
        ),
        (
            "123##1" + String(repeating: "0f", count: 12), 0x123,
            [.flexibleDataRate, .bitRateSwitch], 9, [UInt8](repeating: 0x0F, count: 12)
        ),
    ]

    @Test("a frame has the values that can-utils gives it", arguments: examples)
    func example(
        _ text: String, _ identifier: UInt32, _ flags: FrameFlags, _ dlc: UInt8, _ payload: [UInt8]
    ) throws {
        let read = try ReadText("(1700000000.123456) vcan0 \(text)\n")
        let expected = Frame(
            timestamp: Timestamp(nanoseconds: 1_700_000_000_123_456_000),
            identifier: PackedID(rawValue: identifier), flags: flags, dlc: dlc, payload: payload)
        #expect(read.frames == [expected])
        #expect(read.interfaces == ["vcan0"])
    }

    @Test("the decimals of a stamp are its resolution", arguments: 1...9)
    func decimals(count: Int) throws {
        let digits = String("123456789".prefix(count))
        let text = "(0000007254.\(digits)) can0 123#DEADBEEF\n"
        let read = try ReadText(text)
        let zeros = String(repeating: "0", count: 9 - count)
        #expect(read.frames.first?.timestamp.nanoseconds == Int64("7254" + digits + zeros))
        #expect(read.resolution == Int64("1" + zeros))
        #expect(try rewritten(Array(text.utf8)) == Array(text.utf8))
    }

    @Test(
        "seconds without leading zeros are read",
        arguments: [(0, "0"), (7254, "7254"), (99_999_999, "99999999"), (123_456_789, "123456789")])
    func unpaddedSeconds(seconds: Int64, text: String) throws {
        let read = try ReadText("(\(text).5) can0 1FF#\n")
        #expect(read.frames.first?.timestamp.nanoseconds == seconds * 1_000_000_000 + 500_000_000)
    }

    @Test("each line comes out as it was", arguments: [1, 2, 3, 7, 64, 1000, 1_000_000])
    func roundTrip(stretch: Int) throws {
        var text = ""
        for (index, example) in Self.examples.enumerated() {
            // Lines as candump writes them: upper case, no separators, no R0.
            let isCanonical =
                !example.0.contains(".") && !example.0.contains("R0")
                && !example.0.contains("r") && !example.0.contains("##")
                && example.0 == example.0.uppercased()
            if isCanonical {
                text += "(1700000000.00\(1000 + index)) can\(index % 3) \(example.0)\n"
            }
        }
        for length in [0, 1, 2, 8, 12, 64] {
            let payload = String(repeating: "5A", count: length)
            text += "(1700000001.000000) vcan1 123##4\(payload)\n"
            text += "(1699999701.000000) vcan1 1ABCDEF0##7\(payload)\n"
        }
        #expect(text.split(separator: "\n").count > 20)
        #expect(try rewritten(Array(text.utf8), stretch: stretch) == Array(text.utf8))
    }

    @Test("CAN FD flags without the FDF bit come out without it")
    func oldFlags() throws {
        let text = "(1700000000.000000) can0 123##1AABB\n(1700000000.000001) can0 123##0AABB\n"
        #expect(try rewritten(Array(text.utf8)) == Array(text.utf8))
    }

    @Test("the direction of candump -x is the origin, and comes out on demand")
    func direction() throws {
        let text = "(1700000000.000000) can0 123#00 R\n(1700000000.000001) can0 124#00 T\n"
        let read = try ReadText(text)
        #expect(read.frames.map(\.flags.origin) == [.received, .thisHost])
        let style = CandumpTextStyle(showsDirection: true)
        #expect(try rewritten(Array(text.utf8), style: style) == Array(text.utf8))
    }

    @Test("events stand among the frames as comments, where asked for")
    func events() throws {
        var batch = FrameBatch(capacity: 4)
        let time = Timestamp(nanoseconds: 1_500_000_000)
        func append(_ kind: BusEvent.Kind, channel: UInt8? = 0) {
            batch.append(kind, at: time, channel: channel)
        }
        append(.channel(ChannelDescription(interface: "can0", bitRate: 500_000)))
        append(.clockTie(ClockTie(monotonic: 1)), channel: nil)
        append(
            .interfaceSettings(
                InterfaceSettings(
                    bitRate: 500_000, samplePoint: 875, modes: [.listenOnly], restartDelay: 100)))
        batch.append(
            Frame(timestamp: time, identifier: PackedID(rawValue: 0x123), payload: [0xAB]))
        append(.tick, channel: nil)
        append(.controllerState(.busOff))
        append(.marker("a\nb\u{1B}"), channel: nil)
        append(.linkDown, channel: 3)
        var style = CandumpTextStyle()
        style.showsEvents = true
        var writer = InterchangeWriter(MemoryBytes(), CandumpTextEncoder(style: style))
        try writer.write(batch)
        let text = String(decoding: writer.intoOutput().bytes, as: UTF8.self)
        #expect(
            text == """
                # (0000000001.500000) can0 interface of 500000 bit/s
                # (0000000001.500000) can0 settings: 500000 bit/s, sample point 875/1000, restart after 100 ms, listen-only
                (0000000001.500000) can0 123#AB
                # (0000000001.500000) can0 controller state: bus-off
                # (0000000001.500000) - marker: a_b_
                # (0000000001.500000) channel 3 link down

                """)
        #expect(try ReadText(text).frames.map(\.payload) == [[0xAB]])
    }

    @Test("carriage returns, blank lines and comments are passed over")
    func emptyLines() throws {
        let text = "# made by hand\r\n\r\n(1.0) can0 123#01\r\n   \n; more\n(2.0) can0 123#02 \n\n"
        #expect(try ReadText(text).frames.map(\.payload) == [[1], [2]])
        #expect(try ReadText(text, stretch: 1).frames.map(\.payload) == [[1], [2]])
    }

    @Test("nothing is a log without frames", arguments: ["", "\n", "# only this\n"])
    func nothing(text: String) throws {
        #expect(try ReadText(text).frames.isEmpty)
    }

    @Test("256 interfaces are numbered by first appearance, one more is refused")
    func manyInterfaces() throws {
        var text = (0..<256).map { "(1.0) can\(255 - $0) 123#\n" }.joined()
        text += "(2.0) can254 123#\n"
        let read = try ReadText(text)
        #expect(read.frames.map(\.channel) == (0...255).map { UInt8($0) } + [1])
        #expect(read.interfaces == (0..<256).map { "can\(255 - $0)" })
        let error = #expect(throws: StreamError.self) { try ReadText(text + "(3.0) x 123#\n") }
        #expect(
            error?.description
                == "drive.log:258: there are more than 256 interfaces (column 7); --lenient skips and counts such lines"
        )
    }
}
