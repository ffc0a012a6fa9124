import CANFrame
import LogInterchange
import TestBench
import Testing

/// Records of 24 bytes: float64 seconds, ID with IDE in bit 31, bus, DLC, length, flags, eight bytes.
private let plainChannels: [MDFTestFile.Channel] = [
    .init(name: "t", kind: 2, type: 4, byte: 0, bits: 64),
    .init(
        name: "CAN_DataFrame", type: 10, byte: 8, bits: 128,
        members: [
            .init(name: "CAN_DataFrame.ID", byte: 8, bits: 29),
            .init(name: "CAN_DataFrame.IDE", byte: 11, bit: 7, bits: 1),
            .init(name: "CAN_DataFrame.BusChannel", byte: 12, bits: 8),
            .init(name: "CAN_DataFrame.DLC", byte: 13, bits: 4),
            .init(name: "CAN_DataFrame.DataLength", byte: 14, bits: 8),
            .init(name: "CAN_DataFrame.Dir", byte: 15, bits: 1),
            .init(name: "CAN_DataFrame.DataBytes", type: 10, byte: 16, bits: 64),
        ]),
]

private func record(_ seconds: Double, _ identifier: UInt32, bus: UInt8 = 1, _ payload: [UInt8])
    -> [UInt8]
{
    let length = UInt8(payload.count)
    return little(seconds.bitPattern, 8) + little(UInt64(identifier), 4)
        + [bus, length, length, 1] + payload + [UInt8](repeating: 0, count: 8 - payload.count)
}

private let start: Int64 = 1_700_000_000_000_000_000

private func frame(_ nanoseconds: Int64, _ identifier: UInt32, _ payload: [UInt8]) -> Frame {
    var flags = FrameFlags()
    flags.origin = .thisHost
    return Frame(
        timestamp: Timestamp(nanoseconds: start + nanoseconds),
        identifier: PackedID(rawValue: identifier), flags: flags, payload: payload)
}

private let fourRecords =
    record(0.5, 0x123, [1, 2, 3]) + record(1.000001, 0x8000_0123, [])
    + record(2, 0x7FF, [1, 2, 3, 4, 5, 6, 7, 8]) + record(3.25, 0x9FFF_FFFF, [9])
private let fourFrames = [
    frame(500_000_000, 0x123, [1, 2, 3]), frame(1_000_001_000, 0x8000_0123, []),
    frame(2_000_000_000, 0x7FF, [1, 2, 3, 4, 5, 6, 7, 8]), frame(3_250_000_000, 0x9FFF_FFFF, [9]),
]

/// A file with the four records, in data that `data` makes.
private func file(
    count: Int = 4, magic: String = "MDF     ", unfinished: UInt16 = 0,
    _ data: (inout MDFTestFile) -> Int
) -> [UInt8] {
    var file = MDFTestFile(magic, unfinished: unfinished)
    let group = file.group(plainChannels, size: 24, count: count)
    let place = data(&file)
    file.dataGroup(group, data: place)
    return file.bytes
}

@Suite("MDF reader")
struct MDFReaderTests {
    static let arrangements: [(String, @Sendable (inout MDFTestFile) -> Int)] = [
        ("a DT block", { $0.add("DT", [], fourRecords) }),
        (
            "a list whose blocks cut records",
            {
                let first = $0.add("DT", [], Array(fourRecords[..<30]))
                let second = $0.add("DT", [], Array(fourRecords[30..<31]))
                let third = $0.add("DT", [], Array(fourRecords[31...]))
                let end = $0.list([third])
                return $0.list([first, second], next: end)
            }
        ),
        ("a DZ block", { $0.compressed(fourRecords) }),
        ("a transposed DZ block", { $0.compressed(fourRecords, columns: 24) }),
        (
            "a header with a list of DZ and DT blocks",
            {
                let first = $0.compressed(Array(fourRecords[..<50]), columns: 24)
                let second = $0.add("DT", [], Array(fourRecords[50...]))
                let list = $0.list([first, second])
                return $0.add("HL", [list], [0, 0, 0, 0, 0, 0, 0, 0])
            }
        ),
    ]

    @Test("records are read from", arguments: arrangements.indices)
    func arrangement(index: Int) throws {
        let read = try ReadLog(mdf: file(Self.arrangements[index].1))
        #expect(read.frames == fourFrames, "\(Self.arrangements[index].0)")
        #expect(read.gaps == ReadingGaps())
        #expect(read.interfaces == ["can0"])
        #expect(read.resolution == 1_000)
    }

    @Test("an unfinalised file is read to its end, whatever its counts and lengths say")
    func unfinalised() throws {
        var file = MDFTestFile("UnFinMF ", unfinished: 5)
        let group = file.group(plainChannels, size: 24, count: 0)
        let dataGroup = file.dataGroup(group, data: 0)
        let data = file.add("DT", [], fourRecords, length: 24)
        file.link(dataGroup, 2, to: data)
        let read = try ReadLog(mdf: file.bytes)
        #expect(read.frames == fourFrames)
        #expect(read.gaps == ReadingGaps())
    }

    @Test("records of an unsorted group stay in their order", arguments: [1, 2, 4, 8])
    func unsorted(idSize: Int) throws {
        var file = MDFTestFile()
        let other = file.group(
            [
                .init(name: "t", kind: 2, type: 4, byte: 0, bits: 64),
                .init(name: "speed", type: 4, byte: 8, bits: 64),
            ], size: 16, count: 1, id: 7, flags: 0)
        let second = file.group(plainChannels, size: 24, count: 2, id: 200, next: other)
        let first = file.group(plainChannels, size: 24, count: 2, id: 3, next: second)
        var data: [UInt8] = []
        for (index, id) in [200, 3, 7, 3, 200].enumerated() {
            data += little(UInt64(id), idSize)
            let place = index > 2 ? index - 1 : index
            data +=
                id == 7
                ? [UInt8](repeating: 1, count: 16)
                : Array(fourRecords[place * 24..<place * 24 + 24])
        }
        let place = file.add("DT", [], data)
        file.dataGroup(first, data: place, idSize: UInt8(idSize))
        let read = try ReadLog(mdf: file.bytes)
        #expect(read.frames == fourFrames)
        #expect(read.gaps.otherContent == 1)
        #expect(read.gaps.damage == nil)
    }

    /// Seconds in four bytes, ID, length and where the payload is.
    static func variableChannels(_ data: Int, _ conversion: Int) -> [MDFTestFile.Channel] {
        [
            .init(name: "Timestamp", kind: 2, type: 0, byte: 0, bits: 32, conversion: conversion),
            .init(
                name: "CAN_DataFrame", type: 10, byte: 4, bits: 112,
                members: [
                    .init(name: "ID", byte: 4, bits: 32),
                    .init(name: "DLC", byte: 8, bits: 4), .init(name: "EDL", byte: 9, bits: 1),
                    .init(name: "BusChannel", byte: 9, bit: 4, bits: 4),
                    .init(name: "DataBytes", kind: 1, type: 10, byte: 10, bits: 64, data: data),
                ]),
        ]
    }

    static let variablePayloads: [[UInt8]] = [
        [1, 2], [UInt8](repeating: 0xA5, count: 64), [], [7, 6, 5, 4, 3, 2, 1, 0],
    ]

    static func variableRecord(_ index: Int, _ offset: UInt64) -> [UInt8] {
        let payload = variablePayloads[index]
        return little(UInt64(index), 4) + little(UInt64(0x100 + index), 4)
            + [DataLengthCode.code(for: UInt8(payload.count)), payload.count > 8 ? 0x21 : 0x20]
            + little(offset, 8)
    }

    static func check(_ read: ReadLog) {
        #expect(read.frames.map(\.payload) == variablePayloads)
        #expect(read.frames.map(\.identifier.rawValue) == [0x100, 0x101, 0x102, 0x103])
        #expect(
            read.frames.map(\.timestamp.nanoseconds) == (0..<4).map { start + $0 * 1_000_000 })
        #expect(read.frames.map { $0.flags.isFD } == [false, true, false, false])
        #expect(read.gaps == ReadingGaps())
        #expect(read.interfaces == ["can1"])
    }

    @Test("payloads of variable length are found in signal data", arguments: [false, true])
    func signalData(isCompressed: Bool) throws {
        var file = MDFTestFile()
        var (records, values): ([UInt8], [UInt8]) = ([], [])
        for (index, payload) in Self.variablePayloads.enumerated() {
            records += Self.variableRecord(index, UInt64(values.count))
            values += little(UInt64(payload.count), 4) + payload
        }
        let data =
            isCompressed ? file.compressed(values) : file.add("SD", [], values)
        let conversion = file.conversion(factor: 0.001)
        let group = file.group(Self.variableChannels(data, conversion), size: 18, count: 4)
        let place = file.add("DT", [], records)
        file.dataGroup(group, data: place)
        Self.check(try ReadLog(mdf: file.bytes))
    }

    @Test(
        "payloads of variable length are found in records before and behind their frames",
        arguments: [false, true])
    func variableGroup(isBehind: Bool) throws {
        var file = MDFTestFile()
        let values = file.add(
            "CG", [0, 0, 0, 0, 0, 0],
            little(2, 8) + little(0, 8) + [1, 0, 46, 0] + [UInt8](repeating: 0, count: 12))
        let conversion = file.conversion(factor: 0.001)
        let group = file.group(
            Self.variableChannels(values, conversion), size: 18, count: 4, id: 1, next: values)
        var (data, offset): ([UInt8], UInt64) = ([], 0)
        for (index, payload) in Self.variablePayloads.enumerated() {
            let frame = [1] + Self.variableRecord(index, offset)
            let value = [2] + little(UInt64(payload.count), 4) + payload
            data += isBehind ? frame + value : value + frame
            offset += UInt64(payload.count) + 4
        }
        let place = file.add("DT", [], data)
        file.dataGroup(group, data: place, idSize: 1)
        Self.check(try ReadLog(mdf: file.bytes))
    }

    @Test("big-endian bit fields and channels without structure are read")
    func bigEndian() throws {
        var file = MDFTestFile()
        let conversion = file.conversion(factor: 1e-9)
        let group = file.group(
            [
                .init(
                    name: "t", kind: 2, type: 1, byte: 0, bits: 64,
                    conversion: conversion),
                .init(name: "CAN_DataFrame.ID", type: 1, byte: 8, bit: 0, bits: 32),
                .init(name: "CAN_DataFrame.DLC", type: 1, byte: 12, bit: 4, bits: 4),
                .init(name: "CAN_DataFrame.DataBytes", type: 10, byte: 13, bits: 16),
            ], size: 15, count: 1)
        let record: [UInt8] = [0, 0, 0, 0, 0, 0, 1, 2, 0x98, 0x76, 0x54, 0x32, 0x2F, 0xAA, 0xBB]
        let place = file.add("DT", [], record)
        file.dataGroup(group, data: place)
        let read = try ReadLog(mdf: file.bytes)
        #expect(read.frames.count == 1)
        #expect(read.frames.first?.timestamp.nanoseconds == start + 258)
        #expect(read.frames.first?.identifier.rawValue == 0x9876_5432)
        #expect(read.frames.first?.payload == [0xAA, 0xBB])
        #expect(read.frames.first?.flags.origin == .unknown)
        #expect(read.interfaces == ["channel0"])
        #expect(read.resolution == 1)
    }

    @Test("groups are merged by time, and each keeps its order where its times step back")
    func merged() throws {
        var file = MDFTestFile()
        var next = 0
        for times in [[1.0, 2.0, 2.0, 5.0], [2.0, 1.5, 4.0], [0.5, 9.0]].reversed() {
            let id = UInt32(0x100 + times.count)
            let group = file.group(plainChannels, size: 24, count: times.count)
            let data = times.flatMap { record($0, id, [UInt8($0 * 10)]) }
            let place = file.add("DT", [], data)
            next = file.dataGroup(group, data: place, next: next)
        }
        let read = try ReadLog(mdf: file.bytes)
        #expect(
            read.frames.map { "\($0.identifier) \($0.payload[0])" } == [
                "102 5", "104 10", "104 20", "104 20", "103 20", "103 15", "103 40", "104 50",
                "102 90",
            ])
    }

    @Test("thousands of groups are merged within a bounded memory")
    func manyGroups() throws {
        var generator = SeededGenerator(seed: 3)
        var file = MDFTestFile()
        var expected: [(time: Double, group: Int, number: Int)] = []
        var next = 0
        // So many that less of a compressed block is held than it has.
        for index in (0..<4_090).reversed() {
            let count = index == 7 ? 10_000 : index % 3
            var (time, data): (Double, [UInt8]) = (0, [])
            for number in 0..<count {
                time += Double(Int.random(in: 0...3, using: &generator)) / 8
                expected.append((time, index, number))
                data += record(time, UInt32(index % 0x700), [UInt8(number & 0xFF)])
            }
            let group = file.group(plainChannels, size: 24, count: count)
            let place = index == 7 ? file.compressed(data, columns: 24) : file.add("DT", [], data)
            next = file.dataGroup(group, data: place, next: next)
        }
        expected.sort { ($0.time, $0.group, $0.number) < ($1.time, $1.group, $1.number) }
        let read = try ReadLog(mdf: file.bytes, capacity: 1_000)
        #expect(read.gaps == ReadingGaps())
        #expect(read.frames.count == expected.count)
        let differing = zip(read.frames, expected).map {
            $0.identifier.rawValue == UInt32($1.group % 0x700)
                && $0.payload == [UInt8($1.number & 0xFF)]
        }.firstIndex(of: false)
        #expect(differing == nil)
    }

    @Test("groups of other buses and of measurements are other content")
    func otherContent() throws {
        var file = MDFTestFile()
        let lin = file.group(
            [
                .init(name: "t", kind: 2, type: 4, byte: 0, bits: 64),
                .init(name: "LIN_Frame", type: 10, byte: 8, bits: 64),
            ], size: 16, count: 12)
        let data = file.add("DT", [], [UInt8](repeating: 0, count: 16 * 12))
        file.dataGroup(lin, data: data)
        let read = try ReadLog(mdf: file.bytes)
        #expect(read.frames.isEmpty)
        #expect(read.gaps.otherContent == 12)
        #expect(read.gaps.damage == nil && read.gaps.skipped == 0)
    }

    /// `CAN_ErrorFrame.ErrorType` of ASAM MDF Bus Logging, and linux/can/error.h.
    @Test(
        "the kind of an error is told as SocketCAN does",
        arguments: [
            (0, 0x2000_0008, [0, 0, 0, 0]), (1, 0x2000_0088, [0, 0, 1, 0]),
            (2, 0x2000_0088, [0, 0, 2, 0]), (3, 0x2000_0088, [0, 0, 4, 0]),
            (4, 0x2000_0088, [0, 0, 0, 8]), (5, 0x2000_00A8, [0, 0, 0, 0x19]),
        ] as [(UInt8, UInt32, [UInt8])])
    func errorType(number: UInt8, identifier: UInt32, payload: [UInt8]) throws {
        var file = MDFTestFile()
        let group = file.group(
            [
                .init(name: "t", kind: 2, type: 4, byte: 0, bits: 64),
                .init(
                    name: "CAN_ErrorFrame", type: 10, byte: 8, bits: 16,
                    members: [
                        .init(name: "CAN_ErrorFrame.BusChannel", byte: 8, bits: 8),
                        .init(name: "CAN_ErrorFrame.ErrorType", byte: 9, bits: 3),
                    ]),
            ], size: 10, count: 1)
        let place = file.add("DT", [], little((0.25).bitPattern, 8) + [3, number])
        file.dataGroup(group, data: place)
        let read = try ReadLog(mdf: file.bytes)
        #expect(read.frames.map(\.identifier.rawValue) == [identifier])
        #expect(read.frames.map(\.payload) == [payload + [0, 0, 0, 0]])
        #expect(read.interfaces == ["can2"])
    }

    @Test("the start of a log in local time is found with the local clock")
    func localTime() throws {
        var bytes = file { $0.add("DT", [], fourRecords) }
        bytes[64 + 24 + 48 + 12] = 1
        var reader = try MDFReader(
            MemoryBytes(bytes), localClock: LocalClock { _ in 3_600 })
        var batch = FrameBatch(capacity: 8)
        let outcome = try reader.read(into: &batch, waiting: .zero)
        #expect(outcome == .batch)
        #expect(batch.frame(at: 0).timestamp.nanoseconds == start - 3_600_000_000_000 + 500_000_000)
    }

    @Test("other files are refused by their first bytes")
    func matches() throws {
        let bytes = file { $0.add("DT", [], fourRecords) }
        #expect(MDFReader<MemoryBytes>.matches(Array(bytes.prefix(256))))
        let third = Array("MDF     3.30    ".utf8) + bytes[16..<28] + [0x4A, 0x01] + bytes[30..<64]
        #expect(!MDFReader<MemoryBytes>.matches(third))
        for (version, isRead) in [(399, false), (400, true), (430, true), (431, false)] {
            let other = Array(bytes[..<28]) + little(UInt64(version), 2) + bytes[30..<64]
            #expect(MDFReader<MemoryBytes>.matches(other) == isRead)
        }
        #expect(!MDFReader<MemoryBytes>.matches(Array("(1700000000.0) can0 123#".utf8)))
        #expect(!MDFReader<MemoryBytes>.matches([]))
        #expect(throws: StreamError.self) { try ReadLog(mdf: Array("LOGG".utf8)) }
    }
}
