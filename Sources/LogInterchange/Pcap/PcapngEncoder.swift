public import CANFrame

/// Writes captures as Wireshark reads them: pcapng, one interface for each channel with its name and
/// bit rate, link type `LINKTYPE_CAN_SOCKETCAN`, stamps in nanoseconds, directions as `epb_flags`.
///
/// A packet is as long as its frame needs; those of CAN FD frames say so by `CANFD_FDF`. Events have
/// no place.
public struct PcapngEncoder: InterchangeEncoder {
    /// The longest block: 28 bytes before a packet of 72, an option of 8, its end, the size.
    private static let longestBlock = 28 + 72 + 8 + 4 + 4

    private var text: [UInt8]
    private var used = 0
    /// The number of each channel's interface in the capture, or -1.
    private var numbers = [Int32](repeating: -1, count: 256)
    private var interfaceCount: Int32 = 0
    private var hasBegun = false
    private let options: EncodingOptions
    /// Seconds that are added to all stamps (`if_tsoffset`): stamps before 1970 are not negative.
    private let offset: Int64
    public private(set) var unheld = UnheldContent()

    public init(_ options: EncodingOptions) {
        self.options = options
        let second: Int64 = 1_000_000_000
        offset = min(0, options.start.truncated(to: second).nanoseconds / second)
        text = [UInt8](repeating: 0, count: 256 * 1024)
    }

    /// Writes the packets of all frames; they have all reached the output when it returns.
    public mutating func write<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, to output: inout Output
    ) throws(StreamError) {
        try begin(&output)
        var next = 0
        for index in batch.events.indices {
            let event = batch.events[index]
            if case .channel(let description) = event.kind, let channel = event.channel {
                try write(batch, from: &next, to: event.rowIndex, &output)
                if numbers[Int(channel)] < 0 { try describe(channel, description, &output) }
            }
        }
        try write(batch, from: &next, to: batch.count, &output)
        unheld.countEvents(of: batch)
        try flush(&output)
    }

    /// A capture without any frame has its header.
    public mutating func finish<Output: ByteSink & ~Copyable>(
        to output: inout Output
    ) throws(StreamError) {
        try begin(&output)
        try flush(&output)
    }

    // MARK: Blocks before packets

    /// The section header block: version 1.0, length unknown, and the program (`shb_userappl`).
    private mutating func begin<Output: ByteSink & ~Copyable>(
        _ output: inout Output
    ) throws(StreamError) {
        guard !hasBegun else { return }
        hasBegun = true
        var block = BlockBytes(type: 0x0A0D_0D0A)
        block.append(UInt32(0x1A2B_3C4D))
        block.append(UInt16(1))
        block.append(UInt16(0))
        block.append(UInt64.max)
        block.option(4, Array(options.program.utf8))
        try output.append(block.finished().span)
    }

    /// An interface description block: name, resolution, bit rate.
    private mutating func describe<Output: ByteSink & ~Copyable>(
        _ channel: UInt8, _ description: ChannelDescription, _ output: inout Output
    ) throws(StreamError) {
        try flush(&output)
        numbers[Int(channel)] = interfaceCount
        interfaceCount += 1
        var block = BlockBytes(type: 1)
        block.append(SocketCANPacket.Link.socketCAN.rawValue)
        block.append(UInt16(0))
        block.append(UInt32(0))
        block.option(2, Array(description.interface.utf8.prefix(64)))
        if let rate = description.bitRate {
            block.option(8, (0..<8).map { UInt8(truncatingIfNeeded: UInt64(rate) >> ($0 * 8)) })
        }
        block.option(9, [9])
        if offset < 0 {
            block.option(14, (0..<8).map { UInt8(truncatingIfNeeded: offset >> ($0 * 8)) })
        }
        try output.append(block.finished().span)
    }

    // MARK: Packets

    private mutating func write<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, from next: inout Int, to end: Int, _ output: inout Output
    ) throws(StreamError) {
        while next < end {
            let row = batch.rows[next]
            if numbers[Int(row.channel)] < 0 {
                let name = "can\(row.channel)"
                try describe(row.channel, ChannelDescription(interface: name), &output)
            }
            if text.count - used < Self.longestBlock { try flush(&output) }
            let start = used
            let place = PacketPlace(
                interface: UInt32(bitPattern: numbers[Int(row.channel)]),
                stamp: row.timestamp.nanoseconds &- offset &* 1_000_000_000)
            guard place.stamp >= 0 else { throw options.tooEarly(row.timestamp) }
            var span = text.mutableSpan
            // Any bytes are good bytes; nothing but bytes is stored.
            var target = unsafe span.mutableBytes
            let end = Self.format(batch, at: next, place, into: &target, at: start)
            used = end
            next += 1
        }
    }

    private mutating func flush<Output: ByteSink & ~Copyable>(
        _ output: inout Output
    ) throws(StreamError) {
        guard used > 0 else { return }
        try output.append(text.span.extracting(0..<used))
        used = 0
    }

    /// What a packet block says of its packet.
    private struct PacketPlace {
        var interface: UInt32
        /// Nanoseconds since 1970, and what the interface's offset takes off.
        var stamp: Int64
    }

    /// An enhanced packet block at `start`, which has room for the longest; gives the place behind it.
    @inline(__always)
    private static func format(
        _ batch: borrowing FrameBatch, at index: Int, _ place: PacketPlace,
        into target: inout MutableRawSpan, at start: Int
    ) -> Int {
        let row = batch.rows[index]
        // As the kernel counts: a remote frame has the length that it asks for, and no payload.
        let length = row.identifier.isRemote ? min(row.dlc, 8) : row.length
        let held = SocketCANPacket.headerSize &+ Int(row.length)
        let padded = (held &+ 3) & ~3
        let flags = flags(of: row)
        let size = 32 &+ padded &+ (flags > 0 ? 12 : 0)
        let stamp = UInt64(bitPattern: place.stamp)
        target.put(UInt32(6).littleEndian, at: start)
        target.put(UInt32(truncatingIfNeeded: size), at: start &+ 4)
        target.put(place.interface, at: start &+ 8)
        target.put(UInt32(truncatingIfNeeded: stamp &>> 32), at: start &+ 12)
        target.put(UInt32(truncatingIfNeeded: stamp), at: start &+ 16)
        target.put(UInt32(truncatingIfNeeded: held), at: start &+ 20)
        target.put(UInt32(truncatingIfNeeded: held), at: start &+ 24)
        target.put(row.identifier.rawValue.byteSwapped, at: start &+ 28)
        let suffix = !row.flags.isFD && length == 8 && row.dlc > 8 ? row.dlc : 0
        target.put(
            UInt32(length) | UInt32(row.flags.rawValue & FrameFlags.wire.rawValue) &<< 8
                | UInt32(suffix) &<< 24, at: start &+ 32)
        let payload = start &+ 36
        if row.isShort {
            target.put(row.length == 0 ? 0 : row.payloadWord, at: payload)
        } else {
            let bytes = batch.longPayload(at: index)
            for index in bytes.indices { target.put(bytes[index], at: payload &+ index) }
            for index in bytes.count..<padded &- 8 { target.put(UInt8(0), at: payload &+ index) }
        }
        var position = start &+ 28 &+ padded
        if flags > 0 {
            target.put(UInt32(2 | 4 &<< 16), at: position)
            target.put(flags, at: position &+ 4)
            target.put(UInt32(0), at: position &+ 8)
            position &+= 12
        }
        target.put(UInt32(truncatingIfNeeded: size), at: position)
        return position &+ 4
    }

    /// `epb_flags`: inbound 1, outbound 2.
    @inline(__always)
    private static func flags(of row: FrameRow) -> UInt32 {
        switch row.flags.origin {
        case .unknown: 0
        case .received: 1
        case .thisHost, .thisProcess: 2
        }
    }
}

/// A block of pcapng that is put together.
private struct BlockBytes {
    private var bytes: [UInt8] = []
    private var hasOptions = false

    init(type: UInt32) {
        append(type)
        append(UInt32(0))
    }

    mutating func append(_ value: some FixedWidthInteger) {
        for index in 0..<value.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: value >> (index * 8)))
        }
    }

    mutating func option(_ code: UInt16, _ value: [UInt8]) {
        hasOptions = true
        append(code)
        append(UInt16(truncatingIfNeeded: value.count))
        bytes += value
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    /// The block with its size, at both of its ends.
    func finished() -> [UInt8] {
        var block = self
        if hasOptions { block.append(UInt32(0)) }
        let size = UInt32(block.bytes.count + 4)
        block.append(size)
        for index in 0..<4 {
            block.bytes[4 + index] = UInt8(truncatingIfNeeded: size >> (index * 8))
        }
        return block.bytes
    }
}
