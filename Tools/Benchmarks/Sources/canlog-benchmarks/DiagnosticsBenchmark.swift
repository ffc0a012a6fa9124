import Diagnostics
import Glibc

/// What it costs to read answers of control units: trouble codes, and a data identifier's data, beside
/// Python libraries with the same messages.
enum DiagnosticsBenchmark {
    static let reports = 1_000
    static let codesOfReport = 100
    static let answers = 20_000

    static func run(_ options: Options) throws {
        let input = Input()
        print("diagnostics: CPU time on one core, median of \(options.rounds) interleaved rounds")
        print(
            "\(reports) answers 59 02 with \(codesOfReport) codes each; \(answers) answers 62 F190 "
                + "with a VIN")
        var table: [Row] = []
        for round in 0...options.rounds {
            var row = 0
            func measured(_ name: String, repeats: Int, _ body: () -> Sum) throws {
                let expected = name.hasPrefix("codes") ? input.codes : input.data
                let start = processTime()
                for _ in 0..<repeats {
                    let sum = body()
                    guard sum.total == expected.total, sum.items == expected.items else {
                        throw BenchmarkError(description: "\(name) reads something else")
                    }
                }
                let time = (processTime() - start) / Double(repeats * expected.items)
                if row == table.count { table.append(Row(name: name)) }
                // The first round makes the memory.
                if round > 0 { table[row].times.append(time) }
                row += 1
            }
            try measured("codes: canlog, numbers", repeats: 10) { input.readCodes() }
            try measured("codes: canlog, text", repeats: 2) { input.readCodesAsText() }
            try measured("codes: canlog, whole message", repeats: 1) { input.readReports() }
            try measured("answer: canlog, bytes", repeats: 50) { input.readAnswers() }
            try measured("answer: canlog, whole message", repeats: 1) { input.readMessages() }
        }
        if options.withPeers { table += try peers(input, options) }
        for row in table.sorted(by: { $0.name < $1.name }) {
            let time = median(row.times)
            print(
                "  \(row.name.padded(52)) \((1_000 / time).text(3, width: 9)) M/s \(time.text(1, width: 9)) ns"
            )
        }
    }

    /// The peers' rows; they must have read the same.
    private static func peers(_ input: Input, _ options: Options) throws -> [Row] {
        let folder = String(decoding: try output(of: "mktemp -d"), as: UTF8.self)
            .split(separator: "\n").joined()
        defer { _ = try? output(of: "rm -r '\(folder)'") }
        try input.write(into: folder)
        let cache = environment("XDG_CACHE_HOME") ?? (environment("HOME") ?? "") + "/.cache"
        let command =
            "'\(cache)/canlog/peers/bin/python3' -B Tools/Benchmarks/diagnostics/python_peers.py "
            + "'\(folder)/reports' '\(folder)/answers'"
        var rows: [Row] = []
        for _ in 0..<options.rounds {
            let lines = String(decoding: try output(of: command), as: UTF8.self)
                .split(separator: "\n")
            for (index, line) in lines.enumerated() {
                let words = line.split(separator: "\t").map(String.init)
                guard words.count == 5, let items = Int(words[2]), let total = Int(words[3]),
                    let seconds = Double(words[4])
                else { throw BenchmarkError(description: "a peer says: \(line)") }
                let isCode = words[0] == "codes"
                guard total == (isCode ? input.sumOfCodes(items) : input.sumOfData(items)) else {
                    throw BenchmarkError(description: "\(words[1]) reads something else")
                }
                if index == rows.count { rows.append(Row(name: words[0] + ": " + words[1])) }
                rows[index].times.append(seconds * 1e9 / Double(items))
            }
        }
        return rows
    }

    private struct Row {
        let name: String
        var times: [Double] = []
    }

    /// How much was read: the sum of codes and status bytes, or of the bytes of data.
    private struct Sum {
        var items = 0
        var total = 0
    }

    /// The messages, each in an array of its own as a transport hands them out.
    private struct Input {
        var reports: [[UInt8]] = []
        var answers: [[UInt8]] = []
        var codes = Sum()
        var data = Sum()

        init() {
            var numbers = NumberSequence()
            for _ in 0..<DiagnosticsBenchmark.reports {
                var report: [UInt8] = [0x59, 0x02, 0xFF]
                for _ in 0..<4 * codesOfReport { report.append(UInt8(numbers.next(below: 256))) }
                reports.append(report)
            }
            let letters = Array("ABCDEFGHJKLMNPRSTUVWXYZ0123456789".utf8)
            for _ in 0..<DiagnosticsBenchmark.answers {
                var answer: [UInt8] = [0x62, 0xF1, 0x90]
                for _ in 0..<17 { answer.append(letters[numbers.next(below: letters.count)]) }
                answers.append(answer)
            }
            codes = Sum(items: reports.count * codesOfReport, total: sumOfCodes(.max))
            data = Sum(items: answers.count, total: sumOfData(.max))
        }

        /// From the bytes alone: three of a code, one of its status.
        func sumOfCodes(_ limit: Int) -> Int {
            var sum = 0
            for report in reports.prefix(limit / codesOfReport) {
                for (index, byte) in report.dropFirst(3).enumerated() {
                    sum += Int(byte) << [16, 8, 0, 0][index % 4]
                }
            }
            return sum
        }

        func sumOfData(_ limit: Int) -> Int {
            answers.prefix(limit).reduce(0) { sum, answer in
                answer.dropFirst(3).reduce(sum) { $0 + Int($1) }
            }
        }

        func write(into folder: String) throws {
            for (name, messages) in [("reports", reports), ("answers", answers)] {
                guard let file = unsafe fopen("\(folder)/\(name)", "we") else {
                    throw BenchmarkError(description: "cannot write into \(folder)")
                }
                for message in messages {
                    let digits = message.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
                    // The text lives for the call.
                    _ = unsafe fputs(digits.joined() + "\n", file)
                }
                _ = unsafe fclose(file)
            }
        }

        func readCodes() -> Sum {
            var sum = Sum()
            for report in reports {
                guard let records = TroubleCodeRecords(report.span) else { continue }
                for index in 0..<records.count {
                    let record = records[index]
                    sum.total += Int(record.code.threeBytes) + Int(record.status.rawValue)
                }
                sum.items += records.count
            }
            return sum
        }

        /// The text of each code is made, and looked at.
        func readCodesAsText() -> Sum {
            var sum = Sum()
            for report in reports {
                guard let records = TroubleCodeRecords(report.span) else { continue }
                for index in 0..<records.count {
                    let record = records[index]
                    sum.total += Int(record.code.threeBytes) + Int(record.status.rawValue)
                    if record.code.description.utf8.count == 8 { sum.items += 1 }
                }
            }
            return sum
        }

        func readReports() -> Sum {
            var sum = Sum()
            for report in reports {
                let message = DiagnosticMessage(report, isResponse: true)
                for code in message.troubleCodes {
                    sum.total += Int(code.code.threeBytes) + Int(code.status?.rawValue ?? 0)
                }
                sum.items += message.troubleCodes.count
            }
            return sum
        }

        func readAnswers() -> Sum {
            var sum = Sum()
            for payload in answers {
                guard let answer = DataIdentifierAnswer(payload.span), answer.identifier == 0xF190
                else { continue }
                let data = answer.data
                for index in data.indices { sum.total += Int(data[index]) }
                sum.items += 1
            }
            return sum
        }

        func readMessages() -> Sum {
            var sum = Sum()
            for payload in answers {
                let message = DiagnosticMessage(payload, isResponse: true)
                guard case .text(let text) = message.fields.first?.value else { continue }
                for byte in text.utf8 { sum.total += Int(byte) }
                sum.items += 1
            }
            return sum
        }
    }
}
