import CANFrame
import Glibc
import LocalFiles
import TestBench
import Testing

@Suite("the test bench", .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"))
struct BenchTests {
    @Test("a frame that the bench sends is what candump sees, in a network of the test's own")
    func candumpSeesFrames() throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            let candump = try Program(["candump", "-L", "-n", "2", "vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            let sender = try BenchSender("vcan0")
            try sender.send(0x123, [0xDE, 0xAD])
            let payload = [UInt8](repeating: 0x11, count: 12)
            try sender.send(
                Frame(
                    timestamp: HostClock.realTime(), identifier: PackedID(rawValue: 0x8000_0007),
                    flags: [.flexibleDataRate, .bitRateSwitch], payload: payload))
            let result = candump.wait()
            #expect(result.status == 0)
            // 5: CANFD_FDF, which kernels since 6.0 set, and CANFD_BRS.
            let long = "00000007##5" + String(repeating: "11", count: 12)
            let frames = result.lines.map { String($0.split(separator: " ").last ?? "") }
            #expect(frames == ["123#DEAD", long])
        }
    }

    @Test("a program that does not end is killed when its time is over")
    func timeLimit() throws {
        let result = try Program(["sleep", "100"]).wait(.milliseconds(20))
        #expect(result.timedOut)
        #expect(result.status == 128 + SIGKILL)
    }

    @Test("a program ends by SIGTERM, though the threads of tests block it")
    func terminated() throws {
        let program = try Program(["sleep", "100"])
        program.signal(SIGTERM)
        #expect(program.wait().status == 128 + SIGTERM)
    }
}
