import Diagnostics

/// Data by identifiers (ISO 14229-1, clauses 10 and 12): read, written, controlled, sent periodically.
extension DiagnosticServer {
    // MARK: Reading and writing

    func read(
        _ request: [UInt8], _ reading: (StoredIdentifier.Value) -> [UInt8]
    ) throws(Refusal) -> [UInt8] {
        guard request.count % 2 == 1 else { throw .incorrectMessageLength }
        var answer: [UInt8] = []
        for place in stride(from: 1, to: request.count, by: 2) {
            let number = UInt16(request[place]) << 8 | UInt16(request[place + 1])
            guard let identifier = stored(number) else { continue }
            do throws(Refusal) {
                try check(identifier.reading)
            } catch {
                guard error == .requestOutOfRange else { throw error }
                continue
            }
            answer += number.bytes + value(of: number, identifier, reading)
            guard answer.count <= Self.longest else { throw .responseTooLong }
        }
        // 10.2: what it does not have is left out, unless it has none of them.
        guard !answer.isEmpty else { throw .requestOutOfRange }
        return answer
    }

    /// F186 is the active session where the file does not say otherwise.
    private func stored(_ number: UInt16) -> StoredIdentifier? {
        identifiers[number] ?? (number == 0xF186 ? StoredIdentifier(.bytes([session])) : nil)
    }

    /// What an identifier holds: what a tester made of it, else what is there.
    private func value(
        of number: UInt16, _ identifier: StoredIdentifier,
        _ reading: (StoredIdentifier.Value) -> [UInt8]
    ) -> [UInt8] {
        controlled[number] ?? reading(identifier.value)
    }

    mutating func write(
        _ request: [UInt8], _ reading: (StoredIdentifier.Value) -> [UInt8]
    ) throws(Refusal) -> [UInt8] {
        let number = UInt16(request[1]) << 8 | UInt16(request[2])
        guard let identifier = identifiers[number], let access = identifier.writing else {
            throw .requestOutOfRange
        }
        let data = Array(request[3...])
        guard data.count == reading(identifier.value).count else { throw .incorrectMessageLength }
        try check(access)
        identifiers[number]?.value = .bytes(data)
        return number.bytes
    }

    // MARK: Control

    /// InputOutputControlByIdentifier: what a tester takes into its hands stays as it says until it gives
    /// it back, or the session ends.
    mutating func take(
        _ request: [UInt8], _ reading: (StoredIdentifier.Value) -> [UInt8]
    ) throws(Refusal) -> [UInt8] {
        let number = UInt16(request[1]) << 8 | UInt16(request[2])
        guard let identifier = identifiers[number], let access = identifier.controlling else {
            throw .requestOutOfRange
        }
        guard let parameter = ControlParameter(rawValue: request[3]) else {
            throw .requestOutOfRange
        }
        let state = Array(request[4...])
        let size = reading(identifier.value).count
        guard state.count == (parameter == .shortTermAdjustment ? size : 0) else {
            throw .incorrectMessageLength
        }
        try check(access)
        switch parameter {
        case .returnControlToECU: controlled[number] = nil
        case .resetToDefault:
            // What the file says that it is; of what moves, nothing.
            let first = settings.identifiers[number]?.value
            if case .bytes(let bytes) = first {
                controlled[number] = bytes
            } else {
                controlled[number] = [UInt8](repeating: 0, count: size)
            }
        case .freezeCurrentState: controlled[number] = value(of: number, identifier, reading)
        case .shortTermAdjustment: controlled[number] = state
        }
        return number.bytes + [parameter.rawValue] + value(of: number, identifier, reading)
    }

    // MARK: Periodic

    /// As many identifiers as are sent periodically at once.
    private static let mostPeriodic = 32

    /// ReadDataByPeriodicIdentifier: its identifiers are the low bytes of F200 to F2FF.
    mutating func schedule(
        _ request: [UInt8], at time: Int64, _ reading: (StoredIdentifier.Value) -> [UInt8]
    ) throws(Refusal) {
        let asked = request[2...]
        guard request[1] != 0x04 else {
            periodic.removeAll { asked.isEmpty || asked.contains($0.number) }
            return
        }
        guard let period = settings.periodic.period(ofMode: request[1]) else {
            throw .requestOutOfRange
        }
        guard !asked.isEmpty else { throw .incorrectMessageLength }
        var wanted: [UInt8] = []
        for number in asked where !wanted.contains(number) {
            guard let identifier = identifiers[0xF200 | UInt16(number)] else { continue }
            do throws(Refusal) {
                try check(identifier.reading)
            } catch {
                guard error == .requestOutOfRange else { throw error }
                continue
            }
            // Only what a single frame holds can go out without a tester's flow control.
            guard reading(identifier.value).count <= settings.periodicCapacity else { continue }
            wanted.append(number)
        }
        // 10.5: what it does not have is left out, unless it has none of them.
        let rest = periodic.filter { !wanted.contains($0.number) }
        guard !wanted.isEmpty, rest.count + wanted.count <= Self.mostPeriodic else {
            throw .requestOutOfRange
        }
        periodic =
            rest + wanted.map { PeriodicIdentifier(number: $0, period: period, due: time + period) }
    }

    /// The ECU is away: what it sent periodically it does no longer.
    mutating func stopPeriodic() { periodic = [] }

    /// When the next periodic identifier is due.
    var nextPeriodicTime: Int64? { periodic.lazy.map(\.due).min() }

    /// The number and the data of the periodic identifier that is due at `time`.
    mutating func takePeriodic(
        at time: Int64, reading: (StoredIdentifier.Value) -> [UInt8]
    ) -> [UInt8]? {
        advance(to: time)
        guard let place = periodic.indices.min(by: { periodic[$0].due < periodic[$1].due }),
            periodic[place].due <= time,
            let identifier = identifiers[0xF200 | UInt16(periodic[place].number)]
        else { return nil }
        // One that was held up does not come twice for it.
        let late = time - periodic[place].due
        periodic[place].due += (late / periodic[place].period + 1) * periodic[place].period
        let number = periodic[place].number
        return [number] + value(of: 0xF200 | UInt16(number), identifier, reading)
    }
}

/// The control parameters of InputOutputControlByIdentifier (ISO 14229-1, annex E.1).
enum ControlParameter: UInt8 {
    case returnControlToECU, resetToDefault, freezeCurrentState, shortTermAdjustment
}

/// A data identifier that is sent again and again.
struct PeriodicIdentifier: Sendable, Equatable {
    /// The low byte: F2xx.
    var number: UInt8
    /// In nanoseconds.
    var period: Int64
    var due: Int64
}
