import LocalFiles
import TestBench
import Testing

/// Frames as they come, to programs that read a pipe.
@Suite(
    "canlog record -o - on a bus", .serialized,
    .enabled(if: Requirement.bus.shouldRun, "needs a kernel with CAN: run Tools/test bus"),
    .enabled(if: Wireshark.shouldRun, "needs tshark: run Tools/setup"))
struct StreamBusTests {
    @Test("tshark on a pipe shows live what candump hears")
    func live() throws {
        try withBenchNetwork {
            let workshop = try Workshop([:])
            let folder = workshop.folder.path
            let candump = try Program([
                "bash", "-c", "exec candump -L vcan0 > '\(folder)/heard.log'",
            ])
            let stream = try Program([
                "bash", "-c",
                """
                cd '\(folder)'; '\(canlogPath)' record vcan0 -o - --to-format pcapng --count 203 \
                    2> errors | tee live.pcapng | tshark -l -i - -T fields -e can.id -e can.len > seen
                echo "${PIPESTATUS[0]}"
                """,
            ])
            #expect(waitForReceivers(2, on: "vcan0"))
            _ = try workshop.run(
                "cansend vcan0 123#DEADBEEF; cansend vcan0 1F334455##3112233445566778899AABBCC; cansend vcan0 123#R5"
            )
            // Before the stream has ended.
            let isSeen = waitUntil {
                (try? workshop.run("wc -l < seen").output) == "3\n"
            }
            #expect(isSeen, "live, not at the end")
            _ = try workshop.run("cangen vcan0 -n 200 -g 1 -I i")
            let result = stream.wait(.seconds(60))
            #expect(result.output == "0\n", "\(result.errors)")
            candump.signal(2)
            _ = candump.wait(.seconds(30))
            let seen = try workshop.run("head -3 seen; wc -l < seen; cat errors")
            #expect(seen.output == "291\t4\n523453525\t12\n291\t5\n203\n")
            let same = try workshop.run("cmp <(canlog dump live.pcapng) heard.log")
            #expect(same.status == 0, "\(same.output)")
        }
    }

    @Test("a capture of dumpcap holds what candump heard")
    func capture() throws {
        try withBenchNetwork {
            let workshop = try Workshop([:])
            let folder = workshop.folder.path
            let candump = try Program([
                "bash", "-c", "exec candump -L vcan0 > '\(folder)/heard.log'",
            ])
            #expect(waitForReceivers(on: "vcan0"))
            let tshark = try Program([
                "bash", "-c", "cd '\(folder)'; exec tshark -i vcan0 -c 100 -w there.pcapng",
            ])
            // It listens once its file is there with its header.
            let isReady = waitUntil {
                (try? workshop.run("stat -c %s there.pcapng").output).map { $0 > "0" } ?? false
            }
            #expect(isReady)
            _ = try workshop.run("cangen vcan0 -n 100 -g 1 -I i -f")
            #expect(tshark.wait(.seconds(60)).status == 0)
            candump.signal(2)
            _ = candump.wait(.seconds(30))
            let frames = "cut -d' ' -f2-3"
            let same = try workshop.run(
                "cmp <(canlog dump there.pcapng | \(frames)) <(\(frames) heard.log) && wc -l < heard.log"
            )
            #expect(same.output == "100\n", "\(same.errors)")
        }
    }
}
