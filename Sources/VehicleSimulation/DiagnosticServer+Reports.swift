import Diagnostics

/// ReadDTCInformation (ISO 14229-1, 11.3).
extension DiagnosticServer {
    /// Which status bits it has: all.
    private static let availability: UInt8 = 0xFF
    /// ISO 14229-1 table D.1: codes are those of ISO 14229-1.
    private static let format: UInt8 = 0x01
    /// The number of the one snapshot that a code has, and of its record of extended data.
    private static let record: UInt8 = 0x01
    private static let allRecords: UInt8 = 0xFF

    func report(_ kind: UInt8, _ request: [UInt8]) throws(Refusal) -> [UInt8] {
        guard request.count == Self.length(of: kind) else { throw .incorrectMessageLength }
        let mask = TroubleCodeStatus(rawValue: request.count > 2 ? request[2] : 0xFF)
        switch kind {
        case 0x01:
            return [Self.availability, Self.format]
                + UInt16(clamping: memory.with(mask).count).bytes
        case 0x02: return list(memory.with(mask))
        case 0x03:
            return memory.codes.filter { !$0.snapshot.isEmpty }
                .flatMap { $0.codeBytes + [Self.record] }
        case 0x04: return try snapshot(request)
        case 0x06: return try extendedData(request)
        case 0x0B: return list(memory.with(.testFailed).prefix(1))
        case 0x0C: return list(memory.with(.confirmed).prefix(1))
        case 0x0D: return list(memory.with(.testFailed).suffix(1))
        case 0x0E: return list(memory.with(.confirmed).suffix(1))
        case 0x14:
            // Tests that failed and are not confirmed yet are half way to 127.
            return memory.codes.filter {
                $0.status.contains(.testFailed) && !$0.status.contains(.confirmed)
            }
            .flatMap { $0.codeBytes + [0x40] }
        case 0x15: return list(memory.permanent)
        default: return list(memory.codes)
        }
    }

    private static func length(of kind: UInt8) -> Int {
        switch kind {
        case 0x01, 0x02: 3
        case 0x04, 0x06: 6
        default: 2
        }
    }

    private func list(_ codes: some Sequence<StoredTroubleCode>) -> [UInt8] {
        [Self.availability] + codes.flatMap(\.record)
    }

    private func code(in request: [UInt8]) throws(Refusal) -> StoredTroubleCode {
        let number = request[2...4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard let code = memory[number] else { throw .requestOutOfRange }
        guard request[5] == Self.record || request[5] == Self.allRecords else {
            throw .requestOutOfRange
        }
        return code
    }

    private func snapshot(_ request: [UInt8]) throws(Refusal) -> [UInt8] {
        let code = try code(in: request)
        guard !code.snapshot.isEmpty else { return code.record }
        return code.record + [Self.record, UInt8(clamping: code.snapshot.count)]
            + code.snapshot.flatMap { $0.identifier.bytes + $0.bytes }
    }

    /// Record 01: how often it occurred.
    private func extendedData(_ request: [UInt8]) throws(Refusal) -> [UInt8] {
        let code = try code(in: request)
        return code.record + [Self.record, code.occurrences]
    }
}
