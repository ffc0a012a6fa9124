import CANFrame
import LogInterchange
import TestBench
import Testing

@Suite("PEAK TRC")
struct TRCTests {
    /// PEAK's example; its days are those of 2014, its comment says 2015.
    static let header21 = """
        ;$FILEVERSION=2.1
        ;$STARTTIME=41766.4648963872
        ;$COLUMNS=N,O,T,B,I,d,R,L,D
        ;   Start time: 07.05.2015 11:09:27.047.8

        """

    struct Example: Sendable {
        let version: String
        let text: String
        let start: String
        let frames: [String]
        let others: UInt64
    }

    /// The examples of PEAK's description, each with the identifier, flags, DLC, milliseconds and
    /// payload that it tells of its frames.
    static let examples = [
        Example(
            version: "1.0",
            text: """
                ;##########################################################################
                ;   C:\\TraceFile.trc
                ;    Start time: 11.09.2002 16:00:20.682
                     1)      1841      0001  8  00 00 00 00 00 00 00 00
                     2)      1842      0008  4  ERROR 00 19 08 08
                     3)      1843  FFFFFFFF  4  00 00 00 04 -- -- -- --  BUSLIGHT
                     4)      1844      0100  3  RTR

                """,
            start: "2002-09-11T16:00:20.682Z",
            frames: [
                "001 0 8 1841000 0000000000000000", "20000288 1 8 1842000 0000801900000808",
                "40000100 0 3 1844000 ",
            ], others: 1),
        Example(
            version: "1.1",
            text: """
                ;$FILEVERSION=1.1
                ;$STARTTIME=37704.5364870833
                     1)      1059.9  Rx         0300  7  00 00 00 00 04 00 00
                     3)      1298,9  Tx         0400  2  00 00
                     5)      1346.8  Warng  FFFFFFFF  4  00 00 00 04  BUSLIGHT
                     6)      1349.2  Error      0008  4  00 19 08 08
                     7)      1352.7  Rx         0100  3  RTR
                     8)      1352.7  Rx     00000100  0

                """,
            // 0.5364870833 days.
            start: "2003-03-24T12:52:32.483997Z",
            frames: [
                "300 1 7 1059900 00000000040000", "400 2 2 1298900 0000",
                "20000288 1 8 1349200 0000801900000808", "40000100 1 3 1352700 ",
                "80000100 1 0 1352700 ",
            ], others: 1),
        Example(
            version: "1.2",
            text: """
                ;$FILEVERSION=1.2
                ;$STARTTIME=39878.6772258947;
                     1)      1059.900  1  Rx         0300  7  00 00 00 00 04 00 00
                     5)      1346.834  1  Warng  FFFFFFFF  4  00 00 00 04  BUSLIGHT
                     6)      1349.222  1  Error      0008  4  00 19 08 08

                """,
            start: "2009-03-06T16:15:12.317302Z",
            frames: ["300 1 7 1059900 00000000040000", "20000288 1 8 1349222 0000801900000808"],
            others: 1),
        Example(
            version: "1.3",
            text: """
                ;$FILEVERSION=1.3
                ;$STARTTIME=40023.5245451516
                     1)      1059.900 1  Rx        0300 -  7    00 00 00 00 04 00 00
                     5)      1346.834 1  Warng FFFFFFFF -  4    00 00 00 04  BUSLIGHT
                     6)      1349.222 1  Error     0008 -  4    00 19 08 08
                     7)      1352.743 1  Rx        0100 -  3    RTR
                     8)      1360.743 1  Rx    18EBFF00 34 9    01 02 03 04 05 06 07 08 09

                """,
            start: "2009-07-29T12:35:20.701098Z",
            frames: [
                "300 1 7 1059900 00000000040000", "20000288 1 8 1349222 0000801900000808",
                "40000100 1 3 1352743 ",
            ], others: 2),
        Example(
            version: "2.0",
            text: """
                ;$FILEVERSION=2.0
                ;$STARTTIME=42209.4075997106
                ;$COLUMNS=N,O,T,I,d,l,D
                      1      1059.900 DT     0300 Rx 7  00 00 00 00 04 00 00
                      3      1298.945 DT     0400 Tx 2  00 00
                      5      1334.416 FD     0500 Tx 12 01 02 03 04 05 06 07 08 09 0A 0B 0C
                      6      1334.522 ER          Rx    04 00 02 00 00
                      7      1334.531 ST          Rx    00 00 00 08
                      8      1334.643 EC          Rx    02 02
                      9      1335.156 DT 18EFC034 Tx 8  01 02 03 04 05 06 07 08
                     10      1336.543 RR     0100 Rx 3

                """,
            start: "2015-07-24T09:46:56.614996Z",
            frames: [
                "300 1 7 1059900 00000000040000", "400 2 2 1298945 0000",
                "500 2F 9 1334416 0102030405060708090A0B0C",
                "20000088 1 8 1334522 0000840200000000", "98EFC034 2 8 1335156 0102030405060708",
                "40000100 1 3 1336543 ",
            ], others: 2),
        Example(
            version: "2.1",
            text: header21 + """
                      1      1059.900 DT 1      0300 Rx -  7    00 00 00 00 04 00 00
                      5      1334.416 FD 1      0500 Tx -  9    01 02 03 04 05 06 07 08 09 0A 0B 0C
                      6      1334.222 ER 1         - Rx -  5    04 00 02 00 00
                      7      1334.224 EV 1  User-defined event for bus 1
                      8      1334.225 EV -  User-defined event for all busses
                      9      1334.231 ST 1         - Rx -  4    00 00 00 08
                     10      1334.268 ER 1         - Rx -  5    04 01 02 08 00
                     11      1334.643 EC 1         - Rx -  2    02 02
                     12      1335.156 DT 1  18EFC034 Tx -  8    01 02 03 04 05 06 07 08
                     13      1336.543 RR 1      0100 Rx -  3

                """,
            start: "2014-05-07T11:09:27.047854Z",
            frames: [
                "300 1 7 1059900 00000000040000", "500 2F 9 1334416 0102030405060708090A0B0C",
                "20000088 1 8 1334222 0000840200000000", "20000288 1 8 1334268 0000040200000008",
                "98EFC034 2 8 1335156 0102030405060708", "40000100 1 3 1336543 ",
            ], others: 4),
    ]

    @Test("the examples of PEAK's description have the values that it gives", arguments: examples)
    func example(_ example: Example) throws {
        let start = try #require(UTCTime(example.start)?.timestamp)
        for ending in ["\n", "\r\n"] {
            let text = example.text.replacing("\n", with: ending)
            for stretch in [1, 50, .max] {
                let read = try ReadLog(text, TRCDecoder(), stretch: stretch)
                #expect(read.frames.map { described($0, since: start) } == example.frames)
                #expect(read.interfaces == ["can0"])
                #expect(read.gaps.otherContent == example.others)
                #expect(TRCDecoder.matches(Array(text.utf8.prefix(256))))
            }
        }
    }

    /// Identifier, origin with F for CAN FD, DLC, microseconds since the start, payload.
    func described(_ frame: Frame, since start: Timestamp) -> String {
        func hexadecimal(_ value: some BinaryInteger, _ width: Int) -> String {
            let digits = String(value, radix: 16, uppercase: true)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let microseconds = frame.timestamp.nanoseconds(since: start) / 1000
        let payload = frame.payload.map { hexadecimal($0, 2) }.joined()
        return hexadecimal(frame.identifier.rawValue, 3)
            + " \(frame.flags.origin.rawValue)\(frame.flags.isFD ? "F" : "") \(frame.dlc)"
            + " \(microseconds) \(payload)"
    }

    @Test("columns are read in the order in which the header names them")
    func columns() throws {
        let text = """
            ;$FILEVERSION=2.1
            ;$STARTTIME=45244.0
            ;$COLUMNS=O,B,T,d,I,l,D
             1.500 3 FB Tx 00000123 16 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F
             -2.25 3 BI Rx 0123 1 FF

            """
        let read = try ReadLog(text, TRCDecoder())
        let start = try #require(UTCTime("2023-11-14T00:00:00Z")?.timestamp)
        #expect(
            read.frames.map { described($0, since: start) } == [
                "80000123 2F 10 1500 000102030405060708090A0B0C0D0E0F", "123 1F 1 -2250 FF",
            ])
        #expect(read.frames.map(\.flags.rawValue) == [0x85, 0x47])
        #expect(read.interfaces == ["can2"])
    }

    @Test(
        "the start is read to the nearest microsecond, from any number of decimals",
        arguments: [
            // What python-can and PEAK-Converter write for the same 2017-09-30 22:06:13.191.
            ("43008.920986006946", "2017-09-30T22:06:13.191Z"),
            ("43008.9209860069", "2017-09-30T22:06:13.190996Z"),
            ("45244,5", "2023-11-14T12:00:00Z"),
            ("45244", "2023-11-14T00:00:00Z"),
            ("25569.00000000000000000000001", "1970-01-01T00:00:00Z"),
            ("1.99999999999999", "1900-01-01T00:00:00Z"),
        ])
    func start(days: String, expected: String) throws {
        let text = ";$FILEVERSION=1.1\n;$STARTTIME=\(days)\n 1) 0.0 Rx 0001 0\n"
        let read = try ReadLog(text, TRCDecoder())
        #expect(read.frames.first?.timestamp == UTCTime(expected)?.timestamp)
        let west = LocalClock { _ in -3600 }
        let local = try ReadLog(text, TRCDecoder(localClock: west))
        let shift = local.frames[0].timestamp.nanoseconds(since: read.frames[0].timestamp)
        #expect(shift == 3_600_000_000_000)
    }

    static let faults: [(String, String)] = [
        ("x 1.0 DT 1 0300 Rx - 0", "no message number stands here (column 1)"),
        ("1 x DT 1 0300 Rx - 0", "no time stamp stands here (column 3)"),
        ("1 1.1234567 DT 1 0300 Rx - 0", "the stamp has more than 6 decimals (column 12)"),
        (
            "1 999999999999999 DT 1 0300 Rx - 0",
            "the stamp lies outside the years 1678 to 2261 (column 1)"
        ),
        ("1 1.0 DX 1 0300 Rx - 0", "the kind of the frame is not known (column 7)"),
        ("1 1.0 XL 1 0300 Rx - 0", "CAN XL frames are not supported (column 7)"),
        ("1 1.0 DT a 0300 Rx - 0", "no channel stands here (column 10)"),
        ("1 1.0 DT 1 0G00 Rx - 0", "no identifier stands here (column 12)"),
        ("1 1.0 DT 1 0800 Rx - 0", "the standard identifier is above 7FF (column 12)"),
        ("1 1.0 DT 1 20000000 Rx - 0", "the identifier is above 1FFFFFFF (column 12)"),
        ("1 1.0 DT 1 0300 Xx - 0", "the direction is neither Rx nor Tx (column 17)"),
        ("1 1.0 DT 1 0300 Rx - x", "the length is none that such a frame can have (column 22)"),
        (
            "1 1.0 DT 1 0300 Rx - 16 00",
            "the length is none that such a frame can have (column 25)"
        ),
        (
            "1 1.0 DT 1 0300 Rx - 2 00",
            "the payload has not as many bytes as its length says (column 26)"
        ),
        ("1 1.0 DT 1 0300 Rx - 1 00 11", "text follows the frame (column 27)"),
        (";$FILEVERSION=4.0", "the version is neither one from 1.0 to 2.1 nor 3.0 (column 15)"),
        (";$COLUMNS=N,O,X", "the columns are not understood (column 15)"),
        (";$STARTTIME=x", "the date is not understood (column 13)"),
    ]

    @Test("a faulty line is named, and can be skipped", arguments: faults)
    func fault(line: String, cause: String) throws {
        let good = "      1      1059.900 DT 1      0300 Rx -  1    00\r\n"
        let text = Self.header21 + good + line + "\n" + good
        let error = #expect(throws: StreamError.self) {
            try ReadLog(text, TRCDecoder())
        }
        #expect(
            error?.description == "drive:6: \(cause); --lenient skips and counts such lines")
        let read = try ReadLog(text, TRCDecoder(onFault: .skip), stretch: 9)
        #expect(read.frames.count == 2)
        #expect(read.losses == [Loss(cause: .malformed, frames: 1)])
    }

    func options() -> EncodingOptions {
        var options = EncodingOptions()
        options.start = stamp(0)
        return options
    }

    @Test("all that is written is read, and nothing is lost", arguments: [1, 64, .max])
    func roundTrip(stretch: Int) throws {
        let frames = framesOfEachKind()
        for offset in [0, 5400, -3600] as [Int64] {
            let clock = LocalClock { _ in offset }
            var options = options()
            options.localClock = clock
            let written = try Encoded(frames, TRCEncoder(options), interfaces: ["can0", "can1"])
            #expect(written.unheld.isEmpty)
            let read = try ReadLog(
                written.bytes, TRCDecoder(localClock: clock), stretch: stretch)
            #expect(read.frames == frames)
            #expect(read.resolution == 1000)
            #expect(TRCDecoder.matches(Array(written.bytes.prefix(256))))
        }
    }

    @Test("frames are written as PEAK's tools write them")
    func written() throws {
        let written = try Encoded(
            [
                frame(999, 0x0C8, [9, 8], origin: .thisHost, channel: 1),
                frame(1_000, 0x98EF_C034, [UInt8](repeating: 0xAB, count: 8), dlc: 15),
                frame(
                    17_876_708_000, 0x500, [UInt8](repeating: 1, count: 12),
                    flags: [.flexibleDataRate, .bitRateSwitch]),
                frame(100_000_000_000_000, 0x4000_0100, dlc: 3),
                frame(100_000_000_000_000, 0x2000_0288, [0, 0, 0x80, 0x19, 0, 0, 8, 7]),
                frame(0, 0x1, [UInt8](repeating: 1, count: 10), flags: .flexibleDataRate),
            ], TRCEncoder(options()), interfaces: ["can0", "can1"])
        // The 14th of November 2023 is day 45244; 22:13:19.488 is 79,999.488 s, 0.92592 days.
        #expect(written.lines.contains(";$STARTTIME=45244.9259200000"))
        #expect(written.lines.contains(";   Start time: 14.11.2023 22:13:19.488.0"))
        #expect(written.unheld[.frame] == 1)
        #expect(written.unheld[.stampDigits] == 1)
        let data = written.lines.drop { $0.hasPrefix(";") }
        #expect(
            Array(data) == [
                "      1       635.000 DT 2      00C8 Tx -  2    09 08",
                "      2       635.001 DT 1  18EFC034 Rx -  15   AB AB AB AB AB AB AB AB",
                "      3     18511.708 FB 1      0500 Rx -  9    01 01 01 01 01 01 01 01 01 01 01 01",
                "      4  100000635.000 RR 1      0100 Rx -  3   ",
                "      5  100000635.000 ER 1         - Rx -  5    08 00 19 07 08",
            ])
    }

    @Test("a log cut off anywhere gives what precedes, and tells of the rest")
    func cut() throws {
        let whole = Array(Self.examples[5].text.utf8)
        let all = try ReadLog(whole, TRCDecoder()).frames.count
        let first = Self.header21.utf8.count + 70
        for length in first..<whole.count - 1 {
            let read = try ReadLog(Array(whole[..<length]), TRCDecoder())
            let isOpen = whole[length - 1] != UInt8(ascii: "\n")
            let tail = whole[..<length].split(separator: 10).last ?? []
            let isBlank = tail.allSatisfy { $0 == 32 }
            let isTold = read.gaps.skipped == 1 || read.gaps.isLastLineOpen
            #expect(isTold == (isOpen && !isBlank), "\(length)")
            #expect(read.frames.count <= all)
        }
    }

    @Test("no changed bit makes the reader fail otherwise than by a named fault")
    func flips() throws {
        var generator = SeededGenerator(seed: 7)
        for example in Self.examples {
            let text = Array(example.text.utf8)
            for _ in 0..<200 {
                var changed = text
                let index = Int.random(in: text.indices, using: &generator)
                changed[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                _ = try ReadLog(changed, TRCDecoder(onFault: .skip))
            }
        }
    }
}
