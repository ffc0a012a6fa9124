import CANFrame
import CANTransport
import Diagnostics
import SignalDatabase
import YAMLText

extension SimulationReader {
    private static let keys = [
        "request", "response", "functional", "addressing", "request-address", "response-address",
        "latency", "p2", "p2-star", "s3", "reset-time", "sessions", "block-size", "st-min",
        "padding", "fd", "identifiers", "trouble-codes", "routines", "security", "obd",
        "memory", "transfer", "periodic",
    ]

    /// `diagnostics` of an ECU.
    func diagnostics(
        _ entry: YAMLEntry, of ecu: SimulatedECU
    ) throws(YAMLError) -> DiagnosticSettings {
        let fields = try YAMLFields(entry.value, of: "'diagnostics'", keys: Self.keys)
        guard let request = try address("request", fields),
            let response = try address("response", fields)
        else {
            throw entry.mistake(
                "where the ECU hears and answers is wanted",
                "write 'request: 7E0' and 'response: 7E8'")
        }
        let functional = try address("functional", fields)
        try checkAddresses(fields, request, response, functional, of: ecu)
        var settings = DiagnosticSettings(
            request: request, response: response, functional: functional)
        if let time = try fields.time("latency") { settings.latency = time }
        if let time = try fields.time("p2") { settings.p2 = time }
        if let time = try fields.time("p2-star") { settings.p2Star = time }
        if let time = try fields.time("s3") { settings.s3 = time }
        if let time = try fields.time("reset-time") { settings.resetTime = time }
        if let sessions = fields["sessions"] {
            settings.sessions = Set(try bytes(sessions)).union([DiagnosticServer.defaultSession])
        }
        try readTransport(fields, into: &settings.transport)
        for item in try described(fields["identifiers"]) {
            let number = try Self.number(item)
            settings.identifiers[number] = try identifier(item, of: ecu)
        }
        for item in try described(fields["trouble-codes"]) {
            settings.troubleCodes.append(try troubleCode(item))
        }
        for item in try described(fields["routines"]) {
            settings.routines[try Self.number(item)] = try routine(item)
        }
        for item in try described(fields["memory"]) {
            settings.memory.append(try region(item, beside: settings.memory))
        }
        settings.transfer = try fields["transfer"].map(Self.transfer)
        if let entry = fields["periodic"] { settings.periodic = try Self.periodic(entry) }
        settings.security = try fields["security"].map(Self.security)
        settings.obd = try fields["obd"].map(Self.obd)
        if case .bytes(let vin) = settings.identifiers[0xF190]?.value {
            settings.obd?.vehicleIdentificationNumber = String(decoding: vin, as: UTF8.self)
        }
        return settings
    }

    private func described(_ entry: YAMLEntry?) throws(YAMLError) -> [YAMLEntry] {
        guard let entry else { return [] }
        return try YAMLFields.entries(of: entry.value, "'\(entry.key)'")
    }

    // MARK: Transport

    private enum Addressing: String, CaseIterable { case normal, extended, mixed }

    private func address(
        _ key: String, _ fields: YAMLFields
    ) throws(YAMLError) -> ISOTPAddress? {
        guard let entry = fields[key] else { return nil }
        let identifier = try Self.arbitrationID(entry)
        let addressing = try fields.word("addressing", Addressing.self) ?? .normal
        guard addressing != .normal else { return ISOTPAddress(identifier) }
        let byteKey = key == "response" ? "response-address" : "request-address"
        guard let byte = fields[byteKey] else {
            throw entry.mistake("the address byte is wanted", "write '\(byteKey): 12'")
        }
        let number = try byte.hexadecimal(UInt8.self)
        return addressing == .mixed
            ? .mixed(identifier, extension: number) : .extended(identifier, target: number)
    }

    /// An ECU that hears what it or another one of its bus sends would answer answers, and two that
    /// answer at one address would break off each other's messages.
    private func checkAddresses(
        _ fields: YAMLFields, _ request: ISOTPAddress, _ response: ISOTPAddress,
        _ functional: ISOTPAddress?, of ecu: SimulatedECU
    ) throws(YAMLError) {
        for (key, heard) in [("request", request), ("functional", functional)]
        where heard == response {
            throw YAMLError(
                at: fields[key]?.place ?? fields.place, key: key,
                "\(ecu.name) would hear its own answers, at \(response)",
                remedy: "give 'response' another address")
        }
        for other in vehicle.ecus where other.bus == ecu.bus {
            guard let theirs = other.diagnostics else { continue }
            func mistake(_ key: String, _ what: String, _ address: ISOTPAddress) -> YAMLError {
                YAMLError(
                    at: fields[key]?.place ?? fields.place, key: key,
                    "\(other.name) \(what) \(address) already",
                    remedy: "give \(ecu.name) an address of its own")
            }
            if theirs.response == response { throw mistake("response", "answers at", response) }
            if theirs.request == request { throw mistake("request", "is asked at", request) }
            if [theirs.request, theirs.functional].contains(response) {
                throw mistake("response", "is asked at", response)
            }
            if theirs.response == request { throw mistake("request", "answers at", request) }
        }
    }

    private func readTransport(
        _ fields: YAMLFields, into options: inout ISOTPConnection.Options
    ) throws(YAMLError) {
        if let size = try fields.whole("block-size", 0...255) { options.blockSize = UInt8(size) }
        if let time = try fields.time("st-min") {
            options.separationTime = ISOTPSeparationTime(atLeast: time)
        }
        if let padding = fields["padding"] {
            options.padding =
                try padding.text == "none" ? nil : try padding.hexadecimal(UInt8.self)
        }
        if try fields.flag("fd") == true {
            options.isFD = true
            options.bitRateSwitch = true
            options.maximumDataLength = 64
        }
        // No request is longer than what a session of programming would send.
        options.maximumLength = 65_536
    }

    // MARK: Data

    private static func number(_ entry: YAMLEntry) throws(YAMLError) -> UInt16 {
        guard let number = YAMLEntry.hexadecimal(entry.key, UInt16.self) else {
            throw YAMLError(
                at: entry.place, key: entry.key, "4 hexadecimal digits are wanted",
                remedy: "write \"F190\": in quotes if they are digits only")
        }
        return number
    }

    /// Bytes in hexadecimal digits, with blanks or as a list.
    func bytes(_ entry: YAMLEntry) throws(YAMLError) -> [UInt8] {
        let texts = try entry.texts
        let text = texts.joined(separator: " ")
        guard let bytes = Self.bytes(text) else {
            throw entry.mistake("'\(text)' are no bytes", "write two hexadecimal digits for each")
        }
        return bytes
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for word in text.split(separator: " ") {
            var rest = word.hasPrefix("0x") ? word.dropFirst(2) : word
            if rest.count == 1 { rest = "0" + rest }
            while !rest.isEmpty {
                guard rest.count >= 2, rest.prefix(2).allSatisfy(\.isHexDigit),
                    let byte = UInt8(rest.prefix(2), radix: 16)
                else { return nil }
                bytes.append(byte)
                rest = rest.dropFirst(2)
            }
        }
        return bytes
    }

    /// A text, or bytes behind `0x`; or with what must hold: `{text: …, write: true}`.
    private func identifier(
        _ entry: YAMLEntry, of ecu: SimulatedECU
    ) throws(YAMLError) -> StoredIdentifier {
        guard entry.value.mapping != nil else {
            return StoredIdentifier(.bytes(try value(entry)))
        }
        let fields = try YAMLFields(
            entry.value, of: "an identifier",
            keys: ["text", "bytes", "signal", "write", "control", "session", "level"])
        var identifier: StoredIdentifier
        if let text = try fields.text("text") {
            identifier = StoredIdentifier(.bytes(Array(text.utf8)))
        } else if let held = fields["bytes"] {
            identifier = StoredIdentifier(.bytes(try bytes(held)))
        } else if let signal = fields["signal"] {
            identifier = StoredIdentifier(try self.signal(signal, of: ecu))
        } else {
            throw entry.mistake("what it holds is wanted", "write 'text:', 'bytes:' or 'signal:'")
        }
        let access = try Self.access(fields)
        let (isWritten, isControlled) = (try fields.flag("write"), try fields.flag("control"))
        if isWritten == true {
            guard case .bytes = identifier.value else {
                throw entry.mistake("a signal cannot be written")
            }
            identifier.writing = access
        }
        if isControlled == true { identifier.controlling = access }
        if isWritten != true, isControlled != true { identifier.reading = access }
        return identifier
    }

    private func value(_ entry: YAMLEntry) throws(YAMLError) -> [UInt8] {
        let text = try entry.text
        guard text.hasPrefix("0x") else { return Array(text.utf8) }
        guard let bytes = Self.bytes(text) else {
            throw entry.mistake("'\(text)' are no bytes", "write two hexadecimal digits for each")
        }
        return bytes
    }

    private func signal(
        _ entry: YAMLEntry, of ecu: SimulatedECU
    ) throws(YAMLError) -> StoredIdentifier.Value {
        let names = try entry.text.split(separator: ".", maxSplits: 1)
        let database = vehicle.buses[ecu.bus].database
        for (place, sent) in ecu.messages.enumerated() where names.count == 2 {
            let message = database.messages[sent.message]
            guard message.name == names[0] || message.longName == names[0],
                let signal = message.signalIndices(named: String(names[1])).first
            else { continue }
            let length = (message.signals[signal].length + 7) / 8
            return .signal(message: place, signal: signal, length: length)
        }
        throw entry.mistake(
            "'\(try entry.text)' is no signal that the ECU sends", "write it as Message.Signal")
    }

    static func access(_ fields: YAMLFields) throws(YAMLError) -> AccessCondition {
        var access = AccessCondition()
        if let session = fields["session"] {
            access.sessions = [try session.hexadecimal(UInt8.self)]
        }
        if let level = fields["level"] { access.level = try level.hexadecimal(UInt8.self) }
        return access
    }

    // MARK: Trouble codes, routines

    /// Words for a status, beside its two hexadecimal digits.
    private static let states: [String: TroubleCodeStatus] = [
        "active": TroubleCodeMemory.stored,
        "confirmed": [.confirmed, .testFailedSinceLastClear],
        "pending": [.pending, .testFailedThisOperationCycle, .testFailedSinceLastClear],
        "passed": [],
    ]

    private func troubleCode(_ entry: YAMLEntry) throws(YAMLError) -> StoredTroubleCode {
        guard let code = TroubleCode(entry.key) else {
            throw YAMLError(
                at: entry.place, key: entry.key, "this is no trouble code",
                remedy: "write it as P0118 or P0118-17")
        }
        guard entry.value.mapping != nil else {
            return StoredTroubleCode(code, status: try status(entry))
        }
        let fields = try YAMLFields(
            entry.value, of: "a trouble code", keys: ["status", "occurrences", "snapshot"])
        guard let state = fields["status"] else {
            throw entry.mistake("its status is wanted", "write 'status: confirmed'")
        }
        var stored = StoredTroubleCode(code, status: try status(state))
        if let count = try fields.whole("occurrences", 0...255) {
            stored.occurrences = UInt8(count)
        }
        for item in try described(fields["snapshot"]) {
            stored.snapshot.append(
                SnapshotItem(identifier: try Self.number(item), bytes: try value(item)))
        }
        return stored
    }

    private func status(_ entry: YAMLEntry) throws(YAMLError) -> TroubleCodeStatus {
        let text = try entry.text
        if let status = Self.states[text] { return status }
        guard text.count == 2, let bits = UInt8(text, radix: 16) else {
            throw entry.mistake(
                "'\(text)' is no status",
                "write \(Self.states.keys.sorted().joined(separator: ", ")), or two hexadecimal digits"
            )
        }
        return TroubleCodeStatus(rawValue: bits)
    }

    private func routine(_ entry: YAMLEntry) throws(YAMLError) -> StoredRoutine {
        let fields = try YAMLFields(
            entry.value, of: "a routine", keys: ["result", "takes", "session", "level"])
        var routine = StoredRoutine()
        if let result = fields["result"] { routine.result = try bytes(result) }
        if let time = try fields.time("takes") { routine.duration = time }
        routine.access = try Self.access(fields)
        return routine
    }

    private static func security(_ entry: YAMLEntry) throws(YAMLError) -> SecuritySettings {
        let fields = try YAMLFields(
            entry.value, of: "'security'",
            keys: ["algorithm", "secret", "levels", "attempts", "delay"])
        var security = SecuritySettings()
        if let word = try fields.word("algorithm", SecuritySettings.Algorithm.self) {
            security.algorithm = word
        }
        if let secret = fields["secret"] { security.secret = try secret.hexadecimal(UInt32.self) }
        if let levels = fields["levels"] {
            security.levels = []
            for text in try levels.texts {
                guard let level = YAMLEntry.hexadecimal(text, UInt8.self), level % 2 == 1,
                    level < 0x7E
                else { throw levels.mistake("'\(text)' is no odd number from 01 to 7D") }
                security.levels.insert(level)
            }
        }
        if let attempts = try fields.whole("attempts", 1...255) { security.attempts = attempts }
        if let delay = try fields.time("delay") { security.delay = delay }
        return security
    }

    /// A text of so many characters at most.
    private static func text(_ entry: YAMLEntry, _ most: Int) throws(YAMLError) -> String {
        let text = try entry.text
        guard text.utf8.count <= most else {
            throw entry.mistake(
                "'\(text)' has \(text.utf8.count) characters; the answer has room for \(most)")
        }
        return text
    }

    private static func obd(_ entry: YAMLEntry) throws(YAMLError) -> OBDSettings {
        let fields = try YAMLFields(
            entry.value, of: "'obd'",
            keys: ["parameters", "calibration", "calibration-verification", "name"])
        var obd = OBDSettings()
        // SAE J1979: 16 characters of a calibration identification, 20 of an ECU's name.
        if let entry = fields["calibration"] { obd.calibration = try text(entry, 16) }
        if let entry = fields["name"] { obd.name = try text(entry, 20) }
        if let number = fields["calibration-verification"] {
            guard try number.text.utf8.count == 8 else {
                throw number.mistake(
                    "a calibration verification number has four bytes", "write it as 001791BC")
            }
            obd.calibrationVerification = try number.hexadecimal(UInt32.self)
        }
        guard let parameters = fields["parameters"] else { return obd }
        for item in try YAMLFields.entries(of: parameters.value, "'parameters'") {
            guard let number = YAMLEntry.hexadecimal(item.key, UInt8.self),
                OBDParameter[number]?.bytes(of: 0) != nil
            else {
                throw YAMLError(
                    at: item.place, key: item.key, "this is no parameter of mode 01 with a value",
                    remedy: "write it in hexadecimal digits: 0C is the engine's speed")
            }
            obd.parameters[number] = try course(item)
        }
        return obd
    }
}
