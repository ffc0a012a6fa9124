import TestBench
import Testing

@Suite("canlog rejudge")
struct RejudgeCommandTests {
    /// Four cars of yesterday with their specs, and tighter specs in `New`: the coolant of all is at
    /// 80 degrees, and the hot one's at 100 for four seconds.
    private func workshop() throws -> Workshop {
        let workshop = try Workshop(
            MadeCar.specs.merging([
                "good.log": MadeCar.log(), "hot.log": MadeCar.log(.hot),
                "code.log": MadeCar.log(.troubleCode), "silent.log": MadeCar.log(.codesNotRead),
            ]) { $1 })
        _ = try workshop.run(
            """
            mkdir old && for f in good hot code silent; do
            canlog convert $f.log old/$f.canlog --specs Firmware-Specs --vin \(MadeCar.vin); done
            cp -r Firmware-Specs New && sed -i 's/> 90/> 75/' New/rules/common.yaml
            cp -r Firmware-Specs Wide && sed -i 's/> 90/> 105/' Wide/rules/common.yaml
            """)
        return workshop
    }

    @Test("tells which past vehicles tighter limits would have failed, and by what")
    func tighter() throws {
        let workshop = try workshop()
        let result = try workshop.run("canlog rejudge old --specs New")
        #expect(result.status == 1)
        let changed = result.lines.filter { $0.contains(" → ") }
        #expect(
            Set(changed) == [
                "PASS → FAIL  \(MadeCar.vin)  five/petrol: ECM: engine too hot, P0118  (old/good.canlog)",
                "NOT MEASURED → FAIL  \(MadeCar.vin)  five/petrol: ECM: engine too hot, P0118  (old/silent.canlog)",
            ])
        // From the first frame on, and 500 ms later it is a finding.
        let finding = "  new   rework  ect-range/PT.Engine.Coolant#1  0.500 s  engine too hot"
        #expect(result.lines.count { $0 == finding } == 2)
        #expect(result.lines.last == "would have failed 2 of 4; 2 failed already")
        #expect(result.errors.isEmpty)
    }

    @Test("tells whom wider limits would not have failed, with the findings that are gone")
    func wider() throws {
        let workshop = try workshop()
        let result = try workshop.run("canlog rejudge old --specs Wide")
        #expect(result.status == 0)
        #expect(result.lines[0].hasPrefix("FAIL → PASS  \(MadeCar.vin)  five/petrol: "))
        // At 5 s it becomes hot.
        #expect(
            result.lines.contains(
                "  gone  rework  ect-range/PT.Engine.Coolant#1  5.500 s  engine too hot"))
        #expect(
            result.lines.last
                == "would have failed 0 of 4; 1 failed already; 1 would not have failed")
    }

    @Test("says of equal specs that nothing changes, and each verdict is that of diagnose")
    func equal() throws {
        let workshop = try workshop()
        let result = try workshop.run("canlog rejudge old --specs Firmware-Specs")
        #expect(result.status == 0)
        #expect(result.lines == ["would have failed 0 of 4; 2 failed already"])
        for log in ["code", "good", "hot", "silent"] {
            let both = try workshop.run("canlog rejudge old/\(log).canlog --specs New --json")
                .lines[0]
            for (name, specs) in [("old", "Firmware-Specs"), ("new", "New")] {
                let verdict = try workshop.run(
                    "canlog diagnose old/\(log).canlog --specs \(specs) --json | tail -1"
                ).lines[0]
                let outcome = ["pass", "fail", "notMeasured"].first {
                    verdict.contains("\"outcome\":\"\($0)\",\"parts\"")
                }
                #expect(
                    both.contains("\"\(name)\":{\"outcome\":\"\(outcome ?? "")\",\"reason\""))
            }
        }
    }

    @Test("names what cannot be judged, goes on, and says so by its status")
    func unreadable() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            "head -c 500 old/hot.canlog > old/torn.canlog; echo no > old/text.canlog; canlog rejudge old none.canlog --specs Firmware-Specs"
        )
        #expect(result.status == 3)
        #expect(result.lines.last == "would have failed 0 of 4; 2 failed already; 3 not judged")
        for name in ["old/torn.canlog", "old/text.canlog", "none.canlog"] {
            #expect(result.errors.contains("\(name): "), "\(result.errors)")
        }
        let json = try workshop.run(
            "canlog rejudge old none.canlog --specs Firmware-Specs --json"
        ).lines
        #expect(json.count { $0.contains("\"type\":\"notJudged\"") } == 3)
        #expect(json.count { $0.contains("\"type\":\"rejudged\"") } == 4)
        #expect(json.last?.contains("\"notJudged\":3") == true)
    }

    @Test("a log without specs has the new verdict alone")
    func withoutSpecs() throws {
        let workshop = try workshop()
        let result = try workshop.run("canlog rejudge good.log --specs New")
        #expect(result.status == 1)
        #expect(result.lines[0].hasPrefix("no verdict → FAIL  \(MadeCar.vin)  five/petrol: "))
        #expect(result.lines.last == "would have failed 1 of 1; 1 without specs of their own")
        #expect(result.errors.contains("good.log: it carries no specs"))
        let passed = try workshop.run("canlog rejudge good.log --specs Firmware-Specs")
        #expect(passed.status == 0)
    }

    @Test(
        "refuses what cannot be meant",
        arguments: [
            ("old --specs nowhere", 2, "there is no such folder"),
            ("old --specs New --vehicle six", 2, "there is no vehicle 'six'"),
            ("New --specs New", 2, "there is no log in New"), ("-", 64, "name a file"),
            ("", 64, "Missing expected argument"),
        ] as [(String, Int32, String)])
    func refusals(arguments: String, status: Int32, words: String) throws {
        let result = try workshop().run("canlog rejudge \(arguments)")
        #expect(result.status == status)
        #expect(result.errors.contains(words), "\(result.errors)")
    }
}
