import CANFrame
import CANTransport
import Testing
import VehicleSpec

/// The engine control units of the reference's draft: two suppliers, two versions each.
enum Alternatives {
    static func unit(
        _ family: String, _ version: String?, part: String, supplier: String,
        firmware: [String] = []
    ) throws -> ControlUnitSpec {
        let request = ISOTPAddress(try #require(ArbitrationID(standard: 0x7E0)))
        let response = ISOTPAddress(try #require(ArbitrationID(standard: 0x7E8)))
        var unit = ControlUnitSpec(
            family: family, version: version, role: "ECM", supplier: supplier, bus: "PT",
            addresses: ControlUnitAddresses(request: request, response: response))
        unit.identify = [
            IdentificationPredicate(identifier: 0xF187, pattern: try BytePattern(part)),
            IdentificationPredicate(identifier: 0xF18A, pattern: try BytePattern(supplier)),
        ]
        if !firmware.isEmpty {
            unit.match = [
                IdentificationPredicate(
                    identifier: 0xF195, pattern: try BytePattern(anyOf: firmware))
            ]
        }
        return unit
    }

    static func volna(_ version: String? = nil, _ firmware: String...) throws -> ControlUnitSpec {
        try unit(
            "ecm-volna-m7", version, part: "SR10000[12]*", supplier: "VOLNA ", firmware: firmware)
    }

    static func kedr(_ version: String? = nil, _ firmware: String...) throws -> ControlUnitSpec {
        try unit("ecm-kedr-e3", version, part: "SR10003*", supplier: "KEDR  ", firmware: firmware)
    }

    static func slot() throws -> Slot {
        Slot(
            role: "ECM", families: [try volna(), try kedr()],
            alternatives: [
                try volna("1.4", "01.04.*"), try volna("1.6", "01.06.*", "01.07.*"),
                try kedr("3.0", "K3.0*"), try kedr("3.1", "K3.1*"),
            ])
    }

    static func answers(_ part: String?, _ supplier: String?, _ firmware: String?)
        -> [UInt16: [UInt8]?]
    {
        [
            0xF187: part.map { Array($0.utf8) }, 0xF18A: supplier.map { Array($0.utf8) },
            0xF195: firmware.map { Array($0.utf8) },
        ]
    }
}

@Suite struct SelectionTests {
    /// The cases of diagnostics.md §3.3: match, unknown firmware, unknown part; a refused identifier
    /// makes its predicates false.
    @Test(
        "exactly one, or a named refusal",
        arguments: [
            ("SR1000010A", "VOLNA ", "01.04.17", "match ecm-volna-m7@1.4"),
            ("SR1000020B", "VOLNA ", "01.07.02", "match ecm-volna-m7@1.6"),
            ("SR1000310C", "KEDR  ", "K3.1b", "match ecm-kedr-e3@3.1"),
            ("SR1000010A", "VOLNA ", "01.05.00", "unknown-firmware ecm-volna-m7"),
            ("SR1000010A", "VOLNA ", nil, "unknown-firmware ecm-volna-m7"),
            ("SR1000010A", "KEDR  ", "01.04.17", "unknown-part"),
            ("SR1000010A", "VOLNA\0", "01.04.17", "unknown-part"),
            (nil, nil, nil, "unknown-part"),
        ] as [(String?, String?, String?, String)])
    func selects(part: String?, supplier: String?, firmware: String?, expected: String) throws {
        let selection = try Alternatives.slot().select(
            Alternatives.answers(part, supplier, firmware))
        let words = [selection.word, selection.controlUnit?.id].compactMap { $0 }
        #expect(words.joined(separator: " ") == expected)
    }

    @Test func whoAnswersNothingIsAbsent() throws {
        #expect(try Alternatives.slot().select([:]) == .absent)
    }

    @Test("the order of alternatives never decides", arguments: [false, true])
    func ambiguous(isReversed: Bool) throws {
        let both = [try Alternatives.volna("1", "01.0*"), try Alternatives.volna("2", "01.04.*")]
        let slot = Slot(
            role: "ECM", families: [try Alternatives.volna()],
            alternatives: isReversed ? both.reversed() : both)
        let selection = slot.select(Alternatives.answers("SR1000010A", "VOLNA ", "01.04.1"))
        guard case .ambiguous(let units) = selection else {
            Issue.record("\(selection)")
            return
        }
        #expect(units.map(\.id) == ["ecm-volna-m7@1", "ecm-volna-m7@2"])
    }

    @Test func twoThatCouldBothMatchAreProvenByAnswersThatBothWouldMatch() throws {
        let first = try Alternatives.volna("1.4", "01.0*")
        let second = try Alternatives.volna("1.6", "01.06.*", "01.07.*")
        let example = try #require(try first.example(alsoMatching: second))
        let answers = example.mapValues { Optional($0) }
        #expect(first.matches(answers) && second.matches(answers))
        #expect(example[0xF195].map { String(decoding: $0, as: UTF8.self) } == "01.06.")
        #expect(try first.example(alsoMatching: Alternatives.kedr("3.0", "K3.0*")) == nil)
        #expect(
            try Alternatives.volna("a", "01.04.*").example(alsoMatching: second) == nil)
    }

    @Test func paddingIsPartOfTheBytesUnlessTheIdentifierSaysOtherwise() throws {
        let pattern = try BytePattern("KEDR")
        let exact = IdentificationPredicate(identifier: 0xF18A, pattern: pattern)
        let trimmed = IdentificationPredicate(
            identifier: 0xF18A, pattern: pattern, ignoresPadding: true)
        #expect(!exact.holds(for: Array("KEDR  ".utf8)))
        #expect(trimmed.holds(for: Array("KEDR \0".utf8) + [0xFF]))
        #expect(!trimmed.holds(for: nil))
    }

    @Test func whatIsReadIsTheUnionOfWhatTellsThemApart() throws {
        #expect(
            try Alternatives.slot().identificationIdentifiers == [0xF187, 0xF18A, 0xF195])
    }
}

@Suite struct VehicleSpecTests {
    private func spec(_ variant: String, _ vin: String) throws -> VehicleSpec {
        var spec = VehicleSpec(
            vehicle: "strela-3", variant: variant, vehicleNumbers: try BytePattern("XZF3[PEQ]*"))
        spec.variantNumbers = try BytePattern(vin)
        spec.slots = [try Alternatives.slot()]
        return spec
    }

    private func specs() throws -> [VehicleSpec] {
        [try spec("petrol", "XZF3P*"), try spec("electric", "XZF3E*")]
    }

    @Test func theVINChoosesTheVariant() throws {
        #expect(
            try VehicleSpec.variant(of: "XZF3E0000000000001", among: specs()).name
                == "strela-3/electric")
    }

    @Test func aVINThatFitsNoneOrTwoIsRefusedByName() throws {
        let specs = try specs()
        #expect(throws: VehicleChoiceError.unknownVehicle(vin: "ABC", among: ["strela-3"])) {
            try VehicleSpec.variant(of: "ABC", among: specs)
        }
        #expect(
            throws: VehicleChoiceError.unknownVariant(
                vin: "XZF3Q1", vehicle: "strela-3", among: ["electric", "petrol"])
        ) { try VehicleSpec.variant(of: "XZF3Q1", among: specs) }
        let both = specs + [try spec("sport", "XZF3P9*")]
        #expect(
            throws: VehicleChoiceError.ambiguous(
                vin: "XZF3P9", ["strela-3/petrol", "strela-3/sport"])
        ) { try VehicleSpec.variant(of: "XZF3P9", among: both) }
    }

    @Test func aNameOfAVehicleWithSeveralVariantsNeedsOne() throws {
        let specs = try specs()
        #expect(try VehicleSpec.variant(named: "strela-3/petrol", among: specs).variant == "petrol")
        #expect(
            throws: VehicleChoiceError.severalVariants(
                "strela-3", ["strela-3/electric", "strela-3/petrol"])
        ) { try VehicleSpec.variant(named: "strela-3", among: specs) }
    }

    /// The dates of the reference's draft.
    @Test(
        "what may leave the line is judged by the day, both ends included",
        arguments: [
            ("2022-12-15", "1.4", true), ("2022-12-16", "1.4", false), ("2022-12-01", "1.6", true),
            ("2022-11-30", "1.6", false), ("2026-01-01", "1.6", true),
        ])
    func released(day: String, version: String, isReleased: Bool) throws {
        var spec = try spec("petrol", "XZF3P*")
        spec.released = [
            ReleasedEntry(try ControlUnitGlob("ecm-volna-m7@1.4"), to: CalendarDate("2022-12-15")),
            ReleasedEntry(
                try ControlUnitGlob("ecm-volna-m7@1.6"), from: CalendarDate("2022-12-01")),
        ]
        let unit = try Alternatives.volna(version, "x")
        let date = try #require(CalendarDate(day))
        #expect(spec.isReleased(unit, on: date) == isReleased)
        #expect(!spec.isReleased(try Alternatives.kedr("3.0", "x"), on: date))
    }

    @Test func aForbiddenPairIsFoundWhereBothAreThere() throws {
        var spec = try spec("petrol", "XZF3P*")
        spec.forbidden = [
            ForbiddenCombination(
                [try ControlUnitGlob("ecm-kedr-e3@3.0"), try ControlUnitGlob("ecm-volna-*")],
                why: "torque")
        ]
        let kedr = try Alternatives.kedr("3.0", "x")
        let volna = try Alternatives.volna("1.4", "x")
        #expect(spec.forbiddenCombinations(among: [volna, kedr]).map(\.why) == ["torque"])
        #expect(spec.forbiddenCombinations(among: [kedr]).isEmpty)
        #expect(
            spec.forbiddenCombinations(among: [volna, try Alternatives.kedr("3.1", "x")]).isEmpty)
    }

    @Test(
        "a day that does not exist is none",
        arguments: [
            ("2024-02-29", true), ("2023-02-29", false), ("2100-02-29", false),
            ("2000-02-29", true), ("2026-13-01", false), ("2026-04-31", false),
            ("26-04-01", false), ("2026-4-1", false), ("2026-04-01 ", false), ("+026-04-01", false),
        ])
    func days(text: String, exists: Bool) {
        let date = CalendarDate(text)
        #expect((date != nil) == exists)
        if exists { #expect(date?.description == text) }
    }
}
