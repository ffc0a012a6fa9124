import CANFrame

/// How far a stretch of objects was read, and why no further.
struct BLFProgress {
    enum Stop {
        /// The batch is full.
        case full
        /// This many bytes must be held from there on.
        case needs(Int)
        /// A container begins there.
        case container(BLFBaseHeader)
        /// The object there is passed over: this many bytes.
        case skip(Int)
        /// The object there is faulty; this many bytes are passed over.
        case fault(BLFFault, Int)
        /// What is there is no object, or its size cannot be; the next has to be searched for.
        case lost(BLFFault)
    }

    var used: Int
    var stop: Stop
}

/// Reads objects of BLF that lie in memory; knows neither containers nor where bytes come from.
///
/// Concrete on purpose: the decoder around it is generic over where its bytes come from.
struct BLFObjectParser: Sendable {
    /// What the stamps count from, in nanoseconds since 1970.
    var start: Int64 = 0
    /// The latest stamp.
    var latest = Timestamp(nanoseconds: 0)
    /// All stamps so far are multiples of this many nanoseconds.
    private(set) var resolution: Int64 = 1_000
    /// Objects of other kinds that were passed over.
    private(set) var otherObjects: UInt64 = 0
    private var channels = NumberedChannels()
    private var payload: [UInt8] = []

    /// Appends the frames and markers of the objects in `bytes[first..<end]` until `batch` is full
    /// or something has to be done.
    mutating func parse(
        _ bytes: Span<UInt8>, from first: Int, end: Int, into batch: inout FrameBatch
    ) -> BLFProgress {
        var position = first
        while true {
            if batch.isFull || batch.events.count >= BLFDecoder.mostEvents {
                return BLFProgress(used: position, stop: .full)
            }
            guard end &- position >= BLFLayout.baseHeaderSize else {
                return BLFProgress(used: position, stop: .needs(BLFLayout.baseHeaderSize))
            }
            let header = BLFBaseHeader(bytes, at: position)
            guard header.signature == BLFLayout.objectSignature else {
                if bytes[position] == 0 {
                    // Objects are padded with zeros, how many is told differently.
                    position &+= 1
                    continue
                }
                return BLFProgress(used: position, stop: .lost(.noObject))
            }
            guard header.hasCredibleSize else {
                let fault = BLFFault.size(
                    type: header.type, headerSize: header.headerSize, size: header.size)
                return BLFProgress(used: position, stop: .lost(fault))
            }
            if header.type == BLFObjectType.logContainer {
                return BLFProgress(used: position, stop: .container(header))
            }
            let held = min(header.size, BLFObjectType.wanted(header.type))
            guard end &- position >= held else {
                return BLFProgress(used: position, stop: .needs(held))
            }
            if held == 0 {
                otherObjects &+= 1
            } else if let fault = read(header, bytes, at: position, held, into: &batch) {
                return BLFProgress(used: position, stop: .fault(fault, header.size))
            }
            guard end &- position >= header.size else {
                return BLFProgress(used: position, stop: .skip(header.size))
            }
            position &+= header.size
        }
    }

    /// Appends the object at `position`, of which `held` bytes can be read; what is wrong with it if
    /// that cannot be.
    @inline(__always)
    private mutating func read(
        _ header: BLFBaseHeader, _ bytes: Span<UInt8>, at position: Int, _ held: Int,
        into batch: inout FrameBatch
    ) -> BLFFault? {
        guard header.headerVersion &- 1 < 3 else {
            return .headerVersion(type: header.type, version: header.headerVersion)
        }
        let fields = position &+ header.headerSize
        let size = held &- header.headerSize
        guard header.headerSize >= BLFLayout.objectHeaderSize, size >= 0 else {
            return .tooShort(type: header.type, size: header.size)
        }
        if let fault = readStamp(bytes, at: position, header.type) { return fault }
        if header.type == BLFObjectType.canMessage || header.type == BLFObjectType.canMessage2 {
            guard size >= 16 else {
                return .tooShort(type: header.type, size: header.size)
            }
            let low = bytes.word(at: fields).bits
            let high = bytes.word(at: fields &+ 8).bits
            return readClassic(header.type, low, high, into: &batch)
        }
        return readOther(header, bytes.extracting(fields..<fields &+ size), into: &batch)
    }

    /// Takes the stamp at 24, in units that the flags at 16 tell, into ``latest``.
    @inline(__always)
    private mutating func readStamp(
        _ bytes: Span<UInt8>, at position: Int, _ type: UInt32
    ) -> BLFFault? {
        let flags = UInt32(truncatingIfNeeded: bytes.word(at: position &+ 16).bits)
        let stamp = bytes.word(at: position &+ 24).bits
        var distance = stamp
        var overflow = false
        // As python-can: nanoseconds, unless the flags say otherwise.
        if flags & (BLFLayout.tenMicroseconds | BLFLayout.oneNanosecond)
            == BLFLayout.tenMicroseconds
        {
            (distance, overflow) = stamp.multipliedReportingOverflow(by: 10_000)
        }
        let (time, isBeyond) = start.addingReportingOverflow(Int64(truncatingIfNeeded: distance))
        if overflow || isBeyond || distance > UInt64(Int64.max) { return .stamp(type: type, stamp) }
        latest = Timestamp(nanoseconds: time)
        if resolution > 1 && (resolution < 1_000 || time % 1_000 != 0) { narrow(time) }
        return nil
    }

    private mutating func narrow(_ time: Int64) {
        while time % resolution != 0 { resolution /= 10 }
    }

    /// `CanMessage`: channel, flags, DLC and identifier in `low`, the payload in `high`.
    @inline(__always)
    private mutating func readClassic(
        _ type: UInt32, _ low: UInt64, _ high: UInt64, into batch: inout FrameBatch
    ) -> BLFFault? {
        let flags = UInt8(truncatingIfNeeded: low &>> 16)
        guard !isRequest(flags & BLFLayout.directionMask) else { return nil }
        let dlc = UInt8(truncatingIfNeeded: low &>> 24) & 15
        let isRemote = flags & BLFLayout.remote != 0
        var row = FrameRow(
            timestamp: latest, identifier: PackedID(rawValue: 0), channel: 0, flags: [],
            length: isRemote ? 0 : min(dlc, 8), dlc: dlc, payloadWord: 0)
        row.payloadWord = FrameRow.maskedWord(high, length: row.length)
        if let fault = identify(
            &row, UInt16(truncatingIfNeeded: low), UInt32(truncatingIfNeeded: low &>> 32),
            isRemote: isRemote, direction: flags & BLFLayout.directionMask, type, into: &batch)
        {
            return fault
        }
        batch.append(row)
        return nil
    }

    /// Whether an object is only the request to send (direction 2: 0 is received, 1 sent): where the
    /// frame was sent, there is another object of it.
    @inline(__always)
    private mutating func isRequest(_ direction: UInt8) -> Bool {
        guard direction == 2 else { return false }
        otherObjects &+= 1
        return true
    }

    /// Sets identifier, channel and origin of a row.
    @inline(__always)
    private mutating func identify(
        _ row: inout FrameRow, _ channel: UInt16, _ identifier: UInt32, isRemote: Bool,
        direction: UInt8, _ type: UInt32, into batch: inout FrameBatch
    ) -> BLFFault? {
        // Bits 29 and 30 have no meaning; python-can masks them too.
        let kept = identifier & (BLFLayout.extendedBit | 0x1FFF_FFFF)
        if kept > 0x7FF && kept < BLFLayout.extendedBit {
            return .identifier(type: type, kept)
        }
        row.identifier = PackedID(rawValue: kept | (isRemote ? 0x4000_0000 : 0))
        row.flags.origin = direction == 0 ? .received : .thisHost
        guard let number = channels.channel(UInt32(channel), at: latest, in: &batch) else {
            return .tooManyChannels(channel)
        }
        row.channel = number
        return nil
    }

    /// Kinds that are rarer than classic frames.
    @inline(never)
    private mutating func readOther(
        _ header: BLFBaseHeader, _ fields: Span<UInt8>, into batch: inout FrameBatch
    ) -> BLFFault? {
        let type = header.type
        var isHeld = true
        var fault: BLFFault?
        switch type {
        case BLFObjectType.canFDMessage:
            isHeld = fields.count >= 20
            if isHeld { fault = readFD(fields, into: &batch) }
        case BLFObjectType.canFDMessage64:
            isHeld = fields.count >= 40
            if isHeld { fault = readFD64(header, fields, into: &batch) }
        case BLFObjectType.canError:
            isHeld = fields.count >= 2
            if isHeld { fault = readError(fields.word16(at: 0), nil, &batch) }
        case BLFObjectType.canErrorExt:
            isHeld = fields.count >= 24
            if isHeld { fault = readErrorExt(fields, into: &batch) }
        case BLFObjectType.canFDError64:
            isHeld = fields.count >= 12
            if isHeld {
                let error = BusError(
                    blfFlags: UInt32(fields.word16(at: 4)), ecc: fields[3],
                    flagsExt: fields.word16(at: 6))
                fault = readError(UInt16(fields[0]), error, &batch)
            }
        default:
            if let text = BLFMarkerText.read(fields, type: type) {
                batch.append(.marker(text), at: latest)
            } else {
                isHeld = false
            }
        }
        return isHeld ? fault : .tooShort(type: type, size: header.size)
    }

    /// `CanFdMessage`: as a classic one; FD flags at 13, valid bytes at 14, the payload from 20 on.
    private mutating func readFD(
        _ fields: Span<UInt8>, into batch: inout FrameBatch
    ) -> BLFFault? {
        let low = fields.word(at: 0).bits
        let flags = UInt8(truncatingIfNeeded: low >> 16)
        let bits = fields[13]
        var wire: FrameFlags = []
        if bits & 1 != 0 {
            wire = .flexibleDataRate
            if bits & 2 != 0 { wire.insert(.bitRateSwitch) }
            if bits & 4 != 0 { wire.insert(.errorStateIndicator) }
        }
        let row = Shape(
            channel: UInt16(truncatingIfNeeded: low),
            identifier: UInt32(truncatingIfNeeded: low >> 32), flags: wire,
            dlc: UInt8(truncatingIfNeeded: low >> 24) & 15, isRemote: flags & BLFLayout.remote != 0,
            direction: flags & BLFLayout.directionMask, validBytes: fields[14])
        return append(row, fields, from: 20, BLFObjectType.canFDMessage, into: &batch)
    }

    /// `CanFdMessage64`: flags at 12, direction at 34, the place of what follows the payload at 35,
    /// counted from the object's start; the payload from 40 on.
    private mutating func readFD64(
        _ header: BLFBaseHeader, _ fields: Span<UInt8>, into batch: inout FrameBatch
    ) -> BLFFault? {
        let bits = UInt32(truncatingIfNeeded: fields.word(at: 12).bits)
        var wire: FrameFlags = []
        if bits & 0x1000 != 0 {
            wire = .flexibleDataRate
            if bits & 0x2000 != 0 { wire.insert(.bitRateSwitch) }
            if bits & 0x4000 != 0 { wire.insert(.errorStateIndicator) }
        }
        let shape = Shape(
            channel: UInt16(fields[0]),
            identifier: UInt32(truncatingIfNeeded: fields.word(at: 4).bits), flags: wire,
            dlc: fields[1] & 15, isRemote: bits & 0x10 != 0, direction: fields[34],
            validBytes: fields[2])
        var end = fields.count
        let extensionOffset = Int(fields[35]) - header.headerSize
        if extensionOffset >= 40 { end = min(end, extensionOffset) }
        let held = fields.extracting(0..<end)
        return append(shape, held, from: 40, BLFObjectType.canFDMessage64, into: &batch)
    }

    /// What the messages of a CAN FD channel have in common.
    private struct Shape {
        var channel: UInt16
        var identifier: UInt32
        var flags: FrameFlags
        var dlc: UInt8
        var isRemote: Bool
        var direction: UInt8
        var validBytes: UInt8
    }

    /// Appends a frame with the payload from `start` of `fields` on.
    ///
    /// Bytes that the object declares valid and does not have are zero, as CANoe shows them
    /// (python-can issue 1905); so are those of a classic frame that its DLC tells of.
    private mutating func append(
        _ shape: Shape, _ fields: Span<UInt8>, from start: Int, _ type: UInt32,
        into batch: inout FrameBatch
    ) -> BLFFault? {
        guard !isRequest(shape.direction) else { return nil }
        // CAN FD has no remote frames.
        let isRemote = shape.isRemote && !shape.flags.isFD
        let isFD = shape.flags.isFD
        var length = DataLengthCode.length(of: shape.dlc, isFD: isFD)
        if isFD { length = min(length, shape.validBytes) }
        let held = min(start + Int(shape.validBytes), fields.count)
        var row = FrameRow(
            timestamp: latest, identifier: PackedID(rawValue: 0), channel: 0, flags: shape.flags,
            length: 0, dlc: shape.dlc, payloadWord: 0)
        if let fault = identify(
            &row, shape.channel, shape.identifier, isRemote: isRemote, direction: shape.direction,
            type, into: &batch)
        {
            return fault
        }
        payload.removeAll(keepingCapacity: true)
        for index in 0..<(isRemote ? 0 : Int(length)) {
            payload.append(start + index < held ? fields[start + index] : 0)
        }
        batch.append(row, payload: payload.span)
        return nil
    }

    /// `CanErrorFrameExt`: channel 0, length 2, flags 4, ECC 8, position 9, DLC 10, frame length 12,
    /// identifier 16, more flags 20, payload 24.
    private mutating func readErrorExt(
        _ fields: Span<UInt8>, into batch: inout FrameBatch
    ) -> BLFFault? {
        let channel = fields.word16(at: 0)
        let errorClass = UInt32(truncatingIfNeeded: fields.word(at: 16).bits) & 0x1FFF_FFFF
        let duration = UInt32(truncatingIfNeeded: fields.word(at: 8).bits >> 32)
        // No controller saw it: written by a program, which puts the class of the kernel into the
        // identifier and its bytes into the payload, as python-can does.
        let isByProgram =
            fields.word16(at: 2) == 0 && fields[8] == 0 && fields[9] == 0 && duration == 0
        guard isByProgram && errorClass != 0 && fields[10] <= 8 else {
            let error = BusError(
                blfFlags: UInt32(truncatingIfNeeded: fields.word(at: 4).bits), ecc: fields[8],
                flagsExt: fields.word16(at: 20))
            return readError(channel, error, &batch)
        }
        let length = fields[10]
        var word: UInt64 = 0
        for index in 0..<min(Int(length), fields.count - 24) {
            word |= UInt64(fields[24 + index]) << UInt64(8 * index)
        }
        return append(
            FrameRow(
                timestamp: latest, identifier: PackedID(errorClass: errorClass), channel: 0,
                flags: [], length: length, dlc: length, payloadWord: word),
            channel, &batch)
    }

    private mutating func readError(
        _ channel: UInt16, _ error: BusError?, _ batch: inout FrameBatch
    ) -> BLFFault? {
        append(FrameRow(error: error, timestamp: latest), channel, &batch)
    }

    /// Takes an error frame, which the host has received, on the channel that BLF numbers so.
    private mutating func append(
        _ row: FrameRow, _ channel: UInt16, _ batch: inout FrameBatch
    ) -> BLFFault? {
        guard let number = channels.channel(UInt32(channel), at: latest, in: &batch) else {
            return .tooManyChannels(channel)
        }
        var row = row
        row.channel = number
        row.flags.origin = .received
        batch.append(row)
        return nil
    }
}

extension Span<UInt8> {
    fileprivate func word16(at index: Int) -> UInt16 {
        UInt16(self[index]) | UInt16(self[index + 1]) << 8
    }
}
