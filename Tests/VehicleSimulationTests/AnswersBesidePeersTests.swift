import TestBench
import Testing

/// Answers of simulated ECUs as udsoncan and scapy read them: see Tests/Peers/simulated_answers.py.
@Suite(
    "answers of simulated ECUs beside peers",
    .enabled(
        if: PeerPython.shouldRun("udsoncan, scapy"),
        "udsoncan or scapy is not in the environment of Tools/setup peers"))
struct AnswersBesidePeersTests {
    /// What is asked, and what udsoncan and scapy call what comes.
    private static let asked: [(request: String, udsoncan: String, scapy: String)] = [
        ("2A 01 01", "ServiceNotSupportedInActiveSession", "UDS_NR negativeResponseCode=127"),
        ("29 00", "ServiceNotSupported", "UDS_NR negativeResponseCode=17"),
        ("10 02", "DiagnosticSessionControl", "UDS_DSCPR"),
        ("23 14 00 10 00 00 04", "01020304", "UDS_RMBAPR"),
        (
            "34 00 14 00 10 00 00 06", "6",
            "UDS_RDPR memorySizeLen=2 maxNumberOfBlockLength=b'\\x00\\x06'"
        ),
        ("36 02 0A 0B 0C 0D", "WrongBlockSequenceCounter", "UDS_NR negativeResponseCode=115"),
        ("36 01 0A 0B 0C 0D", "1 ", "UDS_TDPR blockSequenceCounter=1"),
        ("37", "RequestSequenceError", "UDS_NR negativeResponseCode=36"),
        ("36 02 0E 0F", "2 ", "UDS_TDPR blockSequenceCounter=2"),
        ("37", "", "NoPayload"),
        (
            "35 00 14 00 10 00 00 06", "6",
            "UDS_RUPR memorySizeLen=2 maxNumberOfBlockLength=b'\\x00\\x06'"
        ),
        ("36 01", "1 0A0B0C0D", "UDS_TDPR blockSequenceCounter=1"),
        ("10 03", "DiagnosticSessionControl", "UDS_DSCPR"),
        (
            "3D 14 00 10 00 01 02 AA BB", "100001 2",
            "UDS_WMBAPR memorySizeLen=1 memoryAddressLen=4"
        ),
        // udsoncan reads two bytes as this machine does: the lower first.
        ("2F D0 01 03 00 FF", "D001 3 FF00", "UDS_IOCBIPR dataIdentifier=53249"),
        ("2F D0 01 03", "IncorrectMessageLengthOrInvalidFormat", "UDS_NR negativeResponseCode=19"),
        ("87 01 12", "1", "UDS_LCPR linkControlType=1"),
    ]

    @Test("are read as what they are meant for", arguments: ["udsoncan", "scapy"])
    func sameAs(peer: String) throws {
        var tester = try Tester(memoryFile)
        var pairs: [String] = []
        for (request, _, _) in Self.asked {
            let answer = try #require(try tester.answer(request))
            pairs.append("\(request):\(answer)")
        }
        let arguments = [PeerPython.path, "-B", "Tests/Peers/simulated_answers.py", peer] + pairs
        let result = try Program(arguments).wait()
        try #require(result.status == 0, "\(result.errors)")
        let read = result.lines.map { line in
            String(line.split(separator: "\t", omittingEmptySubsequences: false).last ?? "")
        }
        #expect(read == Self.asked.map { peer == "udsoncan" ? $0.udsoncan : $0.scapy })
    }
}
