import CANFrame
import LocalFiles
import Replaying
import SocketCAN

/// What a replay did, for people and for programs.
struct ReplaySummary {
    var report: ReplayReport
    /// What the log itself lacks, one line each.
    var logLosses: [String] = []

    /// Always said: what was sent, and what was not and why.
    var lines: [String] {
        var lines = ["sent \(report.sent.counting("frame")) in \(Self.seconds(report.duration))"]
        if !reasons.isEmpty {
            lines.append(
                "not sent: \(report.notSent.counting("frame")): \(reasons.joined(separator: "; "))")
        }
        if report.damagedFrames > 0 {
            lines.append(
                "missing in the log, which is damaged: \(report.damagedFrames.counting("frame"))")
        }
        if report.lateAnswers > 0 {
            lines.append(
                "an awaited frame did not come in time: \(report.lateAnswers.counting("time"))")
        }
        return lines
    }

    /// With `--report`: punctuality and what stood in the way.
    var details: [String] {
        let errors = report.gapErrors
        var lines: [String] = []
        if errors.count > 0 {
            lines += [
                "gap error p50 \(Self.microseconds(errors.percentile(0.5))), p99 "
                    + "\(Self.microseconds(errors.percentile(0.99))), max "
                    + "\(Self.microseconds(errors.maximum)), when handed to the kernel",
                "late by more than 1 ms: \(report.late.counting("frame")); the latest by "
                    + Self.microseconds(report.greatestLateness),
            ]
        }
        if report.passes != 1 { lines.append("passes: \(report.passes)") }
        if report.awaitedFrames > 0 {
            lines.append("frames of the other side in the log: \(report.awaitedFrames), not sent")
        }
        if report.socketFull + report.queueFull > 0 {
            lines.append(
                "the bus was full \((report.socketFull + report.queueFull).counting("time")) "
                    + "(\(report.queueFull) ENOBUFS); every frame was tried again")
        }
        if report.linkWaits > 0 {
            lines.append(
                "a link was down \(report.linkWaits.counting("time")), for "
                    + "\(Self.seconds(report.linkWaitTime)) in all")
        }
        return lines
    }

    private var reasons: [String] {
        var reasons: [String] = []
        func note(_ count: UInt64, of noun: String? = nil, _ text: String) {
            guard count > 0 else { return }
            reasons.append((noun.map { count.counting($0) } ?? String(count)) + " " + text)
        }
        note(report.errorFrames, of: "error frame", "(leave them out by --except error)")
        note(report.unfitFDFrames, of: "CAN FD frame", "for a classic interface")
        note(report.unroutedFrames, "of channels without an interface")
        for (code, count) in report.refusals.sorted(by: { $0.key < $1.key }) {
            let error = SystemError("send", on: "", code: code)
            note(count, "refused by the kernel (\(error.reason))")
        }
        note(
            report.abandoned,
            report.lostLink.map { "because \($0) did not come back" } ?? "because it was stopped")
        return reasons
    }

    /// One JSON object; times in nanoseconds.
    var json: String {
        let refused = report.refusals.map { (String($0.key), JSONValue.count($0.value)) }
        let notSent: JSONValue = [
            "total": .count(report.notSent), "errorFrames": .count(report.errorFrames),
            "fdFrames": .count(report.unfitFDFrames), "unrouted": .count(report.unroutedFrames),
            "refused": .object(Dictionary(uniqueKeysWithValues: refused)),
            "abandoned": .count(report.abandoned),
        ]
        let document: JSONValue = [
            "sent": .count(report.sent), "late": .count(report.late),
            "latestNanoseconds": .integer(report.greatestLateness),
            "gapErrorNanoseconds": gapErrors, "notSent": notSent,
            "damaged": .count(report.damagedFrames),
            "logLosses": .array(logLosses.map { .string($0) }),
            "awaited": .count(report.awaitedFrames), "lateAnswers": .count(report.lateAnswers),
            "socketFull": .count(report.socketFull), "queueFull": .count(report.queueFull),
            "linkWaits": .count(report.linkWaits),
            "linkWaitNanoseconds": .integer(report.linkWaitTime),
            "lostLink": JSONValue(report.lostLink), "stopped": .bool(report.wasStopped),
            "passes": .integer(Int64(report.passes)),
            "durationNanoseconds": .integer(report.duration),
            "isRealTime": .bool(report.refusedMeasures.isEmpty),
        ]
        return document.text
    }

    private var gapErrors: JSONValue {
        let errors = report.gapErrors
        return [
            "p50": .integer(errors.percentile(0.5)), "p99": .integer(errors.percentile(0.99)),
            "max": .integer(errors.maximum),
        ]
    }

    static func seconds(_ nanoseconds: Int64) -> String {
        fixed(nanoseconds, unit: 1_000_000_000, decimals: 3) + " s"
    }

    static func microseconds(_ nanoseconds: Int64) -> String {
        fixed(nanoseconds, unit: 1_000, decimals: 1) + " µs"
    }

    /// A frame as candump's log has it.
    static func text(of frame: WireFrame) -> String {
        let bytes = frame.bytes
        let payload = bytes[8..<8 + Int(bytes[4])].map(\.hexadecimal).joined()
        let name = frame.identifier.description
        if frame.isFD {
            return "\(name)##\(String(bytes[5] & 15, radix: 16, uppercase: true))\(payload)"
        }
        return frame.identifier.isRemote ? "\(name)#R\(bytes[4])" : "\(name)#\(payload)"
    }

    private static func fixed(_ value: Int64, unit: Int64, decimals: Int) -> String {
        var scale: Int64 = 1
        for _ in 0..<decimals { scale *= 10 }
        let step = max(1, unit / scale)
        let (whole, rest) = (value / step).quotientAndRemainder(dividingBy: scale)
        let digits = String(rest.magnitude)
        let zeros = String(repeating: "0", count: decimals - digits.count)
        return "\(value < 0 && whole == 0 ? "-" : "")\(whole).\(zeros)\(digits)"
    }
}
