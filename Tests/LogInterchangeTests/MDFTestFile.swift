import CANFrame
import CZlib
import LogInterchange
import Testing

/// Blocks of an MDF file, laid out by hand from ASAM MDF 4.1, chapter 5; links are filled in later by
/// the places that ``add`` gives.
struct MDFTestFile {
    var bytes: [UInt8]

    /// The identification and an HD block at 64, whose links are still zero.
    init(
        _ magic: String = "MDF     ", unfinished: UInt16 = 0,
        start: UInt64 = 1_700_000_000_000_000_000
    ) {
        bytes = Array(magic.utf8) + Array("4.10    test    ".utf8) + [0, 0, 0, 0, 0x9A, 0x01]
        bytes += [UInt8](repeating: 0, count: 30) + little(UInt64(unfinished), 2) + [0, 0]
        _ = add("HD", [0, 0, 0, 0, 0, 0], little(start, 8) + [UInt8](repeating: 0, count: 24))
    }

    /// Appends a block; gives its place.
    mutating func add(
        _ kind: String, _ links: [Int], _ data: [UInt8], length: UInt64? = nil
    ) -> Int {
        let place = bytes.count
        bytes += Array("##\(kind)".utf8) + [0, 0, 0, 0]
        bytes += little(length ?? UInt64(24 + 8 * links.count + data.count), 8)
        bytes += little(UInt64(links.count), 8)
        for link in links { bytes += little(UInt64(link), 8) }
        bytes += data
        while bytes.count % 8 != 0 { bytes.append(0) }
        return place
    }

    mutating func text(_ text: String) -> Int { add("TX", [], Array(text.utf8) + [0]) }

    /// Sets link `index` of the block at `place`.
    mutating func link(_ place: Int, _ index: Int, to target: Int) {
        for (offset, byte) in little(UInt64(target), 8).enumerated() {
            bytes[place + 24 + 8 * index + offset] = byte
        }
    }

    struct Channel: Sendable {
        var name: String
        var kind: UInt8 = 0
        var type: UInt8 = 0
        var byte: Int
        var bit = 0
        var bits: Int
        var data = 0
        var conversion = 0
        var members: [Channel] = []
    }

    /// Appends channels; gives the first one's place.
    mutating func channels(_ channels: [Channel]) -> Int {
        var next = 0
        for channel in channels.reversed() {
            let members = self.channels(channel.members)
            let name = text(channel.name)
            let isMaster = channel.kind == 2
            var data: [UInt8] = [channel.kind, isMaster ? 1 : 0, channel.type, UInt8(channel.bit)]
            data += little(UInt64(channel.byte), 4) + little(UInt64(channel.bits), 4)
            data += [UInt8](repeating: 0, count: 60)
            next = add(
                "CN", [next, members, name, 0, channel.conversion, channel.data, 0, 0], data)
        }
        return next
    }

    /// A linear conversion.
    mutating func conversion(factor: Double, summand: Double = 0) -> Int {
        var data: [UInt8] = [1, 0, 0, 0, 0, 0, 2, 0] + [UInt8](repeating: 0, count: 16)
        data += little(summand.bitPattern, 8) + little(factor.bitPattern, 8)
        return add("CC", [0, 0, 0, 0], data)
    }

    mutating func group(
        _ channels: [Channel], size: Int, count: Int, id: Int = 0, next: Int = 0, flags: Int = 6
    ) -> Int {
        let first = self.channels(channels)
        return add(
            "CG", [next, first, 0, 0, 0, 0],
            little(UInt64(id), 8) + little(UInt64(count), 8) + little(UInt64(flags), 2)
                + little(46, 2) + [0, 0, 0, 0] + little(UInt64(size), 4) + [0, 0, 0, 0])
    }

    /// Appends a data group and makes it the first one.
    @discardableResult
    mutating func dataGroup(_ group: Int, data: Int, idSize: UInt8 = 0, next: Int = 0) -> Int {
        let place = add("DG", [next, group, data, 0], [idSize, 0, 0, 0, 0, 0, 0, 0])
        link(64, 0, to: place)
        return place
    }

    mutating func compressed(_ data: [UInt8], columns: Int = 0, stored: [UInt8]? = nil) -> Int {
        var shuffled = data
        if columns > 0 {
            let rows = data.count / columns
            for row in 0..<rows {
                for column in 0..<columns {
                    shuffled[column * rows + row] = data[row * columns + column]
                }
            }
        }
        let content = stored ?? zlib(shuffled)
        return add(
            "DZ", [],
            Array("DT".utf8) + [columns > 0 ? 1 : 0, 0] + little(UInt64(columns), 4)
                + little(UInt64(data.count), 8) + little(UInt64(content.count), 8) + content)
    }

    mutating func list(_ blocks: [Int], next: Int = 0) -> Int {
        add(
            "DL", [next] + blocks,
            [0, 0, 0, 0] + little(UInt64(blocks.count), 4)
                + [UInt8](repeating: 0, count: 8 * blocks.count))
    }
}

func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
}

func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var size = compressBound(uLong(bytes.count))
    var output = [UInt8](repeating: 0, count: Int(size))
    // Both arrays have the sizes that zlib is told.
    _ = unsafe compress(&output, &size, bytes, uLong(bytes.count))
    return Array(output.prefix(Int(size)))
}
