import CANFrame

/// How the time of a row is written.
public enum TimeStyle: String, Sendable, CaseIterable {
    /// Seconds of bus time since the log's first frame.
    case relative
    /// The frame's stamp as an ISO 8601 date in UTC.
    case absolute
    /// The frame's stamp in seconds since 1970.
    case unix
}

/// Writes the time axis.
struct TimeText {
    let style: TimeStyle
    /// The second of the latest date, and its text up to the point.
    private var second = Int64.min
    private var date: [UInt8] = []

    init(_ style: TimeStyle) {
        self.style = style
    }

    /// The title of the column.
    var title: String { style == .absolute ? "time" : "time [s]" }

    @inline(__always)
    mutating func put(_ row: SignalRow, to buffer: inout TextBuffer) {
        put(time: row.time, timestamp: row.timestamp, to: &buffer)
    }

    mutating func put(time: Int64, timestamp: Timestamp, to buffer: inout TextBuffer) {
        switch style {
        case .relative: Self.putSeconds(time, to: &buffer)
        case .unix: Self.putSeconds(timestamp.nanoseconds, to: &buffer)
        case .absolute: putDate(timestamp, to: &buffer)
        }
    }

    /// With six decimals, or nine where these are needed.
    private static func putSeconds(_ nanoseconds: Int64, to buffer: inout TextBuffer) {
        if nanoseconds < 0 { buffer.put(UInt8(ascii: "-")) }
        let (seconds, rest) = nanoseconds.magnitude.quotientAndRemainder(
            dividingBy: 1_000_000_000)
        buffer.put(upTo: 20) { text, start in
            NumberText.write(seconds, into: &text, at: start) - start
        }
        putFraction(rest, to: &buffer)
    }

    private static func putFraction(_ nanoseconds: UInt64, to buffer: inout TextBuffer) {
        let isFine = !nanoseconds.isMultiple(of: 1_000)
        let count = isFine ? 9 : 6
        let digits = isFine ? nanoseconds : nanoseconds / 1_000
        buffer.put(upTo: 10) { text, start in
            text[start] = UInt8(ascii: ".")
            var rest = digits
            for index in (1...count).reversed() {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                text[start + index] = UInt8(ascii: "0") + UInt8(digit)
                rest = quotient
            }
            return count + 1
        }
    }

    private mutating func putDate(_ timestamp: Timestamp, to buffer: inout TextBuffer) {
        var (seconds, rest) = timestamp.nanoseconds.quotientAndRemainder(
            dividingBy: 1_000_000_000)
        if rest < 0 { (seconds, rest) = (seconds - 1, rest + 1_000_000_000) }
        if seconds != second {
            second = seconds
            let start = timestamp.nanoseconds.subtractingReportingOverflow(rest)
            let whole = Timestamp(nanoseconds: start.overflow ? .min : start.partialValue)
            date = Array(UTCTime(whole).text(fractionDigits: 0).utf8.dropLast())
        }
        buffer.put(date)
        Self.putFraction(UInt64(rest), to: &buffer)
        buffer.put(UInt8(ascii: "Z"))
    }
}
