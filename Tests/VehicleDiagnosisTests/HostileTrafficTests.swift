import CANFrame
import SignalDatabase
import Testing
import VehicleDiagnosis
import VehicleSpec

@Suite("automatic checks of hostile traffic") struct HostileTrafficTests {
    @Test func aMillionIdentifiersAreBounded() {
        var book = FindingBook(maximum: 1_000)
        var checks = TrafficChecks([CheckedTraffic.bus()])
        checks.bind(channel: 0, toBus: 0)
        let none: [UInt8] = []
        for number in 0..<UInt32(1 << 17) {
            guard let identifier = ArbitrationID(extended: number &* 4_093 & 0x1FFF_FFFF) else {
                continue
            }
            let row = FrameRow(
                timestamp: Timestamp(nanoseconds: Int64(number)), identifier: PackedID(identifier),
                channel: 0, flags: [], length: 0, dlc: 0, payloadWord: 0)
            _ = checks.take(
                row, longPayload: none.span, number: UInt64(number), at: Int64(number), into: &book)
        }
        #expect(book.findings.count == 1_000)
        #expect(book.unlisted["unknown-identifier"] == 65_536 - 1_000)
    }

    @Test("times may be any", arguments: 1...8)
    func times(seed: UInt64) {
        var state = seed
        var traffic = CheckedTraffic()
        for count in 0..<2_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let time: Int64 =
                switch state >> 61 {
                case 0: .min
                case 1: .max
                case 2: Int64(bitPattern: state)
                default: Int64(count) * 10.ms
                }
            let identifier: UInt32 = [256, 416, 512, 768, 0x7FF][count % 5]
            traffic.add(time, identifier, [UInt8](repeating: UInt8(state >> 40 & 255), count: 8))
            if count % 97 == 0 { traffic.add(time, event: .tick) }
            if count % 89 == 0 { traffic.add(time, event: .linkUp) }
            if count % 83 == 0 {
                traffic.add(time, event: .loss(Loss(cause: .damage, frames: .max)))
            }
        }
        let book = traffic.findings()
        #expect(book.findings == traffic.findings(batch: 7).findings)
    }

    @Test(
        "limits that are no numbers limit nothing",
        arguments: ["nan|nan", "0|nan", "inf|-inf", "-1e999|1e999", "5|5", "9|1"])
    func limits(text: String) {
        let dbc = """
            BU_: A
            BO_ 256 M: 8 A
             SG_ X : 0|32@1- (1,0) [\(text)] "" A
             SG_ Y : 32|32@1- (nan,0) [0|1] "" A
            SIG_VALTYPE_ 256 X : 1;
            """
        var traffic = CheckedTraffic()
        for count in 0..<500 {
            // Of X also NaN and infinities.
            traffic.add(
                Int64(count) * 10.ms, 256,
                [0, 0, UInt8(count & 0xFF), 0x7F, 1, 2, 3, UInt8(count & 7)])
        }
        let ids = traffic.findings(on: CheckedTraffic.bus(dbc)).ids
        #expect(ids.allSatisfy { !$0.hasPrefix("range/PT.M.X") })
    }

    @Test("counters of 1 and 64 bits go on by one", arguments: [1, 64])
    func counters(length: Int) {
        let dbc = """
            BU_: A
            BO_ 256 M: 8 A
             SG_ X : 0|\(length)@1+ (1,0) [0|0] "" A
            BA_DEF_ SG_ "SignalRole" ENUM "none","counter","checksum";
            BA_DEF_DEF_ "SignalRole" "none";
            BA_ "SignalRole" SG_ 256 X 1;
            """
        func traffic(step: UInt64) -> CheckedTraffic {
            var traffic = CheckedTraffic()
            var value = UInt64.max - 50
            for count in 0..<100 {
                let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
                traffic.add(Int64(count) * 10.ms, 256, bytes)
                value &+= step
            }
            return traffic
        }
        let bus = CheckedTraffic.bus(dbc)
        #expect(traffic(step: 1).findings(on: bus).ids.isEmpty)
        #expect(traffic(step: 2).findings(on: bus).ids == ["live-counter/PT.M.X#1"])
    }

    @Test func framesShorterThanTheirSignalsAreJudgedByTheirLengthAlone() {
        let traffic = CheckedTraffic.healthy(to: 6.s) { identifier, _, _, bytes in
            if identifier == 416 { bytes = [] }
            return true
        }
        #expect(traffic.findings().ids == ["length/PT.Wheels#1"])
    }
}
