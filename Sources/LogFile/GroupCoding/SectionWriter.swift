/// Collects the sections of a group: their bytes and what the head says of them.
struct SectionWriter: ~Copyable {
    /// The sections, one after another.
    private(set) var body: [UInt8] = []
    private(set) var sections: [GroupHead.Section] = []
    private var zstandard: ZstandardEncoder

    init() throws(LogError) {
        zstandard = try ZstandardEncoder()
    }

    mutating func removeAll() {
        body.removeAll(keepingCapacity: true)
        sections.removeAll(keepingCapacity: true)
    }

    /// Gives the memory back.
    mutating func releaseBuffers() {
        body = []
        zstandard.trim(to: 0)
    }

    /// Appends a section of `content`, compressed where that saves something; none if it is empty.
    mutating func append(_ kind: UInt8, plane: Int = 0, _ content: Span<UInt8>) {
        guard !content.isEmpty else { return }
        let offset = body.count
        let isSmaller = zstandard.append(content, to: &body)
        if !isSmaller { body.append(content) }
        note(
            kind, plane: plane,
            compression: isSmaller
                ? GroupHead.Section.Compression.zstandard
                : GroupHead.Section.Compression.stored,
            from: offset, size: content.count)
    }

    /// Appends a section that is coded already; none if it is empty.
    mutating func append(coded kind: UInt8, _ content: Span<UInt8>) {
        guard !content.isEmpty else { return }
        let offset = body.count
        body.append(content)
        note(
            kind, plane: 0, compression: GroupHead.Section.Compression.stored, from: offset,
            size: content.count)
    }

    private mutating func note(
        _ kind: UInt8, plane: Int, compression: UInt8, from offset: Int, size: Int
    ) {
        sections.append(
            GroupHead.Section(
                kind: kind, plane: UInt8(plane), compression: compression,
                storedSize: body.count - offset, size: size,
                checksum: body.crc32c(from: offset)))
    }
}
