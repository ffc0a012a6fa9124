import CANFrame
import CANTransport

/// ISO 15765-2, by the first byte's lowest bit: frames of any kind for a listener and a connection, or
/// two connections that must understand each other, with frames lost as the bytes say.
func fuzzISOTP(_ input: [UInt8]) {
    guard let kind = input.first else { return }
    let rest = input.dropFirst()
    if kind & 1 == 0 { listen(Array(rest)) } else { converse(Array(rest)) }
}

private func normal(_ number: UInt32) -> ISOTPAddress {
    ISOTPAddress(ArbitrationID(PackedID(rawValue: number)))
}

/// Frames of 4 bytes of head each: link, length, flags and time; then the payload.
private func listen(_ bytes: [UInt8]) {
    var options = ISOTPListener.Options()
    options.maximumBytes = 4_096
    var listener = ISOTPListener(options: options)
    var links: [ISOTPAddress] = (0..<6).map { normal(0x700 + $0) }
    links.append(.extended(ArbitrationID(PackedID(rawValue: 0x6F1)), target: 0x12))
    links.append(.normalFixed(target: 0x10, source: 0xF1))
    for (index, link) in links.enumerated() {
        let answer: ISOTPAddress? = index == 5 ? nil : links[index ^ 1]
        let number = listener.addLink(data: link, flowControl: answer, channel: 0)
        precondition(number == index)
    }
    var connectionOptions = ISOTPConnection.Options()
    connectionOptions.maximumLength = 4_096
    connectionOptions.blockSize = 3
    var connection = ISOTPConnection(
        sending: links[1], receiving: links[0], options: connectionOptions)
    try? connection.send([UInt8](repeating: 1, count: 100).span, at: 0)

    var (time, number, place): (Int64, UInt64, Int) = (0, 0, 0)
    var told: UInt64 = 0
    while bytes.count - place >= 4 {
        let head = bytes[place..<place + 4]
        place += 4
        let length = min(
            Int(DataLengthCode.length(of: head[head.startIndex + 1], isFD: true)),
            bytes.count - place)
        let flags: FrameFlags = length > 8 ? .flexibleDataRate : []
        var batch = FrameBatch(capacity: 1)
        batch.append(
            Frame(
                timestamp: Timestamp(nanoseconds: time),
                identifier: links[Int(head[head.startIndex]) % links.count].identifier,
                channel: head[head.startIndex + 2] & 1, flags: flags,
                payload: Array(bytes[place..<place + length])))
        place += length
        time += Int64(head[head.startIndex + 3]) << 22
        let (row, long) = (batch.rows[0], batch.longPayload(at: 0))
        if listener.take(row, longPayload: long, frame: number, at: time) {
            guard let message = listener.message else { fatalError("a message without a message") }
            precondition(message.length == listener.payload.count && message.length <= 4_096)
            precondition(message.lastFrame == number && message.firstFrame <= number)
            precondition(message.firstTime <= message.lastTime)
        } else {
            precondition(listener.payload.isEmpty)
        }
        told += UInt64(listener.failures.count)
        if connection.take(row, longPayload: long, at: time) {
            precondition((1...4_096).contains(connection.payload.count))
        }
        for _ in 0..<300 {
            guard let frame = connection.nextFrame(at: time) else { break }
            precondition(frame.payload.count == 8)
        }
        number += 1
    }
    listener.finish(at: time, timestamp: Timestamp(nanoseconds: time))
    told += UInt64(listener.failures.count)
    precondition(told <= listener.failureCounts.total, "a failure that is not counted")
}

/// 6 bytes of settings; then one byte for each frame, whose highest bit loses it.
private func converse(_ bytes: [UInt8]) {
    guard bytes.count > 6 else { return }
    let isFD = bytes[0] & 1 == 1
    func options(_ index: Int) -> ISOTPConnection.Options {
        var options = ISOTPConnection.Options()
        options.isFD = isFD
        if isFD {
            options.maximumDataLength = Int(
                DataLengthCode.length(of: 8 + bytes[0] >> 5, isFD: true))
        }
        options.blockSize = bytes[index]
        options.separationTime = ISOTPSeparationTime(rawValue: bytes[index + 1])
        return options
    }
    let (left, right) = (normal(0x7E0), normal(0x7E8))
    var one = ISOTPConnection(sending: left, receiving: right, options: options(1))
    var other = ISOTPConnection(sending: right, receiving: left, options: options(3))
    let payload = (0..<max(1, Int(bytes[5]) * 5)).map { UInt8(truncatingIfNeeded: $0) }
    try? one.send(payload.span, at: 0)
    var (now, losses, place): (Int64, Int, Int) = (0, 0, 6)
    var arrived = false
    for _ in 0..<5_000 {
        while let frame = one.nextFrame(at: now) {
            let isLost = place < bytes.count && bytes[place] > 127
            (place, losses) = (place + 1, losses + (isLost ? 1 : 0))
            if !isLost, hand(frame, to: &other, at: now) {
                precondition(other.payload.count == payload.count, "another length")
                for index in payload.indices {
                    precondition(other.payload[index] == payload[index], "another byte")
                }
                arrived = true
            }
        }
        while let frame = other.nextFrame(at: now) {
            let isLost = place < bytes.count && bytes[place] > 127
            (place, losses) = (place + 1, losses + (isLost ? 1 : 0))
            if !isLost { _ = hand(frame, to: &one, at: now) }
        }
        guard let next = [one.deadline, other.deadline].compactMap({ $0 }).min() else {
            precondition(arrived || losses > 0, "nothing was lost, and nothing came")
            return
        }
        now = max(now, next)
    }
    fatalError("a conversation that does not end")
}

private func hand(
    _ frame: Frame, to connection: inout ISOTPConnection, at time: Int64
) -> Bool {
    var batch = FrameBatch(capacity: 1)
    batch.append(frame)
    return connection.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time)
}
