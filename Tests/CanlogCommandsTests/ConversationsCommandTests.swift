import TestBench
import Testing

/// Frames written by hand: services, codes and bytes as ISO 14229-1 has them, single frames as
/// ISO 15765-2.
@Suite("canlog conversations of a log")
struct ConversationsCommandTests {
    /// 7E8 reports a trouble code, 7EA none; both answer a request to all; 7E1 is asked in vain, 7E2 is
    /// asked to be silent.
    private static let talk = """
        (1700000000.000000) can0 7E0#031902FFCCCCCCCC
        (1700000000.010000) can0 7E8#075902FF01181709
        (1700000001.000000) can0 7E2#031902FFCCCCCCCC
        (1700000001.010000) can0 7EA#035902FFCCCCCCCC
        (1700000002.000000) can0 7DF#023E00CCCCCCCCCC
        (1700000002.010000) can0 7E8#027E00CCCCCCCCCC
        (1700000002.011000) can0 7EA#027E00CCCCCCCCCC
        (1700000003.000000) can0 7E2#023E80CCCCCCCCCC
        (1700000004.000000) can0 7E2#0322F190CCCCCCCC
        (1700000005.000000) can0 7EA#037F3E12CCCCCCCC
        (1700000009.000000) can0 123#00

        """

    private func hear(_ words: String, _ log: String = Self.talk) throws -> ProgramResult {
        try Workshop(["talk.log": log]).run("canlog conversations talk.log \(words)")
    }

    @Test("with --ecu the summary has the rows and trouble codes of that control unit alone")
    func ofOneUnit() throws {
        let other = try hear("--ecu 7EA --summary").output
        #expect(other.contains("7EA ") && !other.contains("7E8") && !other.contains("P0118"))
        let own = try hear("--ecu 7E8 --summary").output
        #expect(own.contains("P0118-17") && !own.contains("7EA"))
        #expect(try hear("--ecu 7E0 --summary").output.contains("P0118-17"))
        let none = try hear("--outcome mixed --summary").output
        #expect(none == "0 exchanges\n")
    }

    @Test("--ecu takes what an address can be, and says where nobody sends")
    func wrongUnits() throws {
        for word in ["7G8", "ECM", "7E8/1", "1234"] {
            let result = try hear("--ecu \(word)")
            #expect(result.status == 64)
            #expect(result.errors.contains("wanted is an identifier as 7E8"), "\(result.errors)")
        }
        let result = try hear("--ecu 456 --summary")
        #expect(result.status == 0 && result.output == "0 exchanges\n")
        #expect(result.errors.contains("--ecu 456: nobody sends there"))
    }

    /// J1939-21 5.10: 18 bytes of DM1 in three packets, of which the second never comes.
    @Test("packets that are missing from a message of J1939 are said")
    func packetsLost() throws {
        let log = """
            (1700000000.000000) can0 18ECFF00#20120003FFCAFE00
            (1700000000.050000) can0 18EBFF00#0104FF6E00030164
            (1700000000.150000) can0 18EBFF00#0303000300030000

            """
        #expect(
            try hear("--summary", log).errors.contains("J1939 transport: cut off by the end: 1"))
        #expect(try hear("--json", log).output.contains("\"j1939\":{\"cut off by the end\":1}"))
    }

    @Test("each exchange of a control unit is in one column of the summary")
    func columns() throws {
        let result = try hear("--ecu 7EA --json --summary")
        // 19 and 3E were answered, 22 was not, 3E 80 wanted no answer, 7F 3E came of itself.
        let expected = ["exchanges", "positive", "unanswered", "suppressed", "unrequested"]
        for (word, count) in zip(expected, [5, 2, 1, 1, 1]) {
            #expect(result.output.contains("\"\(word)\":\(count)"), "\(word) in \(result.output)")
        }
    }

    @Test("no trouble codes are told in words, and a refusal alone with its service")
    func words() throws {
        let lines = try hear("").output
        #expect(lines.contains("no trouble codes; DTCStatusAvailabilityMask FF"), "\(lines)")
        #expect(lines.contains("TesterPresent NRC 12 subFunctionNotSupported"), "\(lines)")
    }

    /// A mask is a byte, and the codes stand before it; the names of its bits are in JSON.
    @Test("trouble codes come before the masks, which are a byte")
    func masks() throws {
        let lines = try hear("--ecu 7E8").output
        #expect(
            lines.contains(
                "ReadDTCInformation reportDTCByStatusMask: DTCStatusMask FF -> P0118-17 status 09 "
                    + "testFailed confirmedDTC; DTCStatusAvailabilityMask FF"), "\(lines)")
        #expect(
            try hear("--ecu 7E8 --json").output.contains("\"text\":\"testFailed testFailedThis"))
    }

    /// The tester gives 22 F190 up after 80 ms; the answer to 22 F18C has no length that fits.
    @Test(
        "an answer behind the request given up, and one that is malformed, are told as what they are"
    )
    func belatedAndMalformed() throws {
        let log = """
            (1700000000.000000) can0 7E0#0322F190CCCCCCCC
            (1700000000.080000) can0 7E0#0322F18CCCCCCCCC
            (1700000000.090000) can0 7E8#0562F1904142CCCC
            (1700000000.100000) can0 7E8#0862F18C3132CCCC
            (1700000009.000000) can0 123#00

            """
        let lines = try hear("", log).output
        #expect(
            lines.contains("[late: 90.0 ms behind the request given up (frame 0)]"), "\(lines)")
        #expect(lines.contains("-> answer malformed (frame 3)"), "\(lines)")
        #expect(lines.contains("1 unanswered, 1 broken, 1 belated"), "\(lines)")
        #expect(!lines.contains("not seen"))
        let json = try hear("--json --outcome belated", log).output
        #expect(json.contains("\"givenUpRequest\":{") && json.contains("\"late\":true"), "\(json)")
    }

    @Test("stamps that go backwards are told, and how often and how far")
    func backwards() throws {
        let log = """
            (1700000000.000000) can0 7E0#023E00CCCCCCCCCC
            (1700000005.000000) can0 7E8#027E00CCCCCCCCCC
            (1700000002.000000) can0 7E0#023E00CCCCCCCCCC
            (1700000002.010000) can0 7E8#027E00CCCCCCCCCC

            """
        let result = try hear("--json", log)
        #expect(
            result.errors.contains(
                "stamps went backwards once, at first at frame 2, at most by 3.0 s"))
        #expect(result.output.contains("\"clockSteps\":1"))
        #expect(!(try hear("")).errors.contains("backwards"))
    }

    @Test(
        "selections that can hold nothing are refused",
        arguments: [("--from +5 --to +3", "--to is before --from"), ("--wait", "for interfaces")])
    func nothing(words: String, cause: String) throws {
        let result = try hear(words)
        #expect(result.status == 64 && result.errors.contains(cause), "\(result.errors)")
        #expect(try hear("--from +100").errors.contains("no frame was read"))
    }

    @Test("what does not go to a terminal is whole")
    func long() throws {
        // 62 bytes of CAN FD, of an identifier without a name.
        let bytes = String(repeating: "A5", count: 57)
        let log = """
            (1700000000.000000) can0 7E0##10322F0F0
            (1700000000.010000) can0 7E8##1037F2278
            (1700000000.020000) can0 7E8##1003C62F0F0\(bytes)CCCC

            """
        let result = try hear("", log)
        #expect(
            result.output.contains(bytes) && result.output.contains("(after 1x 78"),
            "\(result.output)")
    }
}
