import CANFrame
import Testing

@testable import LogFile

/// Verifies all of a log.
private func verify(
    _ bytes: [UInt8], journal: JournalFolder<MemoryBytes> = .none
) throws -> LogVerification {
    var verifier = try LogVerifier(
        LogReader(file: MemoryBytes(bytes), journal: journal, place: "memory"))
    while try verifier.step() {}
    return verifier.result
}

@Suite("A log that is verified")
struct LogVerifierTests {
    private static let log: [UInt8] = (try? threeGroups.log()) ?? []

    @Test("is whole as it was written, whatever was on the bus", arguments: Traffic.all)
    func whole(traffic: Traffic) throws {
        let result = try verify(try traffic.log())
        #expect(result.damages == [])
        #expect(result.state == .closed)
        #expect(result.frames == UInt64(traffic.content.frames.count))
        #expect(result.events == UInt64(traffic.content.events.count))
        #expect(!result.isPart && result.unknownEvents == 0)
    }

    @Test("is damaged whichever byte is flipped, the reserved ones behind its state apart")
    func flippedBytes() throws {
        #expect(try verify(Self.log).damages == [])
        let end = LogHeader.size(in: Self.log.span)
        let reserved = end - LogHeader.sector + LogHeader.stateSize..<end
        for index in Self.log.indices {
            var bytes = Self.log
            bytes[index] ^= 0xFF
            let result = try verify(bytes)
            #expect(result.damages.isEmpty == reserved.contains(index), "byte \(index)")
        }
    }

    @Test("is damaged when one bit behind its header is flipped")
    func flippedBits() throws {
        for index in LogHeader.size(in: Self.log.span)..<Self.log.count {
            var bytes = Self.log
            bytes[index] ^= 1 << (index % 8)
            #expect(try !verify(bytes).damages.isEmpty, "byte \(index)")
        }
    }

    @Test("is not whole wherever it is cut")
    func cut() throws {
        for count in stride(from: LogHeader.size(in: Self.log.span), to: Self.log.count, by: 3) {
            let result = try verify(Array(Self.log[..<count]))
            #expect(!result.damages.isEmpty, "cut at \(count)")
            #expect(result.state == .truncated)
        }
        #expect(try verify(Self.log + [0]).damages.map(\.error.part) == [.footer])
    }

    @Test("tells which frames are lost with a group, and when they were")
    func lostGroup() throws {
        var bytes = Self.log
        let layout = try LogScanner(place: "", segments: []).layout(of: MemoryBytes(bytes))
        guard case .group(let second) = layout.steps[1] else { return }
        bytes[Int(second.bodyOffset) + 3] ^= 1
        let result = try verify(bytes)
        #expect(result.damages.map(\.error.part) == [.columns])
        #expect(result.damages.map(\.firstFrame) == [12])
        #expect(result.damages.map(\.frames) == [12])
        #expect(result.damages.map(\.from) == [threeGroups.content.frames[12].timestamp])
        #expect(result.groups.map(\.firstFrameNumber) == [0, 24])
        #expect(result.frames == 24)
    }

    /// A log without an index, the bytes of whose first group's head were changed, with the
    /// checksums as they should be then.
    private func forged(_ change: (inout [UInt8], Int) -> Void) throws -> [UInt8] {
        let layout = try LogScanner(place: "", segments: []).layout(of: MemoryBytes(Self.log))
        guard case .group(let entry) = layout.steps[1] else { return [] }
        var bytes = Array(Self.log[..<Int(layout.end)])
        let start = Int(entry.offset)
        let head = start + BlockHeader.size
        change(&bytes, head)
        let checksum = Array(bytes[head..<head + Int(entry.header.headSize)]).span.crc32c
        bytes.replace(at: start + 20, littleEndian: checksum)
        bytes.replace(at: start + 44, littleEndian: Array(bytes[start..<start + 44]).span.crc32c)
        return bytes
    }

    @Test("is damaged when its content is not that of its digests, though all checksums are right")
    func digests() throws {
        let frames = try verify(try forged { $0[$1 + 5] ^= 1 })
        #expect(frames.damages.first.map(\.error.part) == .columns)
        guard case .digest = frames.damages.first?.error else {
            Issue.record("the digest of the frames was not looked at")
            return
        }
        let events = try verify(try forged { $0[$1 + 64 + 31] ^= 1 })
        #expect(events.damages.first.map(\.error.part) == .events)
        let chain = try verify(try forged { $0[$1 + 32] ^= 1 })
        #expect(
            chain.damages.contains {
                $0.error.description.contains("do not go on from those of the group before")
            })
    }

    @Test(
        "is damaged when its index tells otherwise than its groups, though all checksums are right")
    func index() throws {
        let layout = try LogScanner(place: "", segments: []).layout(of: MemoryBytes(Self.log))
        let start = Int(layout.end)
        let head = start + BlockHeader.size
        let size = Int(Self.log.span.uint32(at: start + 12))
        var bytes = Self.log
        // The stamp of the first frame, in the first entry.
        bytes[head + 8 + 40] ^= 1
        bytes.replace(at: start + 20, littleEndian: Array(bytes[head..<head + size]).span.crc32c)
        bytes.replace(at: start + 44, littleEndian: Array(bytes[start..<start + 44]).span.crc32c)
        #expect(try verify(bytes).damages.map(\.error.part) == [.index])
    }

    @Test("says that it is a part when it begins with a later group")
    func part() throws {
        let whole = try verify(Self.log)
        var verifier = try LogVerifier(LogReader(file: MemoryBytes(Self.log), place: "memory"))
        var assembler = try LogAssembler(metadata: .sample)
        var (bytes, block) = (assembler.header, [UInt8]())
        while try verifier.step() {
            let known = verifier.context
            let context = try #require(known)
            guard verifier.group.firstFrameNumber > 0 else { continue }
            assembler.resume(context)
            try assembler.encode(verifier.group, into: &block)
            bytes += block
        }
        let (tail, state) = assembler.finish()
        bytes += tail
        bytes.replaceSubrange(
            Int(state.offset)..<Int(state.offset) + state.bytes.count, with: state.bytes)
        let result = try verify(bytes)
        #expect(result.damages == [])
        #expect(result.isPart)
        // The chain goes on, and the channel is known, though its event is not there.
        #expect(result.groups == Array(whole.groups[1...]))
        #expect(result.summary.channels == whole.summary.channels)
    }
}
