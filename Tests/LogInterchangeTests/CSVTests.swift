import CANFrame
import LogInterchange
import TestBench
import Testing

@Suite("SavvyCAN CSV")
struct CSVTests {
    static let header = "Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8\n"

    /// A line and its frame, with microseconds since 1970 as the stamp.
    static let lines: [(String, Int64, Frame)] = [
        // SavvyCAN's own example (framefileio.cpp).
        (
            "39747828,000005EB,false,Rx,0,8,E8,45,85,4B,4A,28,36,69,", 39_747_828,
            frame(0, 0x5EB, [0xE8, 0x45, 0x85, 0x4B, 0x4A, 0x28, 0x36, 0x69])
        ),
        (
            "1700000000123456,18EBFF00,true,Tx,0,2,E8,45,00,00,00,00,00,00,", 1_700_000_000_123_456,
            frame(0, 0x98EB_FF00, [0xE8, 0x45], origin: .thisHost)
        ),
        // Without directions: SavvyCAN's first version, and devices that print with %x.
        (
            "166064000,0000021A,false,0,8,FE,36,12,FE,69,05,07,AD,", 166_064_000,
            frame(0, 0x21A, [0xFE, 0x36, 0x12, 0xFE, 0x69, 5, 7, 0xAD], origin: .unknown)
        ),
        ("1234,7df,false,0,3,2,1,c", 1234, frame(0, 0x7DF, [2, 1, 12], origin: .unknown)),
        ("-5,0x123,0,Rx,0,0", -5, frame(0, 0x123)),
        (
            "12, 00000800 , False , Rx , 0 , 1 , 0A ,\r", 12, frame(0, 0x8000_0800, [10])
        ),
        ("12,00000100,TRUE,Rx,0,1,0A,00,00", 12, frame(0, 0x8000_0100, [10])),
        (
            "12,00000100,false,Rx,0,12,00,01,02,03,04,05,06,07,08,09,0A,0B,", 12,
            frame(0, 0x100, (0..<12).map { UInt8($0) }, flags: .flexibleDataRate)
        ),
    ]

    @Test("a line has the values that SavvyCAN gives it", arguments: lines)
    func line(text: String, microseconds: Int64, expected: Frame) throws {
        var expected = expected
        expected.timestamp = Timestamp(nanoseconds: microseconds * 1000)
        for stretch in [1, 7, .max] {
            let read = try ReadLog(
                Self.header + text + "\n", CSVDecoder(), stretch: stretch)
            #expect(read.frames == [expected])
            #expect(read.interfaces == ["can0"])
        }
    }

    static let faults: [(String, String)] = [
        ("x,1,false,Rx,0,0", "no time stamp stands here (column 1)"),
        ("1.5,1,false,Rx,0,0", "no time stamp stands here (column 2)"),
        (
            "9999999999999999,1,false,Rx,0,0",
            "the stamp lies outside the years 1678 to 2261 (column 1)"
        ),
        ("1,G,false,Rx,0,0", "no identifier stands here (column 3)"),
        ("1,20000000,true,Rx,0,0", "the identifier is above 1FFFFFFF (column 3)"),
        (
            "1,1,maybe,Rx,0,0",
            "whether the identifier is extended is neither true nor false (column 5)"
        ),
        ("1,1,false,Ex,0,0", "the direction is neither Rx nor Tx (column 11)"),
        ("1,1,false,Rx,a,0", "no channel stands here (column 14)"),
        ("1,1,false,Rx,0,65", "the length is none that such a frame can have (column 18)"),
        (
            "1,1,false,Rx,0,2,00",
            "the payload has not as many bytes as its length says (column 20)"
        ),
        (
            "1,1,false,Rx,0,8,00,00,00,00,00,00,00,000",
            "the payload has not as many bytes as its length says (column 41)"
        ),
    ]

    @Test("a faulty line is named, and can be skipped", arguments: faults)
    func fault(line: String, cause: String) throws {
        let good = "1,00000001,false,Rx,0,0,\n"
        let text = Self.header + good + line + "\n" + good
        let error = #expect(throws: StreamError.self) {
            try ReadLog(text, CSVDecoder())
        }
        #expect(
            error?.description == "drive:3: \(cause); --lenient skips and counts such lines")
        let read = try ReadLog(text, CSVDecoder(onFault: .skip), stretch: 9)
        #expect(read.frames.count == 2)
        #expect(read.losses == [Loss(cause: .malformed, frames: 1)])
    }

    @Test("frames are written as SavvyCAN writes them, and read back")
    func written() throws {
        let frames = [
            frame(456_000, 0x5EB, [0xE8, 0x45, 0x85, 0x4B, 0x4A, 0x28, 0x36, 0x69]),
            frame(456_000, 0x98EB_FF00, [0xAB, 0xCD], origin: .thisHost, channel: 1),
            frame(457_000, 0x100, (0..<64).map { UInt8($0) }, flags: .flexibleDataRate),
            frame(-1_700_000_000_124_000_000, 0x7FF, []),
        ]
        var options = EncodingOptions()
        options.start = stamp(0)
        let written = try Encoded(frames, CSVEncoder(options), interfaces: ["can0", "can11"])
        #expect(written.unheld.isEmpty)
        let long = (0..<64).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
        #expect(
            written.lines == [
                "Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8",
                "1700000000123456,000005EB,false,Rx,0,8,E8,45,85,4B,4A,28,36,69,",
                "1700000000123456,18EBFF00,true,Tx,11,2,AB,CD,00,00,00,00,00,00,",
                "1700000000123457,00000100,false,Rx,0,64,\(long.joined(separator: ",")),",
                "-1000,000007FF,false,Rx,0,0,00,00,00,00,00,00,00,00,",
            ])
        let read = try ReadLog(written.bytes, CSVDecoder(), stretch: 100)
        #expect(read.frames == frames)
        #expect(read.interfaces == ["can0", "can11"])
        #expect(CSVDecoder.matches(Array(written.bytes.prefix(256))))
    }

    @Test("what the format does not know is counted")
    func unheld() throws {
        let frames = framesOfEachKind() + [frame(1, 1)]
        let written = try Encoded(
            frames, CSVEncoder(EncodingOptions()), interfaces: ["can0", "can1"])
        // 9 remote frames and 3 error frames; 7 classic ones with a DLC above 8; of the 44 CAN FD
        // frames all but the 7 with a long payload and no flag.
        #expect(written.unheld[.frame] == 12)
        #expect(written.unheld[.dataLengthCode] == 7)
        #expect(written.unheld[.flexibleFlags] == 37)
        #expect(written.unheld[.stampDigits] == 1)
        let read = try ReadLog(written.bytes, CSVDecoder())
        #expect(read.frames.count == frames.count - 12)
    }

    @Test("a log cut off anywhere gives what precedes, and tells of the rest")
    func cut() throws {
        let start = "1,00000001,false,Rx,0,0,\n"
        for line in Self.lines.map(\.0) {
            let whole = Array((Self.header + start + line).utf8)
            for length in whole.count - line.utf8.count + 1..<whole.count {
                let read = try ReadLog(Array(whole[..<length]), CSVDecoder())
                #expect(read.gaps.skipped == 1 || read.gaps.isLastLineOpen)
                #expect(read.frames.count == (read.gaps.isLastLineOpen ? 2 : 1))
            }
        }
    }

    @Test("no changed bit makes the reader fail otherwise than by a named fault")
    func flips() throws {
        var generator = SeededGenerator(seed: 7)
        for line in Self.lines.map(\.0) {
            let text = Array((line + "\n" + line + "\n").utf8)
            for _ in 0..<150 {
                var changed = text
                let index = Int.random(in: text.indices, using: &generator)
                changed[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                _ = try ReadLog(changed, CSVDecoder(onFault: .skip))
            }
        }
    }
}
