import Diagnostics

/// The modes of SAE J1979 on CAN (ISO 15031-5, 7).
extension DiagnosticServer {
    /// Parameters that one request of mode 01 asks for at most.
    private static let mostParameters = 6
    /// Monitors that the ECU has beside the continuous ones: catalyst, evaporative system, oxygen
    /// sensors and their heaters.
    private static let monitors: UInt8 = 0x65
    /// Misfire, fuel system and components, of a spark ignition engine.
    private static let continuousMonitors: UInt8 = 0x07
    private static let monitorStatus: UInt8 = 0x01
    private static let freezeFrameCode: UInt8 = 0x02

    /// Whether there is a mode: oxygen sensors (05) and control of on-board systems (08) are left out,
    /// and monitors' test results (06).
    static func hasMode(_ mode: UInt8) -> Bool {
        [0x01, 0x02, 0x03, 0x04, 0x07, 0x09, 0x0A].contains(mode)
    }

    mutating func obdReply(
        to request: [UInt8], isFunctional: Bool, at time: Int64
    ) -> DiagnosticReply? {
        let mode = request[0]
        let data: [UInt8]?
        switch (mode, request.count) {
        case (0x01, 2...1 + Self.mostParameters):
            data = request[1...].flatMap { number in
                value(of: number, at: time).map { [number] + $0 } ?? []
            }
        case (0x02, 3): data = freezeFrame(request[1], frame: request[2])
        case (0x03, 1): data = list(memory.with(.confirmed))
        case (0x04, 1):
            _ = memory.clear(0xFFFFFF, at: time)
            return DiagnosticReply(payload: [0x44])
        case (0x07, 1): data = list(memory.with(.pending))
        case (0x09, 2): data = information(request[1])
        case (0x0A, 1): data = list(memory.permanent)
        case _ where Self.hasMode(mode):
            return isFunctional ? nil : DiagnosticReply(payload: [0x7F, mode, 0x13])
        default: return isFunctional ? nil : DiagnosticReply(payload: [0x7F, mode, 0x11])
        }
        guard let data, !data.isEmpty else {
            return isFunctional ? nil : DiagnosticReply(payload: [0x7F, mode, 0x12])
        }
        return DiagnosticReply(payload: [mode + 0x40] + data)
    }

    private func list(_ codes: [StoredTroubleCode]) -> [UInt8] {
        let codes = codes.prefix(255)
        return [UInt8(codes.count)] + codes.flatMap(\.shortBytes)
    }

    /// The parameters of mode 01 that there are.
    private var parameters: Set<UInt8> {
        Set(settings.obd?.parameters.keys.map { $0 } ?? []).union([Self.monitorStatus])
    }

    private func value(of number: UInt8, at time: Int64) -> [UInt8]? {
        if number % 0x20 == 0 { return Self.bits(of: parameters, after: number) }
        if number == Self.monitorStatus { return readiness }
        guard let course = settings.obd?.parameters[number] else { return nil }
        return OBDParameter[number]?.bytes(of: course.value(at: time))
    }

    /// Which of the 32 numbers after `first` there are, the highest bit for the first of them; the
    /// last says whether there are any behind. `nil` if there are none.
    private static func bits(of numbers: Set<UInt8>, after first: UInt8) -> [UInt8]? {
        guard first == 0 || numbers.contains(where: { $0 > first }) else { return nil }
        var bits: UInt32 = 0
        for number in numbers where number > first {
            let distance = number - first
            bits |= distance < 32 ? 1 << UInt32(32 - distance) : 1
        }
        return bits.bytes
    }

    private var readiness: [UInt8] {
        let confirmed = min(memory.with(.confirmed).count, 127)
        let lamp: UInt8 = confirmed > 0 ? 0x80 : 0
        return [
            lamp | UInt8(confirmed), Self.continuousMonitors, Self.monitors,
            memory.wasCleared ? Self.monitors : 0,
        ]
    }

    /// What was when the first code was confirmed.
    private func freezeFrame(_ number: UInt8, frame: UInt8) -> [UInt8]? {
        guard frame == 0 else { return nil }
        let cause = memory.with(.confirmed).first
        if number == Self.freezeFrameCode {
            return [number, frame] + (cause?.shortBytes ?? [0, 0])
        }
        guard cause != nil else { return nil }
        if number % 0x20 == 0 {
            let numbers = Set(settings.obd?.parameters.keys.map { $0 } ?? [])
            return Self.bits(of: numbers.union([Self.freezeFrameCode]), after: number)
                .map { [number, frame] + $0 }
        }
        return settings.obd?.parameters[number].flatMap {
            OBDParameter[number]?.bytes(of: $0.value(at: 0))
        }.map { [number, frame] + $0 }
    }

    /// Mode 09: texts are filled up by zeros to the length that each has.
    private func information(_ number: UInt8) -> [UInt8]? {
        guard let obd = settings.obd else { return nil }
        func text(_ text: String, _ length: Int) -> [UInt8] {
            let bytes = Array(text.utf8.prefix(length))
            return [number, 1] + bytes + [UInt8](repeating: 0, count: length - bytes.count)
        }
        switch number {
        case 0x00: return Self.bits(of: [0x02, 0x04, 0x06, 0x0A], after: 0).map { [number] + $0 }
        case 0x02: return text(obd.vehicleIdentificationNumber, 17)
        case 0x04: return text(obd.calibration, 16)
        case 0x06: return [number, 1] + obd.calibrationVerification.bytes
        case 0x0A: return text(obd.name, 20)
        default: return nil
        }
    }
}
