import CANFrame
import LogInterchange

/// BLF logs made by hand, field by field, after the descriptions of Vector BLF (`ObjectHeader.h` and
/// so on).
enum BLFSample {
    /// 2023-11-14 22:13:20.123 UTC, a Tuesday: 1,700,000,000.123 s since 1970.
    static let start: [UInt16] = [2023, 11, 2, 14, 22, 13, 20, 123]
    static let startNanoseconds: Int64 = 1_700_000_000_123_000_000

    static func header(start: [UInt16] = start, size: UInt32 = 144) -> [UInt8] {
        var bytes = Array("LOGG".utf8) + little(size) + little(UInt32(4_070_100))
        bytes += [0, 0, 0, 0]
        bytes += [UInt8](repeating: 0, count: 24)
        bytes += start.flatMap { little($0) } + start.flatMap { little($0) }
        return bytes + [UInt8](repeating: 0, count: max(0, Int(size) - 72))
    }

    /// An object with a header of version 1 or 3 (32 bytes) or 2 (40), without padding.
    static func object(
        _ type: UInt32, _ fields: [UInt8], stamp: UInt64 = 0, flags: UInt32 = 2,
        version: UInt16 = 1, size: UInt32? = nil
    ) -> [UInt8] {
        let headerSize: UInt16 = version == 2 ? 40 : 32
        var bytes = Array("LOBJ".utf8) + little(headerSize) + little(version)
        bytes += little(size ?? UInt32(Int(headerSize) + fields.count)) + little(type)
        bytes += little(flags) + [0, 0, 0, 0] + little(stamp)
        return bytes + [UInt8](repeating: 0, count: Int(headerSize) - 32) + fields
    }

    /// CAN_MESSAGE.
    static func message(
        _ identifier: UInt32, _ payload: [UInt8], channel: UInt16 = 1, flags: UInt8 = 0,
        dlc: UInt8? = nil, stamp: UInt64 = 0, version: UInt16 = 1, timeFlags: UInt32 = 2
    ) -> [UInt8] {
        var fields = little(channel) + [flags, dlc ?? UInt8(payload.count)] + little(identifier)
        fields += payload + [UInt8](repeating: 0, count: 8 - payload.count)
        return object(1, fields, stamp: stamp, flags: timeFlags, version: version)
    }

    /// A LOG_CONTAINER whose data is stored as it is, with padding.
    static func stored(_ data: [UInt8]) -> [UInt8] { container(data, method: 0, size: data.count) }

    /// A LOG_CONTAINER whose data is packed, in stored blocks of RFC 1951 §3.2.4.
    static func packed(_ data: [UInt8], declared: Int? = nil) -> [UInt8] {
        var bytes: [UInt8] = [0x78, 0x01]
        var rest = data[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            bytes.append(rest.isEmpty ? 1 : 0)
            bytes += little(UInt16(block.count)) + little(~UInt16(block.count)) + block
        } while !rest.isEmpty
        // Adler-32, RFC 1950 §8.2.
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in data {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        bytes += little(b << 16 | a).reversed()
        return container(bytes, method: 2, size: declared ?? data.count)
    }

    static func container(_ data: [UInt8], method: UInt16, size: Int) -> [UInt8] {
        var bytes = Array("LOBJ".utf8) + little(UInt16(16)) + little(UInt16(1))
        bytes += little(UInt32(32 + data.count)) + little(UInt32(10))
        bytes += little(method) + [0, 0, 0, 0, 0, 0] + little(UInt32(size)) + [0, 0, 0, 0] + data
        return bytes + [UInt8](repeating: 0, count: bytes.count % 4)
    }

    static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
