/// Which emission tests a vehicle has and which of them have run: parameter 01 (and 41) of OBD-II.
///
/// A new car is legitimately not ready: monitors need driving cycles.
public struct OBDReadiness: Sendable, Hashable {
    /// One on-board test that the vehicle supports.
    public struct Monitor: Sendable, Hashable {
        public var name: String
        public var isComplete: Bool
    }

    /// Whether the malfunction indicator lamp (MIL) is commanded on.
    public let isLampOn: Bool
    public let troubleCodeCount: Int
    /// Diesel and its like; else spark ignition.
    public let isCompressionIgnition: Bool
    /// The supported tests, continuous ones first.
    public let monitors: [Monitor]

    /// Whether all supported tests have been completed.
    public var isReady: Bool { monitors.allSatisfy(\.isComplete) }

    /// The four bytes A to D, SAE J1979 appendix B, parameter 01.
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        isLampOn = a & 0x80 != 0
        troubleCodeCount = Int(a & 0x7F)
        isCompressionIgnition = b & 0x08 != 0
        var monitors: [Monitor] = []
        for (bit, name) in OBDNames.continuousMonitors.enumerated() where b >> UInt8(bit) & 1 == 1 {
            monitors.append(Monitor(name: name, isComplete: b >> UInt8(bit + 4) & 1 == 0))
        }
        let names = isCompressionIgnition ? OBDNames.compressionMonitors : OBDNames.sparkMonitors
        for (bit, name) in names.enumerated() where c >> UInt8(bit) & 1 == 1 {
            monitors.append(
                Monitor(
                    name: name.isEmpty ? "reserved\(bit)" : name,
                    isComplete: d >> UInt8(bit) & 1 == 0))
        }
        self.monitors = monitors
    }

    /// Reads it out of an answer to mode 01; `nil` if it has no such parameter in front.
    public init?(answer payload: Span<UInt8>) {
        guard payload.count >= 6, payload[0] == 0x41, payload[1] == 0x01 || payload[1] == 0x41
        else { return nil }
        self.init(payload[2], payload[3], payload[4], payload[5])
    }
}
