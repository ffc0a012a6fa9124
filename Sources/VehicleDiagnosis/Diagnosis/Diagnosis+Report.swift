import CANFrame
import Diagnostics
import SignalDatabase
import VehicleSpec

extension Diagnosis {
    // MARK: The end

    /// What can be said of control units only when all has been heard.
    mutating func judgeControlUnits() {
        for unit in inventory.units {
            let role = unit.slot.role
            if unit.state == .absent, !isHeard(role) {
                // That it sends nothing was found already: one fault, one finding.
                guard !isFoundSilent(role) else { continue }
                find(
                    .missingECU, role, role: role, Self.missing, unit.unansweredEvidence, at: now)
            } else if unit.state == .absent {
                find(
                    .missingECU, role, role: role, "sends, but does not answer",
                    unit.unansweredEvidence, at: now)
            }
            guard case .match(let known) = unit.selection,
                !spec.isReleased(known, on: options.date)
            else { continue }
            find(
                .unreleased, role, role: role, Self.refusal(of: known, spec, options.date),
                unit.firstAnswer, at: now)
        }
        for combination in spec.forbiddenCombinations(among: inventory.selected) {
            let names = combination.all.map(\.text).joined(separator: " with ")
            find(
                .forbiddenCombination, names, role: nil, "\(names): \(combination.why)", nil,
                at: now)
        }
        judgeVIN()
    }

    private static func refusal(
        of unit: ControlUnitSpec, _ spec: VehicleSpec, _ date: CalendarDate
    ) -> String {
        let others = spec.releases(of: unit).map { entry in
            switch (entry.from, entry.to) {
            case (let from?, let to?): "from \(from) to \(to)"
            case (let from?, nil): "from \(from) on"
            case (nil, let to?): "until \(to)"
            case (nil, nil): "always"
            }
        }
        return "\(unit.id) of \(unit.supplier) is not released on \(date)"
            + (others.isEmpty ? "" : " (only \(others.joined(separator: ", ")))")
    }

    private mutating func judgeVIN() {
        guard inventory.succession.vehicles.isEmpty else { return }
        let wanted = options.vin ?? inventory.vin.read.first?.vin
        for answer in inventory.vin.read where answer.vin != wanted {
            find(
                .vinMismatch, answer.role, role: answer.role,
                "has the VIN \(answer.vin), and the vehicle is \(wanted ?? "")", answer.evidence,
                at: answer.time)
        }
    }

    mutating func judgeTroubleCodes() {
        for code in troubleCodes.reports(of: inventory.units) where code.fails {
            let subject = "\(code.role ?? code.unit).\(code.code)"
            find(
                .troubleCode, subject, role: code.role, code.text ?? "trouble code \(code.code)",
                code.transitions.last?.evidence, at: code.transitions.first?.time ?? now,
                code: code.code, severity: code.severity, isSafety: code.isSafety)
        }
    }

    private static let missing = "does not answer, and sends nothing"

    /// Whether the automatic checks miss all messages of a role's node.
    private func isFoundSilent(_ role: String) -> Bool {
        findings.findings.contains {
            $0.check == AutomaticCheck.silentNode.rawValue && $0.role == role
        }
    }

    /// Whether a role's node sends.
    private func isHeard(_ role: String) -> Bool {
        spec.buses.indices.contains { checks.nodesHeard(onBus: $0).contains(role) }
    }

    // MARK: The report

    /// What was found so far; whole after ``finish()``.
    public func report() -> DiagnosisReport {
        let coverage = coverage
        return DiagnosisReport(
            vehicle: spec.vehicle, variant: spec.variant, specDigest: spec.sha256,
            vin: inventory.vin,
            start: start, duration: now, buses: spec.buses.indices.map { report(ofBus: $0) },
            units: inventory.units.map { report(of: $0) }, foreign: inventory.foreign,
            troubleCodes: troubleCodes.reports(of: inventory.units), findings: findings.findings,
            unlistedFindings: findings.unlisted, exchanges: summary, losses: tracker.losses,
            verdict: Verdict(findings.findings, coverage))
    }

    private var coverage: VerdictCoverage {
        var coverage = VerdictCoverage()
        for unit in inventory.units {
            let role = unit.slot.role
            if unit.state == .absent, !isHeard(role), isFoundSilent(role) {
                coverage.fails(.inventory, role: role, Self.missing)
            }
            if unit.state == .notAsked {
                coverage.lacks(
                    .inventory, role: role,
                    unit.hasAnswered
                        ? "was not asked all that tells what it is" : "was not asked what it is")
            }
            if unit.state != .match {
                coverage.lacks(.released, role: role, "it is not known what it is")
            }
            if unit.codesRead == nil, unit.state != .absent {
                coverage.lacks(.troubleCodes, role: role, "its trouble codes were not read")
            }
        }
        for (index, bus) in spec.buses.enumerated() where frames[index] == 0 {
            let interface = options.interfaces[bus.name]
            coverage.lacks(
                .busHealth,
                "nothing was heard of the bus \(bus.name)"
                    + (interface.map { " (\($0))" } ?? ", which has no interface"))
        }
        if tracker.losses.frames > 0 {
            coverage.lacks(
                .busHealth,
                "\(tracker.losses.frames.counting("frame")) of the recording are missing")
        }
        if now < Self.shortest {
            coverage.lacks(.findings, "the traffic lasts only \(now.millisecondsText)")
        }
        coverage.mixture = inventory.succession.words
        let units = UInt64(inventory.units.count)
        coverage.seen = [
            .inventory: "\(units.counting("ECU")), all known", .released: "all released",
            .busHealth: "buses healthy", .troubleCodes: "no trouble codes",
            .findings: "no findings",
        ]
        return coverage
    }

    /// Shorter traffic shows too little to say that nothing is wrong.
    private static var shortest: Int64 { 1_000_000_000 }

    private func report(ofBus index: Int) -> BusReport {
        let bus = spec.buses[index]
        let loads = checks.loads(ofBus: index)
        return BusReport(
            name: bus.name, interface: options.interfaces[bus.name], frames: frames[index],
            errorFrames: checks.errorFrames(ofBus: index),
            messagesSeen: checks.messagesSeen(onBus: index).count,
            messagesKnown: bus.database.messages.count, load: loads.mean.map { $0 * 100 },
            peakLoad: loads.peak.map { $0 * 100 })
    }

    func report(of unit: ControlUnitWatch) -> ControlUnitReport {
        var known: ControlUnitSpec?
        if case .match(let spec) = unit.selection { known = spec }
        return ControlUnitReport(
            role: unit.slot.role, bus: unit.slot.bus,
            address: (unit.address ?? unit.slot.addresses.first?.response).map { "\($0)" } ?? "",
            state: unit.state, spec: unit.spec?.id, supplier: unit.spec?.supplier,
            identification: unit.values.values.filter { $0.number >> 8 == 0xF1 }
                .sorted { $0.number < $1.number },
            isReleased: known.map { spec.isReleased($0, on: options.date) },
            exchanges: unit.exchanges, slowestP2: unit.slowestP2)
    }
}
