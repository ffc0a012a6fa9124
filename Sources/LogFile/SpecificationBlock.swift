import CANFrame

/// The block that carries the text of a log's spec (LogFile.docc, The specification).
struct SpecificationBlock {
    /// What is in the head: the size of the text, the checksum of the body, the digest.
    static let headSize = 8 + SHA256.size
    private static let headLimit = 4_096
    /// What does not compress is a little longer than it was.
    private static let bodyLimit = LogMetadata.Specification.textLimit + (1 << 17)

    /// Where it stands, and its block header.
    let offset: UInt64
    let header: BlockHeader

    var bytes: Range<UInt64> { offset..<offset + header.blockSize }

    /// The whole block of a text that is carried, or nothing.
    static func encoded(
        _ specification: LogMetadata.Specification?, recordingCheck: UInt32
    ) -> [UInt8] {
        guard let specification, let stored = specification.stored else { return [] }
        let body = stored.frame
        var head: [UInt8] = []
        head.append(littleEndian: UInt32(stored.size))
        head.append(littleEndian: body.span.crc32c)
        head += specification.digest
        let header = BlockHeader(
            kind: BlockHeader.Kind.specification, recordingCheck: recordingCheck,
            headSize: UInt32(head.count), bodySize: UInt32(body.count),
            headChecksum: head.span.crc32c)
        var bytes: [UInt8] = []
        header.append(to: &bytes)
        return bytes + head + body
    }

    /// Reads the block and gives its text to `specification`; else what is wrong with it.
    func read<File: ByteSource & ~Copyable>(
        of file: borrowing File, into specification: inout LogMetadata.Specification
    ) throws(StreamError) -> LogError? {
        let part = LogPart.specification
        let (headSize, bodySize) = (Int(header.headSize), Int(header.bodySize))
        guard headSize >= Self.headSize, headSize <= Self.headLimit, bodySize <= Self.bodyLimit
        else { return .malformed(part, at: offset, reason: "it has a size that it cannot have") }
        let start = offset + UInt64(BlockHeader.size)
        let left = file.byteCount - min(file.byteCount, start)
        guard left >= UInt64(headSize + bodySize) else {
            return .truncated(part, at: offset, missing: UInt64(headSize + bodySize) - left)
        }
        let bytes = try file.bytes(at: start, count: headSize + bodySize)
        guard bytes.count == headSize + bodySize else {
            let missing = headSize + bodySize - bytes.count
            return .truncated(part, at: offset, missing: UInt64(missing))
        }
        let head = bytes.span.extracting(0..<headSize)
        let body = bytes.span.extracting(headSize..<bytes.count)
        for (stored, computed) in [
            (header.headChecksum, head.crc32c), (head.uint32(at: 4), body.crc32c),
        ] where stored != computed {
            return .checksum(part, at: offset, stored: stored, computed: computed)
        }
        let size = head.uint32(at: 0)
        guard size <= UInt32(LogMetadata.Specification.textLimit) else {
            return .malformed(part, at: offset, reason: "its text has \(size) bytes")
        }
        guard specification.digest.indices.allSatisfy({ head[8 + $0] == specification.digest[$0] })
        else {
            return .malformed(
                part, at: offset, reason: "it carries another spec than the metadata names")
        }
        do throws(LogError) {
            return try specification.take(body, size: Int(size)).map {
                .malformed(part, at: offset, reason: $0)
            }
        } catch {
            return error
        }
    }
}

extension LogLayout {
    /// Notes the block of a spec; there is one at most, before the groups.
    mutating func append(_ block: SpecificationBlock) {
        if specification == nil, steps.isEmpty {
            specification = block
            return
        }
        let reason = specification == nil ? "it stands behind a group" : "it is not the first"
        damages.append(
            LogDamage(
                .malformed(.specification, at: block.offset, reason: reason), bytes: block.bytes))
    }

    /// Reads the text of the spec that the metadata announces; what is wrong with it is a damage that
    /// costs no frame.
    mutating func takeSpecification<File: ByteSource & ~Copyable>(
        of file: borrowing File, headerSize: Int
    ) throws(StreamError) {
        guard var known = metadata.specification, known.isAnnounced else {
            // Of a header that cannot be read nobody knows what it says.
            guard let specification, metadata.recording != .unknown else { return }
            return damages.append(
                LogDamage(
                    .malformed(
                        .specification, at: specification.offset,
                        reason: "the metadata does not tell of it"), bytes: specification.bytes))
        }
        guard let specification else {
            let place = UInt64(headerSize)
            return damages.append(
                LogDamage(
                    .malformed(.specification, at: place, reason: "its block is not there"),
                    bytes: place..<place))
        }
        if let error = try specification.read(of: file, into: &known) {
            damages.append(LogDamage(error, bytes: specification.bytes))
        }
        metadata.specification = known
    }
}
