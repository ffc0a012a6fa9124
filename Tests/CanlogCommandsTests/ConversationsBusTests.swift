import LocalFiles
import TestBench
import Testing

/// udsoncan asks, the kernel's ISO-TP answers, `canlog conversations` listens; scapy reads candump's log
/// of it on its own.
@Suite(
    "canlog conversations of udsoncan and the kernel's ISO-TP", .serialized,
    .enabled(if: Requirement.bus.shouldRun, "needs a kernel with CAN: run Tools/test bus"),
    .enabled(if: PeerPython.shouldRun("udsoncan"), "needs udsoncan: run Tools/setup"))
struct ConversationsBusTests {
    /// One line for each exchange without its times: who, what, how it ended.
    private static let outline =
        "jq -r 'select(.outcome) | [.request.data, .outcome, (.responses[0].data // \"-\"), "
        + "(.responses[0].pending // 0)] | @csv' | tr -d '\"'"

    @Test("hears what both say, live as from the log, and scapy hears the same")
    func conversation() throws {
        try withBenchNetwork {
            let workshop = try Workshop([:])
            let folder = workshop.folder.path
            let candump = try Program(["bash", "-c", "exec candump -L vcan0 > '\(folder)/uds.log'"])
            let listener = try Program([
                "bash", "-c",
                "exec '\(canlogPath)' conversations vcan0 --json > '\(folder)/live.json'",
            ])
            #expect(waitForReceivers(2, on: "vcan0"))
            let script = Folder.resolved("Tests/Peers/uds_conversation.py")
            let talk = try Program.run(PeerPython.path, "-B", script, "vcan0")
            #expect(talk.output.contains("VIN WAUZZZ8E79D004321"), "\(talk.errors)")
            listener.signal(2)
            let live = listener.wait(.seconds(30))
            #expect(live.status == 0, "\(live.errors)")
            candump.signal(2)
            _ = candump.wait(.seconds(30))

            // Times apart: candump's text has no clock ties, and lacks a microsecond here and there.
            let heard = try workshop.run("cat live.json | " + Self.outline)
            #expect(heard.lines.map(String.init) == Self.exchanges)
            let outline = try workshop.run(
                "canlog conversations uds.log --json | tee log.json | " + Self.outline)
            #expect(outline.lines.map(String.init) == Self.exchanges)
            let frames =
                "jq -c 'select(.outcome) | [.frames, .request.frames, .responses[].frames]'"
            let same = try workshop.run("cmp <(\(frames) live.json) <(\(frames) log.json)")
            #expect(same.status == 0, "\(same.output)")

            let reader = Folder.resolved("Tests/Peers/read_uds_with_scapy.py")
            let scapy = try workshop.run(
                "'\(PeerPython.path)' -B '\(reader)' uds.log 7DF 7E0 7E8 | sort")
            let ours = try workshop.run(
                "canlog conversations uds.log --json | jq -r 'select(.outcome) | (.request, "
                    + ".responses[]) | select(.data) | \"\\(.frames[1]) \\(.address) \\(.data)\"' | sort"
            )
            // Response pending is no message of its own with us.
            let pending = Set(scapy.lines.filter { $0.hasSuffix(" 7F3178") })
            #expect(pending.count == 2)
            #expect(Set(scapy.lines).subtracting(pending) == Set(ours.lines))
        }
    }

    /// What uds_conversation.py asks and answers.
    private static let exchanges = [
        "1003,positive,5003001901F4,0",
        "22F190,positive,62F1905741555A5A5A3845373944303034333231,0",
        "22F1A5,negative,7F2231,0",
        "2EF198776F726B73686F7020636F6465206F6620666F72747920636861726163746572732C2066756C6C21,positive,6EF198,0",
        "3101E01050,positive,7101E0102A,2",
        "1902FF,positive,5902FF01181708C0351324,0",
        "14FFFFFF,positive,54,0",
        "1902FF,positive,5902FF,0",
        "3E00,positive,7E00,0",
        "3E80,suppressed,-,0",
        "010C,positive,410C1AF8,0",
        "8502,unanswered,-,0",
        "22F190,positive,62F1905741555A5A5A3845373944303034333231,0",
    ]
}
