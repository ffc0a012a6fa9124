import CANFrame
import LogInterchange
import TestBench
import Testing

/// A file with three records of 12 bytes: microseconds in four bytes, ID, length, three bytes.
struct SmallMDF {
    var file: MDFTestFile
    var channelGroup = 0
    var dataGroup = 0
    var data = 0

    static let records: [UInt8] = record(0) + record(1) + record(2)

    private static func record(_ index: UInt64) -> [UInt8] {
        little(index, 4) + little(0x100 + index, 4) + [3, 1, 2, 3]
    }

    init(count: Int = 3, _ data: (inout MDFTestFile) -> Int = { $0.add("DT", [], Self.records) }) {
        var file = MDFTestFile()
        channelGroup = Self.group(in: &file, count: count)
        self.data = data(&file)
        dataGroup = file.dataGroup(channelGroup, data: self.data)
        self.file = file
    }

    /// Appends a channel group of such records.
    static func group(in file: inout MDFTestFile, count: Int) -> Int {
        let conversion = file.conversion(factor: 1e-6)
        return file.group(
            [
                .init(name: "t", kind: 2, byte: 0, bits: 32, conversion: conversion),
                .init(
                    name: "CAN_DataFrame", type: 10, byte: 4, bits: 64,
                    members: [
                        .init(name: "CAN_DataFrame.ID", byte: 4, bits: 32),
                        .init(name: "CAN_DataFrame.DataLength", byte: 8, bits: 8),
                        .init(name: "CAN_DataFrame.DataBytes", type: 10, byte: 9, bits: 24),
                    ]),
            ], size: 12, count: count)
    }
}

@Suite("MDF reader, hostile files")
struct MDFHostileTests {
    static let whole: [UInt8] = SmallMDF().file.bytes

    @Test("a file is read whole")
    func sane() throws {
        let read = try ReadLog(mdf: Self.whole)
        #expect(read.frames.count == 3 && read.gaps == ReadingGaps())
    }

    @Test(
        "what precedes a cut is kept, and the cut is named",
        arguments: MDFHostileTests.whole.indices)
    func cut(length: Int) throws {
        guard let read = try? ReadLog(mdf: Array(Self.whole.prefix(length))) else {
            // Without an identification it is no such file.
            #expect(length < 32)
            return
        }
        #expect(length >= 32)
        #expect(read.gaps.damage != nil)
        #expect(read.frames.count <= 3)
    }

    @Test("a cut within the data loses only what is behind it")
    func cutData() throws {
        // The DT block is the last one here, so that a cut leaves what describes it.
        var small = SmallMDF { _ in 0 }
        let data = small.file.add("DT", [], SmallMDF.records)
        small.file.link(small.dataGroup, 2, to: data)
        for left in 0..<36 {
            let read = try ReadLog(mdf: Array(small.file.bytes.prefix(data + 24 + left)))
            #expect(read.frames.count == left / 12)
            #expect(read.gaps.damage?.place.contains("DT block at byte \(data)") == true)
            #expect(read.gaps.damage?.cause.contains("\(36 - left) bytes") == true)
        }
    }

    @Test("any changed byte ends in gaps or in other frames, never in a trap or without end")
    func changedBytes() throws {
        var generator = SeededGenerator(seed: 7)
        let listed = SmallMDF {
            let first = $0.compressed(Array(SmallMDF.records[..<24]), columns: 12)
            let second = $0.add("DT", [], Array(SmallMDF.records[24...]))
            let list = $0.list([first, second])
            return $0.add("HL", [list], [0, 0, 0, 0, 0, 0, 0, 0])
        }.file.bytes
        for original in [Self.whole, listed] {
            for place in original.indices {
                var bytes = original
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
                if generator.next() % 4 == 0 {
                    bytes[Int.random(in: bytes.indices, using: &generator)] ^= 0x80
                }
                if let read = try? ReadLog(mdf: bytes) { #expect(read.frames.count <= 64) }
            }
        }
    }

    static let badLinks: [(String, @Sendable (inout SmallMDF) -> Void)] = [
        ("data groups in a circle", { $0.file.link($0.dataGroup, 0, to: $0.dataGroup) }),
        ("data groups outside the file", { $0.file.link($0.dataGroup, 0, to: 1 << 40) }),
        ("channel groups in a circle", { $0.file.link($0.channelGroup, 0, to: $0.channelGroup) }),
        ("the first data group within the header", { $0.file.link(64, 0, to: 3) }),
        ("data at the file's end", { $0.file.link($0.dataGroup, 2, to: $0.file.bytes.count) }),
        ("data in the channel group", { $0.file.link($0.dataGroup, 2, to: $0.channelGroup) }),
    ]

    @Test("a link that leads nowhere is named", arguments: badLinks.indices)
    func links(index: Int) throws {
        var small = SmallMDF()
        Self.badLinks[index].1(&small)
        let read = try ReadLog(mdf: small.file.bytes)
        let fault = read.gaps.damage ?? read.gaps.firstSkipped.first
        #expect(fault?.place.contains(" at byte ") == true, "\(Self.badLinks[index].0)")
        #expect(read.frames.count == 3 || index >= 3)
    }

    @Test(
        "block lengths of 0, 1, 2^32 and 2^63 are no lengths",
        arguments: [0, 1, 23, 1 << 32, 1 << 63, .max] as [UInt64])
    func lengths(length: UInt64) throws {
        for block in [64, SmallMDF().channelGroup, SmallMDF().dataGroup, SmallMDF().data] {
            var bytes = Self.whole
            for (offset, byte) in little(length, 8).enumerated() {
                bytes[block + 8 + offset] = byte
            }
            let read = try ReadLog(mdf: bytes)
            // A block may be longer than what is read of it, but not than the file.
            if length < 24 || length > 1 << 62 {
                #expect((read.gaps.damage ?? read.gaps.firstSkipped.first) != nil)
            }
            #expect(read.frames.count <= 3)
        }
    }

    @Test("lists in a circle end")
    func listCircle() throws {
        let small = SmallMDF(count: 1_000_000_000) {
            let data = $0.add("DT", [], SmallMDF.records)
            let first = $0.list([data])
            let second = $0.list([data], next: first)
            $0.link(first, 0, to: second)
            return first
        }
        let read = try ReadLog(mdf: small.file.bytes)
        #expect(read.gaps.damage?.cause == "the lists of data run in a circle")
        #expect(read.frames.count >= 3 && read.frames.count < 30)
    }

    @Test("a list that names one block again and again ends")
    func repeated() throws {
        let small = SmallMDF(count: 1_000_000_000) {
            // 4 MiB of nothing in 4 KiB.
            let data = $0.compressed([UInt8](repeating: 0, count: 12 << 18))
            return $0.list([Int](repeating: data, count: 5_000))
        }
        var count = 0
        var reader = try MDFReader(MemoryBytes(small.file.bytes))
        var batch = FrameBatch(capacity: 4096)
        while try reader.read(into: &batch, waiting: .zero) == .batch {
            count += batch.count
            batch.removeAll()
        }
        #expect(reader.gaps.damage?.cause.contains("again and again") == true)
        #expect(count <= small.file.bytes.count * 1032 / 12)
    }

    @Test("a list that claims billions of entries is as long as the file")
    func manyEntries() throws {
        var small = SmallMDF { _ in 0 }
        let data = small.file.add("DT", [], SmallMDF.records)
        let list = small.file.list([data])
        small.file.link(small.dataGroup, 2, to: list)
        // link_count, length and dl_count.
        for (offset, byte) in little(1 << 33, 8).enumerated() {
            small.file.bytes[list + 16 + offset] = byte
        }
        for (offset, byte) in little(24 + 8 << 33, 8).enumerated() {
            small.file.bytes[list + 8 + offset] = byte
        }
        let read = try ReadLog(mdf: small.file.bytes)
        #expect(read.gaps.damage?.place.contains("DL block at byte \(list)") == true)
    }

    @Test(
        "compressed blocks that would be too large are refused before they are decompressed",
        arguments: [1 << 20, 65 << 20, 1 << 40, 1 << 63] as [UInt64])
    func bomb(size: UInt64) throws {
        var place = 0
        var small = SmallMDF {
            place = $0.compressed(SmallMDF.records)
            return place
        }
        for (offset, byte) in little(size, 8).enumerated() {
            small.file.bytes[place + 24 + 8 + offset] = byte
        }
        let read = try ReadLog(mdf: small.file.bytes)
        #expect(read.frames.isEmpty)
        #expect(read.gaps.damage?.place.contains("DZ block at byte \(place)") == true)
    }

    @Test("a damaged block among others is passed over, and its frames are counted")
    func damagedBlock() throws {
        let record = Array(SmallMDF.records[..<12])
        let block = [[UInt8]](repeating: record, count: 8).flatMap { $0 }
        var small = SmallMDF(count: 24) {
            // The second begins and ends within records.
            let first = $0.compressed(Array(block + record[..<5]), columns: 12)
            let second = $0.compressed(
                Array(record[5...] + block[..<72] + record[..<2]), columns: 12)
            let third = $0.compressed(Array(record[2...] + block), columns: 12)
            return $0.list([first, second, third])
        }
        let whole = try ReadLog(mdf: small.file.bytes)
        #expect(whole.frames.count == 24 && whole.gaps == ReadingGaps())
        let blocks = small.file.bytes.indices.dropLast(4).filter {
            Array(small.file.bytes[$0..<$0 + 4]) == Array("##DZ".utf8)
        }
        // Within the compressed bytes of the second.
        for offset in 0..<8 { small.file.bytes[blocks[1] + 50 + offset] ^= 0xFF }
        let read = try ReadLog(mdf: small.file.bytes)
        #expect(read.frames.count == 16)
        #expect(read.lost == 8)
        #expect(read.gaps.skipped == 1)
        #expect(
            read.gaps.firstSkipped.first?.place.contains("DZ block at byte \(blocks[1])") == true)
        #expect(read.gaps.damage == nil)
    }

    @Test("records that are no frames are passed over and counted")
    func faultyRecords() throws {
        var bytes = Self.whole
        let data = SmallMDF().data + 24
        // A standard identifier without its channel IDE has 11 bits or is extended; four bytes of
        // payload do not fit in three.
        bytes[data + 12 + 8] = 4
        let read = try ReadLog(mdf: bytes)
        #expect(read.frames.map(\.identifier.rawValue) == [0x100, 0x102])
        #expect(read.gaps.skipped == 1 && read.lost == 1)
    }

    @Test("data frames without payloads are named, not read as empty ones")
    func noPayload() throws {
        var file = MDFTestFile()
        let group = file.group(
            [
                .init(name: "t", kind: 2, type: 4, byte: 0, bits: 64),
                .init(name: "CAN_DataFrame.ID", byte: 8, bits: 32),
                .init(name: "CAN_DataFrame.DataLength", byte: 11, bits: 8),
            ], size: 12, count: 2)
        let data = file.add("DT", [], [UInt8](repeating: 8, count: 24))
        file.dataGroup(group, data: data)
        let read = try ReadLog(mdf: file.bytes)
        #expect(read.frames.isEmpty && read.gaps.skipped == 1)
        #expect(read.gaps.firstSkipped.first?.cause.contains("no channel DataBytes") == true)
    }

    @Test("fewer records than the group names are a damage, more are named")
    func counts() throws {
        let fewer = try ReadLog(mdf: SmallMDF(count: 5).file.bytes)
        #expect(fewer.frames.count == 3)
        #expect(fewer.gaps.damage?.cause.contains("2 of the 5") == true)
        let more = try ReadLog(mdf: SmallMDF(count: 2).file.bytes)
        #expect(more.frames.count == 2)
        #expect(
            more.gaps.firstSkipped.first?.cause.contains("more data than the 2 records") == true)
    }

    @Test("an unknown record id ends the group with its place")
    func unknownRecord() throws {
        var file = MDFTestFile()
        let group = file.group(
            [
                .init(name: "t", kind: 2, type: 4, byte: 0, bits: 64),
                .init(name: "CAN_DataFrame.ID", byte: 8, bits: 32),
                .init(name: "CAN_DataFrame.DataBytes", type: 10, byte: 11, bits: 8),
            ], size: 12, count: 2, id: 1)
        let record = [1] + [UInt8](repeating: 0, count: 12)
        let data = file.add("DT", [], record + [9] + record)
        file.dataGroup(group, data: data, idSize: 1)
        let read = try ReadLog(mdf: file.bytes)
        #expect(read.frames.count == 1)
        #expect(read.gaps.damage?.place.hasSuffix("byte 13 of its data") == true)
        #expect(read.gaps.damage?.cause.contains("record id 9") == true)
    }

    @Test(
        "data whose links end behind the file is no data, and is named",
        arguments: ["DT", "SD"], [1, 2, 3])
    func linksBehindEnd(kind: String, links: Int) throws {
        var small = SmallMDF { _ in 0 }
        let data = small.file.add(kind, [], [], length: 148)
        small.file.bytes[data + 16] = UInt8(links)
        small.file.link(small.dataGroup, 2, to: data)
        let read = try ReadLog(mdf: small.file.bytes)
        #expect(read.frames.isEmpty)
        #expect(read.gaps.damage?.place.contains("\(kind) block at byte \(data)") == true)
    }

    @Test("payloads in records of another group need record ids", arguments: [0, 1])
    func variableGroupWithoutIDs(index: Int) throws {
        var file = MDFTestFile()
        let values = file.add(
            "CG", [0, 0, 0, 0, 0, 0],
            little(2, 8) + little(0, 8) + [1, 0, 46, 0] + [UInt8](repeating: 0, count: 12))
        let conversion = file.conversion(factor: 0.001)
        let group = file.group(
            MDFReaderTests.variableChannels(values, conversion), size: 18, count: 1, next: values)
        let place = file.add("DT", [], MDFReaderTests.variableRecord(index, 0))
        file.dataGroup(group, data: place)
        let read = try ReadLog(mdf: file.bytes)
        #expect(read.frames.isEmpty)
        #expect(read.gaps.damage?.place.contains("at byte \(values)") == true)
    }

    @Test("frames of a second group without record ids are named")
    func secondGroupWithoutIDs() throws {
        var file = MDFTestFile()
        let second = SmallMDF.group(in: &file, count: 5)
        let first = SmallMDF.group(in: &file, count: 3)
        file.link(first, 0, to: second)
        let data = file.add("DT", [], SmallMDF.records)
        file.dataGroup(first, data: data)
        let read = try ReadLog(mdf: file.bytes)
        #expect(read.frames.count == 3)
        #expect(read.gaps.damage?.cause.contains("5 of the 5 frames") == true)
    }

    @Test("damaged blocks next to each other leave the records behind them", arguments: [22, 2, 4])
    func adjacentDamage(size: Int) throws {
        let hole = 20 + size
        let rest = (12 - hole % 12) % 12
        let lost = (hole + rest) / 12
        let small = SmallMDF(count: 4 + lost) {
            let first = $0.add("DT", [], Array(SmallMDF.records[..<24]))
            let damaged = [20, size].map { [UInt8](repeating: 0, count: $0) }
            let blocks = [
                first, $0.compressed(damaged[0], columns: 12, stored: [9, 9, 9, 9]),
                $0.compressed(damaged[1], columns: 12, stored: [9, 9, 9, 9]),
                $0.add("DT", [], [UInt8](repeating: 7, count: rest) + SmallMDF.records[12...]),
            ]
            return $0.list(blocks)
        }
        let read = try ReadLog(mdf: small.file.bytes)
        #expect(read.frames.map(\.identifier.rawValue) == [0x100, 0x101, 0x101, 0x102])
        #expect(read.lost == UInt64(lost))
        #expect(read.gaps.skipped == 2 && read.gaps.damage == nil)
    }

    @Test("a group of records that are no frames is one loss")
    func onlyFaultyRecords() throws {
        let small = SmallMDF(count: 100_000) {
            $0.compressed([UInt8](repeating: 0xFF, count: 12 * 100_000))
        }
        let read = try ReadLog(mdf: small.file.bytes)
        #expect(read.frames.isEmpty && read.losses.count == 1)
        #expect(read.lost == 100_000 && read.gaps.skipped == 100_000)
    }

    @Test("compressed blocks much larger than their content are refused before they are read")
    func hugeStored() throws {
        var place = 0
        var small = SmallMDF {
            place = $0.compressed(SmallMDF.records)
            return place
        }
        for (offset, byte) in little(1 << 33, 8).enumerated() {
            small.file.bytes[place + 8 + offset] = byte
        }
        for (offset, byte) in little(1 << 32, 8).enumerated() {
            small.file.bytes[place + 24 + 16 + offset] = byte
        }
        let read = try ReadLog(mdf: small.file.bytes)
        #expect(read.frames.isEmpty)
        #expect(read.gaps.damage?.place.contains("DZ block at byte \(place)") == true)
    }

    @Test("more groups than can be read side by side are named, and the first ones are read")
    func tooManyGroups() throws {
        var file = MDFTestFile()
        let data = file.add("DT", [], SmallMDF.records)
        var next = 0
        for _ in 0..<4_100 {
            let group = SmallMDF.group(in: &file, count: 3)
            next = file.dataGroup(group, data: data, next: next)
        }
        let read = try ReadLog(mdf: file.bytes)
        #expect(read.frames.count == 4_096 * 3)
        #expect(read.gaps.damage?.cause.contains("more than 4096") == true)
    }

    /// Of ten frames one is long, or of two: the first block is one of short or of long frames. While
    /// long ones are missing, the short ones run ahead, for which the places are not known.
    @Test(
        "behind a damaged block the frames of other groups are where they were",
        arguments: [(10, 0), (2, 1)] as [(Int, Int)])
    func orderBehindDamage(period: Int, expected: Int) throws {
        let frames = (0..<100_000).map { index in
            let isLong = index % period == period - 1
            let payload = little(UInt64(index), isLong ? 64 : 8)
            return Frame(
                timestamp: Timestamp(nanoseconds: Int64(index) * 1_000),
                identifier: PackedID(rawValue: 1), flags: isLong ? .flexibleDataRate : [],
                payload: payload)
        }
        var bytes = try writtenMDF(frames).bytes
        let block = try #require(
            bytes.indices.first { bytes[$0...].starts(with: Array("##DZ".utf8)) })
        for offset in 0..<8 { bytes[block + 50 + offset] ^= 0xFF }
        let read = try ReadLog(mdf: bytes)
        #expect(read.gaps.skipped == 1 && read.lost > 10_000)
        #expect(read.frames.count + Int(read.lost) == frames.count)
        let stamps = read.frames.map(\.timestamp.nanoseconds)
        let steps = zip(stamps, stamps.dropFirst()).count { $0 > $1 }
        #expect(steps == expected)
    }

    @Test("a group of which nothing is left is lost at the file's time", arguments: [false, true])
    func lossAlone(isFirst: Bool) throws {
        var small = SmallMDF()
        let group = SmallMDF.group(in: &small.file, count: 3)
        let damaged = small.file.compressed(
            SmallMDF.records, columns: 12, stored: [9, 9, 9, 9])
        let dataGroup = small.file.dataGroup(
            group, data: damaged, next: isFirst ? small.dataGroup : 0)
        if !isFirst {
            small.file.link(64, 0, to: small.dataGroup)
            small.file.link(small.dataGroup, 0, to: dataGroup)
        }
        var reader = try MDFReader(MemoryBytes(small.file.bytes))
        var batch = FrameBatch(capacity: 64)
        let outcome = try reader.read(into: &batch, waiting: .zero)
        #expect(outcome == .batch && batch.count == 3)
        var stamps: [Int64] = []
        for index in batch.events.indices {
            if case .loss = batch.events[index].kind {
                stamps.append(batch.events[index].timestamp.nanoseconds)
            }
        }
        #expect(stamps == [1_700_000_000_000_000_000])
    }

    @Test("each record that is no frame is named by its number")
    func faultyNumbers() throws {
        var bytes = Self.whole
        for index in 1...2 { bytes[SmallMDF().data + 24 + 12 * index + 8] = 4 }
        let read = try ReadLog(mdf: bytes)
        let places = read.gaps.firstSkipped.map(\.place)
        #expect(places.count == 2 && places.first?.hasSuffix("record 1") == true)
        #expect(places.last?.hasSuffix("record 2") == true)
    }

    @Test("thousands of groups that name one large block end soon", arguments: [4 << 20, 32 << 20])
    func sharedBlock(size: Int) throws {
        var small = SmallMDF { $0.compressed([UInt8](repeating: 0, count: size)) }
        var next = 0
        for _ in 0..<3_000 {
            let group = SmallMDF.group(in: &small.file, count: 3)
            next = small.file.dataGroup(group, data: small.data, next: next)
        }
        let start = ContinuousClock.now
        let read = try ReadLog(mdf: small.file.bytes, capacity: 10_000)
        #expect(read.gaps.damage?.place.contains("DZ block at byte \(small.data)") == true)
        #expect(read.frames.count < 3 * 3_000)
        #expect(ContinuousClock.now - start < .seconds(60))
    }
}
