public import CANFrame

/// Reads captures with frames of CAN: pcapng (IETF draft-ietf-opsawg-pcapng) and the older pcap
/// (draft-ietf-opsawg-pcap), of either byte order, link types `LINKTYPE_CAN_SOCKETCAN`,
/// `LINKTYPE_LINUX_SLL` and `LINKTYPE_LINUX_SLL2`.
///
/// Interfaces become channels as they give their first frame; those of the same name are one, also in
/// several sections. Packets of other link types and
/// protocols, and CAN XL, are other content; blocks without packets are passed over. A block is held
/// whole if it has at most 1 MiB; a larger one is passed over.
public struct PcapDecoder: InterchangeDecoder {
    private enum Kind: Sendable { case unknown, pcapng, pcap }

    /// Blocks that are larger cannot hold a frame of CAN alone.
    static let greatestBlock: UInt32 = 1 << 20
    /// A section with more interfaces is passed over from there on.
    static let interfaceLimit = 65_536

    private var window = StreamWindow()
    private var kind = Kind.unknown
    private var order = FieldOrder()
    private var interfaces: [CaptureInterface] = []
    private var channelNames: [String] = []
    private var frames: UInt64 = 0
    private var hasEnded = false
    /// Where in the stream the block or record begins that is read.
    private var blockOffset: UInt64 = 0
    private var latest = Timestamp(nanoseconds: 0)
    private var unreportedLosses: UInt64 = 0
    private var stamps = StampResolution()
    public private(set) var gaps = ReadingGaps()
    public var resolution: Int64 { stamps.nanoseconds }

    public init() {}

    /// Whether a capture begins like this.
    public static func matches(_ content: [UInt8]) -> Bool {
        [
            [0x0A, 0x0D, 0x0D, 0x0A], [0xA1, 0xB2, 0xC3, 0xD4], [0xD4, 0xC3, 0xB2, 0xA1],
            [0xA1, 0xB2, 0x3C, 0x4D], [0x4D, 0x3C, 0xB2, 0xA1],
        ].contains(Array(content.prefix(4)))
    }

    public mutating func read<Input: ByteStream & ~Copyable>(
        from input: inout Input, into batch: inout FrameBatch
    ) throws(StreamError) -> ReadOutcome {
        batch.firstFrameNumber = frames
        if kind == .unknown && !hasEnded { try begin(&input) }
        while !hasEnded && !batch.isFull {
            // What is there goes on before a slow pipe is waited for.
            if window.count < 12 && !batch.isEmpty { break }
            blockOffset = window.offset
            switch kind {
            case .pcapng where takePackets(input.place, &batch): break
            case .pcapng: try readBlock(from: &input, into: &batch)
            case .pcap: try readRecord(from: &input, into: &batch)
            case .unknown: hasEnded = true
            }
        }
        if hasEnded { reportLosses(in: &batch) }
        frames += UInt64(batch.count)
        return batch.isEmpty && hasEnded ? .ended : .batch
    }

    // MARK: The beginning

    private mutating func begin<Input: ByteStream & ~Copyable>(
        _ input: inout Input
    ) throws(StreamError) {
        guard try window.hold(4, from: &input) else {
            hasEnded = true
            guard window.count > 0 else { return }
            throw damage("the capture is cut off in its first 4 bytes", input.place)
        }
        let magic = window.bytes.span.uint32(at: window.start)
        if magic == 0x0A0D_0D0A {
            kind = .pcapng
            return
        }
        guard try window.hold(24, from: &input) else {
            throw damage("the header of the capture is cut off", input.place)
        }
        order.isBigEndian = magic == 0xD4C3_B2A1 || magic == 0x4D3C_B2A1
        let version = order.isBigEndian ? magic.byteSwapped : magic
        guard version == 0xA1B2_C3D4 || version == 0xA1B2_3C4D else {
            throw damage("these are not the first bytes of a capture", input.place)
        }
        // The high bits of the link type say how long the packets' checksums are.
        let link = order.uint32(window.bytes.span, at: window.start + 20)
        var interface = CaptureInterface(linkType: UInt16(truncatingIfNeeded: link))
        if version == 0xA1B2_3C4D { _ = interface.setResolution(9) }
        interfaces = [interface]
        window.take(24)
        kind = .pcap
    }

    private func damage(_ cause: String, _ place: String) -> StreamError {
        StreamError(place: "\(place): byte \(blockOffset)", cause: cause)
    }

    /// Ends the reading, where what follows cannot be found.
    private mutating func end(_ cause: String, _ place: String) {
        hasEnded = true
        gaps.damage = damage(cause, place)
    }

    // MARK: pcap

    private mutating func readRecord<Input: ByteStream & ~Copyable>(
        from input: inout Input, into batch: inout FrameBatch
    ) throws(StreamError) {
        guard try window.hold(16, from: &input) else {
            hasEnded = true
            if window.count > 0 { end("the capture is cut off in a packet's header", input.place) }
            return
        }
        let start = window.start
        let size = order.uint32(window.bytes.span, at: start + 8)
        guard size <= Self.greatestBlock else {
            return end("a packet says that it has \(size) bytes", input.place)
        }
        guard try window.hold(16 + Int(size), from: &input) else {
            return end("the capture is cut off in a packet of \(size) bytes", input.place)
        }
        let seconds = order.uint32(window.bytes.span, at: window.start)
        let fraction = order.uint32(window.bytes.span, at: window.start + 4)
        let units = UInt64(seconds) * interfaces[0].perSecond + UInt64(fraction)
        let bytes = window.bytes
        let packet = bytes.span.extracting(window.start + 16..<window.start + 16 + Int(size))
        take(packet, of: 0, units, origin: .unknown, input.place, &batch)
        window.take(16 + Int(size))
    }

    // MARK: pcapng

    private mutating func readBlock<Input: ByteStream & ~Copyable>(
        from input: inout Input, into batch: inout FrameBatch
    ) throws(StreamError) {
        guard try window.hold(12, from: &input) else {
            hasEnded = true
            if window.count > 0 { end("the capture is cut off in a block's header", input.place) }
            return
        }
        let bytes = window.bytes
        let type = order.uint32(bytes.span, at: window.start)
        let isSection = type == 0x0A0D_0D0A
        if isSection {
            // Its magic says in which order the bytes are from here on.
            let magic = bytes.span.uint32(at: window.start + 8)
            guard magic == 0x1A2B_3C4D || magic == 0x4D3C_2B1A else {
                return end("a section has no byte-order magic", input.place)
            }
            order.isBigEndian = magic == 0x4D3C_2B1A
            interfaces.removeAll(keepingCapacity: true)
        }
        let size = order.uint32(bytes.span, at: window.start + 4)
        guard size >= 12, size & 3 == 0 else {
            return end("a block of type \(type) says that it has \(size) bytes", input.place)
        }
        guard size <= Self.greatestBlock else {
            if type == 6 || type == 2 { fault("a packet of \(size) bytes", input.place) }
            if type == 1 {
                add(.unreadable, "an interface is described in \(size) bytes", input.place)
            }
            if try !window.skip(UInt64(size), from: &input) {
                end("the capture is cut off in a block of \(size) bytes", input.place)
            }
            return
        }
        guard try window.hold(Int(size), from: &input) else {
            return end("the capture is cut off in a block of \(size) bytes", input.place)
        }
        let trailer = order.uint32(window.bytes.span, at: window.start + Int(size) - 4)
        guard trailer == size else {
            return end(
                "a block says \(size) bytes at its start and \(trailer) at its end", input.place)
        }
        switch type {
        case 1: addInterface(window.start..<window.start + Int(size) - 4, input.place)
        case 6:
            let bytes = window.bytes
            if !takeEnhanced(
                bytes.span, at: window.start, size: Int(size), input.place, &batch)
            {
                fault("a packet that does not fit into its block of \(size) bytes", input.place)
            }
        case 2:
            let bytes = window.bytes
            if !takeObsolete(
                bytes.span, at: window.start, size: Int(size), input.place, &batch)
            {
                fault("a packet that does not fit into its block of \(size) bytes", input.place)
            }
        case 3: fault("a simple packet has no stamp", input.place)
        default: break
        }
        window.take(Int(size))
    }

    private mutating func addInterface(_ block: Range<Int>, _ place: String) {
        guard block.count >= 16 else {
            return add(.unreadable, "an interface is described in \(block.count) bytes", place)
        }
        let bytes = window.bytes
        let interface = CaptureInterface(describedBy: bytes.span.extracting(block), order)
        add(
            interface,
            interface.isKnown
                ? nil : "the stamps of interface \(interfaces.count) are finer than any", place)
    }

    /// Packets name an interface by its place among all, those included that cannot be read.
    private mutating func add(_ interface: CaptureInterface, _ cause: String?, _ place: String) {
        if let cause { fault(cause, place) }
        if interfaces.count < Self.interfaceLimit { interfaces.append(interface) }
    }

    /// Takes the packets at the start of what is held, as long as they are whole and good; false if
    /// there is none.
    private mutating func takePackets(_ place: String, _ batch: inout FrameBatch) -> Bool {
        let bytes = window.bytes
        let span = bytes.span
        var position = window.start
        let end = window.end
        while !batch.isFull && end &- position >= 32 {
            let size = Int(order.uint32(span, at: position &+ 4))
            guard order.uint32(span, at: position) == 6, size >= 32, size & 3 == 0,
                size <= end &- position, order.uint32(span, at: position &+ size &- 4) == size
            else { break }
            guard takeEnhanced(span, at: position, size: size, place, &batch) else { break }
            position &+= size
            blockOffset &+= UInt64(truncatingIfNeeded: size)
        }
        guard position > window.start else { return false }
        window.take(position - window.start)
        return true
    }

    /// Takes an enhanced packet block; false if it says what cannot be.
    @inline(__always)
    private mutating func takeEnhanced(
        _ bytes: Span<UInt8>, at start: Int, size: Int, _ place: String, _ batch: inout FrameBatch
    ) -> Bool {
        guard size >= 32 else { return false }
        let interface = order.uint32(bytes, at: start &+ 8)
        let high = order.uint32(bytes, at: start &+ 12)
        let low = order.uint32(bytes, at: start &+ 16)
        let captured = order.uint32(bytes, at: start &+ 20)
        guard captured <= UInt32(size &- 32) else { return false }
        let packet = start &+ 28..<start &+ 28 &+ Int(captured)
        let options = (packet.upperBound &- start &+ 3) & ~3
        let origin = origin(bytes, start &+ options, end: start &+ size &- 4)
        take(
            bytes.extracting(packet), of: Int(interface), UInt64(high) &<< 32 | UInt64(low),
            origin: origin, place, &batch)
        return true
    }

    /// The direction that `epb_flags` tells.
    @inline(__always)
    private func origin(_ bytes: Span<UInt8>, _ start: Int, end: Int) -> FrameOrigin {
        var option = start
        while end &- option >= 8 {
            let code = order.uint16(bytes, at: option)
            let count = Int(order.uint16(bytes, at: option &+ 2))
            if code == 2 && count == 4 {
                switch order.uint32(bytes, at: option &+ 4) & 3 {
                case 1: return .received
                case 2: return .thisHost
                default: return .unknown
                }
            }
            guard code != 0 else { return .unknown }
            option = option &+ 4 &+ (count &+ 3) / 4 &* 4
        }
        return .unknown
    }

    /// A packet block of the first drafts, which Wireshark still reads; false as above.
    private mutating func takeObsolete(
        _ bytes: Span<UInt8>, at start: Int, size: Int, _ place: String, _ batch: inout FrameBatch
    ) -> Bool {
        guard size >= 32 else { return false }
        let interface = order.uint16(bytes, at: start + 8)
        let high = order.uint32(bytes, at: start + 12)
        let low = order.uint32(bytes, at: start + 16)
        let captured = order.uint32(bytes, at: start + 20)
        guard captured <= UInt32(size - 32) else { return false }
        take(
            bytes.extracting(start + 28..<start + 28 + Int(captured)), of: Int(interface),
            UInt64(high) << 32 | UInt64(low), origin: .unknown, place, &batch)
        return true
    }

    // MARK: Frames

    @inline(__always)
    private mutating func take(
        _ packet: Span<UInt8>, of index: Int, _ units: UInt64, origin: FrameOrigin,
        _ place: String, _ batch: inout FrameBatch
    ) {
        guard index < interfaces.count else {
            return fault("a packet is of interface \(index), which is not described", place)
        }
        guard let link = interfaces[index].link else {
            gaps.otherContent &+= 1
            return
        }
        guard interfaces[index].isKnown else {
            return fault("the stamps of interface \(index) are finer than any", place)
        }
        guard let stamp = interfaces[index].timestamp(units) else {
            return fault("a stamp lies beyond the year 2262", place)
        }
        switch SocketCANPacket.content(of: packet, link, order) {
        case .faulty(let cause): fault(cause, place)
        case .other: gaps.otherContent &+= 1
        case .frame(var row, let payloadStart):
            latest = stamp
            stamps.see(stamp)
            guard let channel = interfaces[index].channel ?? addChannel(index, at: stamp, &batch)
            else { return fault("there are more than 256 interfaces", place) }
            if unreportedLosses > 0 { reportLosses(in: &batch) }
            row.timestamp = stamp
            row.channel = channel
            if link == .socketCAN { row.flags.origin = origin }
            if row.isShort {
                batch.append(row)
            } else {
                let end = payloadStart &+ Int(row.length)
                batch.append(row, payload: packet.extracting(payloadStart..<end))
            }
        }
    }

    /// Describes the interface before its first frame.
    private mutating func addChannel(
        _ index: Int, at time: Timestamp, _ batch: inout FrameBatch
    ) -> UInt8? {
        let name = interfaces[index].name ?? "can\(index)"
        if let known = channelNames.firstIndex(of: name) {
            interfaces[index].channel = UInt8(known)
            return UInt8(known)
        }
        guard let channel = UInt8(exactly: channelNames.count) else { return nil }
        channelNames.append(name)
        interfaces[index].channel = channel
        batch.append(
            .channel(ChannelDescription(interface: name, bitRate: interfaces[index].bitRate)),
            at: time, channel: channel)
        return channel
    }

    /// Counts a packet or block that is passed over.
    private mutating func fault(_ cause: String, _ place: String) {
        gaps.skip(damage(cause, place))
        unreportedLosses += 1
    }

    private mutating func reportLosses(in batch: inout FrameBatch) {
        guard unreportedLosses > 0 else { return }
        batch.append(.loss(Loss(cause: .malformed, frames: unreportedLosses)), at: latest)
        unreportedLosses = 0
    }
}
