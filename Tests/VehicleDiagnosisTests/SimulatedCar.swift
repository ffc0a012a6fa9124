import CANFrame
import SignalDatabase
import VehicleDiagnosis
import VehicleSimulation
import VehicleSpec

/// A car of the simulator, and what the automatic checks find of it.
enum SimulatedCar {
    /// Counters and checksums of all kinds, multiplexed signals, labels, CAN FD.
    static let dbc = """
        VERSION ""
        BU_: ECM TCU ESC BCM IPC
        BO_ 256 ECM_Engine: 8 ECM
         SG_ RPM : 0|16@1+ (0.25,0) [0|8000] "rpm" TCU
         SG_ RunState : 16|2@1+ (1,0) [0|3] "" TCU
         SG_ Torque : 31|12@0- (0.5,0) [-400|400] "Nm" TCU
         SG_ Alive : 48|4@1+ (1,0) [0|15] "" ESC
         SG_ CRC : 56|8@1+ (1,0) [0|255] "" ESC
        BO_ 512 ECM_Temps: 8 ECM
         SG_ Page M : 0|2@1+ (1,0) [0|3] "" IPC
         SG_ Coolant m0 : 8|8@1+ (1,-40) [-40|150] "degC" IPC
         SG_ Intake m1 : 8|8@1+ (1,-40) [-40|120] "degC" IPC
         SG_ Oil m2 : 8|16@1+ (0.1,-40) [-40|180] "degC" IPC
        BO_ 288 TCU_Gear: 8 TCU
         SG_ CRC : 0|8@1+ (1,0) [0|255] "" ECM
         SG_ MsgCounter : 8|4@1+ (1,0) [0|14] "" ECM
         SG_ Gear : 16|4@1+ (1,0) [0|8] "" ECM
         SG_ Ratio : 24|32@1- (1,0) [0|5] "" ECM
        BO_ 416 ESC_Wheels: 8 ESC
         SG_ CRC : 0|8@1+ (1,0) [0|255] "" ECM
         SG_ Alive : 8|4@1+ (1,0) [0|15] "" ECM
         SG_ WheelFL : 16|16@1+ (0.01,0) [0|300] "km/h" ECM
         SG_ WheelFR : 32|16@1+ (0.01,0) [0|300] "km/h" ECM
        BO_ 432 ESC_Brake: 16 ESC
         SG_ CRC : 0|16@1+ (1,0) [0|65535] "" ECM
         SG_ SequenceCounter : 16|8@1+ (1,0) [0|255] "" ECM
         SG_ Pressure : 71|16@0+ (0.1,0) [0|250] "bar" ECM
        BO_ 768 BCM_Doors: 3 BCM
         SG_ Doors : 0|5@1+ (1,0) [0|31] "" IPC
         SG_ Ignition : 8|3@1+ (1,0) [0|4] "" IPC
         SG_ Checksum : 16|8@1+ (1,0) [0|255] "" IPC
        BO_ 1024 IPC_Odometer: 6 IPC
         SG_ Odometer : 0|24@1+ (0.1,0) [0|999999.9] "km" BCM
         SG_ TripCounter : 24|16@1+ (1,0) [0|9999] "" BCM
         SG_ Chks : 40|8@1+ (1,0) [0|255] "" BCM
        BO_ 2566844926 IPC_Info: 8 IPC
         SG_ Cnt : 0|3@1+ (1,0) [0|7] "" BCM
         SG_ Light : 8|10@1+ (1,0) [0|1000] "lx" BCM
        BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;
        BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","reserved","reserved","reserved","reserved","reserved","reserved","reserved","reserved","reserved","reserved","reserved","StandardCAN_FD","ExtendedCAN_FD";
        BA_DEF_ BO_ "ChecksumAlgorithm" STRING ;
        BA_DEF_ BO_ "ChecksumDataID" STRING ;
        BA_DEF_DEF_ "GenMsgCycleTime" 0;
        BA_DEF_DEF_ "VFrameFormat" "StandardCAN";
        BA_DEF_DEF_ "ChecksumAlgorithm" "";
        BA_DEF_DEF_ "ChecksumDataID" "";
        BA_ "GenMsgCycleTime" BO_ 256 10;
        BA_ "GenMsgCycleTime" BO_ 512 100;
        BA_ "GenMsgCycleTime" BO_ 288 20;
        BA_ "GenMsgCycleTime" BO_ 416 20;
        BA_ "GenMsgCycleTime" BO_ 432 50;
        BA_ "GenMsgCycleTime" BO_ 768 200;
        BA_ "GenMsgCycleTime" BO_ 1024 500;
        BA_ "GenMsgCycleTime" BO_ 2566844926 250;
        BA_ "VFrameFormat" BO_ 432 14;
        BA_ "VFrameFormat" BO_ 2566844926 1;
        BA_ "ChecksumAlgorithm" BO_ 256 "crc8-sae-j1850";
        BA_ "ChecksumAlgorithm" BO_ 288 "e2e-profile-1";
        BA_ "ChecksumDataID" BO_ 288 "0120";
        BA_ "ChecksumAlgorithm" BO_ 416 "e2e-profile-2";
        BA_ "ChecksumDataID" BO_ 416 "10 11 12 13 14 15 16 17 18 19 1A 1B 1C 1D 1E 1F";
        BA_ "ChecksumAlgorithm" BO_ 432 "e2e-profile-5";
        BA_ "ChecksumDataID" BO_ 432 "1B0";
        BA_ "ChecksumAlgorithm" BO_ 768 "xor";
        BA_ "ChecksumAlgorithm" BO_ 1024 "sum";
        SIG_VALTYPE_ 288 Ratio : 1;
        VAL_ 256 RunState 0 "off" 1 "crank" 2 "running" 3 "invalid" ;
        VAL_ 288 Gear 0 "P" 1 "R" 2 "N" 3 "D" 15 "not available" ;
        VAL_ 768 Ignition 0 "off" 1 "acc" 2 "on" 3 "start" 4 "reserved" ;
        """

    static let database = Database(dbc: Array(dbc.utf8).span)

    /// By the file that names nothing but buses and nodes: all the rest is the database's.
    static func vehicle() throws -> SimulatedVehicle {
        let text = """
            buses: {PT: car.dbc}
            ecus:
              ECM: {bus: PT}
              TCU: {bus: PT}
              ESC: {bus: PT}
              BCM: {bus: PT}
              IPC: {bus: PT}
            """
        return try SimulationFile(Array(text.utf8), path: "car.yaml") { _ in database }.vehicle
    }

    /// What is found of a car that is watched from its start to `end`, and how many frames it sent.
    static func findings(
        _ vehicle: SimulatedVehicle, seed: UInt64, faults: [String] = [], from begin: Int64 = 0,
        to end: Int64, on bus: CheckedBus
    ) throws -> (book: FindingBook, frames: Int) {
        var simulation = try VehicleSimulation(
            vehicle, seed: seed, faults: try faults.map { try SimulationFault($0) })
        var book = FindingBook()
        var checks = TrafficChecks([bus])
        checks.bind(channel: 0, toBus: 0)
        var batch = FrameBatch(capacity: 1)
        var number: UInt64 = 0
        while let frame = simulation.nextFrame(at: end) {
            guard frame.timestamp.nanoseconds >= begin else { continue }
            batch.removeAll()
            batch.append(frame)
            _ = checks.take(
                batch.rows[0], longPayload: batch.longPayload(at: 0), number: number,
                at: frame.timestamp.nanoseconds, into: &book)
            number += 1
        }
        checks.finish(at: end, into: &book)
        return (book, Int(number))
    }
}
