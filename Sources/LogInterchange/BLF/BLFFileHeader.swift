import CANFrame

/// The first 144 bytes of a BLF log (`FileStatistics`).
struct BLFFileHeader: Sendable {
    static let size = 144
    /// Up to the time of the last object; what follows is reserved, or for restore points.
    static let knownSize = 72
    /// `LOGG`
    static let signature = Array("LOGG".utf8)
    /// `apiNumber`: of the objects as Vector's library 4.8.2.0 defines them.
    private static let interfaceNumber: UInt32 = 4_080_200

    /// Where the first object begins (`statisticsSize`).
    var headerSize = UInt32(Self.size)
    /// The size of the file; 0 where nobody came back to write it.
    var fileSize: UInt64 = 0
    /// What the file would have without compression: this header, and of each container its header
    /// and its unpacked data.
    var unpackedSize: UInt64 = UInt64(Self.size)
    var objectCount: UInt32 = 0
    /// What the stamps of the objects count from, as the wall showed it (`measurementStartTime`).
    var start: UTCTime
    /// When the last object was stamped (`lastObjectTime`), likewise.
    var last: UTCTime

    /// Reads the header's known bytes.
    init(_ bytes: ArraySlice<UInt8>) {
        let bytes = Array(bytes)
        headerSize = UInt32(truncatingIfNeeded: Self.number(bytes, at: 4, size: 4))
        fileSize = Self.number(bytes, at: 16, size: 8)
        unpackedSize = Self.number(bytes, at: 24, size: 8)
        objectCount = UInt32(truncatingIfNeeded: Self.number(bytes, at: 32, size: 4))
        start = Self.date(bytes, at: 40)
        last = Self.date(bytes, at: 56)
    }

    init(start: UTCTime) {
        self.start = start
        last = start
    }

    /// Nanoseconds since 1970 of the start as the wall showed it; `nil` if that is no date, as in
    /// files of a tool that does not know it.
    var wallStart: Timestamp? {
        guard let timestamp = start.timestamp, UTCTime(timestamp) == start else { return nil }
        return timestamp
    }

    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.size)
        bytes.replaceSubrange(0..<4, with: Self.signature)
        Self.put(UInt64(headerSize), size: 4, into: &bytes, at: 4)
        Self.put(UInt64(Self.interfaceNumber), size: 4, into: &bytes, at: 8)
        // The application's number, level and version at 12 to 15 stay 0, which is unknown: the
        // numbers are Vector's to give.
        Self.put(fileSize, size: 8, into: &bytes, at: 16)
        Self.put(unpackedSize, size: 8, into: &bytes, at: 24)
        Self.put(UInt64(objectCount), size: 4, into: &bytes, at: 32)
        Self.put(start, into: &bytes, at: 40)
        Self.put(last, into: &bytes, at: 56)
        return bytes
    }

    private static func number(_ bytes: [UInt8], at offset: Int, size: Int) -> UInt64 {
        bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func put(
        _ number: UInt64, size: Int, into bytes: inout [UInt8], at offset: Int
    ) {
        for index in 0..<size {
            bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(index)))
        }
    }

    /// Reads a `SYSTEMTIME` of Windows: year, month, day of the week, day, hour, minute, second,
    /// millisecond; 16 bits each.
    private static func date(_ bytes: [UInt8], at offset: Int) -> UTCTime {
        func field(_ index: Int) -> Int { Int(number(bytes, at: offset + 2 * index, size: 2)) }
        var time = UTCTime(Timestamp(nanoseconds: 0))
        time.year = field(0)
        time.month = min(field(1), 13)
        time.day = min(field(3), 32)
        time.secondOfDay = (field(4) * 60 + field(5)) * 60 + field(6)
        time.nanosecond = field(7) * 1_000_000
        // 25 hours or 61 minutes must not become another day, nor 13 months another year.
        let greatest = [0xFFFF, 12, 0xFFFF, 31, 23, 59, 59, 999]
        if greatest.indices.contains(where: { field($0) > greatest[$0] }) { time.month = 0 }
        return time
    }

    private static func put(_ time: UTCTime, into bytes: inout [UInt8], at offset: Int) {
        let (minutes, second) = time.secondOfDay.quotientAndRemainder(dividingBy: 60)
        let fields = [
            time.year, time.month, dayOfWeek(time), time.day, minutes / 60, minutes % 60, second,
            time.nanosecond / 1_000_000,
        ]
        for (index, field) in fields.enumerated() {
            put(UInt64(truncatingIfNeeded: field), size: 2, into: &bytes, at: offset + 2 * index)
        }
    }

    /// 0 is Sunday; 1970 began with a Thursday.
    private static func dayOfWeek(_ time: UTCTime) -> Int {
        guard let timestamp = time.timestamp else { return 0 }
        let days = timestamp.truncated(to: 86_400_000_000_000).nanoseconds / 86_400_000_000_000
        return Int(((days + 4) % 7 + 7) % 7)
    }
}
