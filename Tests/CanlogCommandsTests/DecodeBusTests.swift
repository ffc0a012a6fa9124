import LocalFiles
import TestBench
import Testing

/// Messages longer than a frame as the kernel's J1939 stack sends them, an implementation that is not
/// ours: by broadcast, and from one node to another.
@Suite(
    "canlog decode of the kernel's J1939", .serialized,
    .enabled(if: Requirement.bus.shouldRun, "needs a kernel with CAN: run Tools/test bus"))
struct DecodeBusTests {
    /// The address 0x21 sends group FEB0; byte n is n x 7 (see send_j1939.py).
    static let database = """
        BO_ 2566828286 Long: 1785 X
         SG_ B1 : 8|8@1+ (1,0) [0|0] "" X
         SG_ B99 : 792|8@1+ (1,0) [0|0] "" X
         SG_ B1000 : 8000|8@1+ (1,0) [0|0] "" X
         SG_ B1784 : 14272|8@1+ (1,0) [0|0] "" X
        BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG";
        BA_ "VFrameFormat" BO_ 2566828286 3;

        """

    @Test("puts messages of 100 and of 1,785 bytes together")
    func longMessages() throws {
        try withBenchNetwork {
            let workshop = try Workshop(["long.dbc": Self.database])
            let path = workshop.folder.path + "/j.canlog"
            let recorder = try Program([canlogPath, "record", "vcan0", "-o", path])
            #expect(waitForReceivers(on: "vcan0"))
            let script = Folder.resolved("Tests/Peers/send_j1939.py")
            let sent = try Program.run("python3", script, "vcan0")
            #expect(sent.output == "sent\n", "\(sent.errors)")
            recorder.signal(2)
            #expect(recorder.wait(.seconds(30)).status == 0)
            let result = try workshop.run(
                "canlog decode j.canlog --db long.dbc --no-project --raw | cut -d, -f2-")
            #expect(result.errors == "")
            #expect(
                result.output.split(separator: "\r\n").dropFirst() == [
                    "7,7,181,181,,,,", "7,7,181,181,88,88,200,200",
                ])
        }
    }
}
