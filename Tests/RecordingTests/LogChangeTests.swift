import CANFrame
import LocalFiles
import LogFile
import Recording
import TestBench
import Testing

@Suite("A recorder goes on in another log")
struct LogChangeTests {
    @Test("of 200 changes under load each frame is in exactly one log, in order, with its number")
    func changes() throws {
        let bench = try FedBench()
        for round in 0..<200 {
            bench.feed.give(Array(repeating: 0x100 + UInt32(round % 5), count: 50))
            let change = try bench.control.next(FedBench.metadata(vin: "VIN\(round)"))
            #expect(change.opened != nil && change.closed != nil)
        }
        let progress = bench.finish()
        #expect(progress?.completedFiles == 201)
        #expect(progress?.closingFailure == nil)
        let logs = try bench.logs()
        #expect(logs.count == 201)
        #expect(logs.allSatisfy { $0.state == .closed })
        #expect(logs.flatMap(\.counters) == Array(0..<10_000))
        #expect(logs.flatMap(\.numbers) == Array(0..<10_000))
        #expect(Set(logs.map(\.metadata.recording)).count == 1)
        #expect(Set(logs.compactMap(\.metadata.vin)).count == 200)
        // No journal, no header of a log that was not begun.
        #expect(try Folder.names(in: bench.folder.path).count == 201)
    }

    @Test("what had arrived stands in the old log, what comes behind in the new one")
    func boundary() throws {
        let bench = try FedBench()
        bench.feed.giveAndWait(100)
        let change = try bench.control.next(FedBench.metadata(vin: "B"))
        #expect(change.firstFrameNumber == 100)
        bench.feed.giveAndWait(50)
        bench.finish()
        let logs = try bench.logs()
        #expect(logs.map(\.counters.count) == [100, 50])
        #expect(logs.map(\.metadata.vin) == [nil, "B"])
        #expect(logs.map(\.path) == [change.closed, change.opened])
    }

    @Test("each log begins with its channels and a clock tie")
    func standing() throws {
        let bench = try FedBench()
        bench.feed.giveAndWait(10)
        _ = try bench.control.next(FedBench.metadata(vin: "B"))
        bench.feed.giveAndWait(10)
        bench.finish()
        for log in try bench.logs() {
            let beginning = log.events.prefix { $0.rowIndex == 0 }
            #expect(beginning.contains { if case .channel = $0.kind { true } else { false } })
            #expect(beginning.contains { if case .clockTie = $0.kind { true } else { false } })
        }
    }

    @Test("an order takes effect within 50 ms on a silent bus")
    func silent() throws {
        let bench = try FedBench()
        var worst = Duration.zero
        for round in 0..<50 {
            let start = ContinuousClock.now
            _ = try bench.control.next(FedBench.metadata(vin: "V\(round)"))
            worst = max(worst, ContinuousClock.now - start)
        }
        bench.finish()
        print("slowest of 50 changes: \(worst)")
        // 50 ms on a quiet machine; tests share theirs.
        #expect(worst < .seconds(1))
    }

    @Test("a mark stands behind the frames that had arrived")
    func mark() throws {
        let bench = try FedBench()
        bench.feed.giveAndWait(7)
        _ = try bench.control.mark("door replaced")
        bench.feed.giveAndWait(3)
        bench.finish()
        let log = try #require(try bench.logs().first)
        #expect(log.markers == ["door replaced"])
        let mark = try #require(log.events.first { $0.kind == .marker("door replaced") })
        #expect(log.counters == Array(0..<10))
        #expect(mark.timestamp >= log.stamps[6] && mark.timestamp <= log.stamps[7])
    }

    @Test("it rotates by size and by time, and loses nothing", arguments: [true, false])
    func rotation(bySize: Bool) throws {
        let bench = try FedBench { options in
            options.rotation =
                bySize ? Rotation(bytes: 20_000) : Rotation(interval: .milliseconds(50))
        }
        for _ in 0..<40 { bench.feed.giveAndWait(500) }
        _ = waitUntil { bench.control.progress().completedFiles >= 3 }
        bench.finish()
        let logs = try bench.logs()
        #expect(logs.count > 3)
        #expect(logs.flatMap(\.counters) == Array(0..<20_000))
        #expect(logs.allSatisfy { $0.state == .closed })
    }

    @Test("each log of a recording is whole by itself, whatever number its frames begin with")
    func whole() throws {
        let bench = try FedBench()
        for round in 0..<3 {
            bench.feed.giveAndWait(100)
            _ = try bench.control.next(FedBench.metadata(vin: "V\(round)"))
        }
        bench.finish()
        for log in try bench.logs() {
            var verifier = try LogVerifier(
                LogReader(file: ReadableFile(path: log.path), place: log.path))
            while try verifier.step() {}
            #expect(verifier.result.damages.isEmpty && !verifier.result.isPart, "\(log.path)")
        }
    }

    @Test("what was completed is told with all its frames")
    func figures() throws {
        let bench = try FedBench()
        for round in 0..<5 {
            bench.feed.giveAndWait(10)
            _ = try bench.control.next(FedBench.metadata(vin: "V\(round)"))
        }
        let progress = try #require(bench.finish())
        var told: UInt64 = 0
        for case .completed(_, let frames, _) in bench.control.takeNotices() { told += frames }
        #expect(told == 50)
        #expect(progress.completedFrames == 50)
    }

    @Test("orders after the end are refused, and leave nothing behind")
    func afterEnd() throws {
        let bench = try FedBench()
        bench.feed.giveAndWait(5)
        bench.finish()
        #expect(throws: StreamError.self) {
            _ = try bench.control.next(FedBench.metadata(vin: "B"))
        }
        #expect(try Folder.names(in: bench.folder.path).count == 1)
    }

    @Test("a log that cannot be made is refused, and the old one goes on")
    func refused() throws {
        let bench = try FedBench()
        var metadata = FedBench.metadata(vin: "B")
        metadata.tags = (0..<500).map { LogMetadata.Tag(key: "key \($0)", value: "a long value") }
        bench.feed.giveAndWait(5)
        #expect(throws: StreamError.self) { _ = try bench.control.next(metadata) }
        bench.feed.giveAndWait(5)
        bench.finish()
        #expect(try bench.logs().map(\.counters.count) == [10])
    }
}

@Suite("Names of logs")
struct LogNamingTests {
    @Test(
        "parts with nothing known in them are left out, and no name leaves its folder",
        arguments: [
            ("{vin}_{attempt}_{utc}", "WVW_2_19700101T000000Z"),
            ("{station}_{vin}_{utc}", "WVW_19700101T000000Z"),
            ("bench-{recorder}_{utc}", "bench-r_19700101T000000Z"),
            ("log_{utc}", "log_19700101T000000Z"),
            ("{vin}_{attempt}_{utc}.canlog", "WVW_2_19700101T000000Z"),
            ("-{recorder}_{utc}", "_-r_19700101T000000Z"),
        ])
    func names(pattern: String, name: String) throws {
        var metadata = FedBench.metadata(vin: "WVW")
        metadata.created = Timestamp(nanoseconds: 0)
        metadata.attempt = 2
        let naming = try LogNaming(folder: "logs", pattern: pattern)
        #expect(naming.path(for: metadata) == "logs/\(name).canlog")
        #expect(naming.path(for: metadata, attempt: 3) == "logs/\(name)-3.canlog")
    }

    @Test("what is scanned cannot name another folder")
    func hostile() throws {
        var metadata = FedBench.metadata(vin: "../../etc/x\n")
        metadata.created = Timestamp(nanoseconds: 0)
        let naming = try LogNaming(folder: "logs")
        #expect(naming.path(for: metadata) == "logs/_------etc-x-_19700101T000000Z.canlog")
    }

    @Test(
        "a pattern that gives no names is refused",
        arguments: ["{vin}", "{date}_{utc}", "a/{utc}", ""])
    func refused(pattern: String) {
        #expect(throws: StreamError.self) { try LogNaming(folder: "", pattern: pattern) }
    }
}
