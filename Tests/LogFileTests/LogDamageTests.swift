import CANFrame
import Testing

@testable import LogFile

/// Three small groups, because the clock steps back twice; frames of several kinds, and events.
let threeGroups = Traffic(testDescription: "three groups") { batch in
    batch.append(
        .channel(ChannelDescription(interface: "can0", bitRate: 500_000)),
        at: Timestamp(nanoseconds: Traffic.start), channel: 0)
    for index in 0..<36 {
        let time = Timestamp(
            nanoseconds: Traffic.start + Int64(index) * 1_000_000
                - Int64(index / 12) * 5_000_000_000)
        if index % 5 == 0 { batch.append(.tick, at: time) }
        let length = index % 6 == 0 ? 12 : 8
        batch.append(
            Frame(
                timestamp: time, identifier: PackedID(rawValue: UInt32(0x100 + index % 4)),
                flags: index % 6 == 0 ? [.flexibleDataRate] : [],
                payload: (0..<length).map { UInt8(truncatingIfNeeded: index &* 37 &+ $0 &* 11) }))
    }
}

@Suite("A damaged log")
struct LogDamageTests {
    private static let log: [UInt8] = (try? threeGroups.log()) ?? []
    private static let content = threeGroups.content
    private static let headerSize = LogHeader.size(in: log.span)

    /// Reads what is left: an error, or frames that are those of the original at their numbers,
    /// and as many lost as are missing, as far as anything tells.
    private func check(_ bytes: [UInt8], _ comment: Comment) {
        let result: (content: LogContent, damages: [LogDamage], state: LogState, LogSummary)
        do { result = try read(bytes, capacity: 20) } catch { return }
        let original = Self.content
        for (number, frame) in zip(result.content.numbers, result.content.frames) {
            guard number < UInt64(original.frames.count) else {
                Issue.record("frame \(number) was not there, \(comment)")
                return
            }
            #expect(frame == original.frames[Int(number)], comment)
        }
        let lost = result.damages.compactMap(\.frames).reduce(0, +)
        let told = result.content.events.reduce(UInt64(0)) {
            guard case .loss(let loss) = $1.kind, loss.cause == .damage else { return $0 }
            return $0 + loss.frames
        }
        #expect(told == lost, comment)
        let missing = UInt64(original.frames.count - result.content.frames.count)
        let isOpenEnded = result.damages.contains { $0.frames == nil } || result.state != .closed
        if isOpenEnded {
            #expect(lost <= missing, comment)
        } else {
            #expect(lost == missing, comment)
        }
    }

    @Test("says so at whatever byte it is cut, and gives the rest")
    func truncated() throws {
        #expect(!Self.log.isEmpty)
        for count in 0..<Self.log.count {
            let bytes = Array(Self.log[..<count])
            check(bytes, "cut at \(count)")
            if count > Self.headerSize { #expect(try read(bytes).state == .truncated) }
        }
    }

    @Test("gives a group once that stands there twice")
    func groupTwice() throws {
        // From the first block of a group to the second: "CLBK" and kind 1.
        let mark: [UInt8] = [0x43, 0x4C, 0x42, 0x4B, 1, 0]
        let starts = (Self.headerSize..<Self.log.count - mark.count).filter { start in
            mark.indices.allSatisfy { Self.log[start + $0] == mark[$0] }
        }
        #expect(starts.count == 3)
        let bytes = Self.log[..<starts[1]] + Self.log[starts[0]...]
        let result = try read(Array(bytes))
        #expect(result.content.frames == Self.content.frames)
        // The footer is not where the header says either.
        #expect(result.damages.contains { $0.bytes.lowerBound == UInt64(starts[1]) })
    }

    @Test("never gives a wrong frame, whichever bit behind the header is flipped", arguments: 0..<8)
    func flippedBit(bit: Int) throws {
        for index in Self.headerSize..<Self.log.count {
            var bytes = Self.log
            bytes[index] ^= 1 << bit
            check(bytes, "bit \(bit) of byte \(index)")
        }
    }

    @Test("gives all its frames when a bit of its header is flipped", arguments: 0..<8)
    func flippedHeader(bit: Int) throws {
        let places =
            Array(0..<160) + Array(stride(from: 160, to: Self.headerSize, by: 3))
        for index in places {
            var bytes = Self.log
            bytes[index] ^= 1 << bit
            let result = try read(bytes)
            #expect(result.content == Self.content, "bit \(bit) of byte \(index)")
            #expect(result.damages.isEmpty == (index >= Self.headerSize - LogHeader.sector))
        }
    }

    @Test("keeps its metadata in the index")
    func metadataCopy() throws {
        var bytes = Self.log
        bytes[70] ^= 4
        let reader = try LogReader(file: MemoryBytes(bytes), place: "memory")
        #expect(reader.metadata == .sample)
    }

    @Test("tells the count and the time of what is lost with a group")
    func lostGroup() throws {
        var bytes = Self.log
        let layout = try LogScanner(place: "", segments: []).layout(of: MemoryBytes(bytes))
        guard case .group(let second) = layout.steps[1] else { return }
        bytes[Int(second.bodyOffset) + 3] ^= 1
        let (content, damages, state, _) = try read(bytes)
        #expect(state == .closed)
        #expect(content.numbers == Array(0..<12) + Array(24..<36))
        #expect(damages.map(\.frames) == [12])
        #expect(damages.map(\.from) == [Self.content.frames[12].timestamp])
        #expect(damages.map(\.to) == [Self.content.frames[23].timestamp])
        let losses = content.events.filter { EventKind($0.kind) == .loss }
        #expect(losses.map(\.kind) == [.loss(Loss(cause: .damage, frames: 12))])
        #expect(losses.map(\.number) == [12])
    }

    @Test("keeps the numbers of its frames when what is left of it is written again")
    func copied() throws {
        var bytes = Self.log
        let layout = try LogScanner(place: "", segments: []).layout(of: MemoryBytes(bytes))
        guard case .group(let second) = layout.steps[1] else { return }
        bytes[Int(second.bodyOffset) + 3] ^= 1
        var reader = try LogReader(file: MemoryBytes(bytes), place: "memory")
        var writer = try LogWriter(file: MemoryBytes(), metadata: .sample, place: "copy")
        var batch = FrameBatch(capacity: 5)
        while try reader.read(into: &batch, waiting: .zero) == .batch { try writer.write(batch) }
        try writer.finish()
        let (content, damages, state, _) = try read(writer.intoFile().bytes)
        #expect(content == (try read(bytes).content))
        #expect(content.numbers == Array(0..<12) + Array(24..<36))
        #expect(damages.isEmpty && state == .closed)
    }

    @Test("is found again behind a block header that is damaged, without an index")
    func resynchronised() throws {
        let layout = try LogScanner(place: "", segments: []).layout(of: MemoryBytes(Self.log))
        guard case .group(let second) = layout.steps[1] else { return }
        var bytes = Array(Self.log[..<Int(layout.end)])
        bytes[Int(second.offset) + 5] ^= 1
        let (content, damages, _, _) = try read(bytes)
        #expect(content.numbers == Array(0..<12) + Array(24..<36))
        #expect(damages.map(\.frames) == [12])
        #expect(damages.map(\.to) == [Self.content.frames[24].timestamp])
    }

    @Test("is refused when it is none, or of a later version")
    func refused() throws {
        #expect(throws: StreamError.self) { try read(Array("hello".utf8)) }
        #expect(throws: StreamError.self) { try read([]) }
        var later = Array(Self.log[..<Self.headerSize])
        later[8] = 2
        let checked = Self.headerSize - LogHeader.sector - 4
        later.replace(at: checked, littleEndian: later[..<checked].crc)
        let error = #expect(throws: StreamError.self) { try read(later) }
        #expect(
            error?.description
                == "memory: the file has format version 2, written by canlog 0.1.0; this program reads up to version 1; use a newer canlog"
        )
    }

    @Test(
        "has no group whose rows are longer than a frame can be", arguments: [65, 0xFE, 0xFF])
    func impossibleLength(length: UInt8) {
        var head = GroupHead()
        head.directory = [
            GroupHead.Entry(
                channel: 0, identifier: PackedID(rawValue: 1), flags: [], dlc: 8, length: length,
                count: 1)
        ]
        let zeros = [UInt8](repeating: 0, count: 32)
        (head.frameDigest, head.frameDigestBefore) = (zeros, zeros)
        (head.eventDigest, head.eventDigestBefore) = (zeros, zeros)
        var bytes: [UInt8] = []
        head.append(to: &bytes)
        let block = BlockHeader(
            kind: BlockHeader.Kind.group, recordingCheck: 0, headSize: UInt32(bytes.count),
            bodySize: 0, headChecksum: 0, frameCount: 1)
        #expect(GroupHead(bytes.span, of: block) == nil)
        head.directory[0].length = 64
        bytes = []
        head.append(to: &bytes)
        #expect(GroupHead(bytes.span, of: block) == head)
    }

    @Test("with an unknown block is read if the block is ancillary, else refused")
    func unknownBlocks() throws {
        func log(with kind: UInt16) throws -> [UInt8] {
            let layout = try LogScanner(place: "", segments: []).layout(of: MemoryBytes(Self.log))
            var bytes = Array(Self.log[..<Int(layout.end)])
            let body: [UInt8] = [1, 2, 3]
            BlockHeader(
                kind: kind, recordingCheck: layout.recordingCheck ?? 0, headSize: 0, bodySize: 3,
                headChecksum: 0
            ).append(to: &bytes)
            return bytes + body
        }
        let (content, damages, _, summary) = try read(try log(with: 0x8077))
        #expect(content == Self.content)
        #expect(damages.isEmpty && summary.unknownBlocks == 1)
        let error = #expect(throws: StreamError.self) { try read(try log(with: 0x0077)) }
        #expect(error?.cause.hasPrefix("the block at byte") == true)
        #expect(
            error?.cause.hasSuffix("is of the unknown kind 119, written by canlog 0.1.0") == true)
    }
}

extension ArraySlice<UInt8> {
    fileprivate var crc: UInt32 { Array(self).span.crc32c }
}
