import CANFrame

/// One message on its way to the other side: which bytes come next, and when.
struct ISOTPTransmission: Sendable {
    enum Phase: UInt8, Sendable {
        case idle
        /// The first or only frame is to be sent.
        case beginning
        case awaitingFlowControl
        case sending
    }

    var phase = Phase.idle
    private(set) var bytes: [UInt8] = []
    private(set) var sent = 0
    private var sequence: UInt8 = 1
    /// How many consecutive frames may still be sent in this block; -1 is no limit.
    private var leftInBlock = -1
    private(set) var separation: Int64 = 0
    /// How often in a row the other side asked to wait.
    private(set) var waits = 0
    /// The earliest time of the next consecutive frame.
    var earliest = Int64.min
    /// The latest time of what the other side, or the bus, is to do.
    var deadline = Int64.max

    var isUnderWay: Bool { phase != .idle }

    mutating func begin(_ payload: Span<UInt8>, at time: Int64) {
        bytes.removeAll(keepingCapacity: payload.count > 4_095)
        bytes.reserveCapacity(payload.count)
        for index in payload.indices { bytes.append(payload[index]) }
        (phase, sent, sequence, waits) = (.beginning, 0, 1, 0)
        (earliest, deadline) = (time, .max)
    }

    mutating func end() {
        phase = .idle
        deadline = .max
    }

    /// Takes the flow control that the transmission waits for; what it fails for, if it does.
    mutating func take(
        _ flow: ISOTPFlowControl, at time: Int64, waitLimit: Int, timeoutBs: Int64
    ) -> ISOTPFailure.Kind? {
        switch flow.status {
        case ISOTPFlowControl.continueToSend:
            waits = 0
            leftInBlock = flow.blockSize == 0 ? -1 : Int(flow.blockSize)
            separation = flow.separationTime.nanoseconds
            (phase, earliest, deadline) = (.sending, time, .max)
        case ISOTPFlowControl.wait:
            waits += 1
            if waits > waitLimit { return .waitLimit }
            deadline = time &+ timeoutBs
        case ISOTPFlowControl.overflow: return .overflow
        default: return .invalidFlowStatus
        }
        return nil
    }

    /// The payload of the next frame, of `size` bytes at most, behind the address byte if there is one.
    mutating func nextPayload(size: Int, addressByte: UInt8?) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(size)
        if let addressByte { frame.append(addressByte) }
        if phase == .beginning {
            begin(&frame, size: size)
        } else {
            frame.append(0x20 | sequence)
            sequence = (sequence + 1) & 15
        }
        let part = min(bytes.count - sent, size - frame.count)
        frame.append(contentsOf: bytes[sent..<sent + part])
        sent += part
        return frame
    }

    /// ISO 15765-2 9.6.2 and 9.6.3: a single frame where the message fits, else a first frame. The
    /// length has 4 bits in a single frame of up to 8 bytes, in longer ones a byte of its own.
    private func begin(_ frame: inout [UInt8], size: Int) {
        let length = bytes.count
        let offset = frame.count
        if length <= min(size, 8) - offset - 1 {
            frame.append(UInt8(length))
        } else if size > 8 && length <= size - offset - 2 {
            frame += [0, UInt8(length)]
        } else if length <= 4_095 {
            frame += [0x10 | UInt8(length >> 8), UInt8(length & 255)]
        } else {
            frame += [0x10, 0]
            for shift in [24, 16, 8, 0] { frame.append(UInt8(truncatingIfNeeded: length >> shift)) }
        }
    }

    /// Notes that the frame of ``nextPayload(size:addressByte:)`` is sent; true if it was the last.
    mutating func advance(at time: Int64, timeoutBs: Int64) -> Bool {
        if sent == bytes.count {
            end()
            return true
        }
        if phase == .beginning {
            (phase, deadline) = (.awaitingFlowControl, time &+ timeoutBs)
            return false
        }
        earliest = time &+ separation
        if leftInBlock > 0 {
            leftInBlock -= 1
            if leftInBlock == 0 {
                (phase, deadline) = (.awaitingFlowControl, time &+ timeoutBs)
            }
        }
        return false
    }
}
