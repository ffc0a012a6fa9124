import LocalFiles
import TestBench
import Testing

/// Two logs whose differences are made by hand.
@Suite("canlog diff")
struct DiffCommandTests {
    /// A hundred frames of 123 each 10 ms with a counter, and of 18FEF100 each 100 ms.
    static let text =
        (0..<100).map { index -> String in
            let time = "(1700000000.\(String(1_000_000 + index * 10_000).dropFirst()))"
            let counter = "0" + String(index % 16, radix: 16, uppercase: true)
            let cyclic = "\(time) can0 123#\(counter)64"
            return index % 10 == 0 ? cyclic + "\n\(time) can1 18FEF100#0102" : cyclic
        }.joined(separator: "\n") + "\n"

    private func workshop(_ change: String) throws -> Workshop {
        let workshop = try Workshop(["a.log": Self.text])
        _ = try workshop.run(change)
        return workshop
    }

    @Test("a log and what another format makes of it are the same")
    func same() throws {
        let workshop = try workshop("canlog convert a.log b.pcapng")
        let result = try workshop.run("canlog diff a.log b.pcapng")
        #expect(
            result.output == """
                the same: 110 frames in the same order

                order: the same
                times: both begin at the same moment; from there their stamps are the same

                """)
        #expect(result.status == 0 && result.errors == "")
    }

    @Test(
        "each difference is told",
        arguments: [
            // A constant byte changed; an identifier is missing; one came newly.
            (
                "sed 's/64$/65/' a.log > b.log", "they differ: 1 ID changed, another order",
                "  can0       123  byte 1  64     65"
            ),
            (
                "grep -v 18FEF100 a.log > b.log",
                "they differ: 1 ID only in the first, another order",
                "  can1       18FEF100      10"
            ),
            (
                "(cat a.log; echo '(1700000001.000000) can0 7DF#02010C') > b.log",
                "they differ: 1 ID only in the second, another order", "  can0       7DF       1"
            ),
            // Every other frame: 20 ms, and half of the counter's values.
            (
                "grep can1 a.log > b.log; grep can0 a.log | awk 'NR % 2' >> b.log",
                "they differ: 1 ID changed, another order",
                "  can0       123  period  10.0 ms                            20.0 ms"
            ),
            // CAN FD, a remote frame in its place, another length.
            (
                "sed 's/123#/123##1/' a.log > b.log", "they differ: 1 ID changed, another order",
                "  can0       123  format  classic  CAN FD BRS"
            ),
            (
                "sed 's/64$/6400/' a.log > b.log", "they differ: 1 ID changed, another order",
                "  can0       123  length  2      3"
            ),
        ])
    func differences(change: String, verdict: String, line: String) throws {
        let result = try workshop(change).run("canlog diff a.log b.log")
        #expect(result.lines.first == verdict[...])
        #expect(result.lines.contains { $0 == line }, "\(result.output)")
        #expect(result.status == 1 && result.errors == "")
    }

    @Test("the same frames at other times: an offset is none, a jitter is one")
    func times() throws {
        let workshop = try workshop(
            "sed 's/(1700000000/(1700003600/' a.log > later.log; sed '50s/\\(.*[0-9]\\)[0-9]\\{4\\})/\\19000)/' later.log > apart.log"
        )
        let later = try workshop.run("canlog diff a.log later.log")
        #expect(later.status == 0)
        #expect(
            later.lines.last
                == "times: the second begins 60.0 min later; from there their stamps are the same")
        let apart = try workshop.run(
            "canlog diff a.log apart.log; canlog diff a.log apart.log --apart 10ms")
        #expect(apart.lines.first == "they differ: other times")
        #expect(
            apart.lines.contains {
                $0.hasSuffix("stamps are up to 9.00 ms apart, most at frame 49")
            })
        #expect(apart.status == 0)
    }

    @Test("interfaces of other names stand for one another where there are as many")
    func partners() throws {
        let workshop = try workshop("sed 's/can0/vcan4/; s/can1/vcan5/' a.log > b.log")
        let result = try workshop.run("canlog diff a.log b.log")
        #expect(result.lines.contains("  vcan4 of b.log stands for can0"))
        #expect(result.lines.first == "the same: 110 frames in the same order")
        #expect(result.status == 0)
    }

    @Test("with a database it tells signals in their units, by their names")
    func signals() throws {
        let database = """
            VERSION ""
            BU_: ECM
            BO_ 291 Engine: 2 ECM
             SG_ Counter : 0|8@1+ (1,0) [0|15] "" ECM
             SG_ Coolant : 8|8@1+ (1,-40) [-40|215] "degC" ECM

            """
        let workshop = try Workshop(["a.log": Self.text, "car.dbc": database])
        let result = try workshop.run(
            "sed 's/64$/69/' a.log > b.log; canlog diff a.log b.log --db car.dbc --no-project; canlog diff a.log b.log --db car.dbc --no-project --json | jq -c '.changed[].changes, .order.isSame'"
        )
        #expect(
            result.lines.contains("  can0       123  Coolant  60 degC  65 degC  Engine"),
            "\(result.output)")
        #expect(
            result.lines.suffix(2) == [
                "[{\"first\":\"60 degC\",\"kind\":\"signal\",\"second\":\"65 degC\",\"signal\":\"Coolant\"}]",
                "false",
            ])
    }

    @Test("what cannot be compared is refused")
    func refused() throws {
        let workshop = try workshop("true")
        let result = try workshop.run(
            "canlog diff a.log; echo $?; canlog diff - a.log; echo $?; canlog diff a.log none.log; echo $?"
        )
        #expect(result.lines == ["64", "64", "2"])
        #expect(result.errors.contains("name two logs") && result.errors.contains("not '-'"))
    }
}
