import CANFrame
import CCrypto

/// SHA-256 (FIPS 180-4) by libcrypto, reused from one group to the next.
@safe struct SHA256: ~Copyable {
    static let size = 32
    // Owned: made in init, freed in deinit, never handed out.
    private let context: OpaquePointer

    init() throws(LogError) {
        // A plain allocation; nil only without memory.
        guard let context = unsafe EVP_MD_CTX_new() else {
            throw .library("libcrypto has no memory for SHA-256")
        }
        unsafe self.context = unsafe context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    borrowing func begin() throws(LogError) {
        // The context is ours; the method is a constant of libcrypto.
        guard unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            throw .library("libcrypto does not offer SHA-256")
        }
    }

    borrowing func update(_ bytes: Span<UInt8>) {
        // Reads exactly the span's bytes; cannot fail after a successful init.
        unsafe bytes.withUnsafeBufferPointer {
            _ = unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count)
        }
    }

    /// Takes the rows as they lie in memory, which is the canonical row where no payload is long.
    borrowing func update(_ rows: Span<FrameRow>) {
        // FrameRow is 24 bytes without padding, in the order of the canonical row, little-endian.
        unsafe rows.withUnsafeBytes {
            _ = unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count)
        }
    }

    borrowing func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Self.size)
        // The array has the 32 bytes that SHA-256 writes.
        unsafe digest.withUnsafeMutableBufferPointer {
            _ = unsafe EVP_DigestFinal_ex(context, $0.baseAddress, nil)
        }
        return digest
    }
}

/// The two chains of digests over a recording's frames and events (LogFile.docc, Digests).
struct ContentDigest: ~Copyable {
    private var hash: SHA256
    private var scratch: [UInt8] = []

    init() throws(LogError) {
        hash = try SHA256()
    }

    /// What stands before the first group of a recording.
    mutating func start(of recording: RecordingID) throws(LogError) -> [UInt8] {
        try hash.begin()
        hash.update(recording.bytes.span)
        return hash.finish()
    }

    private mutating func begin(
        after before: [UInt8], number: UInt64, count: Int
    ) throws(LogError) {
        try hash.begin()
        scratch.removeAll(keepingCapacity: true)
        scratch += before
        scratch.append(littleEndian: number)
        scratch.append(littleEndian: UInt64(count))
        hash.update(scratch.span)
        scratch.removeAll(keepingCapacity: true)
    }

    /// The digest of a group's frames; `before` is that of the group before it.
    mutating func frames(
        of group: borrowing FrameBatch, after before: [UInt8]
    ) throws(LogError) -> [UInt8] {
        try begin(after: before, number: group.firstFrameNumber, count: group.count)
        if group.isPlain {
            hash.update(group.rows)
        } else {
            for index in 0..<group.count {
                append(group.rows[index], payload: group.longPayload(at: index))
                flush(beyond: 1 << 15)
            }
        }
        if !group.numberRuns.isEmpty { appendNumbers(of: group) }
        flush(beyond: 0)
        return hash.finish()
    }

    private mutating func appendNumbers(of group: borrowing FrameBatch) {
        var cursor = NumberCursor()
        for row in 0..<group.count {
            scratch.append(littleEndian: cursor.number(of: row, in: group))
            flush(beyond: 1 << 15)
        }
    }

    private mutating func append(_ row: FrameRow, payload: Span<UInt8>) {
        scratch.append(littleEndian: row.timestamp.nanoseconds)
        scratch.append(littleEndian: row.identifier.rawValue)
        scratch += [row.channel, row.flags.rawValue, row.length, row.dlc]
        if row.isShort {
            scratch.append(
                littleEndian: FrameRow.maskedWord(row.payloadWord, length: row.length))
        } else {
            scratch.append(payload)
        }
    }

    private mutating func flush(beyond limit: Int) {
        guard scratch.count > limit else { return }
        hash.update(scratch.span)
        scratch.removeAll(keepingCapacity: true)
    }

    /// The digest of a group's events; `before` is that of the group before it.
    mutating func events(
        of group: borrowing FrameBatch, after before: [UInt8]
    ) throws(LogError) -> [UInt8] {
        let events = group.events
        try begin(after: before, number: group.firstFrameNumber, count: events.count)
        var body: [UInt8] = []
        for index in events.indices {
            let event = events[index]
            body.removeAll(keepingCapacity: true)
            var coder = EventBodyCoder()
            coder.append(event, to: &body)
            scratch.append(littleEndian: group.firstFrameNumber &+ UInt64(event.rowIndex))
            scratch.append(littleEndian: event.timestamp.nanoseconds)
            scratch.append(littleEndian: event.channel.map(UInt16.init) ?? 0xFFFF)
            scratch.append(littleEndian: UInt16(EventKind(event.kind).rawValue))
            scratch.append(littleEndian: UInt32(body.count))
            scratch += body
            flush(beyond: 1 << 15)
        }
        flush(beyond: 0)
        return hash.finish()
    }
}

extension FrameBatch {
    /// Whether every row lies in memory as the canonical row: short payloads, zero beyond them.
    var isPlain: Bool {
        guard longPayloadBytes.isEmpty else { return false }
        let rows = rows
        for index in rows.indices {
            let row = rows[index]
            if row.payloadWord != FrameRow.maskedWord(row.payloadWord, length: row.length) {
                return false
            }
        }
        return true
    }
}
