import CANFrame
import LogInterchange
import Testing

@Suite("candump text that is wrong")
struct CandumpFaultTests {
    static let faults: [(String, String)] = [
        ("hello", "the line does not begin with a stamp like (1700000000.123456) (column 1)"),
        (
            "(abc) can0 1#",
            "the line does not begin with a stamp like (1700000000.123456) (column 2)"
        ),
        ("(1700000000) can0 123#", "the stamp has no decimals (column 12)"),
        ("(1700000000.) can0 123#", "the stamp has no decimals (column 13)"),
        ("(1.1234567891) can0 123#", "the stamp has more than 9 decimals (column 13)"),
        ("(9223372036.0) can0 123#", "the stamp lies beyond the year 2262 (column 14)"),
        ("(1.0 can0 123#", "the stamp does not end with a parenthesis and a blank (column 5)"),
        ("(1.0)can0 123#", "the stamp does not end with a parenthesis and a blank (column 5)"),
        (
            "(1.0) abcdefghijklmnopq 123#",
            "the name of the interface has more than 16 characters (column 23)"
        ),
        ("(1.0) c\u{1}n0 123#", "the name of the interface is not printable ASCII (column 7)"),
        (
            "(1.0) can0 1234#00",
            "the identifier does not have 3 or 8 hexadecimal digits and a # (column 16)"
        ),
        (
            "(1.0) can0 12x#00",
            "the identifier does not have 3 or 8 hexadecimal digits and a # (column 14)"
        ),
        ("(1.0) can0 800#00", "the standard identifier is above 7FF (column 12)"),
        ("(1.0) can0 40000000#00", "the extended identifier is above 1FFFFFFF (column 12)"),
        ("(1.0) can0 00123#81:00:12345678#11", "CAN XL frames are not supported (column 17)"),
        (
            "(1.0) can0 20000004#R",
            "an error frame is neither a remote nor a CAN FD frame (column 21)"
        ),
        (
            "(1.0) can0 20000004##1",
            "an error frame is neither a remote nor a CAN FD frame (column 21)"
        ),
        ("(1.0) can0 123##811", "the CAN FD flags have a bit above 7 (column 17)"),
        ("(1.0) can0 123##", "no flags digit follows the ## of a CAN FD frame (column 17)"),
        (
            "(1.0) can0 123#123",
            "the payload is not made of pairs of hexadecimal digits (column 19)"
        ),
        (
            "(1.0) can0 123##1123",
            "the payload is not made of pairs of hexadecimal digits (column 21)"
        ),
        (
            "(1.0) can0 123#112233445566778899",
            "the payload is longer than 8 bytes, or 64 with CAN FD (column 32)"
        ),
        (
            "(1.0) can0 123##1" + String(repeating: "00", count: 65),
            "the payload is longer than 8 bytes, or 64 with CAN FD (column 146)"
        ),
        (
            "(1.0) can0 123#R9",
            "the length of the remote frame is not a digit from 0 to 8 (column 17)"
        ),
        (
            "(1.0) can0 123#1122334455667788_8",
            "the DLC after _ is not a digit from 9 to F behind 8 bytes (column 33)"
        ),
        ("(1.0) can0 123#11 x", "text follows the frame (column 19)"),
        ("(1.0) can0 123#11R", "text follows the frame (column 18)"),
        (
            "(1.0) can0 123#11" + String(repeating: " ", count: 2000) + "x",
            "the line is longer than 1,024 characters (column 1025)"
        ),
    ]

    @Test("a faulty line ends the reading with its number and cause", arguments: faults)
    func stop(line: String, cause: String) throws {
        let text = "(1.0) can0 123#01\n\(line)\n(2.0) can0 123#02\n"
        for stretch in [1, 50, 100_000] {
            let error = #expect(throws: StreamError.self) { try ReadText(text, stretch: stretch) }
            #expect(
                error?.description
                    == "drive.log:2: \(cause); --lenient skips and counts such lines")
        }
    }

    @Test("a line without a frame takes none from the next line")
    func nameOverLines() throws {
        let text = "(1.0) can0\n 123#11\n(2.0) can0 123#02\n"
        let read = try ReadText(text, onFault: .skip)
        #expect(read.frames.map(\.payload) == [[2]])
        #expect(read.skipped.count == 2)
    }

    @Test("a lenient reader skips and counts a faulty line", arguments: faults)
    func skip(line: String, cause: String) throws {
        let text = "(1.0) can0 123#01\n\(line)\n\(line)\n(2.0) can0 123#02\n\(line)\n"
        for stretch in [1, 50, 100_000] {
            let read = try ReadText(text, stretch: stretch, onFault: .skip)
            #expect(read.frames.map(\.payload) == [[1], [2]])
            #expect(
                read.losses == [
                    Loss(cause: .malformed, frames: 2), Loss(cause: .malformed, frames: 1),
                ])
            #expect(read.skipped.map(\.place) == ["drive.log:2", "drive.log:3", "drive.log:5"])
            #expect(read.skipped.first?.cause == cause)
        }
    }

    @Test("a log cut off inside its last line gives the rest and counts a loss", arguments: 1..<39)
    func cut(length: Int) throws {
        let whole = "(1700000000.000001) can0 123#DEADBEEF\n"
        let last = "(1700000000.000002) can0 123#DEADBEEF\n"
        let read = try ReadText(whole + last.prefix(length))
        #expect(read.frames.first?.payload == [0xDE, 0xAD, 0xBE, 0xEF])
        if read.frames.count == 2 {
            // Cut behind a whole byte of the payload, or only the line end: it may be whole.
            #expect(read.isLastLineOpen == (length < last.count))
            #expect(length >= 29)
        } else {
            #expect(
                read.skipped.map(\.description)
                    == ["drive.log:2: the log was cut off inside this line"])
            #expect(read.losses == [Loss(cause: .malformed, frames: 1)])
        }
    }

    @Test("a very long line is passed over in bounded memory")
    func endlessLine() throws {
        let text =
            "(1.0) can0 123#01\n" + String(repeating: "x", count: 1_000_000)
            + "\n#" + String(repeating: "y", count: 600_000) + "\n(2.0) can0 123#02\n"
        let read = try ReadText(text, onFault: .skip)
        #expect(read.frames.map(\.payload) == [[1], [2]])
        #expect(read.skipped.map(\.place) == ["drive.log:2", "drive.log:3"])
    }

    @Test("no changed byte makes the reader fail otherwise than by a named fault")
    func flips() throws {
        let line = "(1700000000.123456) can0 1ABCDEF0##5112233445566778899AABB_9 R\n"
        let text = Array((line + line).utf8)
        for index in text.indices {
            for bit in 0..<8 {
                var changed = text
                changed[index] ^= 1 << UInt8(bit)
                let string = String(decoding: changed, as: UTF8.self)
                _ = try ReadText(string, onFault: .skip)
            }
        }
    }
}
