import CANFrame
import SignalDatabase
import VehicleSimulation

/// A simulation file's text up to a zero byte, or, where that comes first, a file that has all there is;
/// behind it frames, 13 bytes each, for the ECUs in it. Nothing that a file or a tester says lets it send
/// without end, go back in time, or answer a request twice.
func fuzzSimulation(_ input: [UInt8]) {
    let end = input.firstIndex(of: 0) ?? input.count
    let text = end == 0 ? Array(everything.utf8) : Array(input[..<end])
    guard
        let file = try? SimulationFile(
            text, path: "car.yaml", reading: { (_) throws(StreamError) in database })
    else { return }
    guard var simulation = try? VehicleSimulation(file.vehicle, seed: 1) else { return }
    feed(input[min(end + 1, input.count)...], to: &simulation)
}

private func feed(_ bytes: ArraySlice<UInt8>, to simulation: inout VehicleSimulation) {
    // A parse of bits costs more than a frame: as many of these as an input has, and some without any.
    var frames = 500
    var batch = FrameBatch(capacity: 1)
    var (time, sent): (Int64, Int64) = (0, .min)
    var rest = bytes
    while rest.count >= 13 {
        let record = Array(rest.prefix(13))
        rest = rest.dropFirst(13)
        time += Int64(record[1] & 0xF) << Int64(record[1] >> 4) * 100_000
        guard run(&simulation, until: time, &sent, &frames) else { return }
        batch.removeAll()
        batch.append(
            Frame(
                timestamp: Timestamp(nanoseconds: time),
                identifier: PackedID(rawValue: identifiers[Int(record[0]) % identifiers.count]),
                channel: record[3] & 1, payload: Array(record[5..<5 + Int(record[2] % 9)])))
        simulation.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time)
        let counts = simulation.counts
        precondition(counts.answered + counts.ignored <= counts.requests * 2 + 1)
    }
    _ = run(&simulation, until: time + 2_000_000_000, &sent, &frames)
    let counts = simulation.counts
    precondition(counts.answered <= counts.requests, "a request has two answers")
}

/// Sends what is due; false when there was enough.
private func run(
    _ simulation: inout VehicleSimulation, until time: Int64, _ sent: inout Int64,
    _ frames: inout Int
) -> Bool {
    // What is due and sends nothing (what was given up, an ECU that is away) is done with at once.
    var idle = 0
    while let due = simulation.deadline, due <= time {
        precondition(due >= sent, "what is due goes back")
        let before = frames
        while let frame = simulation.nextFrame(at: due) {
            precondition(frame.timestamp.nanoseconds >= sent, "a frame goes back")
            precondition(frame.timestamp.nanoseconds <= due)
            sent = frame.timestamp.nanoseconds
            frames -= 1
            if frames <= 0 { return false }
        }
        idle = frames == before ? idle + 1 : 0
        precondition(idle < 100_000, "something is due for ever")
        sent = max(sent, due)
    }
    return true
}

private let identifiers: [UInt32] = [
    0x7E0, 0x7DF, 0x7E8, 0x98DA_10F1, 0x6F1, 0x98EA_00F9, 0x98EA_FFF9, 0x98EC_00F9, 0x100,
]

private let database: Database = {
    let bytes = Array(
        """
        VERSION ""
        BU_: ECM ESC
        BO_ 256 Engine: 8 ECM
         SG_ CRC : 0|8@1+ (1,0) [0|255] "" ESC
         SG_ Alive : 8|4@1+ (1,0) [0|14] "" ESC
         SG_ Speed : 16|16@1+ (0.25,0) [600|6500] "rpm" ESC
         SG_ Coolant : 32|8@1+ (1,-40) [-40|130] "degC" ESC
         SG_ Which M : 40|4@1+ (1,0) [0|3] "" ESC
         SG_ A m1 : 48|8@1- (1,0) [1|9] "" ESC
        BA_DEF_ BO_ "GenMsgCycleTime" INT 0 10000;
        BA_ "GenMsgCycleTime" BO_ 256 10;

        """.utf8)
    return Database(dbc: bytes.span)
}()

private let everything = """
    buses: {PT: car.dbc, Other: }
    ecus:
      ECM:
        bus: PT
        messages:
          Engine: {counter: Alive, checksum: {signal: CRC, algorithm: crc8-sae-j1850}}
        diagnostics:
          request: 7E0
          response: 7E8
          functional: 7DF
          latency: 1ms
          block-size: 2
          identifiers:
            F190: {text: "WVWZZZ1KZ6W000001", write: true}
            "2001": {signal: Engine.Speed}
            D001: {bytes: "32 00", control: true}
            F201: {bytes: "11 22"}
            F202: {signal: Engine.Coolant}
          trouble-codes:
            P0118-17: {status: confirmed, occurrences: 3, snapshot: {F40C: 0x0BB8}}
            U0100-87: pending
            B1000-55: active
          routines: {"0203": {result: "10 20"}, FF00: {takes: 600ms}}
          memory: {"00100000": {size: 300, write: true}, FFFFFFFFFFFFFF00: {size: 16}}
          transfer: {block-length: 20}
          periodic: {identifier: 6E8, fast: 20ms}
          security: {algorithm: xor, secret: A5A5A5A5, delay: 1s}
          obd: {parameters: {"0C": 1500, "42": 14.1}, calibration: CAL-1, name: ECM}
      Gate:
        bus: PT
        diagnostics:
          request: 18DA10F1
          response: 18DAF110
          identifiers: {F203: 0x01020304}
          periodic: {medium: 30ms}
      Old:
        bus: Other
        diagnostics:
          addressing: extended
          request: 6F1
          request-address: 12
          response: "612"
          response-address: F1
          trouble-codes: {C0035-13: active}
      EMS:
        bus: PT
        j1939:
          address: "00"
          cycle: 200ms
          trouble-codes: {SPN 110 FMI 3: active, 100/1: active, 190/0: previously-active}
    faults: ["busy:Gate:2", "dtc:EMS:520192/31@300ms..900ms", "pending:Old:3"]

    """
