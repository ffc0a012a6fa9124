import CANFrame

/// The ends at which one ECU is asked and tells: that of UDS and OBD-II, and that of J1939.
struct ECUPorts {
    let bus: UInt8
    private let diagnostics: DiagnosticPort?
    private let j1939: J1939Node?

    init(_ ecu: SimulatedECU, faults: [SimulationFault], numbers: SeededNumbers) {
        bus = UInt8(ecu.bus)
        diagnostics = ecu.diagnostics.map {
            DiagnosticPort($0, bus: ecu.bus, faults: faults, numbers: numbers)
        }
        j1939 = ecu.j1939.map { J1939Node($0, faults: faults) }
    }

    /// When ``nextFrame(at:reading:)`` is to be called at the latest.
    var deadline: Int64? {
        switch (diagnostics?.deadline, j1939?.deadline) {
        case (let first?, let second?): min(first, second)
        case (let only?, nil), (nil, let only?): only
        case (nil, nil): nil
        }
    }

    func isSilent(at time: Int64) -> Bool { diagnostics?.isSilent(at: time) == true }

    func take(
        _ row: FrameRow, longPayload: Span<UInt8>, at time: Int64,
        reading: (StoredIdentifier.Value) -> [UInt8]
    ) {
        diagnostics?.take(row, longPayload: longPayload, at: time, reading: reading)
        j1939?.take(row, at: time)
    }

    func nextFrame(
        at time: Int64, reading: (StoredIdentifier.Value) -> [UInt8]
    ) -> Frame? {
        diagnostics?.nextFrame(at: time, reading: reading)
            ?? j1939?.nextFrame(at: time, isSilent: isSilent(at: time))
    }

    func addCounts(to sum: inout DiagnosticCounts) {
        if let diagnostics { sum.add(diagnostics.counts) }
        if let j1939 { sum.add(j1939.counts) }
    }
}
