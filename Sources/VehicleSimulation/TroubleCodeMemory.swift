import Diagnostics

/// The trouble codes of one ECU and what becomes of them.
struct TroubleCodeMemory: Sendable {
    /// How long after it was cleared the test of a cause that lasts fails again.
    private static let testTime: Int64 = 1_000_000_000
    /// What a code has that was cleared, and one whose test failed again.
    private static let cleared: TroubleCodeStatus = [
        .testNotCompletedSinceLastClear, .testNotCompletedThisOperationCycle,
    ]
    private static let failedAgain: TroubleCodeStatus = [
        .testFailed, .testFailedThisOperationCycle, .pending, .testFailedSinceLastClear,
    ]
    /// What a fault stores.
    static let stored: TroubleCodeStatus = [
        .testFailed, .testFailedThisOperationCycle, .pending, .confirmed,
        .testFailedSinceLastClear,
    ]
    /// Groups of ISO 14229-1 annex D.1: all, and those that emissions concern.
    private static let groups: Set<UInt32> = [0xFFFFFF, 0xFFFF33]

    private(set) var codes: [StoredTroubleCode]
    /// Whether tests are judged (ControlDTCSetting).
    var isOn = true
    /// Whether a clear was the last that happened to readiness.
    private(set) var wasCleared = false
    private var clearedAt: Int64 = 0
    private let faults: [SimulationFault]
    private var begun: Set<Int> = []
    private var ended: Set<Int> = []

    init(_ codes: [StoredTroubleCode], faults: [SimulationFault]) {
        self.codes = codes
        self.faults = faults
    }

    /// What happened until `time`: faults that began and ended, tests that failed again.
    mutating func advance(to time: Int64) {
        for (index, fault) in faults.enumerated() {
            guard let code = fault.troubleCode else { continue }
            if isOn, time >= fault.from, begun.insert(index).inserted { store(code) }
            if begun.contains(index), time >= fault.to, ended.insert(index).inserted,
                let place = codes.firstIndex(where: { $0.code == code })
            {
                codes[place].isPresent = false
                codes[place].status.remove(.testFailed)
            }
        }
        guard wasCleared, isOn, time >= clearedAt + Self.testTime else { return }
        for place in codes.indices
        where codes[place].isPresent && codes[place].status == Self.cleared {
            codes[place].status = Self.failedAgain
            codes[place].occurrences = 1
        }
    }

    private mutating func store(_ code: TroubleCode) {
        if let place = codes.firstIndex(where: { $0.code == code }) {
            codes[place].status = Self.stored
            (codes[place].isPresent, codes[place].isPermanent) = (true, true)
            codes[place].occurrences = min(codes[place].occurrences, 254) + 1
        } else {
            codes.append(StoredTroubleCode(code, status: Self.stored))
        }
    }

    /// Clears a group or one code, which stays permanent if it is; false if there is no such.
    mutating func clear(_ group: UInt32, at time: Int64) -> Bool {
        let isAll = Self.groups.contains(group)
        let places = codes.indices.filter { isAll || codes[$0].code.threeBytes == group }
        guard isAll || !places.isEmpty else { return false }
        for place in places {
            codes[place].status = Self.cleared
            codes[place].occurrences = 0
            codes[place].snapshot = []
        }
        wasCleared = true
        clearedAt = time
        return true
    }

    /// An operation cycle begins, as after a reset.
    mutating func beginCycle() {
        for place in codes.indices where !codes[place].isPresent {
            codes[place].status.remove(.testFailedThisOperationCycle)
            codes[place].status.insert(.testNotCompletedThisOperationCycle)
            // Its test finds nothing in this one.
            if !codes[place].status.contains(.confirmed) { codes[place].isPermanent = false }
        }
    }

    func with(_ status: TroubleCodeStatus) -> [StoredTroubleCode] {
        codes.filter { !$0.status.isDisjoint(with: status) }
    }

    var permanent: [StoredTroubleCode] { codes.filter(\.isPermanent) }

    subscript(code: UInt32) -> StoredTroubleCode? { codes.first { $0.code.threeBytes == code } }
}

extension StoredTroubleCode {
    /// The code and its status, as reports have them.
    var record: [UInt8] { codeBytes + [status.rawValue] }

    var codeBytes: [UInt8] {
        [16, 8, 0].map { UInt8(truncatingIfNeeded: code.threeBytes >> $0) }
    }

    /// The two bytes of OBD-II.
    var shortBytes: [UInt8] { Array(codeBytes.prefix(2)) }
}
