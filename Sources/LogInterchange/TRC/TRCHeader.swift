import CANFrame

/// What the lines of a TRC log that begin with a semicolon say of the others.
struct TRCHeader: Sendable {
    /// 10 for version 1.0, which has no version line.
    private(set) var version = 10
    /// The columns' letters in order, as `$COLUMNS` of version 2.0 and later gives them; those of
    /// earlier versions are written here in the same letters.
    private(set) var columns = Array("NOILD".utf8)
    /// What the time offsets count from.
    private(set) var start: Int64 = 0
    private var hasStart = false
    private let localClock: LocalClock

    init(localClock: LocalClock) {
        self.localClock = localClock
    }

    /// Reads a line that begins with a semicolon.
    mutating func read(_ cursor: inout LineCursor) throws(LineFault) {
        cursor.position += 1
        if cursor.starts(with: "$fileversion=") {
            cursor.position += 13
            try readVersion(&cursor)
        } else if cursor.starts(with: "$starttime=") {
            cursor.position += 11
            try readStart(&cursor)
        } else if cursor.starts(with: "$columns=") {
            cursor.position += 9
            try readColumns(&cursor)
        } else if version == 10 && !hasStart {
            cursor.skipBlanks()
            if cursor.skip("start"), cursor.skip("time:") { readWrittenStart(&cursor) }
        }
    }

    private mutating func readVersion(_ cursor: inout LineCursor) throws(LineFault) {
        let place = cursor
        let (major, majorDigits) = cursor.takeDecimal()
        guard majorDigits == 1, cursor.character == UInt8(ascii: ".") else {
            throw place.fault(.version)
        }
        cursor.position += 1
        let (minor, minorDigits) = cursor.takeDecimal()
        guard minorDigits == 1 else { throw place.fault(.version) }
        let columns: StaticString
        switch major * 10 + minor {
        case 10: columns = "NOILD"
        case 11: columns = "NOTILD"
        case 12: columns = "NOBTILD"
        case 13: columns = "NOBTIRLD"
        case 20: columns = "NOTIdlD"
        case 21, 30: columns = "NOTBIdRLD"
        default: throw place.fault(.version)
        }
        version = Int(major * 10 + minor)
        self.columns = Array(columns.description.utf8)
    }

    /// `N,O,T,B,I,d,R,L,D`
    private mutating func readColumns(_ cursor: inout LineCursor) throws(LineFault) {
        var columns: [UInt8] = []
        while !cursor.isAtEnd {
            let letter = cursor.character
            let isKnown = "NOTBIdRlLDVSArs".utf8.contains(letter)
            guard isKnown, !columns.contains(letter) else { throw cursor.fault(.columns) }
            columns.append(letter)
            cursor.position += 1
            cursor.skipBlanks()
            guard !cursor.isAtEnd else { break }
            guard cursor.character == UInt8(ascii: ",") else { throw cursor.fault(.columns) }
            cursor.position += 1
            cursor.skipBlanks()
        }
        let hasAll = "OTID".utf8.allSatisfy { columns.contains($0) }
        let hasLength = "lL".utf8.contains { columns.contains($0) }
        guard hasAll, hasLength else { throw cursor.fault(.columns) }
        self.columns = columns
    }

    /// Days since 1899-12-30 by the clock on the wall, to any decimal.
    ///
    /// Writers keep ten decimals or a binary fraction, both nearer than a microsecond to what they
    /// mean, so the nearest microsecond is taken.
    private mutating func readStart(_ cursor: inout LineCursor) throws(LineFault) {
        let place = cursor
        let (days, dayDigits) = cursor.takeDecimal()
        guard (1...6).contains(dayDigits) else { throw place.fault(.date) }
        var fraction: UInt128 = 0
        var scale: UInt128 = 1
        if cursor.character == UInt8(ascii: ".") || cursor.character == UInt8(ascii: ",") {
            cursor.position += 1
            while cursor.position < cursor.end {
                let digit = cursor.character &- UInt8(ascii: "0")
                guard digit < 10 else { break }
                // Beyond twenty decimals nothing is left of a microsecond.
                if scale < 100_000_000_000_000_000_000 {
                    fraction = fraction * 10 + UInt128(digit)
                    scale *= 10
                }
                cursor.position += 1
            }
        }
        let isEnded =
            cursor.isBoundary(cursor.position) || cursor.character == UInt8(ascii: ";")
        guard isEnded else { throw place.fault(.date) }
        let microseconds = (fraction * 86_400_000_000 * 2 + scale) / (scale * 2)
        let (wall, isBeyond) = (Int64(days) - 25_569).multipliedReportingOverflow(
            by: 86_400_000_000_000)
        guard !isBeyond, days < 120_000 else { throw place.fault(.date) }
        set(wall: wall + Int64(microseconds) * 1000)
    }

    /// `11.09.2002 16:00:20.682`, which is all that version 1.0 has.
    private mutating func readWrittenStart(_ cursor: inout LineCursor) {
        var numbers: [Int] = []
        for separator in [UInt8(ascii: "."), UInt8(ascii: "."), 0x20, 0x3A, 0x3A, 0x2E] {
            let (value, digits) = cursor.takeDecimal()
            guard (1...4).contains(digits) else { return }
            numbers.append(Int(value))
            guard cursor.character == separator else { break }
            cursor.position += 1
        }
        guard numbers.count == 6, numbers[3] < 24, numbers[4] < 60, numbers[5] < 60 else { return }
        var time = UTCTime(Timestamp(nanoseconds: 0))
        (time.day, time.month, time.year) = (numbers[0], numbers[1], numbers[2])
        time.secondOfDay = (numbers[3] * 60 + numbers[4]) * 60 + numbers[5]
        if let (billionths, _) = try? cursor.takeFraction() { time.nanosecond = Int(billionths) }
        guard (1...12).contains(time.month), let stamp = time.timestamp, UTCTime(stamp) == time
        else { return }
        set(wall: stamp.nanoseconds)
    }

    private mutating func set(wall: Int64) {
        let second =
            Timestamp(nanoseconds: wall).truncated(to: 1_000_000_000).nanoseconds
            / 1_000_000_000
        start = wall &+ (localClock.utc(ofWall: second) &- second) &* 1_000_000_000
        hasStart = true
    }
}
