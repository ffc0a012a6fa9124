public import CANFrame

/// The number of an event's kind in the file (LogFile.docc, Events).
public enum EventKind: UInt8, Sendable, CaseIterable {
    case channel = 1, tick, clockTie, clockSynchronisation, loss, linkUp, linkDown, linkGone
    case statistics, silence, marker, note
    case controllerState, restarted, errorCounters, interfaceSettings

    /// The kind of an event.
    public init(_ kind: BusEvent.Kind) {
        self =
            switch kind {
            case .channel: .channel
            case .tick: .tick
            case .clockTie: .clockTie
            case .clockSynchronisation: .clockSynchronisation
            case .loss: .loss
            case .linkUp: .linkUp
            case .linkDown: .linkDown
            case .linkGone: .linkGone
            case .statistics: .statistics
            case .silence: .silence
            case .marker: .marker
            case .note: .note
            case .controllerState: .controllerState
            case .restarted: .restarted
            case .errorCounters: .errorCounters
            case .interfaceSettings: .interfaceSettings
            }
    }
}

/// Turns what an event says into bytes and back, as differences to events before it of its kind.
///
/// Groups, journal segments and digests use the same coder; each starts with a fresh one, the digest
/// with a fresh one for every event.
struct EventBodyCoder: Sendable {
    /// Real time less monotonic time of the latest clock tie, in nanoseconds.
    private var tieOffset: Int64 = 0
    /// The latest counters of each channel; 256 stands for an event without a channel.
    private var counters: [UInt16: InterfaceStatistics] = [:]

    /// Appends the body of `event`; its kind, moment and channel are stored beside it.
    mutating func append(_ event: BusEvent, to bytes: inout [UInt8]) {
        switch event.kind {
        case .tick, .linkUp, .linkDown, .linkGone, .restarted: break
        case .channel(let description): bytes.append(description)
        case .clockTie(let tie):
            let offset = event.timestamp.nanoseconds &- tie.monotonic
            bytes.append(zigzag: offset &- tieOffset)
            tieOffset = offset
        case .clockSynchronisation(let state):
            bytes.append(state.isSynchronised ? 1 : 0)
            bytes.append(zigzag: state.estimatedError)
            bytes.append(zigzag: state.maximumError)
        case .loss(let loss):
            bytes.append(loss.cause.rawValue)
            bytes.append(varint: loss.frames)
        case .statistics(let statistics):
            let key = event.channel.map(UInt16.init) ?? 256
            let before = counters[key] ?? InterfaceStatistics()
            for path in InterfaceStatistics.storedCounters {
                bytes.append(
                    zigzag: Int64(bitPattern: statistics[keyPath: path] &- before[keyPath: path]))
            }
            counters[key] = statistics
        case .silence(let duration): bytes.append(zigzag: duration)
        case .marker(let text), .note(let text): bytes += Array(text.utf8)
        case .controllerState(let state): bytes.append(state.rawValue)
        case .errorCounters(let counters):
            bytes.append(varint: UInt64(counters.transmit))
            bytes.append(varint: UInt64(counters.receive))
        case .interfaceSettings(let settings): bytes.append(settings)
        }
    }

    /// Reads what ``append(_:to:)`` wrote; `nil` if the bytes cannot be that.
    mutating func decode(
        _ kind: EventKind, at time: Timestamp, channel: UInt8?, body: Span<UInt8>
    ) -> BusEvent.Kind? {
        var cursor = ByteCursor(body)
        switch kind {
        case .tick: return .tick
        case .linkUp: return .linkUp
        case .linkDown: return .linkDown
        case .linkGone: return .linkGone
        case .restarted: return .restarted
        case .channel: return cursor.channelDescription().map { .channel($0) }
        case .clockTie:
            guard let difference = cursor.zigzag() else { return nil }
            tieOffset = tieOffset &+ difference
            return .clockTie(ClockTie(monotonic: time.nanoseconds &- tieOffset))
        case .clockSynchronisation:
            guard let bits = cursor.byte(), let estimated = cursor.zigzag(),
                let maximum = cursor.zigzag()
            else { return nil }
            return .clockSynchronisation(
                ClockSynchronisation(
                    isSynchronised: bits & 1 != 0, estimatedError: estimated, maximumError: maximum)
            )
        case .loss:
            guard let code = cursor.byte(), let cause = Loss.Cause(rawValue: code),
                let frames = cursor.varint()
            else { return nil }
            return .loss(Loss(cause: cause, frames: frames))
        case .statistics:
            let key = channel.map(UInt16.init) ?? 256
            var statistics = counters[key] ?? InterfaceStatistics()
            for path in InterfaceStatistics.storedCounters {
                guard let difference = cursor.zigzag() else { return nil }
                statistics[keyPath: path] &+= UInt64(bitPattern: difference)
            }
            counters[key] = statistics
            return .statistics(statistics)
        case .silence: return cursor.zigzag().map { .silence($0) }
        case .marker: return String(utf8: body).map { .marker($0) }
        case .note: return String(utf8: body).map { .note($0) }
        case .controllerState:
            return cursor.byte().flatMap { ControllerState(rawValue: $0) }.map {
                .controllerState($0)
            }
        case .errorCounters:
            guard let transmit = cursor.count(upTo: Int(UInt16.max)),
                let receive = cursor.count(upTo: Int(UInt16.max))
            else { return nil }
            return .errorCounters(
                ErrorCounters(transmit: UInt16(transmit), receive: UInt16(receive)))
        case .interfaceSettings:
            return cursor.interfaceSettings().map { .interfaceSettings($0) }
        }
    }
}

extension InterfaceStatistics {
    /// The counters in the order of the file.
    fileprivate static var storedCounters: [WritableKeyPath<Self, UInt64>] {
        [
            \.receivedFrames, \.receivedBytes, \.sentFrames, \.receiveErrors, \.receiveDropped,
            \.receiveOverruns, \.receiveMissed, \.sendErrors, \.sendDropped,
        ]
    }
}

extension [UInt8] {
    /// A channel as events, group heads and journal heads store it.
    mutating func append(_ channel: ChannelDescription) {
        append(text: channel.interface)
        append(
            (channel.bitRate == nil ? 0 : 1) | (channel.dataBitRate == nil ? 0 : 2)
                | (channel.recorder == nil ? 0 : 4))
        if let rate = channel.bitRate { append(varint: UInt64(rate)) }
        if let rate = channel.dataBitRate { append(varint: UInt64(rate)) }
        if let recorder = channel.recorder { append(varint: UInt64(recorder)) }
        append(channel.clock.rawValue)
    }
}

extension ByteCursor {
    /// A channel, as ``Swift/Array/append(_:)-(ChannelDescription)`` wrote it; a clock that is not
    /// known is an unknown clock.
    mutating func channelDescription() -> ChannelDescription? {
        guard let interface = text(), let bits = byte() else { return nil }
        var description = ChannelDescription(interface: interface)
        if bits & 1 != 0 {
            guard let rate = count(upTo: Int(UInt32.max)) else { return nil }
            description.bitRate = UInt32(rate)
        }
        if bits & 2 != 0 {
            guard let rate = count(upTo: Int(UInt32.max)) else { return nil }
            description.dataBitRate = UInt32(rate)
        }
        if bits & 4 != 0 {
            guard let recorder = count(upTo: Int(UInt8.max)) else { return nil }
            description.recorder = UInt8(recorder)
        }
        guard let clock = byte() else { return nil }
        description.clock = StampClock(rawValue: clock) ?? .unknown
        return description
    }
}

extension [UInt8] {
    /// Settings as events store them: which of them are known, and these.
    fileprivate mutating func append(_ settings: InterfaceSettings) {
        let values = [
            settings.bitRate, settings.samplePoint, settings.dataBitRate, settings.dataSamplePoint,
            settings.modes?.rawValue, settings.restartDelay, settings.mtu,
        ]
        var known: UInt64 = 0
        for (bit, value) in values.enumerated() where value != nil { known |= 1 << UInt64(bit) }
        append(varint: known)
        for value in values.compactMap(\.self) { append(varint: UInt64(value)) }
    }
}

extension ByteCursor {
    /// Settings, as ``Swift/Array/append(_:)-(InterfaceSettings)`` wrote them; those behind what
    /// this version knows are ignored.
    fileprivate mutating func interfaceSettings() -> InterfaceSettings? {
        guard let known = varint() else { return nil }
        var values: [UInt32?] = []
        for bit in 0..<UInt64(7) {
            guard known >> bit & 1 != 0 else {
                values.append(nil)
                continue
            }
            guard let value = count(upTo: Int(UInt32.max)) else { return nil }
            values.append(UInt32(value))
        }
        return InterfaceSettings(
            bitRate: values[0], samplePoint: values[1], dataBitRate: values[2],
            dataSamplePoint: values[3], modes: values[4].map(ControllerModes.init),
            restartDelay: values[5], mtu: values[6])
    }
}
