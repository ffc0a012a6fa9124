import TestBench
import Testing

@testable import CanlogCommands

/// Requests as ISO 14229-1 has them; keys by programs that every Debian has.
@Suite("Steps of canlog uds")
struct UDSStepTests {
    @Test("steps may wait, unlock, and write text among bytes")
    func steps() throws {
        let words =
            "session extended , security 03 , write F190 text A  b , write F198 0A 0B , wait 1.5s"
        let steps = try UDSStep.steps(words.split(separator: " ").map(String.init), text: nil)
        #expect(
            steps == [
                .ask([0x10, 3]), .unlock(level: 3), .ask([0x2E, 0xF1, 0x90] + Array("A b".utf8)),
                .ask([0x2E, 0xF1, 0x98, 0x0A, 0x0B]), .wait(1_500_000_000),
            ])
        // A text in one word of the shell keeps its blanks.
        #expect(
            try UDSStep.steps(["write", "F190", "text", "A  b"], text: nil)
                == [.ask([0x2E, 0xF1, 0x90] + Array("A  b".utf8))])
    }

    private static let seed = UDSKeyProgram.Seed(
        unit: 0, name: "ECM", level: 0x11, bytes: [0x12, 0x34, 0xAB])

    @Test("a key is what the program makes of the seed, the name and the level")
    func key() {
        let turned = UDSKeyProgram.key(
            of: Self.seed, by: "tr 0-9A-F FEDCBA9876543210; true")
        #expect(turned.key == [0xED, 0xCB, 0x54])
        let named = UDSKeyProgram.key(
            of: Self.seed, by: "sh -c 'test \"$0 $1\" = \"ECM 11\" && echo 00 11 \t22'")
        #expect(named.key == [0x00, 0x11, 0x22])
    }

    @Test(
        "a program without a key is told with its reason",
        arguments: [
            ("echo no such level >&2; exit 4; true", "ended with status 4: no such level"),
            ("echo key; true", "wrote something else than a key in hexadecimal"),
            ("echo 123; true", "something else than a key in hexadecimal"),
            ("true", "wrote nothing, and not"),
            ("exec sleep 60; true", "gave no key within 1s"), ("exec yes; true", "gave no key"),
            ("./no-such-program", "ended with status 127"),
        ])
    func withoutKey(command: String, words: String) {
        let outcome = UDSKeyProgram.key(of: Self.seed, by: command, within: .seconds(1))
        #expect(outcome.key == nil)
        #expect(outcome.trouble.contains(words), "\(outcome.trouble)")
    }

    @Test("seeds of several control units have their keys, one after the other")
    func several() throws {
        let keys = try UDSKeyProgram("sed s/A/B/g; true")
        for unit in 0..<5 {
            var seed = Self.seed
            seed.unit = unit
            try keys.make(seed)
        }
        var units: [Int] = []
        while units.count < 5, waitUntilReadable(keys.descriptor, .seconds(20)) {
            for outcome in keys.takeOutcomes() {
                #expect(outcome.key == [0x12, 0x34, 0xBB])
                units.append(outcome.seed.unit)
            }
        }
        #expect(units == [0, 1, 2, 3, 4])
    }
}
