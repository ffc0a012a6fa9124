import CANFrame
import TestBench
import Testing

@testable import LogFile

/// A log that is not closed: a header that says what `metadata` says, these bytes, and one group.
private func open(_ metadata: LogMetadata, _ blocks: [UInt8], behindGroup rest: [UInt8] = [])
    throws -> [UInt8]
{
    let header = try LogHeader(metadata: metadata).encoded()
    var plain = metadata
    plain.specification = nil
    var assembler = try LogAssembler(metadata: plain)
    var batch = FrameBatch(capacity: 4_096)
    threeGroups.fill(&batch)
    var group = FrameBatch(capacity: 12)
    for index in 0..<12 { group.append(batch.frame(at: index)) }
    var bytes: [UInt8] = []
    try assembler.encode(group, into: &bytes)
    return header + blocks + bytes + rest
}

/// The block of a spec, with what is to be wrong with it.
private func block(
    text: String, size: Int? = nil, digest: [UInt8]? = nil, frame: [UInt8]? = nil,
    headSize: Int = 40
) throws -> [UInt8] {
    let specification = try LogMetadata.Specification(name: "five/petrol", text: text)
    let body = frame ?? specification.stored?.frame ?? []
    var head: [UInt8] = []
    head.append(littleEndian: UInt32(size ?? text.utf8.count))
    head.append(littleEndian: body.span.crc32c)
    head += digest ?? specification.digest
    head = Array(head.prefix(headSize))
    var bytes: [UInt8] = []
    BlockHeader(
        kind: 0x8003, recordingCheck: LogMetadata.sample.recording.bytes.span.crc32c,
        headSize: UInt32(head.count), bodySize: UInt32(body.count),
        headChecksum: head.span.crc32c
    ).append(to: &bytes)
    return bytes + head + body
}

private func metadata(_ text: String) throws -> LogMetadata {
    var metadata = LogMetadata.sample
    metadata.specification = try LogMetadata.Specification(name: "five/petrol", text: text)
    return metadata
}

private func opened(_ bytes: [UInt8]) throws -> (
    text: String?, name: String?, damages: [LogDamage], frames: Int, unknownBlocks: UInt64
) {
    var reader = try LogReader(file: MemoryBytes(bytes), place: "memory")
    var batch = FrameBatch(capacity: 100)
    var frames = 0
    while try reader.read(into: &batch, waiting: .zero) == .batch { frames += batch.count }
    return (
        try reader.metadata.specification?.text(), reader.metadata.specification?.name,
        reader.damages, frames, reader.summary.unknownBlocks
    )
}

@Suite("The spec that a log carries")
struct SpecificationTests {
    /// FIPS 180-4's example of SHA-256, of the text `abc`.
    private static let digestOfABC: [UInt8] = [
        0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22,
        0x23, 0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17, 0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00,
        0x15, 0xAD,
    ]

    private static let line = "rules: {ect: \"Engine.Kühlmittel > 90\"}\n"

    @Test("comes back from every form of a log, and its frames with it", arguments: [900, 0, 1])
    func roundTrip(count: Int) throws {
        let text = String(repeating: Self.line, count: count)
        let bytes = try threeGroups.log(metadata(text))
        let result = try opened(bytes)
        #expect(result.text == text && result.name == "five/petrol")
        #expect(result.damages.isEmpty && result.frames == 36 && result.unknownBlocks == 0)
        var verifier = try LogVerifier(LogReader(file: MemoryBytes(bytes), place: "memory"))
        while try verifier.step() {}
        #expect(verifier.result.damages.isEmpty && verifier.result.groups.count == 3)
        let glance = try LogGlance(of: MemoryBytes(bytes))
        #expect(glance.end == .closed && glance.frames == 36)
        #expect(glance.metadata?.specification?.name == "five/petrol")
    }

    @Test("stands as the document says: a field of the metadata, and a block behind the header")
    func bytes() throws {
        let bytes = try threeGroups.log(metadata("abc"))
        // Version 1.2, but only with a spec: version 1.1 knows all else.
        #expect(bytes[8...11] == [1, 0, 2, 0])
        let without = try threeGroups.log()
        #expect(without[8...11] == [1, 0, 1, 0])
        // Tag 14, 45 bytes: a text of 11 bytes behind its length, the digest, the bits.
        let field = [14, 45, 11] + Array("five/petrol".utf8) + Self.digestOfABC + [1]
        #expect(bytes.firstIndex(of: field) != nil)
        let start = LogHeader.size(in: bytes.span)
        #expect(bytes[start..<start + 8] == [0x43, 0x4C, 0x42, 0x4B, 0x03, 0x80, 1, 0])
        #expect(bytes[start + 12..<start + 16] == [40, 0, 0, 0])
        #expect(bytes[start + 48..<start + 52] == [3, 0, 0, 0])
        #expect(Array(bytes[start + 56..<start + 88]) == Self.digestOfABC)
        #expect(bytes[start + 88..<start + 92] == [0x28, 0xB5, 0x2F, 0xFD])
    }

    @Test("is named as damaged or is the one it was, whichever bit of its block is flipped")
    func flipped() throws {
        let log = try threeGroups.log(metadata("spec: canlog/resolved@1\n"))
        let start = LogHeader.size(in: log.span)
        let size = try block(text: "spec: canlog/resolved@1\n").count
        for index in start..<start + size {
            for bit in 0..<8 {
                var bytes = log
                bytes[index] ^= 1 << bit
                let result = try opened(bytes)
                #expect(result.frames == 36, "bit \(bit) of byte \(index)")
                // The reserved byte of a block header, and its unused fields, are in its checksum.
                #expect(
                    result.text == nil && !result.damages.isEmpty, "bit \(bit) of byte \(index)")
                #expect(result.damages.allSatisfy { $0.frames == 0 })
                #expect(result.damages.contains { $0.error.part == .specification })
            }
        }
    }

    @Test("is known from the index where the header is damaged")
    func damagedHeader() throws {
        var bytes = try threeGroups.log(metadata("abc"))
        bytes[70] ^= 4
        let result = try opened(bytes)
        #expect(result.text == "abc" && result.frames == 36)
        #expect(result.damages.map(\.error.part) == [.header])
    }

    @Test("costs no frame where its block is missing, wrong or too many")
    func hostile() throws {
        let metadata = try metadata("abc")
        let good = try block(text: "abc")
        func check(_ bytes: [UInt8], _ words: String, text: String? = nil, _ place: Comment) throws
        {
            let result = try opened(bytes)
            #expect(result.frames == 12, place)
            #expect(result.text == text, place)
            #expect(result.damages.count == 1, place)
            #expect(result.damages.first?.error.part == .specification, place)
            #expect("\(result.damages)".contains(words), "\(place): \(result.damages)")
        }
        #expect(try opened(open(metadata, good)).damages.isEmpty)
        try check(open(metadata, []), "its block is not there", "no block")
        try check(open(.sample, good), "the metadata does not tell of it", "no field")
        try check(open(metadata, good + good), "it is not the first", text: "abc", "twice")
        var named = metadata
        named.specification = LogMetadata.Specification(
            name: "five/petrol", digest: Self.digestOfABC, isAnnounced: false)
        #expect(try opened(open(named, [])).damages.isEmpty)
        try check(open(named, good), "does not tell of it", "named only, with a block")
        try check(open(.sample, [], behindGroup: good), "stands behind a group", "behind")
        try check(
            open(metadata, block(text: "abd")), "another spec than the metadata names", "another")
        try check(
            open(metadata, block(text: "abd", digest: Self.digestOfABC)), "SHA-256", "exchanged")
        try check(
            open(metadata, block(text: "abc", size: 4)), "3 bytes instead of 4", "too few bytes")
        try check(
            open(metadata, block(text: "abc", size: (16 << 20) + 1)), "16777217 bytes", "size")
        try check(
            open(metadata, block(text: "abc", headSize: 12)), "size that it cannot have", "head")
        // 200 MB of zeros in 20 kB: no more is unpacked than the head says.
        var encoder = try ZstandardEncoder()
        let zeros = [UInt8](repeating: 0, count: 200 << 20)
        let bomb = encoder.frame(of: zeros.span) ?? []
        #expect((1..<40_000).contains(bomb.count))
        try check(open(metadata, block(text: "abc", frame: bomb)), "zstd", "bomb")
        try check(open(metadata, block(text: "abc", frame: [])), "0 bytes instead of 3", "nothing")
    }

    @Test("that is no UTF-8 is not taken, though its digest is right")
    func noText() throws {
        // SHA-256 of the byte FF, by sha256sum.
        let digest: [UInt8] = [
            0xA8, 0x10, 0x0A, 0xE6, 0xAA, 0x19, 0x40, 0xD0, 0xB6, 0x63, 0xBB, 0x31, 0xCD, 0x46,
            0x61, 0x42, 0xEB, 0xBD, 0xBD, 0x51, 0x87, 0x13, 0x1B, 0x92, 0xD9, 0x38, 0x18, 0x98,
            0x78, 0x32, 0xEB, 0x89,
        ]
        var metadata = LogMetadata.sample
        var encoder = try ZstandardEncoder()
        let byte: [UInt8] = [0xFF]
        let frame = encoder.frame(of: byte.span) ?? []
        var specification = LogMetadata.Specification(
            name: "five/petrol", digest: digest, isAnnounced: true)
        specification.stored = .init(size: 1, frame: frame)
        metadata.specification = specification
        let bytes = try open(metadata, block(text: "", size: 1, digest: digest, frame: frame))
        let result = try opened(bytes)
        let words = "\(result.damages)"
        #expect(result.text == nil)
        #expect(words.contains("UTF-8"), "\(words)")
    }

    @Test("is left out of the metadata of a merged log's sources, whose names and digests stay")
    func nested() throws {
        let own = try metadata("abc")
        var merged = LogMetadata.sample
        merged.sources = [
            LogMetadata.Source(
                recorder: 1, metadata: own, channels: [], frames: 0, frameDigest: nil)
        ]
        let bytes = try open(merged, [])
        let reader = try LogReader(file: MemoryBytes(bytes), place: "memory")
        let nested = try #require(reader.metadata.sources.first?.metadata.specification)
        #expect(nested == own.specification && !nested.isCarried)
        #expect(reader.damages.isEmpty)
    }

    @Test("of more than 16 MiB is refused before anything is written")
    func tooLong() throws {
        let text = String(repeating: "x", count: (16 << 20) + 1)
        #expect(throws: LogError.specificationTooLong(bytes: 16_777_217, limit: 16_777_216)) {
            _ = try LogMetadata.Specification(name: "five/petrol", text: text)
        }
    }

    @Test("is read by the independent reader too, as the golden file shows")
    func golden() throws {
        let path = "Tests/Fixtures/carried-specs"
        let text = "spec: canlog/resolved@1\nvehicle: \"five\"\nvariant: \"petrol\"\n"
        let written = try Traffic.classic(count: 20, channels: 1).log(metadata(text))
        if environment("CANLOG_WRITE_FIXTURES") != nil { store(written, at: path + ".canlog") }
        let bytes = try #require(contents(of: path + ".canlog"))
        #expect(try opened(bytes).text == text)
        let json = try #require(contents(of: path + ".json"))
        let head = String(decoding: json, as: UTF8.self).prefix { $0 != "\n" }
        // The digest is that of sha256sum.
        let wanted = #"""
            {"recording":"RECORDING","created":1763800000123456000,"resolution":1000,\#
            "program":"canlog 0.1.0","specs":{"name":"five/petrol","sha256":"60fc149160b86ad71a643524769f50aea056464b945bb213e91c871f90ffed23",\#
            "text":"spec: canlog/resolved@1\nvehicle: \"five\"\nvariant: \"petrol\"\n"},"frames":[
            """#.replacing("RECORDING", with: "\(LogMetadata.sample.recording)")
        #expect(head == wanted)
    }
}

extension [UInt8] {
    /// Where `part` begins.
    fileprivate func firstIndex(of part: [UInt8]) -> Int? {
        indices.first { count - $0 >= part.count && self[$0..<$0 + part.count] == part[...] }
    }
}
