import CANFrame
import LogInterchange
import TestBench
import Testing

@Suite("Vector ASC")
struct ASCTests {
    static let header = """
        date Tue Nov 14 10:13:20.123 pm 2023
        base hex  timestamps absolute
        internal events logged
        // version 9.0.0

        """

    /// The header, a line, and what SocketCAN would say of it.
    static let lines: [(String, Frame)] = [
        // CANoe's, with what follows the frame; from python-can's test data.
        (
            "   0.019968 1  64              Rx   d 4 64 00 00 00  Length = 0 BitCount = 0 ID = 100",
            frame(19_968_000, 0x64, [0x64, 0, 0, 0])
        ),
        (
            "  13.258671 1  3FF             Tx   d D 55 AA 01 02 03 04 05 06  Length = 232016 BitCount = 119 ID = 1023",
            frame(
                13_258_671_000, 0x3FF, [0x55, 0xAA, 1, 2, 3, 4, 5, 6], origin: .thisHost, dlc: 13)
        ),
        (
            "   3.098426 1  18EBFF00x       Rx d 8 01 A0 0F A6 60 3B D1 40    Length = 273910 BitCount = 141 ID = 418119424x",
            frame(3_098_426_000, 0x98EB_FF00, [1, 0xA0, 0x0F, 0xA6, 0x60, 0x3B, 0xD1, 0x40])
        ),
        ("   2.510001 1 100 Tx r", frame(2_510_001_000, 0x4000_0100, origin: .thisHost)),
        (
            "   2.520002 1 200 Tx r Length = 1704000 BitCount = 145 ID = 88888888x",
            frame(2_520_002_000, 0x4000_0200, origin: .thisHost)
        ),
        (
            "   2.584921 1 300 Rx r 8 Length = 1704000 BitCount = 145 ID = 88888888x",
            frame(2_584_921_000, 0x4000_0300, dlc: 8)
        ),
        ("     2.5010 1   C8  Tx  d 0", frame(2_501_000_000, 0xC8, origin: .thisHost)),
        ("2.5 1 C8 Rx d 1 a", frame(2_500_000_000, 0xC8, [10])),
        ("\t2.5\t1\tC8\tRx\td\t2\t0a\tFF ", frame(2_500_000_000, 0xC8, [10, 255])),
        (
            "0.123456789 1 7FFx Rx d 3 01  02  03  \r",
            frame(123_456_789, 0x8000_07FF, [1, 2, 3])
        ),
        // SavvyCAN leaves the x out.
        ("0.1 1  18EBFF00         Rx d 1  07  ", frame(100_000_000, 0x98EB_FF00, [7])),
        // A symbol instead of the identifier, which follows behind.
        (
            "0.1 1 EngineData Rx d 1 07  Length = 0 BitCount = 0 ID = 418119424x",
            frame(100_000_000, 0x98EB_FF00, [7])
        ),
        ("   2.501000 1 ErrorFrame", frame(2_501_000_000, 0x2000_0008, [0, 0, 0, 0, 0, 0, 0, 0])),
        (
            // Type 10 stuff, receiving, segment 00010 (SJA1000 data sheet, table 6.4.4).
            "   2.501010 1 ErrorFrame ECC: 10100010",
            frame(2_501_010_000, 0x2000_0088, [0, 0, 4, 2, 0, 0, 0, 0])
        ),
        (
            "   2.501020 1 ErrorFrame Flags = 0xe CodeExt = 0x20a2 Code = 0x82 ID = 0 DLC = 0 Position = 5 Length = 11300",
            frame(2_501_020_000, 0x2000_0088, [0, 0, 4, 0, 0, 0, 0, 0])
        ),
        (
            "  30.806898 CANFD   1 Tx ErrorFrame Not Acknowledge error, dominant error flag fffe c7 31ca Arb. 556 44 0 0 f 64 00 00",
            frame(
                30_806_898_000, 0x2000_00A8, [0, 0, 0x80, 0x19, 0, 0, 0, 0], origin: .thisHost)
        ),
        (
            "  30.005071 CANFD   1 Rx        300  Generic_Name_12                  1 0 8  8 01 02 03 04 05 06 07 08   102203  133   303000 e0006659 46500250 4b140250 20011736 2001040d",
            frame(
                30_005_071_000, 0x300, [1, 2, 3, 4, 5, 6, 7, 8],
                flags: [.flexibleDataRate, .bitRateSwitch])
        ),
        (
            "  30.300981 CANFD   1 Tx     50005x                                0 1 5 0 140000 73 200050 7a60 46500250 460a0250 20011736 20010205",
            frame(30_300_981_000, 0xC005_0005, origin: .thisHost, dlc: 5)
        ),
        (
            // A classic frame on a CAN FD channel: the flags say so.
            "0.1 CANFD 1 Rx 122 0 0 6 6 00 00 18 12 D2 00 0 0 200000 0 0 0 0 0",
            frame(100_000_000, 0x122, [0, 0, 0x18, 0x12, 0xD2, 0])
        ),
        (
            "21.671796 CANFD   1 Tx         11  msgCanFdFr1                      1 0 a 16 00 00 00 00 00 00 00 00 00 00 00 00 00 00 59 c0 100000  214   223040 80000000 46500250 460a0250 20011736 20010205",
            frame(
                21_671_796_000, 0x11, [UInt8](repeating: 0, count: 14) + [0x59, 0xC0],
                flags: [.flexibleDataRate, .bitRateSwitch], origin: .thisHost)
        ),
    ]

    @Test("a line has the values that its source gives it", arguments: lines)
    func line(text: String, expected: Frame) throws {
        for stretch in [1, 7, .max] {
            let read = try ReadLog(
                Self.header + text + "\n", ASCDecoder(), stretch: stretch)
            #expect(read.frames == [expected])
            #expect(read.interfaces == ["can0"])
            #expect(read.gaps.otherContent == 0)
        }
    }

    @Test(
        "other events are counted and are no frames",
        arguments: [
            "   0.015991 CAN 1 Status:chip status error passive - TxErr: 132 RxErr: 0",
            "   1.015991 1  Statistic: D 0 R 0 XD 0 XR 0 E 0 O 0 B 0.00%",
            "   3.297743 1  J1939TP FEE3p        6    0  0   -   Rx   d 23 A0 0F A6 60 3B D1 40",
            "   0.1 L1 2A Rx 8 00 01 02 03 04 05 06 07",
            "   0.1 SV: 3 0 1 ::Engine::Speed = 2",
            "   0.1 1 123 TxRq d 1 00",
            "   0.1 CANFD 1 TxRq 123 0 0 1 1 00",
            "previous log file: logfile_errorframes.asc",
        ])
    func others(line: String) throws {
        let text = Self.header + line + "\n   1.000000 2  7FF             Rx   d 0\n"
        let read = try ReadLog(text, ASCDecoder())
        #expect(read.frames.map(\.identifier.rawValue) == [0x7FF])
        #expect(read.interfaces == ["can1"])
        #expect(read.gaps.otherContent == 1)
    }

    static let faults: [(String, String)] = [
        ("0. 1 123 Rx d 0", "no time stamp stands here (column 3)"),
        ("0.1234567890 1 123 Rx d 0", "the stamp has more than 9 decimals (column 12)"),
        ("9999999999.0 1 123 Rx d 0", "the stamp lies outside the years 1678 to 2261 (column 1)"),
        ("x 1 123 Rx d 0", "no time stamp stands here (column 1)"),
        ("0.1 1 12G Rx d 0", "no identifier stands here (column 7)"),
        ("0.1 1 20000000x Rx d 0", "the identifier is above 1FFFFFFF (column 7)"),
        ("0.1 1 123 Rw d 0", "the direction is neither Rx nor Tx (column 11)"),
        ("0.1 1 123 Rx q 0", "the kind of the frame is not known (column 14)"),
        ("0.1 1 123 Rx d", "the data length code is not a number from 0 to 15 (column 15)"),
        ("0.1 1 123 Rx d 40 00", "the data length code is not a number from 0 to 15 (column 16)"),
        ("0.1 1 123 Rx d 2 01", "the payload has not as many bytes as its length says (column 20)"),
        (
            "0.1 1 123 Rx d 2 01 0G",
            "the payload has not as many bytes as its length says (column 21)"
        ),
        (
            "0.1 1 123 Rx d 8 01 02 03 04 05 06 07 123",
            "the payload has not as many bytes as its length says (column 41)"
        ),
        ("0.1 1 123 Rx d 1 01 02", "text follows the frame (column 21)"),
        ("0.1 CANFD 1 Rw 123 0 0 1 1 00", "the direction is neither Rx nor Tx (column 13)"),
        ("0.1 CANFD 1 Rx 12G 0 0 1 1 00", "no identifier stands here (column 16)"),
        (
            "0.1 CANFD 1 Rx 123 N 0 2 1 1 00",
            "the bit rate switch or the error state indicator is neither 0 nor 1 (column 24)"
        ),
        (
            "0.1 CANFD 1 Rx 123 0 0 1 65 00",
            "the length is none that such a frame can have (column 26)"
        ),
        (
            "0.1 CANFD 1 Rx 123 0 0 2 1 00 0 0 1000",
            "the length is not that of the data length code (column 30)"
        ),
        ("0.1 CANXL 2 Rx CBFF 0 0 432 f 8", "CAN XL frames are not supported (column 5)"),
        ("date tomorrow", "the date is not understood (column 14)"),
    ]

    @Test(
        "a line that should be a frame and is none is named, and can be skipped", arguments: faults)
    func fault(line: String, cause: String) throws {
        let good = "   1.000000 1  7FF             Rx   d 0\n"
        let text = Self.header + good + line + "\n" + good
        let error = #expect(throws: StreamError.self) {
            try ReadLog(text, ASCDecoder())
        }
        #expect(
            error?.description == "drive:6: \(cause); --lenient skips and counts such lines")
        let read = try ReadLog(text, ASCDecoder(onFault: .skip), stretch: 9)
        #expect(read.frames.count == 2)
        #expect(read.losses == [Loss(cause: .malformed, frames: 1)])
    }

    @Test(
        "a date is understood in the ways of several languages",
        arguments: [
            "Tue Nov 14 10:13:20.123 pm 2023", "Die Nov 14 22:13:20.123 2023",
            "Tue Nov 14 10:13:20.123 PM 2023", "mar. nov. 14 22:13:20.123 2023",
            "Tue Nov 14 22:13:20.123000 2023", "mar nov 14 22:13:20,123 2023",
        ])
    func date(text: String) throws {
        let read = try ReadLog(
            "date \(text)\nbase hex timestamps absolute\n1.5 1 1 Rx d 0\n", ASCDecoder())
        #expect(read.frames.map(\.timestamp) == [stamp(1_500_000_000)])
    }

    @Test(
        "milliseconds that python-can writes without zeros are milliseconds, as for asc2log",
        arguments: [("7", 7), ("36", 36), ("036", 36), ("123", 123), ("1234", 123)])
    func shortMilliseconds(digits: String, expected: Int64) throws {
        let read = try ReadLog(
            "date Tue Nov 14 22:13:20.\(digits) 2023\nbase hex\n0.0 1 1 Rx d 0\n", ASCDecoder())
        let rest = try #require(read.frames.first).timestamp.nanoseconds % 1_000_000_000
        #expect(rest / 1_000_000 == expected)
    }

    @Test(
        "each month has its number",
        arguments: [
            ("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", ""),
            ("Jan Feb M\u{E4}r Apr Mai Jun Jul Aug Sep Okt Nov Dez", "German"),
            ("janv. f\u{E9}vr. mars avr. mai juin juil. ao\u{FB}t sept. oct. nov. d\u{E9}c.", ""),
            ("gen feb mar apr mag giu lug ago set ott nov dic", "Italian"),
            ("ene feb mar abr may jun jul ago sep oct nov dic", "Spanish"),
        ])
    func months(names: String, language: String) throws {
        for (index, name) in names.split(separator: " ").enumerated() {
            let month = index < 9 ? "0\(index + 1)" : "\(index + 1)"
            let expected = UTCTime("2024-\(month)-05T07:08:09Z")?.timestamp
            for accented in [Array(name.utf8), name.unicodeScalars.map { UInt8($0.value) }] {
                let text =
                    Array("date Xyz ".utf8) + accented
                    + Array(" 5 7:08:09 2024\nbase hex\n0.0 1 1 Rx d 0\n".utf8)
                let read = try ReadLog(text, ASCDecoder())
                #expect(read.frames.first?.timestamp == expected, "\(name)")
            }
        }
    }

    @Test("decimal numbers are read where the header says so")
    func decimal() throws {
        let text = Self.header.replacing("base hex", with: "base dec")
        let read = try ReadLog(
            text + "1.0 1 291 Rx d 2 9 255 Length = 1\n1.0 1 418119424x Rx d 10 1 2 3 4 5 6 7 8\n",
            ASCDecoder())
        #expect(read.frames.map(\.identifier.rawValue) == [0x123, 0x98EB_FF00])
        #expect(read.frames.map(\.payload) == [[9, 255], [1, 2, 3, 4, 5, 6, 7, 8]])
        #expect(read.frames.map(\.dlc) == [2, 10])
    }

    @Test("relative stamps count from the event before, whatever it was")
    func relative() throws {
        let text = Self.header.replacing("absolute", with: "relative")
        let read = try ReadLog(
            text + "1.0 1 1 Rx d 0\n0.5 1  Statistic: D 0\n0.25 1 2 Rx d 0\n", ASCDecoder())
        #expect(read.frames.map(\.timestamp) == [stamp(1_000_000_000), stamp(1_750_000_000)])
    }

    @Test("a trigger block has its own start if its stamps begin again")
    func blocks() throws {
        let text =
            Self.header + """
                Begin Triggerblock Tue Nov 14 10:13:25.123 pm 2023
                   0.000000 Start of measurement
                   1.000000 1  1               Rx   d 0
                End TriggerBlock
                Begin TriggerBlock Tue Nov 14 10:13:40.123 pm 2023
                   0.500000 1  2               Rx   d 0
                End TriggerBlock

                """
        let read = try ReadLog(text, ASCDecoder())
        #expect(read.frames.map(\.timestamp) == [stamp(6_000_000_000), stamp(20_500_000_000)])
    }

    @Test("stamps go on from the measurement's start where a later block's do")
    func laterBlocks() throws {
        let text =
            Self.header + """
                Begin Triggerblock Tue Nov 14 10:13:25.123 pm 2023
                   5.000100 log trigger event
                   5.000200 1  1               Rx   d 0
                End TriggerBlock
                Begin TriggerBlock Tue Nov 14 10:13:40.123 pm 2023
                  20.000000 1  2               Rx   d 0
                End TriggerBlock

                """
        let read = try ReadLog(text, ASCDecoder())
        #expect(read.frames.map(\.timestamp) == [stamp(5_000_200_000), stamp(20_000_000_000)])
    }

    @Test("the date is that of the wall's clock, both ways")
    func zone() throws {
        let east = LocalClock { _ in 5400 }
        let read = try ReadLog(
            "date Wed Nov 15 12:43:20.123 am 2023\nbase hex\n0.000 1 1 Rx d 0\n",
            ASCDecoder(localClock: LocalClock { _ in 9000 }))
        #expect(read.frames.map(\.timestamp) == [stamp(0)])
        var options = EncodingOptions()
        options.start = stamp(999)
        options.localClock = east
        let written = try Encoded([frame(999, 1)], ASCEncoder(options))
        #expect(written.lines.first == "date Tue Nov 14 11:43:20.123 pm 2023")
        #expect(written.unheld[.stampDigits] == 1)
    }

    @Test("names may stand instead of the channels' numbers")
    func names() throws {
        let read = try ReadLog(
            Self.header
                + "0.1 PT 1 Rx d 0\n0.1 3 2 Rx d 0\n0.1 Body ErrorFrame\n0.1 PT 3 Tx r\n",
            ASCDecoder())
        #expect(read.interfaces == ["PT", "can2", "Body"])
        #expect(read.frames.map(\.channel) == [0, 1, 2, 0])
    }

    @Test("all that is written is read, and nothing is lost", arguments: [1, 64, .max])
    func roundTrip(stretch: Int) throws {
        let frames = framesOfEachKind()
        var options = EncodingOptions()
        options.start = stamp(0)
        let written = try Encoded(frames, ASCEncoder(options), interfaces: ["can0", "can1"])
        #expect(written.unheld.isEmpty)
        let read = try ReadLog(written.bytes, ASCDecoder(), stretch: stretch)
        #expect(read.frames == frames)
        #expect(read.interfaces == ["can0", "can1"])
        #expect(read.resolution == 1000)
        #expect(ASCDecoder.matches(Array(written.bytes.prefix(256))))
    }

    @Test("frames are written as CANoe and python-can write them")
    func written() throws {
        let written = try Encoded(
            [
                frame(19_968_000, 0x64, [0x64, 0, 0xAF, 0]),
                frame(1_234_000_000_000, 0x98EB_FF00, [1], origin: .thisHost, dlc: 1, channel: 1),
                frame(1_234_000_000_000, 0x4000_0123, dlc: 12),
                frame(
                    1_234_500_000_000, 0x123, [UInt8](repeating: 0xAB, count: 12),
                    flags: [.flexibleDataRate, .errorStateIndicator]),
                frame(1_234_500_000_000, 0x2000_0088, [0, 0, 4, 2, 0, 0, 0, 0]),
            ], ASCEncoder(options(start: stamp(0))), interfaces: ["can0", "vcan7"])
        #expect(written.unheld[.interfaceName] == 1)
        let bytes = String(repeating: " AB", count: 12)
        let expected = [
            "date Tue Nov 14 10:13:20.123 pm 2023",
            "base hex  timestamps absolute",
            "internal events logged",
            "// version 9.0.0",
            "// canlog",
            "Begin Triggerblock Tue Nov 14 10:13:20.123 pm 2023",
            "   0.000000 Start of measurement",
            "   0.019968 1  64              Rx   d 4 64 00 AF 00",
            "1234.000000 2  18EBFF00x       Tx   d 1 01",
            "1234.000000 1  123             Rx   r C",
            "1234.500000 CANFD   1 Rx        123                                   0 1 9 12\(bytes)        0    0     5000        0        0        0        0        0",
            "1234.500000 1  ErrorFrame ECC: 10100010",
            "End TriggerBlock",
        ]
        #expect(written.lines == expected)
    }

    @Test("finer stamps have more decimals, and a stamp before the start is an error")
    func stamps() throws {
        var fine = options(start: stamp(0))
        fine.resolution = 1
        let frames = [frame(0, 1), frame(123_456_789, 2)]
        let written = try Encoded(frames, ASCEncoder(fine))
        #expect(written.text.contains("\n   0.123456789 1  2  "))
        #expect(try ReadLog(written.bytes, ASCDecoder()).frames == frames)
        let error = #expect(throws: StreamError.self) {
            try Encoded([frame(-1_000_000, 1)], ASCEncoder(fine))
        }
        #expect(error?.cause.contains("before the log's start") == true)
    }

    @Test("what the frames of errors tell beyond the code is counted")
    func errorDetail() throws {
        let written = try Encoded(
            [
                // Error passive, and a bit error with counters.
                frame(0, 0x2000_0004, [0, 0x10, 0, 0, 0, 0, 0, 0]),
                frame(0, 0x2000_0288, [0, 0, 1, 0, 0, 0, 5, 6]),
            ], ASCEncoder(options(start: stamp(0))))
        #expect(written.unheld[.errorDetail] == 2)
        let read = try ReadLog(written.bytes, ASCDecoder())
        #expect(read.frames.map(\.identifier.rawValue) == [0x2000_0008, 0x2000_0088])
    }

    @Test("a log cut off anywhere gives what precedes, and tells of the rest")
    func cut() throws {
        let start = "1.000000 1  1               Rx   d 0\n"
        let lines = Self.lines.map(\.0)
        for line in lines {
            let whole = Array((Self.header + start + line).utf8)
            let from = whole.count - line.utf8.count
            for length in stride(from: from + 1, to: whole.count, by: line.utf8.count / 40 + 1) {
                let read = try ReadLog(Array(whole[..<length]), ASCDecoder())
                let isBlank = whole[from..<length].allSatisfy { $0 == 32 || $0 == 9 }
                let isTold = read.gaps.skipped == 1 || read.gaps.isLastLineOpen
                #expect(isBlank || isTold, "\(line.prefix(length - from))")
                #expect(read.frames.count == (read.gaps.isLastLineOpen ? 2 : 1))
            }
        }
    }

    @Test("no changed bit makes the reader fail otherwise than by a named fault")
    func flips() throws {
        var generator = SeededGenerator(seed: 7)
        for line in Self.lines.map(\.0) {
            let text = Array((line + "\n" + line + "\n").utf8)
            for _ in 0..<60 {
                var changed = text
                let index = Int.random(in: text.indices, using: &generator)
                changed[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                _ = try ReadLog(changed, ASCDecoder(onFault: .skip))
            }
        }
    }

    @Test("long lines of other events are passed over in bounded memory")
    func longLines() throws {
        let good = "1.0 1 1 Rx d 0\n"
        let long = "0.5 J1939TP " + String(repeating: "00 ", count: 20_000) + "\n"
        let endless = "0.5 SV " + String(repeating: "x", count: 600_000) + "\n"
        let read = try ReadLog(
            Self.header + good + long + endless + good, ASCDecoder(onFault: .skip))
        #expect(read.frames.count == 2)
        #expect(read.gaps.otherContent == 1)
        #expect(read.gaps.firstSkipped.map(\.cause.isEmpty) == [false])
    }

    func options(start: Timestamp) -> EncodingOptions {
        var options = EncodingOptions()
        options.start = start
        return options
    }
}
