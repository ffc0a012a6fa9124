/// A moment as a date and a time of day in UTC, for people (ISO 8601).
public struct UTCTime: Hashable, Sendable {
    public var year: Int
    public var month: Int
    public var day: Int
    /// Seconds since midnight, 0 to 86,399.
    public var secondOfDay: Int
    public var nanosecond: Int

    /// The date and time of day of `timestamp` in the Gregorian calendar.
    public init(_ timestamp: Timestamp) {
        let second: Int64 = 1_000_000_000
        let seconds = Self.floor(timestamp.nanoseconds, by: second)
        let days = Self.floor(seconds, by: 86_400)
        // From the remainder: the whole seconds of the least stamps exceed 64 bits in nanoseconds.
        let rest = timestamp.nanoseconds % second
        nanosecond = Int(rest < 0 ? rest + second : rest)
        secondOfDay = Int(seconds - days * 86_400)
        // Days are counted from 1 March of year 0, so that a leap day ends its year.
        let shifted = Int(days) + 719_468
        let era = shifted >= 0 ? shifted / 146_097 : (shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Reads `2026-11-22T09:30:00Z` (RFC 3339).
    ///
    /// The time is UTC unless it ends with a distance to UTC, as `+02:00`, `+0200` or `+02`. A
    /// fraction, and a blank instead of the T, are allowed; the seconds may be left out. `nil` if
    /// the text is anything else, or names a day that does not exist.
    public init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard let distance = Self.takeZone(from: &rest), var local = UTCTime(utc: rest) else {
            return nil
        }
        if distance != 0 {
            guard let timestamp = local.timestamp else { return nil }
            let (shifted, overflow) = timestamp.nanoseconds.subtractingReportingOverflow(
                Int64(distance) * 60_000_000_000)
            guard !overflow else { return nil }
            local = UTCTime(Timestamp(nanoseconds: shifted))
        }
        self = local
    }

    /// Takes the zone off the end of a time: its minutes before UTC, 0 if there is none.
    private static func takeZone(from rest: inout ArraySlice<UInt8>) -> Int? {
        if rest.last == UInt8(ascii: "Z") {
            rest.removeLast()
            return 0
        }
        // Behind the date, whose hyphens are no signs.
        let time = rest.dropFirst(10)
        guard
            let sign = time.lastIndex(where: {
                $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")
            })
        else { return 0 }
        var zone = rest[(sign + 1)...]
        let isEast = rest[sign] == UInt8(ascii: "+")
        rest = rest[..<sign]
        guard let hours = number(2, from: &zone), hours < 24 else { return nil }
        if zone.count == 3, !skip(":", in: &zone) { return nil }
        let minutes = zone.isEmpty ? 0 : number(2, from: &zone)
        guard let minutes, minutes < 60, zone.isEmpty else { return nil }
        return (isEast ? 1 : -1) * (hours * 60 + minutes)
    }

    /// Reads a time without a zone.
    private init?(utc text: ArraySlice<UInt8>) {
        var rest = text
        guard let year = Self.number(4, from: &rest), Self.skip("-", in: &rest),
            let month = Self.number(2, from: &rest), Self.skip("-", in: &rest),
            let day = Self.number(2, from: &rest), Self.skip("T ", in: &rest),
            let hour = Self.number(2, from: &rest), hour < 24, Self.skip(":", in: &rest),
            let minute = Self.number(2, from: &rest), minute < 60
        else { return nil }
        var (second, nanosecond) = (0, 0)
        if !rest.isEmpty {
            guard Self.skip(":", in: &rest), let given = Self.number(2, from: &rest), given < 60
            else { return nil }
            second = given
        }
        if !rest.isEmpty {
            guard Self.skip(".,", in: &rest), (1...9).contains(rest.count) else { return nil }
            let digits = rest.count
            guard let fraction = Self.number(digits, from: &rest) else { return nil }
            nanosecond = (digits..<9).reduce(fraction) { value, _ in value * 10 }
        }
        self.year = year
        self.month = month
        self.day = day
        secondOfDay = (hour * 60 + minute) * 60 + second
        self.nanosecond = nanosecond
        guard (1...12).contains(month), let timestamp, UTCTime(timestamp) == self else {
            return nil
        }
    }

    /// The moment; `nil` outside the years that nanoseconds in 64 bits reach (1678 to 2261).
    public var timestamp: Timestamp? {
        guard (1678...2261).contains(year) else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let seconds = Int64(era * 146_097 + dayOfEra - 719_468) * 86_400 + Int64(secondOfDay)
        return Timestamp(nanoseconds: seconds * 1_000_000_000 + Int64(nanosecond))
    }

    /// `2026-11-22T09:30:00.123456Z` with this many digits of the second, 0 to 9.
    public func text(fractionDigits: Int) -> String {
        let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
        let fraction = Self.padded(nanosecond, 9).prefix(max(0, min(9, fractionDigits)))
        return date + "T" + timeOfDay + (fraction.isEmpty ? "" : "." + fraction) + "Z"
    }

    /// `20261122T093000Z`, for file names.
    public var compactText: String {
        let date = Self.padded(year, 4) + Self.padded(month, 2) + Self.padded(day, 2)
        return date + "T" + timeOfDay.filter { $0 != ":" } + "Z"
    }

    /// `09:30:00`
    public var timeOfDay: String {
        let (minutes, second) = secondOfDay.quotientAndRemainder(dividingBy: 60)
        return
            "\(Self.padded(minutes / 60, 2)):\(Self.padded(minutes % 60, 2)):\(Self.padded(second, 2))"
    }

    private static func floor(_ value: Int64, by divisor: Int64) -> Int64 {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? quotient - 1 : quotient
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func number(_ digits: Int, from rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.count >= digits else { return nil }
        var value = 0
        for byte in rest.prefix(digits) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        rest = rest.dropFirst(digits)
        return value
    }

    private static func skip(_ allowed: String, in rest: inout ArraySlice<UInt8>) -> Bool {
        guard let first = rest.first, allowed.utf8.contains(first) else { return false }
        rest = rest.dropFirst()
        return true
    }
}
