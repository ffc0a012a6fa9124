import CANFrame

/// Frames of one sequence that are decoded and not yet taken into a batch.
struct MDFChunk: Sendable {
    private(set) var rows: [FrameRow] = []
    /// Payloads above eight bytes; rows give their offsets.
    private(set) var longPayloads: [UInt8] = []
    /// The place of each frame in the log, where the records have it.
    private(set) var frameNumbers: [UInt64] = []
    /// Before which rows frames are missing, and how many.
    private(set) var losses: [(row: Int, frames: UInt64)] = []
    /// The first row that is not taken.
    var next = 0
    private var lossesTaken = 0

    var isEmpty: Bool { next == rows.count && lossesTaken == losses.count }
    var hasFrames: Bool { next < rows.count }

    mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        longPayloads.removeAll(keepingCapacity: true)
        frameNumbers.removeAll(keepingCapacity: true)
        losses.removeAll(keepingCapacity: true)
        (next, lossesTaken) = (0, 0)
    }

    /// Takes note of frames missing behind those that are there.
    mutating func lose(_ frames: UInt64) {
        guard frames > 0 else { return }
        if losses.last?.row == rows.count {
            // No frame between: however many are missing, they take no more memory.
            losses[losses.count - 1].frames.add(upToLimit: frames)
        } else {
            losses.append((rows.count, frames))
        }
    }

    /// The losses before the next row, which then count as taken.
    mutating func takeLosses() -> UInt64 {
        var frames: UInt64 = 0
        while lossesTaken < losses.count, losses[lossesTaken].row <= next {
            frames.add(upToLimit: losses[lossesTaken].frames)
            lossesTaken += 1
        }
        return frames
    }

    /// Where the next loss is, or the end.
    var nextLoss: Int { lossesTaken < losses.count ? losses[lossesTaken].row : rows.count }

    mutating func append(_ row: FrameRow, frameNumber: UInt64?) {
        rows.append(row)
        if let frameNumber { frameNumbers.append(frameNumber) }
    }

    /// Appends a frame whose payload starts at `place` of `bytes`, in which eight bytes more can be
    /// read.
    @inline(__always)
    mutating func append(
        _ frame: FrameRow, payloadAt place: Int, of content: [UInt8], frameNumber: UInt64?
    ) {
        append(frame, payloadAt: place, of: content.span, frameNumber: frameNumber)
    }

    @inline(__always)
    private mutating func append(
        _ frame: FrameRow, payloadAt place: Int, of bytes: Span<UInt8>, frameNumber: UInt64?
    ) {
        var row = frame
        if row.length <= 8 {
            row.payloadWord = FrameRow.maskedWord(
                bytes.word(at: place).bits, length: row.length)
        } else {
            row.payloadWord = UInt64(longPayloads.count)
            let payload = bytes.extracting(place..<place + Int(row.length))
            for index in payload.indices { longPayloads.append(payload[index]) }
        }
        append(row, frameNumber: frameNumber)
    }

    /// Decodes up to `count` records of `stride` bytes, one after another from `start` on, whose
    /// payloads lie in them; `noteFault` takes the numbers of those that are no frames.
    mutating func appendRecords(
        _ layout: MDFFrameLayout, of content: [UInt8], from start: Int, stride: Int, count: Int,
        firstNumber: UInt64, _ buses: inout MDFBuses, noteFault: (UInt64) -> Void
    ) {
        let bytes = content.span
        for index in 0..<count {
            let record = start &+ index &* stride
            let number = firstNumber &+ UInt64(index)
            guard let row = layout.frame(at: record, number: number, of: bytes, &buses) else {
                noteFault(number)
                lose(1)
                continue
            }
            let frameNumber =
                layout.frameNumber.isThere ? layout.frameNumber.value(at: record, in: bytes) : nil
            if layout.kind == .data {
                append(
                    row, payloadAt: record &+ layout.payloadOffset, of: bytes,
                    frameNumber: frameNumber)
            } else {
                append(row, frameNumber: frameNumber)
            }
        }
    }
}

/// The channels of a log by the bus numbers in its records.
struct MDFBuses: Sendable {
    private var channels: [UInt32: UInt8] = [:]
    private var latest: (number: UInt32, channel: UInt8)?
    private(set) var names: [String] = []
    private let givenNames: [UInt32: String]

    init(names: [UInt32: String]) { givenNames = names }

    /// The channel of a bus; `nil` if a log has more than 256.
    @inline(__always)
    mutating func channel(_ number: UInt32) -> UInt8? {
        if let latest, latest.number == number { return latest.channel }
        return find(number)
    }

    private mutating func find(_ number: UInt32) -> UInt8? {
        if let channel = channels[number] {
            latest = (number, channel)
            return channel
        }
        guard let channel = UInt8(exactly: channels.count) else { return nil }
        channels[number] = channel
        latest = (number, channel)
        names.append(givenNames[number] ?? NumberedChannels.name(of: number))
        return channel
    }
}

extension MDFFrameLayout {
    /// The frame of a record, without its payload but with its length; `nil` if the record is none.
    @inline(__always)
    func frame(
        at record: Int, number: UInt64, of bytes: Span<UInt8>, _ buses: inout MDFBuses
    ) -> FrameRow? {
        let bus =
            busChannel.isThere
            ? UInt32(truncatingIfNeeded: busChannel.value(at: record, in: bytes)) : defaultBus
        guard let stamp = time.nanoseconds(at: record, number: number, in: bytes),
            let channel = buses.channel(bus)
        else { return nil }
        var row = FrameRow(
            timestamp: Timestamp(nanoseconds: stamp), identifier: PackedID(rawValue: 0),
            channel: channel, flags: [], length: 0, dlc: 0, payloadWord: 0)
        if direction.isThere {
            let value = direction.value(at: record, in: bytes)
            let isSent = isDirectionText ? value == UInt64(UInt8(ascii: "T")) : value != 0
            row.flags.origin = isSent ? .thisHost : .received
        }
        if kind == .error {
            guard setError(&row, at: record, of: bytes) else { return nil }
            return row
        }
        let raw = identifier.value(at: record, in: bytes)
        let value = UInt32(truncatingIfNeeded: raw)
        let isExtended =
            value & 0x8000_0000 != 0
            || (extended.isThere
                ? extended.value(at: record, in: bytes) != 0 : value & 0x1FFF_FFFF > 0x7FF)
        var packed = value & 0x1FFF_FFFF | (isExtended ? 0x8000_0000 : 0)
        guard isExtended || packed <= 0x7FF else { return nil }
        if kind == .remote {
            packed |= 0x4000_0000
            row.dlc = UInt8(
                truncatingIfNeeded: (dataLengthCode.isThere ? dataLengthCode : dataLength)
                    .value(at: record, in: bytes) & 15)
        } else if !setLength(&row, at: record, of: bytes) {
            return nil
        }
        row.identifier = PackedID(rawValue: packed)
        return row
    }

    /// Sets flags, DLC and length; false if the length is none, or more than the record holds.
    @inline(__always)
    private func setLength(_ row: inout FrameRow, at record: Int, of bytes: Span<UInt8>) -> Bool {
        var isFlexible = flexible.value(at: record, in: bytes) != 0
        let code = UInt8(truncatingIfNeeded: dataLengthCode.value(at: record, in: bytes) & 15)
        var length: UInt64
        if dataLength.isThere {
            length = dataLength.value(at: record, in: bytes)
            if isLengthCoded {
                let isLong = isFlexible || !flexible.isThere && payloadRoom != 8
                length = UInt64(
                    DataLengthCode.length(of: UInt8(truncatingIfNeeded: length), isFD: isLong))
            }
        } else if dataLengthCode.isThere {
            length = UInt64(DataLengthCode.length(of: code, isFD: isFlexible))
        } else {
            length = UInt64(payloadRoom)
        }
        guard length <= 64, payload.isElsewhere || length <= payloadRoom else { return false }
        // What has more than eight bytes can be nothing else.
        if length > 8 { isFlexible = true }
        row.length = UInt8(truncatingIfNeeded: length)
        row.dlc =
            dataLengthCode.isThere
                && DataLengthCode.length(of: code, isFD: isFlexible) == row.length
            ? code : DataLengthCode.code(for: row.length)
        if isFlexible { row.flags.insert(.flexibleDataRate) }
        if bitRateSwitch.value(at: record, in: bytes) != 0 { row.flags.insert(.bitRateSwitch) }
        if errorState.value(at: record, in: bytes) != 0 { row.flags.insert(.errorStateIndicator) }
        return true
    }
}
