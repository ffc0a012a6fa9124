import ArgumentParser
import CANFrame
import LocalFiles
import LogFile
import LogTools
import SocketCAN

/// `canlog record -o -`: frames as they come, to a program that reads them.
extension RecordCommand {
    /// What is only for logs has no meaning here.
    func checkStream() throws {
        guard toFormat != nil else {
            throw ValidationError(
                "-o - wants --to-format: \(LogFileFormat.names); for example '-o - --to-format pcapng | wireshark -k -i -'"
            )
        }
        guard !json else { throw ValidationError("--json and -o - both want standard output") }
        guard trigger.options == nil, rotation.isDefault else {
            throw ValidationError("-o - keeps no log: nothing to rotate, and no trigger")
        }
        guard !metadata.isGiven, specification.specs == nil else {
            throw ValidationError(
                "-o - keeps no log that could say --vin, --station, --specs and the like")
        }
    }

    /// Receives and writes until stopped, or the reader has gone.
    func stream() throws {
        guard let toFormat else { return }
        ProcessMemory.keepLittle()
        let interruption = Interruption()
        let keeper = try LinkKeeper(captured, plan: interfaceSettings.plan)
        let prepared = try configuring { () throws(LinkSettingsError) in try keeper.prepare() }
        for word in prepared { StandardError.say("\(word.interface): \(word.text)") }
        let stop = try StopSignal()
        var source = try source(stop: stop, keeper: keeper)
        try keeper.start()
        defer { keeper.stop() }
        let metadata = LogMetadata.imported(from: "-")
        var output = try LogOutput(
            toFormat, to: ResultFile.standardOutput(), metadata, start: HostClock.realTime(),
            place: "-")
        var tally = StreamTally(
            deadline: duration.map { HostClock.monotonic() + Int64(min($0, 1e9) * 1e9) },
            framesLeft: count ?? .max)
        var batch = FrameBatch(capacity: 8_192)
        while !interruption.hasCome && !tally.isOver {
            batch.removeAll()
            let outcome = try source.read(into: &batch, waiting: .milliseconds(100))
            batch.truncateStamps(to: resolution.nanoseconds)
            tally.take(&batch)
            try output.write(batch)
            if outcome == .ended { break }
        }
        try output.finish()
        guard tally.lost > 0 else { return }
        StandardError.say("\(tally.lost.counting("frame")) lost: the reader was too slow")
        throw ExitStatus.Early(code: ExitStatus.lossy)
    }
}

/// What a stream has given, and when it is over.
private struct StreamTally {
    /// Nanoseconds of the monotonic clock.
    let deadline: Int64?
    var framesLeft: UInt64
    var lost: UInt64 = 0

    var isOver: Bool {
        framesLeft == 0 || deadline.map { HostClock.monotonic() >= $0 } ?? false
    }

    mutating func take(_ batch: inout FrameBatch) {
        if UInt64(batch.count) > framesLeft { batch.keepFirst(Int(framesLeft)) }
        framesLeft -= UInt64(batch.count)
        for index in batch.events.indices {
            if case .loss(let loss) = batch.events[index].kind { lost += loss.frames }
        }
    }
}
