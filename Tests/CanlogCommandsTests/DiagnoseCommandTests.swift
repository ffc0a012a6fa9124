import TestBench
import Testing

@Suite("canlog diagnose")
struct DiagnoseCommandTests {
    @Test(
        "the first line is the verdict and why, and the status follows it",
        arguments: [
            (MadeCar.Fault.none, 0, "PASS: 2 ECUs, all known; all released; buses healthy; ", []),
            (.hot, 1, "FAIL: ECM: engine too hot, P0118", ["ect-range/PT.Engine.Coolant#1"]),
            (.silentECM, 1, "FAIL: ECM: no message for ", ["silent-node/PT.ECM#1"]),
            (
                .frozenCounter, 1, "FAIL: ESC: the counter stands still at 3",
                ["live-counter/PT.Wheels.Counter#1"]
            ),
            (
                .unknownPart, 1, "FAIL: ECM: part F187 '20L906999' is in no spec",
                ["unknown-part/ECM#1"]
            ),
            (
                .troubleCode, 1, "FAIL: ESC: left front wheel speed sensor open, C0035-13",
                ["trouble-code/ESC.C0035-13#1"]
            ),
            (.codesNotRead, 3, "NOT MEASURED: ESC: its trouble codes were not read", []),
            (.foreign, 1, "FAIL: a control unit answers at 7ED on PT", ["foreign-ecu/PT.7ED#1"]),
        ] as [(MadeCar.Fault, Int32, String, [String])])
    func verdicts(fault: MadeCar.Fault, status: Int32, first: String, findings: [String]) throws {
        let workshop = try Workshop(
            MadeCar.specs.merging(["car.log": MadeCar.log(fault)]) { $1 })
        let result = try workshop.run("canlog diagnose car.log")
        #expect(result.status == status)
        #expect(result.lines.first?.hasPrefix(first) == true, "\(result.lines.first ?? "")")
        let found = try workshop.run("canlog diagnose car.log --json").lines
            .filter { $0.contains("\"type\":\"finding\"") && $0.contains("\"state\":\"opened\"") }
        #expect(found.count == findings.count, "\(found)")
        for id in findings { #expect(found.contains { $0.contains("\"id\":\"\(id)\"") }) }
    }

    @Test("a car that is switched off, or a log that is cut in a conversation, is no red car")
    func endsOfTraffic() throws {
        for fault in [MadeCar.Fault.switchedOff, .cutInConversation] {
            let workshop = try Workshop(
                MadeCar.specs.merging(["car.log": MadeCar.log(fault)]) { $1 })
            let result = try workshop.run("canlog diagnose car.log --vin \(MadeCar.vin)")
            #expect(result.status == (fault == .switchedOff ? 0 : 3), "\(result.lines)")
            #expect(result.lines.first?.hasPrefix("FAIL") == false)
        }
    }

    @Test("a VIN that nobody has is refused in words, and an unknown bus too")
    func refusals() throws {
        let workshop = try Workshop(MadeCar.specs.merging(["car.log": MadeCar.log()]) { $1 })
        for (arguments, words) in [
            ("--vin WVWZZZ1KZ6W000001", "is of none of the vehicles"),
            ("--vehicle six", "there is no vehicle 'six'"),
            ("--bus XY=can0", "has no such bus"), ("--specs nowhere", "there is no such folder"),
        ] {
            let result = try workshop.run("canlog diagnose car.log \(arguments)")
            #expect(result.status == 2)
            #expect(result.errors.contains(words), "\(result.errors)")
        }
    }

    @Test("the page has the verdict, and nothing of the traffic is HTML in it")
    func page() throws {
        let workshop = try Workshop(
            MadeCar.specs.merging(["car.log": MadeCar.log(.troubleCode)]) { $1 })
        #expect(try workshop.run("canlog diagnose car.log --html car.html").status == 1)
        let page = try workshop.run("cat car.html").lines.joined(separator: "\n")
        #expect(page.contains("<h1>FAIL</h1>"))
        #expect(page.contains("<td>C0035-13</td>"))
        #expect(!page.contains("http"))
        #expect(try workshop.run("canlog diagnose car.log --html car.html").status == 2)
    }
}
