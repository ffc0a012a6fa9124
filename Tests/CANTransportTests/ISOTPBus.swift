import CANFrame
import CANTransport

/// Frames for a listener, as candump writes them, and what came of them.
struct ISOTPBus: ~Copyable {
    var listener: ISOTPListener
    /// Microseconds since the first frame.
    var now = 0
    private(set) var frames: UInt64 = 0
    private(set) var payloads: [[UInt8]] = []
    private(set) var messages: [ISOTPMessage] = []
    private(set) var failures: [ISOTPFailure] = []

    init(_ options: ISOTPListener.Options = .init()) {
        listener = ISOTPListener(options: options)
    }

    /// A listener to both directions of `7E0` and `7E8`, links 0 and 1.
    static func pair(_ options: ISOTPListener.Options = .init()) -> ISOTPBus {
        var bus = ISOTPBus(options)
        let (tester, unit) = (ISOTPAddress.normal(0x7E0), ISOTPAddress.normal(0x7E8))
        bus.listener.addLink(data: tester, flowControl: unit, channel: 0)
        bus.listener.addLink(data: unit, flowControl: tester, channel: 0)
        return bus
    }

    /// A frame as candump writes it: `7E0#0322F190`, `7E0##1…` for CAN FD.
    mutating func take(_ text: String, after microseconds: Int = 1_000, channel: UInt8 = 0) {
        take(canFrame(text), after: microseconds, channel: channel)
    }

    mutating func take(_ frame: Frame, after microseconds: Int = 1_000, channel: UInt8 = 0) {
        now += microseconds
        var frame = frame
        frame.channel = channel
        frame.timestamp = Timestamp(nanoseconds: Int64(now) * 1_000)
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        let row = batch.rows[0]
        let time = Int64(now) * 1_000
        if listener.take(row, longPayload: batch.longPayload(at: 0), frame: frames, at: time),
            let message = listener.message
        {
            messages.append(message)
            payloads.append(copy(listener.payload))
        }
        failures += listener.failures
        frames += 1
    }

    mutating func finish() {
        let time = Int64(now) * 1_000
        listener.finish(at: time, timestamp: Timestamp(nanoseconds: time))
        failures += listener.failures
    }

    var kinds: [ISOTPFailure.Kind] { failures.map(\.kind) }
}

func copy(_ bytes: Span<UInt8>) -> [UInt8] { bytes.indices.map { bytes[$0] } }

extension ISOTPAddress {
    static func normal(_ number: UInt32) -> ISOTPAddress { ISOTPAddress(arbitration(number)) }
}

/// 11 bits where they hold the number, else 29.
func arbitration(_ number: UInt32) -> ArbitrationID {
    ArbitrationID(PackedID(rawValue: number | (number > 0x7FF ? 0x8000_0000 : 0)))
}

/// The bytes of hexadecimal text.
func bytes(_ text: some StringProtocol) -> [UInt8] {
    let digits = Array(text)
    return stride(from: 0, to: digits.count, by: 2).map {
        UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0
    }
}

/// A frame as candump writes it: 3 digits are 11 bits, 8 digits 29; `##F` is CAN FD with flags F.
func canFrame(_ text: String) -> Frame {
    let parts = text.split(separator: "#", omittingEmptySubsequences: false)
    let number = UInt32(parts[0], radix: 16) ?? 0
    let isFD = parts.count > 2
    return Frame(
        timestamp: Timestamp(nanoseconds: 0),
        identifier: PackedID(rawValue: number | (parts[0].count > 3 ? 0x8000_0000 : 0)),
        flags: isFD ? .flexibleDataRate : [],
        payload: bytes(isFD ? parts[2].dropFirst() : parts[1]))
}
