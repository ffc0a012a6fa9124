import SignalDatabase
import TestBench
import Testing

@Suite(
    "real databases",
    .enabled(if: Requirement.data.shouldRun, "the databases at CANLOG_TEST_DATA are not there"))
struct DBCCorpusTests {
    /// The second count is grep's, over the bytes of the file.
    @Test("lose no message and no signal without a diagnostic", arguments: TestDatabases.names)
    func nothingIsLost(name: String) throws {
        let database = try TestDatabases.database(name)
        let lost = database.diagnostics.filter { $0.severity == .lost }.map(\.cause)
        let messages = try count("^[ \\t]*BO_[ \\t]+[0-9]", in: name)
        let signals = try count("^[ \\t]*SG_[ \\t]+[^ \\t]", in: name)
        #expect(database.messages.count == messages, "\(lost)")
        let read = database.messages.reduce(0) { $0 + $1.signals.count }
        let told = database.diagnostics.count {
            $0.severity == .lost && $0.action == "the signal is left out"
        }
        #expect(read + told == signals, "\(lost)")
        #expect(database.unlistedDiagnostics == 0)
    }

    private func count(_ expression: String, in name: String) throws -> Int {
        let command = "LC_ALL=C grep -acE $'\(expression)' '\(testDataFolder)/dbc/\(name)'"
        let result = try Program.shell(command)
        return try #require(result.lines.first.flatMap { Int($0) })
    }
}
