/// The unpacked content of a BLF log's containers, of which as much is held as is not read yet.
///
/// The containers' contents follow one another without a seam: an object may begin in one and end
/// in the next. Memory is bounded by ``BLFLayout/largestContainer`` and one object's fields.
struct BLFContainers: Sendable {
    /// `bytes[start..<end]` is unpacked and not yet read.
    private(set) var bytes: [UInt8] = []
    private(set) var start = 0
    private(set) var end = 0
    /// Where in the unpacked content `bytes` begins.
    private var base: UInt64 = 0
    /// This many bytes to come are passed over.
    private var skipping = 0
    /// Bytes are missing behind what is held: what begins there cannot be completed.
    private var isBroken = false
    /// The next object has to be searched for.
    var isSearching = false
    /// Whether there may be something to read, without a further container.
    var hasContent = false

    /// Where in the unpacked content `start` is.
    var offset: UInt64 { base + UInt64(start) }

    /// Whether an object is begun and not complete; zeros are padding and begin none.
    var isInsideObject: Bool {
        !isSearching && (skipping > 0 || bytes[start..<end].contains { $0 != 0 })
    }

    /// Gives up what is held up to `position`.
    mutating func take(to position: Int) { start = position }

    /// Passes over `count` bytes, of which not all need to be held.
    mutating func skip(_ count: Int) {
        skipping += count
        dropSkipped()
    }

    /// What is held was read as far as it can be.
    mutating func exhaust() {
        hasContent = false
        if isBroken { breakOff() }
    }

    /// What is held cannot be completed, since a container behind it is not there.
    mutating func breakOff() {
        start = end
        skipping = 0
        isBroken = false
        isSearching = true
    }

    /// Adds the content of a container whose object is `container`; what is wrong with it.
    mutating func add(_ container: Span<UInt8>, _ header: BLFBaseHeader) -> BLFFault? {
        let dataStart = header.headerSize + BLFLayout.containerFieldsSize
        guard container.count >= dataStart else {
            breakOff()
            return .tooShort(type: header.type, size: header.size)
        }
        let method =
            UInt16(container[header.headerSize]) | UInt16(container[header.headerSize + 1]) << 8
        let data = container.extracting(dataStart..<container.count)
        makeRoom()
        switch method {
        case BLFLayout.stored:
            store(data)
            if container.count < header.size { isBroken = true }
            return nil
        case BLFLayout.zlib:
            return unpack(data, size: container.word(at: header.headerSize + 8).bits & 0xFFFF_FFFF)
        default:
            breakOff()
            return .compression(method)
        }
    }

    private mutating func store(_ data: Span<UInt8>) {
        grow(to: end + data.count)
        for index in data.indices { bytes[end &+ index] = data[index] }
        append(data.count)
    }

    private mutating func unpack(_ data: Span<UInt8>, size: UInt64) -> BLFFault? {
        guard size <= UInt64(BLFLayout.largestContainer) else {
            breakOff()
            return .containerTooLarge(Int(size))
        }
        let limit = end + Int(size)
        grow(to: limit)
        let result = Deflate.decompress(data, into: &bytes, in: end..<limit)
        append(result.count)
        guard !result.isWhole else { return nil }
        isBroken = true
        return .containerDamaged(unpacked: result.count, declared: Int(size))
    }

    private mutating func append(_ count: Int) {
        end += count
        hasContent = true
        dropSkipped()
    }

    private mutating func dropSkipped() {
        let count = min(skipping, end - start)
        start += count
        skipping -= count
    }

    /// Moves what is not read yet to the front.
    private mutating func makeRoom() {
        guard start > 0 else { return }
        for index in start..<end { bytes[index - start] = bytes[index] }
        base += UInt64(start)
        end -= start
        start = 0
    }

    private mutating func grow(to size: Int) {
        if bytes.count < size { bytes += [UInt8](repeating: 0, count: size - bytes.count) }
    }
}
