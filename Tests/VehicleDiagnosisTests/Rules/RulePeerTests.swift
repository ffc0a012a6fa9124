import TestBench
import Testing
import VehicleDiagnosis
import VehicleSpec

/// A second judge, written from the page RuleLanguage alone: see Tests/Peers/judge_rules.py.
@Suite("Rules as a second judge judges them")
struct RulePeerTests {
    @Test(
        "random rules over random moments open and close at the same times",
        .enabled(if: PeerPython.shouldRun("sys"), "no Python of the peers"),
        arguments: 1...4)
    func same(seed: Int) throws {
        let result = try Program.run(
            PeerPython.path, "-B", "Tests/Peers/judge_rules.py", "\(seed)", "750")
        #expect(result.status == 0, "\(result.errors)")
        var cases = 0
        var events = 0
        for line in result.output.split(separator: "\n") {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false)
            let rules = words[0].split(separator: "  ").map(String.init)
            let moments = RuleScript.moments(String(words[1]))
            let found = try Self.judge(rules, moments)
            #expect(found == words[2], "\(rules)\n\(words[1])")
            // Neither is it told what it need not be told, nor asked only at the end.
            #expect(
                try Self.judge(rules, moments, isSparse: true) == words[2], "\(rules)\n\(words[1])")
            cases += 1
            events += found.split(separator: " ").count
            if found != words[2] { return }
        }
        #expect(cases == 750 && events > 1_500)
    }

    private static func judge(
        _ texts: [String], _ moments: [RuleScript.Moment], isSparse: Bool = false
    ) throws -> String {
        var engine = try RuleScript.engine(texts)
        let names = RuleScript.names(of: engine)
        var events: [RuleEvent] = []
        var last: [Int: String] = [:]
        for (index, moment) in moments.enumerated() {
            var moment = moment
            if isSparse {
                moment.values.removeAll { name, value in
                    (names[name] ?? []).allSatisfy {
                        last.updateValue(value, forKey: $0) == value && !engine.wantsEverySample($0)
                    }
                }
            }
            RuleScript.tell(&engine, moment, names, frame: UInt64(index))
            if isSparse { events += engine.takeEvents() }
        }
        events += engine.takeEvents()
        let places = events.indices.sorted {
            (events[$0].time, events[$0].rule, $0) < (events[$1].time, events[$1].rule, $1)
        }
        return places.map { place in
            let event = events[place]
            let since = event.ended.map { "-\($0)" } ?? "+\(event.began)"
            return "\(event.time):\(event.rule):\(since)"
        }.joined(separator: " ")
    }
}
