import CANFrame
import LocalFiles
import VehicleSimulation

/// What went out on one interface of a simulation.
struct SimulatedInterfaceReport {
    var interface: String
    var sent: UInt64 = 0
    /// Frames that the bus or the kernel did not take.
    var unsent: UInt64 = 0
    /// Of those, how many the kernel refused, by its reason.
    var refusals: [CInt: UInt64] = [:]
    /// From when a frame was due to when it was handed over, in nanoseconds.
    var greatestLateness: Int64 = 0
}

/// What a simulation did, for people and for programs.
struct SimulationSummary {
    /// In nanoseconds.
    var duration: Int64
    var cyclicFrames: UInt64
    var counts: DiagnosticCounts
    var interfaces: [SimulatedInterfaceReport]

    var sent: UInt64 { interfaces.reduce(0) { $0 + $1.sent } }
    var unsent: UInt64 { interfaces.reduce(0) { $0 + $1.unsent } }

    var framesPerSecond: Double { duration > 0 ? Double(sent) / (Double(duration) / 1e9) : 0 }

    var lines: [String] {
        let latest = interfaces.map(\.greatestLateness).max() ?? 0
        var lines = [
            "sent \(sent.counting("frame")) in \(FigureText.seconds(duration)), "
                + "\(FigureText.fixed(framesPerSecond, 0)) a second; the latest by "
                + "\(FigureText.fixed(Double(latest) / 1e6, 2)) ms"
        ]
        if counts.requests > 0 {
            lines.append(
                "requests: \(counts.requests); answered \(counts.positive) positively, "
                    + "\(counts.negative) negatively, \(counts.pending) times pending; "
                    + "\(counts.ignored) came while an ECU was at work")
        }
        if counts.unknownServices > 0 {
            lines.append(
                "requests of services that the ECU does not have: \(counts.unknownServices)")
        }
        if counts.periodic > 0 { lines.append("sent periodically: \(counts.periodic)") }
        if counts.transportFailures > 0 {
            lines.append(
                "messages that broke off: \(counts.transportFailures) (flow control or consecutive "
                    + "frames did not come)")
        }
        for report in interfaces where report.unsent > 0 {
            let reasons = report.refusals.sorted { $0.key < $1.key }.map { code, count in
                "\(count) refused by the kernel "
                    + "(\(SystemError("send", on: report.interface, code: code).reason))"
            }
            lines.append(
                "\(report.interface): not sent: \(report.unsent.counting("frame"))"
                    + (reasons.isEmpty
                        ? ": the bus was full" : ": " + reasons.joined(separator: "; ")))
        }
        return lines
    }

    /// Times in nanoseconds.
    func json(of car: FittedVehicle?) -> JSONValue {
        [
            "vehicle": car?.json ?? .null, "durationNanoseconds": .integer(duration),
            "sent": .count(sent),
            "unsent": .count(unsent), "cyclicFrames": .count(cyclicFrames),
            "requests": .count(counts.requests), "positive": .count(counts.positive),
            "negative": .count(counts.negative), "pending": .count(counts.pending),
            "ignoredRequests": .count(counts.ignored),
            "transportFailures": .count(counts.transportFailures),
            "unknownServices": .count(counts.unknownServices),
            "periodic": .count(counts.periodic),
            "interfaces": .array(
                interfaces.map {
                    [
                        "interface": .string($0.interface), "sent": .count($0.sent),
                        "unsent": .count($0.unsent),
                        "greatestLatenessNanoseconds": .integer($0.greatestLateness),
                    ]
                }),
        ]
    }
}

/// One line on a terminal that says how a simulation goes.
struct SimulationStatus {
    private static let interval: Int64 = 500_000_000
    private let isShown = StandardError.isTerminal
    private var next: Int64 = 0
    private var last: (sent: UInt64, time: Int64) = (0, 0)
    private var isOpen = false

    /// Draws it, at most twice a second.
    mutating func show(_ summary: SimulationSummary, _ faults: [SimulationFault], at now: Int64) {
        guard isShown, now >= next else { return }
        next = now + Self.interval
        let seconds = Double(max(now - last.time, 1)) / 1e9
        let rate = Double(summary.sent - last.sent) / seconds
        last = (summary.sent, now)
        var line =
            "\(FigureText.seconds(now)): \(FigureText.fixed(rate, 0)) frames/s, "
            + "\(summary.counts.answered) of \(summary.counts.requests) requests answered"
        if !faults.isEmpty {
            line += ", faults: " + faults.prefix(4).map(\.description).joined(separator: " ")
            if faults.count > 4 { line += " and \(faults.count - 4) more" }
        }
        StandardError.write("\r\u{1B}[K\(line.printable)")
        isOpen = true
    }

    mutating func clear() {
        if isOpen { StandardError.write("\r\u{1B}[K") }
        isOpen = false
    }
}
