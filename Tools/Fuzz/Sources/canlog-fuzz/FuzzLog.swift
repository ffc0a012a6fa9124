import CANFrame
import LogFile

private let place = "fuzz"

/// The log reader, by the first byte: a log as it is, a log whose checksums are put right wherever a
/// block or header stands, and both with the rest of the input as a journal segment.
///
/// A log begins behind the first three bytes; the second and third say how long it is where a segment
/// follows.
func fuzzLog(_ input: [UInt8]) {
    guard input.count > 3 else { return }
    let kind = input[0]
    var log = Array(input[3...])
    var segment: [UInt8]?
    if kind & 1 != 0 {
        let count = min(log.count, Int(input[1]) | Int(input[2]) << 8)
        segment = Array(log[count...])
        log.removeLast(log.count - count)
    }
    if kind & 2 != 0 { repairChecksums(of: &log) }
    read(log, segment, writerIsAlive: kind & 4 != 0)
}

/// Reads everything; whatever comes, batches keep their promises and reading ends.
private func read(_ bytes: [UInt8], _ segment: [UInt8]?, writerIsAlive: Bool) {
    // The ordinal that is expected first is the count of groups; a segment stands in for each.
    let ordinals = segment == nil ? [] : [0, 1, 2]
    let journal = JournalFolder<MemoryBytes>(ordinals: ordinals) { (_) throws(StreamError) in
        segment.map { MemoryBytes($0) }
    }
    guard
        var reader = try? LogReader(
            file: MemoryBytes(bytes), journal: journal, writerIsAlive: writerIsAlive, place: place)
    else { return }
    var batch = FrameBatch(capacity: 64)
    var next: UInt64 = 0
    var frames: UInt64 = 0
    // A frame costs bytes at either place: more batches than this are a loop without end.
    var batchesLeft = 1_000_000
    while (try? reader.read(into: &batch, waiting: .zero)) == .batch {
        precondition(!batch.isEmpty && batch.count <= 64)
        precondition(
            batch.count == 0 || batch.firstFrameNumber >= next, "the frame numbers step back")
        if batch.count > 0 { next = batch.firstFrameNumber &+ UInt64(batch.count) }
        frames += UInt64(batch.count)
        check(batch)
        batchesLeft -= 1
        precondition(batchesLeft > 0, "reading does not end")
    }
    let summary = reader.summary
    precondition(summary.fileBytes == UInt64(bytes.count))
    for damage in reader.damages { precondition(!damage.description.isEmpty) }
    verify(bytes, journal, writerIsAlive: writerIsAlive)
}

/// Compares everything with everything: groups are not more than the format allows, and it ends.
private func verify(
    _ bytes: [UInt8], _ journal: JournalFolder<MemoryBytes>, writerIsAlive: Bool
) {
    guard
        let reader = try? LogReader(
            file: MemoryBytes(bytes), journal: journal, writerIsAlive: writerIsAlive, place: place),
        var verifier = try? LogVerifier(reader)
    else { return }
    var groupsLeft = 1_000_000
    while (try? verifier.step()) == true {
        precondition(verifier.group.count <= LogFormat.groupCapacity + 1)
        check(verifier.group)
        groupsLeft -= 1
        precondition(groupsLeft > 0, "verifying does not end")
    }
    precondition(verifier.fraction <= 1)
}

/// Rows are as everyone who reads a batch believes.
func check(_ batch: borrowing FrameBatch) {
    for index in 0..<batch.count {
        let row = batch.rows[index]
        precondition(row.length <= 64)
        precondition(
            !row.isShort
                || FrameRow.maskedWord(row.payloadWord, length: row.length) == row.payloadWord)
        precondition(row.isShort || batch.longPayload(at: index).count == Int(row.length))
    }
    for index in 0..<batch.events.count {
        precondition(batch.events[index].rowIndex <= batch.count)
    }
}

/// Puts right the CRCs of the header and of each block header and its head, where `LogFile.md` says
/// that they stand, so that what is behind them is reached.
private func repairChecksums(of log: inout [UInt8]) {
    guard log.count >= 16 else { return }
    let magic: [UInt8] = [0x43, 0x4C, 0x42, 0x4B]
    for start in 0..<log.count where log.count - start >= 48 && log[start] == magic[0] {
        guard (0..<4).allSatisfy({ log[start + $0] == magic[$0] }) else { continue }
        let headSize = Int(number(in: log, at: start + 12))
        let bodySize = Int(number(in: log, at: start + 16))
        let isSpecification = log[start + 4] == 3 && log[start + 5] == 0x80
        let body = start + 48 + headSize
        if isSpecification, headSize >= 8, bodySize <= 1 << 20, bodySize <= log.count - body {
            put(castagnoli(Array(log[body..<body + bodySize])), in: &log, at: start + 52)
        }
        if headSize <= log.count - start - 48, bodySize <= 1 << 20 {
            put(
                castagnoli(Array(log[start + 48..<start + 48 + headSize])), in: &log, at: start + 20
            )
        }
        put(castagnoli(Array(log[start..<start + 44])), in: &log, at: start + 44)
    }
}

private func number(in bytes: [UInt8], at place: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * $1) }
}

private func put(_ value: UInt32, in bytes: inout [UInt8], at place: Int) {
    for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
}
