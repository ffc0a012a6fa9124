import CANFrame
import TestBench
import Testing

@testable import LogFile

@Suite("Groups of streams")
struct StreamGroupTests {
    private func head(of bytes: [UInt8]) throws -> (entry: IndexEntry, head: GroupHead)? {
        let scanner = LogScanner(place: "", segments: [])
        let layout = try scanner.layout(of: MemoryBytes(bytes))
        guard case .group(let entry)? = layout.steps.first,
            case .success(let head) = try scanner.readHead(of: entry, in: MemoryBytes(bytes))
        else { return nil }
        return (entry, head)
    }

    @Test("come back frame for frame in their order", arguments: Traffic.Stamps.allCases)
    func roundTrip(stamps: Traffic.Stamps) throws {
        for (kinds, length) in [(12, 8), (1, 8), (40, 3), (9, 64), (20, 0)] {
            let traffic = Traffic.streams(stamps, kinds: kinds, length: length)
            let bytes = try traffic.log()
            let (content, damages, _, _) = try read(bytes)
            #expect(damages.isEmpty)
            #expect(content == traffic.content, "\(traffic.testDescription)")
        }
    }

    @Test(
        "tell their order as their stamps need it",
        arguments: zip(
            [Traffic.Stamps.periodic, .ties, .inversions, .backwards, .equal, .nanoseconds],
            [FrameOrder.Mode.sorted, .ties, .lanes, .explicit, .explicit, .sorted]))
    func orderMode(stamps: Traffic.Stamps, mode: FrameOrder.Mode) throws {
        let head = try #require(try head(of: Traffic.streams(stamps).log())).head
        #expect(head.coding == GroupHead.Coding.streams)
        #expect(head.order == mode)
    }

    @Test("with random shapes come back", arguments: 0..<40)
    func randomShapes(seed: Int) throws {
        var numbers = SeededGenerator(seed: UInt64(seed))
        let traffic = Traffic.streams(
            Traffic.Stamps.allCases.randomElement(using: &numbers) ?? .ties,
            kinds: Int.random(in: 1...60, using: &numbers),
            count: Int.random(in: 60...4_000, using: &numbers),
            length: [0, 1, 2, 4, 8, 8, 8, 12, 33, 64].randomElement(using: &numbers) ?? 8,
            seed: UInt64(seed) + 100)
        let (content, damages, _, _) = try read(try traffic.log(), capacity: 777)
        #expect(damages.isEmpty)
        #expect(content == traffic.content)
    }

    @Test("give one identifier alone as they give it among all", arguments: Traffic.Stamps.allCases)
    func oneIdentifier(stamps: Traffic.Stamps) throws {
        let traffic = Traffic.streams(stamps)
        let bytes = try traffic.log()
        for number in [0x100, 0x103, 0x106, 0x10B, 0x180, 0x1F0] as [UInt32] {
            var selection = FrameSelection()
            selection.only = [.identifiers(number...number, isExtended: false)]
            selection.isFramesOnly = true
            let (content, damages, _, _) = try read(bytes, selection: selection)
            #expect(damages.isEmpty)
            #expect(content.events.isEmpty)
            let expected = traffic.content.frames.filter { $0.identifier.number == number }
            #expect(content.frames == expected, "identifier \(number), \(stamps)")
        }
    }

    @Test("number the frames of a selection as all are numbered")
    func numbersOfSelection() throws {
        let traffic = Traffic.streams(.periodic)
        var selection = FrameSelection()
        selection.only = [.identifiers(0x103...0x103, isExtended: false)]
        let (content, _, _, _) = try read(try traffic.log(), selection: selection, capacity: 1)
        let all = traffic.content
        let expected = zip(all.numbers, all.frames).filter { $1.identifier.number == 0x103 }
        #expect(content.numbers == expected.map(\.0))
        #expect(content.frames == expected.map(\.1))
    }

    @Test("lose no more than a damaged stream and those that follow it", arguments: 0..<12)
    func damagedStream(stream: Int) throws {
        let traffic = Traffic.streams(.periodic)
        var bytes = try traffic.log()
        let (entry, head) = try #require(try head(of: bytes))
        let section = try #require(
            head.sections.first { $0.kind == GroupHead.Section.Kind.streams })
        let before = head.sections.prefix { $0.kind != GroupHead.Section.Kind.streams }
        let streams = head.directory.filter { $0.segment != nil }
        #expect(streams.count == 12)
        let place = streams.prefix(stream).reduce(0) { $0 + ($1.segment?.size ?? 0) }
        let start = Int(entry.bodyOffset) + before.reduce(0) { $0 + $1.storedSize }
        #expect(place < section.storedSize)
        bytes[start + place + 1] ^= 4
        let (content, damages, _, _) = try read(bytes)
        var lost: Set<Int> = [stream]
        for _ in streams {
            for (number, entry) in streams.enumerated() {
                if let leader = entry.segment?.leader, lost.contains(leader) { lost.insert(number) }
            }
        }
        let lostNumbers = Set(lost.map { streams[$0].identifier.number })
        let expected = traffic.content.frames.filter {
            !lostNumbers.contains($0.identifier.number)
        }
        #expect(content.frames == expected)
        let missing = UInt64(traffic.content.frames.count - expected.count)
        #expect(damages.compactMap(\.frames).reduce(0, +) == missing)
        #expect(
            damages.contains {
                if case .checksum(.stream, _, _, _) = $0.error { true } else { false }
            })
    }

    @Test("are never read wrong or without end, whatever byte is damaged")
    func flippedBytes() throws {
        let traffic = Traffic.streams(.ties, kinds: 5, count: 600)
        let original = try traffic.log()
        let frames = traffic.content.frames
        for index in LogHeader.leastSize..<original.count {
            var bytes = original
            bytes[index] ^= UInt8(truncatingIfNeeded: 1 << (index % 8))
            guard let (content, damages, _, _) = try? read(bytes) else { continue }
            #expect(content.frames.count <= frames.count)
            let known = Set(frames)
            #expect(content.frames.allSatisfy(known.contains), "byte \(index)")
            if content.frames.count < frames.count { #expect(!damages.isEmpty) }
        }
    }
}
