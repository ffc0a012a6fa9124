import CANFrame
import CANTransport
import SignalDatabase
import VehicleSpec

/// What would go wrong with a variant once a vehicle stands at the line.
struct SpecLint {
    let folder: SpecFolder
    let journal: SpecJournal
    /// Pairs of control units that were compared already, in another variant.
    var compared: Set<String> = []
    /// Names that were told already, in another variant.
    var told: Set<String> = []

    init(_ folder: SpecFolder, _ journal: SpecJournal) {
        self.folder = folder
        self.journal = journal
    }

    mutating func look(at built: VehicleBuilder.Built) {
        for slot in built.spec.slots {
            compareAlternatives(slot, built)
            compareNames(slot, built)
        }
        compareAddresses(built)
        if built.isComplete {
            checkReleases(built)
            checkForbidden(built)
        }
        checkPlan(built)
        checkRules(built)
    }

    /// Where a version, or its family, stands.
    func place(of unit: ControlUnitSpec, _ built: VehicleBuilder.Built) -> SpecPlace {
        let file = built.units[unit.family]
        let version = unit.version.flatMap { file?.versionPlaces[$0] }
        return version ?? file?.id.place ?? built.variant.name.place
    }

    // MARK: Selection

    /// Two of a slot that could both match, proven by an identification that both would take.
    private mutating func compareAlternatives(_ slot: Slot, _ built: VehicleBuilder.Built) {
        let units = slot.alternatives
        var overlapping: Set<String> = []
        for first in units.indices {
            for second in units.indices.dropFirst(first + 1) {
                let pair = (units[first], units[second])
                if compare(pair.0, pair.1, "both match", built) {
                    overlapping.insert("\(pair.0.family) \(pair.1.family)")
                }
            }
        }
        for first in slot.families.indices {
            for second in slot.families.indices.dropFirst(first + 1) {
                let pair = (slot.families[first], slot.families[second])
                guard !overlapping.contains("\(pair.0.family) \(pair.1.family)") else { continue }
                _ = compare(
                    pair.0, pair.1,
                    "both be the family, and firmware that no version describes would be of both",
                    built)
            }
        }
    }

    private mutating func compare(
        _ first: ControlUnitSpec, _ second: ControlUnitSpec, _ words: String,
        _ built: VehicleBuilder.Built
    ) -> Bool {
        guard compared.insert("\(first.id) \(second.id)").inserted,
            built.units[first.family]?.isComplete == true,
            built.units[second.family]?.isComplete == true
        else { return false }
        do throws(BytePatternError) {
            guard let example = try first.example(alsoMatching: second) else { return false }
            let witness = example.sorted { $0.key < $1.key }
                .map { "\($0.key.digits) = \(Self.shown($0.value))" }.joined(separator: ", ")
            journal.note(
                place(of: second, built),
                "\(first.id) and \(second.id) could \(words), for example with \(witness)",
                remedy: "make their predicates differ; the order of a list never decides")
            return true
        } catch {
            journal.note(
                place(of: second, built),
                "it cannot be proven that \(first.id) and \(second.id) never both match: "
                    + error.cause, remedy: error.remedy)
            return true
        }
    }

    /// Bytes as text in quotes where they are one, else in hexadecimal digits.
    static func shown(_ bytes: [UInt8]) -> String {
        bytes.allSatisfy { (0x20...0x7E).contains($0) }
            ? "'" + String(decoding: bytes, as: UTF8.self) + "'"
            : "0x" + bytes.map { $0.digits }.joined()
    }

    // MARK: Vehicle identification numbers

    /// Variants that one VIN could choose, and variants that none can.
    func compareNumbers(of built: [VehicleBuilder.Built]) {
        // ISO 3779: 17 characters, without I, O and Q.
        guard let all = try? BytePattern("/[A-HJ-NPR-Z0-9]{17}/") else { return }
        for one in built {
            let patterns = [one.spec.vehicleNumbers, one.spec.variantNumbers].compactMap { $0 }
            guard (try? BytePattern.example(of: patterns + [all])) == .some(nil) else { continue }
            journal.note(
                one.variant.numbers?.place ?? one.file.numbers.place,
                "no VIN can be of \(one.spec.name): nothing of 17 characters without I, O and Q "
                    + "matches " + patterns.map { "'\($0)'" }.joined(separator: " and "),
                remedy: "mend the patterns")
        }
        for first in built.indices {
            for second in built.indices.dropFirst(first + 1) {
                compareNumbers(built[first], built[second], all)
            }
        }
    }

    private func compareNumbers(
        _ first: VehicleBuilder.Built, _ second: VehicleBuilder.Built, _ all: BytePattern
    ) {
        // Codes of the order tell apart what the VIN does not.
        let (some, others) = (first.spec.options, second.spec.options)
        guard some.isEmpty || others.isEmpty || some == others else { return }
        let patterns = [
            all, first.spec.vehicleNumbers, first.spec.variantNumbers, second.spec.vehicleNumbers,
            second.spec.variantNumbers,
        ].compactMap { $0 }
        let place = second.variant.numbers?.place ?? second.variant.name.place
        do throws(BytePatternError) {
            guard let vin = try BytePattern.example(of: patterns) else { return }
            journal.note(
                place,
                "the VIN \(String(decoding: vin, as: UTF8.self)) would be of \(first.spec.name) and "
                    + "of \(second.spec.name)",
                remedy: "make their VIN patterns differ")
        } catch {
            journal.note(
                place,
                "it cannot be proven that no VIN is of \(first.spec.name) and \(second.spec.name): "
                    + error.cause, remedy: error.remedy)
        }
    }
}
