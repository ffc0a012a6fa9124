import CANFrame

/// A place in a segment and the number of the frame that comes there.
struct JournalPosition: Equatable {
    var offset: UInt64
    var number: UInt64
}

/// Finds where a segment can be read again behind bytes that cannot.
///
/// Frames are readable again from a restart record on. Plain records before it tell at least how
/// many frames they had, and that the damage is not the segment's torn end.
struct JournalSearch {
    struct Result: Equatable {
        var position: JournalPosition
        /// Whether a restart record begins there; else the last plain record ended there.
        var isRestart: Bool
    }

    let seed: UInt32
    /// The number of the first frame that is missing.
    let expected: UInt64

    /// Where to go on, or `nil` if nothing behind `damage` is known to be of this segment.
    ///
    /// - Parameters:
    ///   - candidate: where the next record begins if the damaged one's head can be believed.
    ///   - isKnown: whether it can.
    func find<File: ByteSource & ~Copyable>(
        from damage: UInt64, candidate: JournalPosition, isKnown: Bool,
        in window: inout JournalWindow<File>
    ) throws(StreamError) -> Result? {
        var proven: JournalPosition? = isKnown ? candidate : nil
        if candidate.offset > damage || isKnown {
            let (end, isRestart, steps) = try walk(from: candidate, in: &window)
            if isRestart { return Result(position: end, isRestart: true) }
            if steps > 0 { proven = end }
        }
        if let restart = try scan(from: proven?.offset ?? damage + 1, in: &window) {
            return Result(position: restart, isRestart: true)
        }
        return proven.map { Result(position: $0, isRestart: false) }
    }

    /// Goes from one intact plain record to the next, up to a restart record or the last of them.
    private func walk<File: ByteSource & ~Copyable>(
        from start: JournalPosition, in window: inout JournalWindow<File>
    ) throws(StreamError) -> (end: JournalPosition, isRestart: Bool, steps: Int) {
        var position = start
        var steps = 0
        while position.offset < window.byteCount {
            try window.fill(at: position.offset, needed: JournalFormat.recordLimit)
            let bytes = window.bytes(at: position.offset)
            guard let record = JournalRecord(at: bytes, seed: seed),
                record.isIntact(in: bytes, seed: seed, expected: position.number)
            else { break }
            if let restart = record.restart {
                position.number = restart.firstFrameNumber
                return (position, true, steps)
            }
            position.offset += UInt64(record.size)
            position.number &+= UInt64(record.frames)
            steps += 1
        }
        return (position, false, steps)
    }

    /// The next intact restart record from `start` on.
    private func scan<File: ByteSource & ~Copyable>(
        from start: UInt64, in window: inout JournalWindow<File>
    ) throws(StreamError) -> JournalPosition? {
        var offset = start
        while offset < window.byteCount {
            try window.fill(at: offset, needed: JournalFormat.recordLimit)
            let held = window.bytes(at: offset).count
            guard held > 0 else { return nil }
            guard let place = window.bytes(at: offset).firstSync() else {
                // A sync word may begin in the last bytes that were looked at.
                offset += UInt64(max(1, held - JournalFormat.sync.count + 1))
                continue
            }
            offset += UInt64(place)
            try window.fill(at: offset, needed: JournalFormat.recordLimit)
            let bytes = window.bytes(at: offset)
            guard let record = JournalRecord(at: bytes, seed: seed), let restart = record.restart
            else {
                offset += 1
                continue
            }
            if record.isIntact(in: bytes, seed: seed, expected: expected) {
                return JournalPosition(offset: offset, number: restart.firstFrameNumber)
            }
            // The fields of a restart record have a CRC of their own, so its length is right, and
            // no byte is looked at twice.
            offset += UInt64(record.size)
        }
        return nil
    }
}

extension Span<UInt8> {
    /// Where the first sync word begins.
    fileprivate func firstSync() -> Int? {
        let sync = JournalFormat.sync
        guard count >= sync.count else { return nil }
        for place in 0...count - sync.count where self[place] == sync[0] {
            if sync.indices.allSatisfy({ self[place + $0] == sync[$0] }) { return place }
        }
        return nil
    }
}
