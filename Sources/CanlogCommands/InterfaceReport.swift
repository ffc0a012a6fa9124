import CANFrame
import SocketCAN

/// An interface for people and programs.
struct InterfaceReport {
    let link: Link
    let driver: LinkDriver

    init(of link: Link) {
        self.link = link
        driver = LinkDriver(of: link.name)
    }

    private var statistics: InterfaceStatistics { link.statistics }

    // MARK: Table

    /// One line for each interface below a head.
    static func table(_ reports: [InterfaceReport]) -> String {
        let head = [
            "NAME", "KIND", "LINK", "STATE", "BIT RATE", "DATA", "SAMPLE", "FRAMES", "TX ERR",
            "RX ERR", "RECEIVED", "SENT", "DROPPED",
        ]
        let rows = [head] + reports.map(\.row)
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, word) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - word.count)
                // Words to the left, numbers to the right.
                line += (column < 4 ? word + padding : padding + word) + "  "
            }
            while line.last == " " { line.removeLast() }
            return line.printable + "\n"
        }.joined()
    }

    private var row: [String] {
        let controller = link.controller
        return [
            link.name, link.kind ?? "-", link.isUp ? "up" : "down", controller?.state?.name ?? "-",
            link.bitRate.map { "\($0)" } ?? "-", link.dataBitRate.map { "\($0)" } ?? "-",
            controller?.timing.map { LinkSettings.pointText($0.samplePoint) } ?? "-",
            frameKind, controller?.errorCounters.map { "\($0.transmit)" } ?? "-",
            controller?.errorCounters.map { "\($0.receive)" } ?? "-",
            "\(statistics.receivedFrames)", "\(statistics.sentFrames)", "\(dropped)",
        ]
    }

    /// Frames that either side dropped, as far as the driver and the kernel count them.
    private var dropped: UInt64 {
        statistics.receiveDropped &+ statistics.receiveMissed &+ statistics.receiveOverruns
            &+ statistics.sendDropped
    }

    private var frameKind: String {
        link.mtu > 72 ? "XL" : link.carriesFD ? "FD" : "classic"
    }

    // MARK: Everything

    /// All that is known, line by line.
    var text: String {
        var lines = [link.name]
        for (name, value) in described {
            lines.append("  " + name + String(repeating: " ", count: 20 - name.count) + value)
        }
        return lines.map(\.printable).joined(separator: "\n") + "\n"
    }

    private var described: [(String, String)] {
        var lines = [
            ("kind", (link.kind ?? "unknown") + (link.isVirtual ? ", no wire hangs on it" : "")),
            ("link", link.isUp ? "up" : "down"), ("frames", "\(frameKind) (MTU \(link.mtu))"),
        ]
        if let name = driver.name {
            lines.append(("driver", name + (driver.busAddress.map { " at \($0)" } ?? "")))
        }
        lines.append(
            ("hardware stamps", driver.offersHardwareStamps ? "offered" : "not offered"))
        if let controller = link.controller { lines += Self.described(controller) }
        let received =
            "\(statistics.receivedFrames), \(statistics.receivedBytes) bytes, "
            + "\(statistics.receiveErrors) errors, \(statistics.receiveDropped) dropped, "
            + "\(statistics.receiveOverruns) overruns, \(statistics.receiveMissed) missed"
        lines.append(("received", received))
        lines.append(
            (
                "sent",
                "\(statistics.sentFrames), \(statistics.sendErrors) errors, "
                    + "\(statistics.sendDropped) dropped"
            ))
        return lines
    }

    private static func described(_ controller: Controller) -> [(String, String)] {
        var lines: [(String, String)] = []
        if let state = controller.state { lines.append(("state", state.name)) }
        if let counters = controller.errorCounters {
            lines.append(
                ("error counters", "transmit \(counters.transmit), receive \(counters.receive)"))
        }
        lines.append(("bit timing", controller.timing.map(timing) ?? "no bit rate is set"))
        if let data = controller.dataTiming { lines.append(("data bit timing", timing(data))) }
        if let delay = controller.restartDelay {
            lines.append(
                ("restart", delay == 0 ? "never by itself" : "\(delay) ms after a bus-off"))
        }
        lines.append(("modes", list(controller.modes)))
        if let supported = controller.supportedModes {
            lines.append(("supported modes", list(supported)))
        }
        lines += limits(controller)
        if let statistics = controller.statistics {
            lines.append(
                (
                    "since it was bound",
                    "\(statistics.busErrors) bus errors, "
                        + "\(statistics.lostArbitrations) arbitrations lost, "
                        + "\(statistics.errorWarnings) times error-warning, "
                        + "\(statistics.errorPassives) error-passive, "
                        + "\(statistics.busOffs) bus-off, \(statistics.restarts) restarts"
                ))
        }
        return lines
    }

    private static func limits(_ controller: Controller) -> [(String, String)] {
        var lines: [(String, String)] = []
        if let limits = controller.limits { lines.append(("controller", text(of: limits))) }
        if let limits = controller.dataLimits { lines.append(("data", text(of: limits))) }
        if !controller.bitRates.isEmpty {
            lines.append(("bit rates", controller.bitRates.map { "\($0)" }.joined(separator: ", ")))
        }
        if let clock = controller.clock, clock > 0 { lines.append(("clock", "\(clock) Hz")) }
        if let termination = controller.termination {
            let choices = controller.terminations.map { "\($0)" }.joined(separator: ", ")
            lines.append(("termination", "\(termination) Ω of \(choices)"))
        }
        return lines
    }

    private static func timing(_ timing: BitTiming) -> String {
        "\(timing.bitRate) bit/s, sample point \(LinkSettings.pointText(timing.samplePoint)) "
            + "(quantum \(timing.timeQuantum) ns, segments \(timing.propagationSegment)+"
            + "\(timing.phaseSegment1)+\(timing.phaseSegment2), jump width \(timing.jumpWidth), "
            + "prescaler \(timing.prescaler))"
    }

    private static func text(of limits: BitTimingLimits) -> String {
        func range(_ range: ClosedRange<UInt32>) -> String {
            "\(range.lowerBound) to \(range.upperBound)"
        }
        return "\(limits.controller): quanta \(range(limits.segment1)) before the sample point, "
            + "\(range(limits.segment2)) behind it, jump width up to \(limits.jumpWidth), "
            + "prescaler \(range(limits.prescaler)) in steps of \(limits.prescalerStep)"
    }

    private static func list(_ modes: ControllerModes) -> String {
        modes.isEmpty ? "none" : modes.names.joined(separator: ", ")
    }
}
