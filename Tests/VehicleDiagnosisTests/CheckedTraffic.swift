import CANFrame
import SignalDatabase
import VehicleDiagnosis
import VehicleSpec

/// Traffic that is checked in a test: frames of one bus, made by hand.
struct CheckedTraffic {
    /// Two nodes, messages of 10, 20 and 100 ms.
    static let car = """
        VERSION ""
        BU_: ECM ESC IPC
        BO_ 256 Engine: 8 ECM
         SG_ RPM : 0|16@1+ (0.25,0) [0|8000] "rpm" ESC
         SG_ State : 16|2@1+ (1,0) [0|3] "" ESC
         SG_ Gear : 20|4@1+ (1,0) [0|8] "" ESC
         SG_ Alive : 56|4@1+ (1,0) [0|15] "" ESC
        BO_ 512 Temps: 4 ECM
         SG_ Coolant : 0|8@1+ (1,-40) [-40|150] "degC" IPC
        BO_ 416 Wheels: 8 ESC
         SG_ CRC : 0|8@1+ (1,0) [0|255] "" ECM
         SG_ Alive : 8|4@1+ (1,0) [0|14] "" ECM
         SG_ FL : 16|16@1+ (0.01,0) [0|300] "km/h" ECM
        BO_ 768 Display: 2 IPC
         SG_ Odometer : 0|16@1+ (1,0) [0|65535] "km" ECM
        BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;
        BA_DEF_ BO_ "ChecksumAlgorithm" STRING ;
        BA_DEF_ BO_ "ChecksumDataID" STRING ;
        BA_DEF_DEF_ "GenMsgCycleTime" 0;
        BA_DEF_DEF_ "ChecksumAlgorithm" "";
        BA_DEF_DEF_ "ChecksumDataID" "";
        BA_ "GenMsgCycleTime" BO_ 256 10;
        BA_ "GenMsgCycleTime" BO_ 512 100;
        BA_ "GenMsgCycleTime" BO_ 416 20;
        BA_ "GenMsgCycleTime" BO_ 768 500;
        BA_ "ChecksumAlgorithm" BO_ 416 "e2e-profile-1";
        BA_ "ChecksumDataID" BO_ 416 "0123";
        VAL_ 256 State 0 "off" 1 "crank" 2 "running" 3 "invalid" ;
        VAL_ 256 Gear 0 "P" 9 "reserved" 15 "limp" ;
        """

    static func bus(
        _ dbc: String = car, _ settings: CheckSettings = CheckSettings(),
        known: Set<PackedID> = []
    ) -> CheckedBus {
        CheckedBus(
            name: "PT", database: Database(dbc: Array(dbc.utf8).span), settings: settings,
            bitRate: 500_000, known: known)
    }

    /// Something at a time, in the order of taking.
    enum Item {
        case frame(Frame)
        case event(BusEvent.Kind)
    }

    var items: [(time: Int64, item: Item)] = []

    mutating func add(
        _ time: Int64, _ identifier: UInt32, _ payload: [UInt8], isFD: Bool = false
    ) {
        guard let id = ArbitrationID(standard: identifier) ?? ArbitrationID(extended: identifier)
        else { return }
        items.append(
            (
                time,
                .frame(
                    Frame(
                        timestamp: Timestamp(nanoseconds: time), identifier: PackedID(id),
                        flags: isFD ? [.flexibleDataRate] : [], payload: payload))
            ))
    }

    mutating func add(_ time: Int64, event: BusEvent.Kind) { items.append((time, .event(event))) }

    /// What the car sends from `from` to `to`, as it should be; `edit` may change a frame, move or
    /// drop it.
    static func healthy(
        from: Int64 = 0, to: Int64,
        edit: (_ identifier: UInt32, _ count: Int, _ time: inout Int64, _ bytes: inout [UInt8]) ->
            Bool = { _, _, _, _ in true }
    ) -> CheckedTraffic {
        var traffic = CheckedTraffic()
        for (identifier, cycle, offset) in [
            (256, 10, 0), (416, 20, 3), (512, 100, 5), (768, 500, 7),
        ] as [(UInt32, Int64, Int64)] {
            var count = 0
            var due = from + offset * 1_000_000
            while due < to {
                var bytes: [UInt8]
                switch identifier {
                case 256: bytes = [0x10, 0x20, 0x22, 0, 0, 0, 0, UInt8(count % 16)]
                case 416: bytes = wheels(count)
                case 512: bytes = [130, 0, 0, 0]
                default: bytes = [0x34, 0x12]
                }
                var time = due
                if edit(identifier, count, &time, &bytes) { traffic.add(time, identifier, bytes) }
                count += 1
                due += cycle * 1_000_000
            }
        }
        traffic.sort()
        return traffic
    }

    mutating func sort() {
        items = items.enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }.map(\.element)
    }

    /// Frames of `Wheels` that autosar-e2e 1.0.0 protected (profile 1, data ID 0123, the counter from
    /// 0 to 14): the checksum of `xx 0n 10 27 00 00 00 00`.
    static let wheelChecksums: [UInt8] = [
        0x12, 0x4F, 0xA8, 0xF5, 0x7B, 0x26, 0xC1, 0x9C, 0xC0, 0x9D, 0x7A, 0x27, 0xA9, 0xF4, 0x13,
    ]

    static func wheels(_ count: Int) -> [UInt8] {
        let counter = count % 15
        return [wheelChecksums[counter], UInt8(counter), 0x10, 0x27, 0, 0, 0, 0]
    }

    /// What is found, with batches of this many frames; `advancing` also moves the clock on between
    /// batches, as a source does that looks again.
    func findings(
        on bus: CheckedBus = Self.bus(), batch size: Int = .max, until end: Int64? = nil,
        maximum: Int = 10_000
    ) -> FindingBook {
        var book = FindingBook(maximum: maximum)
        var checks = TrafficChecks([bus])
        checks.bind(channel: 0, toBus: 0)
        let capacity = max(1, min(size, items.count))
        var batch = FrameBatch(capacity: capacity)
        var times: [Int64] = []
        var (number, first): (UInt64, UInt64) = (0, 0)
        func take(_ batch: inout FrameBatch) {
            var event = 0
            for index in 0...batch.count {
                while event < batch.events.count, batch.events[event].rowIndex == index {
                    let noted = batch.events[event]
                    checks.note(noted, at: noted.timestamp.nanoseconds, into: &book)
                    event += 1
                }
                guard index < batch.count else { break }
                _ = checks.take(
                    batch.rows[index], longPayload: batch.longPayload(at: index),
                    number: first + UInt64(index), at: times[index], into: &book)
            }
            first = number
            batch.removeAll()
            times.removeAll()
        }
        for entry in items {
            switch entry.item {
            case .frame(let frame):
                batch.append(frame)
                times.append(entry.time)
                number += 1
            case .event(let kind):
                batch.append(
                    kind, at: Timestamp(nanoseconds: entry.time),
                    channel: kind == .tick ? nil : 0)
            }
            if batch.count >= capacity { take(&batch) }
        }
        take(&batch)
        checks.finish(at: end ?? items.last?.time ?? 0, into: &book)
        return book
    }
}

extension FindingBook {
    var ids: [String] { findings.map(\.id) }
}

/// Times in nanoseconds.
extension Int {
    var ms: Int64 { Int64(self) * 1_000_000 }
    var s: Int64 { Int64(self) * 1_000_000_000 }
}
