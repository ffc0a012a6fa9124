import Diagnostics

/// Memory by addresses (ISO 14229-1, 10.3, 10.8 and clause 14): read, written, sent in blocks.
extension DiagnosticServer {
    /// A place in the memory that a request names.
    private struct Stretch {
        var region: Int
        var offset: Int
        var size: Int
        /// Where the request goes on behind it.
        var end: Int
    }

    /// The place that `request` names behind its addressAndLengthFormatIdentifier, which stands at
    /// `start`: the high digit is how many bytes the size has, the low one how many the address.
    private func stretch(_ request: [UInt8], from start: Int) throws(Refusal) -> Stretch {
        let digits = (size: Int(request[start] >> 4), address: Int(request[start] & 0x0F))
        guard (1...8).contains(digits.size), (1...8).contains(digits.address) else {
            throw .requestOutOfRange
        }
        let addressStart = start + 1
        let sizeStart = addressStart + digits.address
        let end = sizeStart + digits.size
        guard request.count >= end else { throw .incorrectMessageLength }
        let address = Self.number(request[addressStart..<sizeStart])
        let size = Self.number(request[sizeStart..<end])
        let region = regions.firstIndex {
            address >= $0.start && address - $0.start < UInt64($0.bytes.count)
                && size <= UInt64($0.bytes.count) - (address - $0.start)
        }
        guard size > 0, let region else { throw .requestOutOfRange }
        return Stretch(
            region: region, offset: Int(address - regions[region].start), size: Int(size), end: end)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    // MARK: In one request

    func readMemory(_ request: [UInt8]) throws(Refusal) -> [UInt8] {
        let place = try stretch(request, from: 1)
        guard request.count == place.end else { throw .incorrectMessageLength }
        try check(regions[place.region].reading)
        guard place.size < Self.longest else { throw .responseTooLong }
        return Array(regions[place.region].bytes[place.offset..<place.offset + place.size])
    }

    mutating func writeMemory(_ request: [UInt8]) throws(Refusal) -> [UInt8] {
        let place = try stretch(request, from: 1)
        guard request.count - place.end == place.size else { throw .incorrectMessageLength }
        guard let access = regions[place.region].writing else { throw .requestOutOfRange }
        try check(access)
        regions[place.region].bytes.replaceSubrange(
            place.offset..<place.offset + place.size, with: request[place.end...])
        return Array(request[1..<place.end])
    }

    // MARK: In blocks

    /// RequestDownload or RequestUpload: from where to where, and how long a block may be.
    mutating func beginTransfer(
        _ request: [UInt8], _ direction: MemoryTransfer.Direction
    ) throws(Refusal) -> [UInt8] {
        guard let settings = settings.transfer else { throw Refusal(code: 0x11) }
        let place = try stretch(request, from: 2)
        guard request.count == place.end else { throw .incorrectMessageLength }
        // It neither unpacks nor decrypts: dataFormatIdentifier 00.
        guard request[1] == 0 else { throw .requestOutOfRange }
        try check(settings.access)
        guard transfer == nil else { throw .conditionsNotCorrect }
        transfer = MemoryTransfer(
            direction: direction, region: place.region, offset: place.offset, left: place.size)
        // lengthFormatIdentifier: the length of a block stands in two bytes.
        return [0x20] + UInt16(settings.blockLength).bytes
    }

    /// TransferData: the counter of the first block is 1, that behind FF is 0. The block before, once
    /// more, is answered as it was: its answer may have been lost.
    mutating func transferBlock(_ request: [UInt8]) throws(Refusal) -> [UInt8] {
        guard let settings = settings.transfer, var moved = transfer else {
            throw .requestSequenceError
        }
        let counter = request[1]
        if let last = moved.lastBlock, last.counter == counter {
            return [counter] + last.answer
        }
        guard counter == moved.nextCounter else { throw .wrongBlockSequenceCounter }
        var answer: [UInt8] = []
        switch moved.direction {
        case .download:
            let data = request[2...]
            guard request.count <= settings.blockLength, !data.isEmpty else {
                throw .incorrectMessageLength
            }
            guard data.count <= moved.left else { throw .transferDataSuspended }
            regions[moved.region].bytes.replaceSubrange(
                moved.offset..<moved.offset + data.count, with: data)
            moved.advance(data.count)
        case .upload:
            guard request.count == 2 else { throw .incorrectMessageLength }
            guard moved.left > 0 else { throw .requestSequenceError }
            // Of a block's length two bytes are the service and the counter.
            let count = min(moved.left, settings.blockLength - 2)
            answer = Array(regions[moved.region].bytes[moved.offset..<moved.offset + count])
            moved.advance(count)
        }
        moved.lastBlock = (counter, answer)
        moved.nextCounter = counter &+ 1
        transfer = moved
        return [counter] + answer
    }

    /// RequestTransferExit: only when all was sent.
    mutating func endTransfer(_ request: [UInt8]) throws(Refusal) {
        guard let moved = transfer, moved.left == 0 else { throw .requestSequenceError }
        guard request.count == 1 else { throw .incorrectMessageLength }
        transfer = nil
    }
}

/// A download or upload under way.
struct MemoryTransfer: Sendable {
    enum Direction: Sendable { case download, upload }

    let direction: Direction
    let region: Int
    /// Where the next block begins in the region, and how many bytes are still to come.
    var offset: Int
    var left: Int
    var nextCounter: UInt8 = 1
    var lastBlock: (counter: UInt8, answer: [UInt8])?

    init(direction: Direction, region: Int, offset: Int, left: Int) {
        (self.direction, self.region, self.offset, self.left) = (direction, region, offset, left)
    }

    mutating func advance(_ count: Int) {
        offset += count
        left -= count
    }
}
