import CANFrame

/// A date as Vector's tools write it, in the language of their user:
/// `Wed Apr 16 09:21:13.159 am 2014`, `Sam Sep 30 15:06:13.191 2017`.
///
/// The words may come in any order, the weekday is not looked at, and AM and PM may be missing.
struct ASCDate {
    /// What the clock on the wall showed, as if it were UTC.
    private(set) var wall = Timestamp(nanoseconds: 0)
    /// Digits behind the second's point.
    private(set) var decimals = 0

    private var month: Int?
    private var day: Int?
    private var year: Int?
    private var secondOfDay: Int?
    private var nanosecond = 0
    /// Whether the hours are those of the morning, where the date says so.
    private var isMorning: Bool?

    /// Reads all words up to the line's end; `nil` if they are no date.
    init?(_ cursor: inout LineCursor) {
        while !cursor.isAtEnd {
            let length = cursor.tokenLength
            guard length > 0, take(cursor, length: length) else { return nil }
            cursor.position += length
            cursor.skipBlanks()
        }
        guard let month, let day, let year, var second = secondOfDay else { return nil }
        if let isMorning {
            guard second < 13 * 3600 else { return nil }
            second = second % 43_200 + (isMorning ? 0 : 43_200)
        }
        var time = UTCTime(Timestamp(nanoseconds: 0))
        (time.year, time.month, time.day) = (year, month, day)
        (time.secondOfDay, time.nanosecond) = (second, nanosecond)
        guard let stamp = time.timestamp, UTCTime(stamp) == time else { return nil }
        wall = stamp
    }

    private mutating func take(_ cursor: LineCursor, length: Int) -> Bool {
        let (value, digits) = cursor.word.decimal
        if digits > 0 && digits == length || digits == length - 1 && digits <= 2 && length > 1 {
            // A day may have a point or a comma behind it.
            switch digits {
            case 1, 2:
                day = Int(value)
                return true
            case 4:
                year = Int(value)
                return true
            default: return false
            }
        }
        if digits > 0 { return takeTime(cursor, length: length) }
        if cursor.isToken("am") || cursor.isToken("a.m.") {
            isMorning = true
        } else if cursor.isToken("pm") || cursor.isToken("p.m.") {
            isMorning = false
        } else if let found = Self.month(cursor) {
            // A weekday may look like a month (French mardi), and stands before it.
            month = found
        }
        return true
    }

    /// `9:21:13`, `09:21:13.159`
    private mutating func takeTime(_ cursor: LineCursor, length: Int) -> Bool {
        var cursor = LineCursor(
            cursor.text, start: cursor.position, end: cursor.position + length)
        var second = 0
        for limit in [24, 60, 60] {
            let (value, digits) = cursor.takeDecimal()
            guard (1...2).contains(digits), value < limit else { return false }
            second = second * 60 + Int(value)
            if limit == 60 && cursor.position == cursor.end { break }
            guard !cursor.isAtEnd else { return false }
            if cursor.character == UInt8(ascii: ":") { cursor.position += 1 }
        }
        guard secondOfDay == nil, length >= 5 else { return false }
        secondOfDay = second
        guard !cursor.isAtEnd else { return true }
        guard cursor.character == UInt8(ascii: ".") || cursor.character == UInt8(ascii: ",") else {
            return false
        }
        cursor.position += 1
        guard let (billionths, digits) = try? cursor.takeFraction(), digits > 0, cursor.isAtEnd
        else { return false }
        nanosecond = Int(billionths)
        decimals = max(3, digits)
        // The field holds milliseconds; python-can writes 36 of them as `.36`.
        if digits == 1 { nanosecond /= 100 }
        if digits == 2 { nanosecond /= 10 }
        return true
    }

    /// English, German, French, Italian and Spanish months by how they begin; an accented letter
    /// may have any coding.
    private static func month(_ cursor: LineCursor) -> Int? {
        if let number = plainMonth(cursor) { return number }
        let isAccented = cursor.end - cursor.position > 2 && cursor.text[cursor.position + 1] > 0x7F
        switch cursor.character {
        case UInt8(ascii: "M") where isAccented, UInt8(ascii: "m") where isAccented: return 3
        case UInt8(ascii: "F") where isAccented, UInt8(ascii: "f") where isAccented: return 2
        case UInt8(ascii: "D") where isAccented, UInt8(ascii: "d") where isAccented: return 12
        default: return nil
        }
    }

    private static func plainMonth(_ cursor: LineCursor) -> Int? {
        if cursor.starts(with: "ja") || cursor.starts(with: "gen") { return 1 }
        if cursor.starts(with: "ene") { return 1 }
        if cursor.starts(with: "fe") { return 2 }
        if cursor.starts(with: "mar") || cursor.starts(with: "mrz") { return 3 }
        if cursor.starts(with: "ap") || cursor.starts(with: "av") { return 4 }
        if cursor.starts(with: "abr") { return 4 }
        if cursor.starts(with: "mai") || cursor.starts(with: "may") { return 5 }
        if cursor.starts(with: "mag") { return 5 }
        if cursor.starts(with: "jun") || cursor.starts(with: "juin") { return 6 }
        if cursor.starts(with: "giu") { return 6 }
        if cursor.starts(with: "jul") || cursor.starts(with: "juil") { return 7 }
        if cursor.starts(with: "lug") { return 7 }
        if cursor.starts(with: "au") || cursor.starts(with: "ao") { return 8 }
        if cursor.starts(with: "ag") { return 8 }
        if cursor.starts(with: "se") || cursor.starts(with: "set") { return 9 }
        if cursor.starts(with: "oct") || cursor.starts(with: "okt") { return 10 }
        if cursor.starts(with: "ott") { return 10 }
        if cursor.starts(with: "no") { return 11 }
        if cursor.starts(with: "de") || cursor.starts(with: "dez") { return 12 }
        return cursor.starts(with: "dic") ? 12 : nil
    }
}
