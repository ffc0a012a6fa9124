import CANFrame
import SignalDatabase

/// A message that is sent again and again: what its next frame holds follows from how many there were
/// and from the time at which it is due, never from when it is asked.
struct CyclicMessage: Sendable {
    /// Where the bits of a signal come from.
    enum Source: Sendable {
        case course(SignalCourse)
        /// Counts the frames up to this many, then begins again.
        case counter(UInt64)
        /// Goes through these, each for so many frames.
        case multiplexer([UInt64], every: UInt64)
        case checksum
    }

    /// Values of a multiplexer that are gone through at most.
    private static let mostSelections = 256

    let ecu: Int
    let bus: Int
    let name: String
    private let index: Int
    private let encoder: SignalEncoder
    private let identifier: PackedID
    private let flags: FrameFlags
    private let length: Int
    private let unusedByte: UInt8
    private let cycle: Int64
    private let checksum: MessageChecksum?
    private let checksumByte: Int?
    private var sources: [Source]
    /// Those that concern it, with the signal's place where they concern one.
    private var faults: [(fault: SimulationFault, signal: Int, value: Double)] = []
    /// When the next frame is due.
    private(set) var due: Int64
    private var frames: UInt64 = 0
    private var count: UInt64 = 0

    init(
        _ settings: SimulatedMessage, of ecu: Int, on bus: SimulatedBus, _ place: Int,
        seed: SeededNumbers
    )
        throws(SimulationMistake)
    {
        let message = bus.database.messages[settings.message]
        guard let identifier = message.identifier,
            message.length <= (message.format == .flexibleDataRate ? 64 : 8)
        else {
            throw SimulationMistake("\(message.name) does not fit into a frame")
        }
        if let signal = message.signals.first(where: {
            $0.neededLength > message.length || $0.length > 64
        }) {
            throw SimulationMistake(
                "the signal \(signal.name) reaches beyond \(message.name)",
                remedy: "correct the database, or leave the message out")
        }
        self.ecu = ecu
        self.bus = place
        name = message.name
        index = settings.message
        encoder = bus.encoder
        self.identifier = PackedID(identifier)
        flags = message.format == .flexibleDataRate ? [.flexibleDataRate, .bitRateSwitch] : []
        // CAN FD has no frames of all lengths.
        length = Int(
            DataLengthCode.length(
                of: DataLengthCode.code(for: UInt8(message.length)), isFD: flags.isFD))
        // J1939-71: bits without a meaning are ones.
        unusedByte = message.format == .j1939 ? 0xFF : 0
        cycle = settings.cycle
        checksum = settings.checksum
        checksumByte = settings.checksumSignal.map {
            message.signals[$0].startBit >> 3
        }
        let numbers = seed.derived("\(bus.name).\(message.name)")
        sources = Self.sources(of: message, settings, encoder, index, numbers)
        // All ECUs would begin in the same instant.
        due = Int64(numbers.unit(0) * Double(settings.cycle))
    }

    private static func sources(
        of message: Message, _ settings: SimulatedMessage, _ encoder: SignalEncoder, _ index: Int,
        _ numbers: SeededNumbers
    ) -> [Source] {
        var sources: [Source] = []
        var every: UInt64 = 1
        let first = encoder.plan.signals(of: index).lowerBound
        for (place, signal) in message.signals.enumerated() {
            if place == settings.counter {
                let values: UInt64 = signal.length >= 64 ? .max : 1 << UInt64(signal.length)
                sources.append(
                    .counter(settings.checksum?.counterValues ?? settings.counterValues ?? values))
            } else if place == settings.checksumSignal {
                sources.append(.checksum)
            } else if let course = settings.courses[place] {
                var course = course
                course.numbers = numbers.derived(signal.name)
                sources.append(.course(course))
            } else if signal.multiplexing.isMultiplexer {
                let values = selections(of: place, in: message)
                sources.append(.multiplexer(values, every: every))
                // Beyond this many frames nobody waits for the next value.
                if every < 1 << 32 { every *= UInt64(values.count) }
            } else {
                sources.append(
                    .course(
                        .plausible(
                            for: signal, within: encoder.range(of: first + place),
                            numbers.derived(signal.name))))
            }
        }
        return sources
    }

    /// One value of each range with which a multiplexer selects signals.
    private static func selections(of multiplexer: Int, in message: Message) -> [UInt64] {
        var values: Set<UInt64> = []
        for signal in message.signals where signal.multiplexing.multiplexer == multiplexer {
            for range in signal.multiplexing.values where values.count < mostSelections {
                values.insert(range.lowerBound)
            }
        }
        return values.isEmpty ? [0] : values.sorted()
    }

    /// Takes a fault that concerns this message.
    mutating func add(
        _ fault: SimulationFault, signal name: Substring, in database: Database
    ) throws(SimulationMistake) {
        let signals = database.messages[index].signals
        var entry = (fault: fault, signal: -1, value: 0.0)
        switch fault.kind {
        case .badChecksum where checksumByte == nil, .frozenCounter where !hasCounter:
            throw SimulationMistake(
                "'\(fault)': the simulation has no such part of \(self.name)",
                remedy: "give the message a counter or checksum in the file")
        case .stuck, .outOfRange:
            guard let place = signals.firstIndex(where: { $0.name == name || $0.longName == name })
            else {
                throw SimulationMistake(
                    "'\(fault)': \(self.name) has no such signal",
                    remedy: "its signals: " + signals.map(\.name).joined(separator: ", "))
            }
            entry.signal = place
            if fault.kind == .outOfRange { entry.value = try beyond(signals[place], place, fault) }
        default: break
        }
        faults.append(entry)
    }

    private var hasCounter: Bool {
        sources.contains { if case .counter = $0 { true } else { false } }
    }

    /// A value beyond the limits of a signal that its bits hold.
    private func beyond(
        _ signal: Signal, _ place: Int, _ fault: SimulationFault
    ) throws(SimulationMistake) -> Double {
        let possible = encoder.range(of: encoder.plan.signals(of: index).lowerBound + place)
        let most = possible?.upperBound ?? .greatestFiniteMagnitude
        let least = possible?.lowerBound ?? -.greatestFiniteMagnitude
        let step = max((signal.maximum - signal.minimum) / 10, abs(signal.factor))
        if signal.minimum < signal.maximum {
            if let value = Self.unnamed(
                min(signal.maximum + step, most), beyond: signal.maximum, of: signal)
            {
                return value
            }
            if let value = Self.unnamed(
                max(signal.minimum - step, least), beyond: signal.minimum, of: signal)
            {
                return value
            }
        }
        throw SimulationMistake(
            "'\(fault)': the bits of \(signal.name) hold nothing beyond its limits",
            remedy: "take a signal whose limits are narrower than its bits")
    }

    /// `value`, or one nearer to the limit that it is beyond, that no label gives a meaning ("not
    /// available"); `nil` if there is none.
    private static func unnamed(
        _ value: Double, beyond limit: Double, of signal: Signal
    ) -> Double? {
        let factor = abs(signal.factor)
        guard factor > 0, factor.isFinite else { return nil }
        for count in 0..<16 {
            let moved = value + (value > limit ? -factor : factor) * Double(count)
            guard value > limit ? moved >= limit + factor : moved <= limit - factor else { break }
            let raw = Int64(exactly: ((moved - signal.offset) / signal.factor).rounded())
            if raw.flatMap({ signal.label(of: $0) }) == nil { return moved }
        }
        return nil
    }

    /// The frame that is due, and on to the next.
    mutating func next() -> Frame {
        let time = due
        var payload = [UInt8](repeating: unusedByte, count: length)
        let first = encoder.plan.signals(of: index).lowerBound
        // A signal that reaches beyond the payload was refused when the message was made.
        try? encoder.put(ofMessage: index, into: &payload) { place in
            bits(of: place, first + place, at: time)
        }
        if let checksum, let checksumByte, checksumByte + checksum.width <= payload.count {
            let counter = checksum.counterValues.map { count % $0 } ?? count
            var value = checksum.value(of: payload, without: checksumByte, counter: counter)
            if isActive(.badChecksum, at: time) { value ^= 0xFF }
            for place in 0..<checksum.width {
                let byte = UInt8(truncatingIfNeeded: value >> UInt16(place * 8))
                payload[checksumByte + place] = byte
            }
        }
        frames += 1
        if !isActive(.frozenCounter, at: time) { count &+= 1 }
        due =
            time
            + (faults.last { $0.fault.kind == .cycle && $0.fault.isActive(at: time) }?.fault.time
                ?? cycle)
        return Frame(
            timestamp: Timestamp(nanoseconds: time), identifier: identifier, channel: UInt8(bus),
            flags: flags, payload: payload)
    }

    private func isActive(_ kind: SimulationFault.Kind, at time: Int64) -> Bool {
        faults.contains { $0.fault.kind == kind && $0.fault.isActive(at: time) }
    }

    private func bits(of place: Int, _ signal: Int, at time: Int64) -> UInt64 {
        switch sources[place] {
        case .checksum: return 0
        case .counter(let values): return count % values
        case .multiplexer(let values, let every):
            return values[Int(frames / every % UInt64(values.count))]
        case .course(let course):
            return
                (try? encoder.bits(
                    of: value(of: course, place, at: time), signal: signal, limit: .clamp)) ?? 0
        }
    }

    /// The value of a course, with what faults make of it.
    private func value(of course: SignalCourse, _ place: Int, at time: Int64) -> Double {
        for entry in faults where entry.signal == place && entry.fault.isActive(at: time) {
            switch entry.fault.kind {
            case .stuck: return course.value(at: entry.fault.from)
            case .outOfRange: return entry.value
            default: break
            }
        }
        return course.value(at: time)
    }

    /// The bits of one of its signals at `time`, the highest byte first: how a data identifier has them.
    func bytes(ofSignal place: Int, length: Int, at time: Int64) -> [UInt8] {
        let signal = encoder.plan.signals(of: index).lowerBound + place
        let bits = bits(of: place, signal, at: time)
        return (0..<length).reversed().map { UInt8(truncatingIfNeeded: bits >> UInt64($0 * 8)) }
    }
}
