import CANFrame
import CanlogFiles
import LocalFiles
import TestBench
import Testing

@testable import LogFile

@Suite("The columns of one identifier")
struct OneIdentifierTests {
    /// Frames of `traffic`, whose identifiers are on both channels and have several lengths.
    private func mixed(_ traffic: Traffic) -> [Frame] {
        traffic.content.frames.map { frame in
            var frame = frame
            frame.identifier.rawValue = 0x100 + (frame.identifier.rawValue - 0x100) / 2
            return frame
        }
    }

    private func log(_ frames: [Frame], in folder: TemporaryFolder) throws -> CANLog {
        let traffic = Traffic(testDescription: "", capacity: frames.count) { batch in
            for frame in frames { batch.append(frame) }
        }
        let bytes = try traffic.log()
        var file = try ResultFile(path: folder.path + "/a.canlog", replacing: true)
        try file.append(bytes.span)
        try file.complete()
        return try CANLog(path: folder.path + "/a.canlog")
    }

    private func check(_ columns: FrameColumns, _ frames: [Frame]) {
        #expect(columns.damages.isEmpty)
        #expect(columns.timestamps == frames.map(\.timestamp))
        #expect(columns.channels == frames.map(\.channel))
        #expect(columns.lengths == frames.map { UInt8($0.payload.count) })
        #expect((0..<columns.count).map(columns.payload(at:)) == frames.map(\.payload))
    }

    @Test("are what a full read has of it, whatever the shape of the log", arguments: 0..<48)
    func equalFullRead(seed: Int) throws {
        let folder = try TemporaryFolder()
        var numbers = SeededGenerator(seed: UInt64(seed))
        let stamps = Traffic.Stamps.allCases
        let traffic = Traffic.streams(
            stamps[seed % stamps.count], kinds: Int.random(in: 1...40, using: &numbers),
            count: Int.random(in: 60...4_000, using: &numbers),
            length: [0, 3, 8, 8, 8, 12, 33, 64].randomElement(using: &numbers) ?? 8,
            seed: UInt64(seed) + 500)
        for frames in [traffic.content.frames, mixed(traffic)] {
            let log = try log(frames, in: folder)
            let kinds = Set(frames.map(\.identifier.rawValue))
            for number in kinds.sorted().prefix(24) + [0x7FF] {
                let identifier = try #require(ArbitrationID(standard: number))
                let own = frames.filter { $0.identifier.rawValue == number }
                check(try log.columns(of: identifier), own)
                for channel in 0..<2 as Range<UInt8> {
                    check(
                        try log.columns(of: identifier, channel: channel),
                        own.filter { $0.channel == channel })
                }
            }
        }
    }
}
