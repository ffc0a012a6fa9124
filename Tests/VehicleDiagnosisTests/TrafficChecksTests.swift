import CANFrame
import SignalDatabase
import Testing
import VehicleDiagnosis
import VehicleSpec

@Suite("automatic checks") struct TrafficChecksTests {
    @Test func aHealthyCarHasNoFinding() {
        #expect(CheckedTraffic.healthy(to: 60.s).findings().ids.isEmpty)
    }

    @Test("a log of any length, cut at any place, has no finding", arguments: 0..<40)
    func cut(place: Int) {
        var traffic = CheckedTraffic.healthy(to: 20.s)
        let from = Int64(place) * 137.ms
        let to = 20.s - Int64(place) * 391.ms
        traffic.items.removeAll { $0.time < from || $0.time > to }
        #expect(traffic.findings().ids.isEmpty)
    }

    // MARK: Values

    @Test func aValueOutOfItsLimitsIsFoundWithItsFrames() throws {
        let traffic = CheckedTraffic.healthy(to: 12.s) { identifier, count, time, bytes in
            // 5 s to 6 s: 191 - 40 = 151 degrees.
            if identifier == 512, (5.s..<6.s).contains(time) { bytes[0] = 191 }
            return true
        }
        let book = traffic.findings()
        #expect(book.ids == ["range/PT.Temps.Coolant#1"])
        let finding = try #require(book.findings.first)
        #expect(finding.text == "151 degC, from -40 to 150 degC is wanted")
        #expect(finding.began == 5_005.ms && finding.opened == 5_105.ms)
        #expect(finding.closed == 6_005.ms)
        #expect(finding.occurrences == 10)
        #expect(finding.role == "ECM" && finding.bus == "PT" && finding.severity == .rework)
        let numbers = traffic.items.indices.filter {
            if case .frame(let frame) = traffic.items[$0].item {
                frame.identifier.number == 512 && frame.payload[0] == 191
            } else {
                false
            }
        }
        #expect(finding.evidence == UInt64(numbers[0])...UInt64(numbers[9]))
    }

    @Test(
        "limits count to half a step",
        arguments: [(190, false), (191, true)] as [(UInt8, Bool)])
    func limits(raw: UInt8, isFound: Bool) {
        let traffic = CheckedTraffic.healthy(to: 6.s) { identifier, _, _, bytes in
            if identifier == 512 { bytes[0] = raw }
            return true
        }
        #expect(traffic.findings().ids == (isFound ? ["range/PT.Temps.Coolant#1"] : []))
    }

    /// `ACCEL_X` of opendbc's toyota.dbc, at -18.375 m/s^2.
    @Test func limitsOfTheBitsAreNoneOfTheValue() {
        let dbc = """
            BU_: A
            BO_ 36 KINEMATICS: 8 A
             SG_ ACCEL_X : 17|10@0+ (0.03589,-18.375) [0|65535] "m/s^2" A
            """
        var traffic = CheckedTraffic()
        for count in 0..<500 {
            traffic.add(Int64(count) * 10.ms, 36, [UInt8](repeating: 0, count: 8))
        }
        #expect(traffic.findings(on: CheckedTraffic.bus(dbc)).ids.isEmpty)
    }

    @Test func labelsSayWhatIsNotAvailableAndWhatIsReserved() {
        let traffic = CheckedTraffic.healthy(to: 6.s) { identifier, _, time, bytes in
            // State 3 "invalid"; gear 9 "reserved", later 15 "limp", which is beyond 8 and has a name.
            if identifier == 256 { bytes[2] = time < 4.s ? 0x93 : 0xF2 }
            return true
        }
        let book = traffic.findings()
        #expect(
            book.ids == ["not-available/PT.Engine.State#1", "reserved-value/PT.Engine.Gear#1"])
        #expect(book.findings.allSatisfy { $0.severity == .info && $0.closed == 4.s })
        #expect(book.findings[0].text == "'invalid' (raw 3)")
    }

    @Test func aValueThatIsWrongInOneFrameIsNone() {
        let traffic = CheckedTraffic.healthy(to: 6.s) { identifier, count, _, bytes in
            if identifier == 512, count == 40 { bytes[0] = 255 }
            return true
        }
        #expect(traffic.findings().ids.isEmpty)
    }

    // MARK: Time

    @Test func aMessageThatComesTooSeldomIsFound() throws {
        var traffic = CheckedTraffic.healthy(to: 10.s) { identifier, _, _, _ in identifier != 416 }
        for count in 0..<400 {
            traffic.add(Int64(count) * 25.ms, 416, CheckedTraffic.wheels(count))
        }
        traffic.sort()
        let book = traffic.findings()
        #expect(book.ids == ["cycle-time/PT.Wheels#1"])
        #expect(book.findings[0].text == "one frame each 25 ms, one each 20 ms is wanted")
        #expect(book.findings[0].closed == nil)
    }

    @Test func aMessageThatComesTooOftenIsFound() {
        var traffic = CheckedTraffic.healthy(to: 10.s) { identifier, _, _, _ in identifier != 416 }
        for count in 0..<1000 {
            traffic.add(Int64(count) * 10.ms, 416, CheckedTraffic.wheels(count))
        }
        traffic.sort()
        #expect(traffic.findings().ids == ["cycle-time/PT.Wheels#1"])
        var settings = CheckSettings()
        settings.findsFastMessages = false
        #expect(traffic.findings(on: CheckedTraffic.bus(CheckedTraffic.car, settings)).ids.isEmpty)
    }

    @Test("jitter of a whole cycle time is none", arguments: 1...20)
    func jitter(seed: UInt64) {
        var state = seed
        let traffic = CheckedTraffic.healthy(to: 20.s) { _, _, time, _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            time += Int64(state >> 33) % 9.ms
            return true
        }
        #expect(traffic.findings().ids.isEmpty)
    }

    @Test func aGapIsFoundAndClosesAgain() {
        let traffic = CheckedTraffic.healthy(to: 10.s) { identifier, _, time, _ in
            identifier != 512 || !(5.s..<6.s).contains(time)
        }
        let book = traffic.findings()
        #expect(book.ids == ["cycle-time/PT.Temps#1"])
        #expect(book.findings[0].text == "no frame for 1.1 s, one each 100 ms is wanted")
        #expect(book.findings[0].began == 5_005.ms)
        #expect(book.findings[0].closed != nil)
    }

    @Test func aMessageThatStopsWhileItsNodeGoesOnIsFoundOnce() {
        let traffic = CheckedTraffic.healthy(to: 12.s) { identifier, _, time, _ in
            identifier != 512 || time < 5.s
        }
        let book = traffic.findings()
        #expect(book.ids == ["cycle-time/PT.Temps#1"])
        #expect(book.findings[0].closed == nil)
    }

    @Test func aMessageThatNeverComesIsFound() {
        let traffic = CheckedTraffic.healthy(to: 12.s) { identifier, _, _, _ in identifier != 512 }
        #expect(traffic.findings().ids == ["cycle-time/PT.Temps#1"])
        #expect(traffic.findings().findings[0].text.hasPrefix("no frame at all"))
    }

    @Test func aNodeThatIsSilentIsOneFinding() {
        let traffic = CheckedTraffic.healthy(to: 20.s) { identifier, _, time, _ in
            (identifier != 256 && identifier != 512) || !(5.s..<12.s).contains(time)
        }
        let book = traffic.findings()
        #expect(book.ids == ["silent-node/PT.ECM#1"])
        #expect(book.findings[0].role == "ECM")
        #expect(book.findings[0].severity == .block)
        #expect(book.findings[0].closed == 12.s)
    }

    @Test(
        "a node that never begins is found", arguments: [("ECM", 256), ("ESC", 416), ("IPC", 768)])
    func missing(node: String, identifier: Int) {
        let traffic = CheckedTraffic.healthy(to: 12.s) { sent, _, _, _ in
            sent != UInt32(identifier) && !(node == "ECM" && sent == 512)
        }
        #expect(traffic.findings().ids == ["silent-node/PT.\(node)#1"])
    }

    @Test func aNodeThatBeginsLateIsNotSilent() {
        let traffic = CheckedTraffic.healthy(to: 12.s) { identifier, _, time, _ in
            (identifier != 256 && identifier != 512) || time > 1_900.ms
        }
        #expect(traffic.findings().ids.isEmpty)
    }

    // MARK: The end of traffic

    @Test func aCarThatIsSwitchedOffIsTheEndOfTraffic() {
        var traffic = CheckedTraffic.healthy(to: 10.s)
        for tick in 1...100 { traffic.add(10.s + Int64(tick) * 100.ms, event: .tick) }
        let book = traffic.findings()
        #expect(book.ids == ["bus-rest/PT#1"])
        #expect(book.findings[0].severity == .info)
        #expect(book.findings[0].text == "traffic ended: 4 cyclic messages together")
    }

    @Test func nodesGoToSleepOneAfterAnother() {
        var traffic = CheckedTraffic.healthy(to: 10.s) { identifier, _, time, _ in
            switch identifier {
            case 256: time < 9_200.ms
            case 512: time < 9_500.ms
            case 416: time < 9_700.ms
            default: true
            }
        }
        for tick in 1...50 { traffic.add(10.s + Int64(tick) * 100.ms, event: .tick) }
        #expect(traffic.findings().ids == ["bus-rest/PT#1"])
    }

    @Test func twoCarsInOneLogAreTwoBeginnings() {
        var traffic = CheckedTraffic.healthy(to: 10.s)
        let second = CheckedTraffic.healthy(from: 40.s, to: 50.s) { identifier, count, _, bytes in
            // Its counters stand elsewhere.
            if identifier == 256 { bytes[7] = UInt8((count + 7) % 16) }
            if identifier == 416 { bytes = CheckedTraffic.wheels(count + 4) }
            return true
        }
        traffic.items += second.items
        let book = traffic.findings()
        #expect(book.ids == ["bus-rest/PT#1"])
        #expect(book.findings[0].closed == 40.s)
    }

    @Test func ticksTellNothingThatFramesDoNot() {
        let traffic = CheckedTraffic.healthy(to: 10.s) { identifier, _, time, _ in
            identifier != 512 || time < 5.s
        }
        var ticked = traffic
        ticked.items.append((15.s, .event(.tick)))
        #expect(
            ticked.findings().ids == ["cycle-time/PT.Temps#1", "bus-rest/PT#1"])
        #expect(ticked.findings().findings[0].opened == traffic.findings().findings[0].opened)
    }

    @Test func whatTheRecorderLostIsNobodysFault() {
        var traffic = CheckedTraffic.healthy(to: 20.s) { _, count, time, _ in
            // All frames of a tenth of a second, and of single messages the second after it.
            !(5.s..<5_100.ms).contains(time)
                && !((5_100.ms..<5_300.ms).contains(time) && count % 5 < 4)
        }
        // The recorder tells with the next frame that it has.
        for time in [5_050.ms] + (0..<22).map({ 5_099.ms + $0 * 10.ms }) {
            traffic.add(time, event: .loss(Loss(cause: .socketBuffer, frames: 20)))
        }
        traffic.sort()
        #expect(traffic.findings().ids.isEmpty)
    }

    @Test func anInterfaceThatIsDownIsNobodysFault() {
        var traffic = CheckedTraffic.healthy(to: 20.s) { _, _, time, _ in
            !(5.s..<6_500.ms).contains(time)
        }
        traffic.add(5.s, event: .linkDown)
        traffic.add(6_500.ms, event: .linkUp)
        traffic.sort()
        #expect(traffic.findings().ids.isEmpty)
    }

    @Test func whileSilenceIsSuspendedNobodyHasToSend() {
        // The ignition is off until 8 s; the ECM begins at 9 s and stops at 14 s.
        let traffic = CheckedTraffic.healthy(to: 20.s) { identifier, _, time, _ in
            (identifier != 256 && identifier != 512) || (9.s..<14.s).contains(time)
        }
        var book = FindingBook()
        var checks = TrafficChecks([CheckedTraffic.bus()])
        checks.bind(channel: 0, toBus: 0)
        checks.suspendSilence(true, ofBus: 0, at: 0, into: &book)
        var (number, isSuspended): (UInt64, Bool) = (0, true)
        var batch = FrameBatch(capacity: 1)
        for entry in traffic.items {
            guard case .frame(let frame) = entry.item else { continue }
            if isSuspended, entry.time >= 8.s {
                #expect(book.ids.isEmpty)
                checks.suspendSilence(false, ofBus: 0, at: entry.time, into: &book)
                isSuspended = false
            }
            batch.removeAll()
            batch.append(frame)
            _ = checks.take(
                batch.rows[0], longPayload: batch.longPayload(at: 0), number: number,
                at: entry.time, into: &book)
            number += 1
        }
        #expect(book.ids == ["silent-node/PT.ECM#1"])
    }

    // MARK: Frames

    @Test func aFrameOfAnotherLengthIsFound() {
        let traffic = CheckedTraffic.healthy(to: 10.s) { identifier, count, _, bytes in
            if identifier == 512 { bytes = Array(bytes.prefix(count < 50 ? 4 : 3)) }
            return true
        }
        let book = traffic.findings()
        #expect(book.ids == ["length/PT.Temps#1"])
        #expect(book.findings[0].text == "3 bytes, 4 are wanted")
    }

    @Test(
        "CAN FD fills frames up to the next length",
        arguments: [(10, false), (12, false), (16, true), (8, true)])
    func padding(length: Int, isFound: Bool) {
        let dbc = """
            BU_: A
            BO_ 256 Long: 10 A
             SG_ X : 0|8@1+ (1,0) [0|0] "" A
            """
        var traffic = CheckedTraffic()
        for count in 0..<10 {
            traffic.add(Int64(count) * 10.ms, 256, [UInt8](repeating: 0, count: length), isFD: true)
        }
        let ids = traffic.findings(on: CheckedTraffic.bus(dbc)).ids
        #expect(ids == (isFound ? ["length/PT.Long#1"] : []))
    }

    @Test func identifiersOfDiagnosisAreKnownAndOthersAreNot() throws {
        var traffic = CheckedTraffic.healthy(to: 3.s)
        for count in 0..<5 {
            traffic.add(Int64(count) * 500.ms + 1, 0x7E0, [2, 0x3E, 0, 0, 0, 0, 0, 0])
            traffic.add(Int64(count) * 500.ms + 2, 0x5F0, [UInt8(count)])
        }
        traffic.sort()
        let known = PackedID(try #require(ArbitrationID(standard: 0x7E0)))
        let book = traffic.findings(on: CheckedTraffic.bus(known: [known]))
        #expect(book.ids == ["unknown-identifier/PT.5F0#1"])
        #expect(book.findings[0].occurrences == 5)
    }

    @Test func aBusWithoutADatabaseKnowsAll() {
        var traffic = CheckedTraffic()
        traffic.add(0, 0x123, [1])
        #expect(traffic.findings(on: CheckedTraffic.bus("VERSION \"\"")).ids.isEmpty)
    }

    // MARK: The bus

    @Test func aBusThatIsTooBusyIsFound() {
        var traffic = CheckedTraffic()
        // 111 bits each 250 us are 444,000 bit/s of 500,000, for 3 s; then half as many.
        var time: Int64 = 0
        while time < 8.s {
            traffic.add(time, 0x100, [0, 0, 0, 0, 0, 0, 0, 0])
            time += time < 3.s ? 250_000 : 500_000
        }
        let bus = CheckedTraffic.bus("VERSION \"\"")
        let book = traffic.findings(on: bus)
        #expect(book.ids == ["bus-load/PT#1"])
        #expect(book.findings.first?.text == "89 % of 500000 bit/s, at most 80 % is wanted")
        #expect(book.findings.first?.closed != nil)
    }

    private func errorFrame(_ time: Int64, _ errorClass: UInt32) -> (Int64, CheckedTraffic.Item) {
        (
            time,
            .frame(
                Frame(
                    timestamp: Timestamp(nanoseconds: time),
                    identifier: PackedID(errorClass: errorClass),
                    payload: [UInt8](repeating: 0, count: 8)))
        )
    }

    @Test func errorFramesAreFoundWhereTheyCrowd() {
        var traffic = CheckedTraffic.healthy(to: 10.s)
        for time in [2.s, 4.s, 6.s, 6_100.ms, 6_200.ms, 6_300.ms] {
            // CAN_ERR_PROT | CAN_ERR_BUSERROR
            traffic.items.append(errorFrame(time + 1, 0x88))
        }
        traffic.sort()
        let book = traffic.findings()
        #expect(book.ids == ["error-frames/PT#1"])
        #expect(book.findings[0].occurrences == 4)
        #expect(book.findings[0].closed == 6_300.ms + 1)
    }

    @Test func busOffIsFoundByErrorFrameAndByState() {
        var traffic = CheckedTraffic.healthy(to: 3.s)
        traffic.items.append(errorFrame(3.s, 0x40))
        traffic.add(3_200.ms, event: .restarted)
        traffic.items += CheckedTraffic.healthy(from: 3_300.ms, to: 6.s).items
        traffic.add(6.s, event: .controllerState(.busOff))
        let book = traffic.findings()
        #expect(book.ids == ["bus-off/PT#1", "bus-off/PT#2"])
        #expect(book.findings[0].closed == 3_200.ms)
        #expect(book.findings[1].closed == nil)
    }

    // MARK: Counters and checksums

    @Test func aCounterThatStandsStillIsFound() {
        let traffic = CheckedTraffic.healthy(to: 10.s) { identifier, _, time, bytes in
            if identifier == 256, time > 5.s { bytes[7] = 5 }
            return true
        }
        let book = traffic.findings()
        #expect(book.ids == ["live-counter/PT.Engine.Alive#1"])
        #expect(book.findings[0].text == "the counter stands still at 5")
    }

    @Test func framesThatAreMissingAgainAndAgainAreFound() {
        // The sender counts on: one of ten frames does not come.
        let traffic = CheckedTraffic.healthy(to: 10.s) { identifier, count, _, _ in
            identifier != 256 || count < 500 || count % 10 != 0
        }
        let book = traffic.findings()
        #expect(book.ids == ["live-counter/PT.Engine.Alive#1"])
        #expect(book.findings[0].text.hasPrefix("the counter jumps from"))
    }

    @Test func oneFrameThatIsMissingIsNone() {
        let traffic = CheckedTraffic.healthy(to: 10.s) { identifier, count, _, _ in
            identifier != 256 || count != 500
        }
        #expect(traffic.findings().ids.isEmpty)
    }

    @Test func aWrongChecksumIsFound() {
        let traffic = CheckedTraffic.healthy(to: 10.s) { identifier, count, _, bytes in
            if identifier == 416, (300..<310).contains(count) { bytes[0] ^= 0xFF }
            return true
        }
        let book = traffic.findings()
        #expect(book.ids == ["checksum/PT.Wheels#1"])
        #expect(book.findings[0].occurrences == 10)
        #expect(book.findings[0].text == "the checksum is ED, 12 is computed")
    }

    // MARK: All together

    /// A car with something of everything.
    private static var faulty: CheckedTraffic {
        var traffic = CheckedTraffic.healthy(to: 15.s) { identifier, count, time, bytes in
            switch identifier {
            case 256 where (4.s..<5.s).contains(time): bytes[7] = 3
            case 256 where time > 12.s: return false
            case 512 where (6.s..<7.s).contains(time): bytes[0] = 250
            case 416 where count > 400 && count % 7 == 0: bytes[0] ^= 1
            case 768 where count > 20: bytes = [1, 2, 3]
            default: break
            }
            return true
        }
        traffic.add(8.s, 0x6F0, [1, 2])
        traffic.add(13.s, event: .loss(Loss(cause: .controller, frames: 3)))
        traffic.sort()
        for tick in 1...40 { traffic.add(15.s + Int64(tick) * 100.ms, event: .tick) }
        return traffic
    }

    @Test("findings do not depend on batches", arguments: [1, 7, 4_096])
    func batches(size: Int) {
        let whole = Self.faulty.findings()
        let parts = Self.faulty.findings(batch: size)
        #expect(whole.findings == parts.findings)
        #expect(whole.unlisted == parts.unlisted)
        #expect(
            Set(whole.findings.map(\.check)) == [
                "live-counter", "range", "checksum", "length", "unknown-identifier", "cycle-time",
                "bus-rest",
            ])
    }

    @Test func whatIsSwitchedOffIsNotFound() {
        var settings = CheckSettings()
        settings.off = Set(AutomaticCheck.allCases)
        #expect(
            Self.faulty.findings(on: CheckedTraffic.bus(CheckedTraffic.car, settings)).ids.isEmpty)
    }
}
