import CANFrame
import LocalFiles
import LogFile
import Recording
import TestBench
import Testing

@Suite("Old logs are removed")
struct OldLogsTests {
    /// Makes `count` logs of 100 frames each, one after another.
    private func record(_ bench: FedBench, _ count: Int, prefix: String = "V") throws {
        for round in 0..<count {
            bench.feed.giveAndWait(100)
            _ = try bench.control.next(FedBench.metadata(vin: "\(prefix)\(round)"))
        }
    }

    @Test("beyond the size the oldest go, and none that is marked, of another recorder or a copy")
    func bySize() throws {
        let folder = try TemporaryFolder()
        let other = try FedBench(in: folder, recorder: "other")
        other.feed.giveAndWait(100)
        other.finish()
        let otherPath = try #require(try other.logs().first).path
        let copier = try FedBench(in: folder) { $0.metadata.source = "night.log" }
        copier.finish()
        let copy = try #require(try other.logs().first { $0.metadata.source != nil }).path

        let first = try FedBench(in: folder)
        first.feed.giveAndWait(100)
        first.finish()
        let kept = try #require(
            try first.logs().first { $0.metadata.recorder == "r" && $0.metadata.source == nil }
        ).path
        try KeepMark.set(on: kept)

        let bench = try FedBench(in: folder) { $0.retention = Retention(bytes: 40_000) }
        try record(bench, 20)
        #expect(waitUntil { bench.control.progress().completedFiles == 20 })
        let ownVINs = {
            try bench.logs().filter { $0.metadata.recorder == "r" && $0.metadata.source == nil }
                .compactMap(\.metadata.vin)
        }
        // What is left are the newest.
        #expect(waitUntil { (try? ownVINs())?.contains("V0") == false })
        bench.finish()
        let left = try bench.logs()
        #expect(left.contains { $0.path == kept })
        #expect(left.contains { $0.path == otherPath })
        #expect(left.contains { $0.path == copy })
        let own = try ownVINs()
        #expect(own.count < 15 && own.count > 1)
        #expect(own.contains("V19") && !own.contains("V0"))
    }

    @Test("logs that are kept beyond the limit do not cost those that are just made")
    func keptBeyond() throws {
        let folder = try TemporaryFolder()
        let first = try FedBench(in: folder)
        try record(first, 5, prefix: "K")
        first.finish()
        let kept = try first.logs()
        for log in kept { try KeepMark.set(on: log.path) }
        // A pipe and a link that bear a log's name are passed over.
        try succeed(["mkfifo", folder.path + "/a.canlog"])
        try succeed(["ln", "-s", kept[0].path, folder.path + "/b.canlog"])
        let bench = try FedBench(in: folder) { $0.retention = Retention(bytes: 20_000) }
        try record(bench, 3)
        #expect(waitUntil { bench.control.progress().completedFiles == 3 })
        bench.finish()
        try Folder.remove(folder.path + "/a.canlog")
        try Folder.remove(folder.path + "/b.canlog")
        let logs = try bench.logs()
        #expect(logs.count { $0.metadata.vin?.hasPrefix("K") ?? true } >= 5)
        #expect(logs.contains { $0.metadata.vin == "V2" })
    }

    @Test("without a limit nothing is removed")
    func forEver() throws {
        let bench = try FedBench()
        try record(bench, 5)
        bench.finish()
        #expect(try bench.logs().count == 6)
    }

    @Test("a mark to keep can be set twice and taken away")
    func marks() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.canlog"
        #expect(!KeepMark.isSet(on: path))
        try KeepMark.set(on: path)
        try KeepMark.set(on: path)
        #expect(KeepMark.isSet(on: path))
        try KeepMark.remove(from: path)
        try KeepMark.remove(from: path)
        #expect(!KeepMark.isSet(on: path))
    }
}
