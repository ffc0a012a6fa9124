import CANFrame
import CANTransport
import Diagnostics

extension DecodedExchange {
    /// The exchange as an object.
    func json(interface: String) -> JSONValue {
        var object: [String: JSONValue] = [
            "time": .seconds(exchange.time),
            "stamp": .string(UTCTime(exchange.timestamp).text(fractionDigits: 9)),
            "interface": .string(interface),
            "outcome": .string(exchange.outcome.rawValue),
            "functional": .bool(exchange.isFunctional),
            "late": .bool(exchange.isLate),
            "request": exchange.request.map { message in
                .object(Self.json(message, self.request, exchange))
            } ?? .null,
            "responses": .array(
                exchange.responses.indices.map { response($0) }),
            "frames": .frames(exchange.evidence),
        ]
        if case .j1939(let group) = exchange.family {
            object["group"] = .string(J1939Diagnostic.Kind(group: group)?.name ?? "\(group)")
        }
        if let unit = ControlUnitName(addresseeOf: exchange) { object["ecu"] = .string(unit.text) }
        if exchange.repetitions > 0 { object["repetitions"] = .count(UInt64(exchange.repetitions)) }
        if let failure = exchange.requestFailure {
            object["requestBrokenOff"] = .string("\(failure)")
        }
        if let given = exchange.givenUpRequest {
            object["givenUpRequest"] = .object(Self.json(given, nil, exchange))
        }
        if exchange.lacksFrames { object["framesMissing"] = .bool(true) }
        if let s3 = exchange.s3 { object["s3"] = .measured(s3) }
        return .object(object)
    }

    private func response(_ index: Int) -> JSONValue {
        let response = exchange.responses[index]
        var object: [String: JSONValue] = [:]
        if let message = response.message {
            var decoded: DiagnosticMessage?
            if case .message(let answer) = answers[index] { decoded = answer }
            object = Self.json(message, decoded, exchange)
        }
        if case .j1939(let diagnostic) = answers[index] { object["message"] = diagnostic.json }
        object["ecu"] = .string(ControlUnitName(response, in: exchange).text)
        object["address"] = .string("\(response.address)")
        object["frames"] = .frames(
            response.firstFrame...max(response.firstFrame, response.lastFrame))
        object["pending"] = .count(UInt64(response.pendingCount))
        object["p2"] = response.p2.map { .measured($0, response.p2Limit) } ?? .null
        object["p2Star"] = response.p2Star.map { .measured($0, response.p2StarLimit) } ?? .null
        object["nrc"] = .null
        if let code = response.negativeCode {
            if exchange.family == .service {
                object["nrc"] = .string(code.hexadecimal)
                object["nrcName"] = .string(NegativeResponseCode(rawValue: code).name)
            } else {
                object["acknowledgment"] = .string(J1939Acknowledgment(rawValue: code).name)
            }
        }
        if let failure = response.failure { object["brokenOff"] = .string("\(failure)") }
        return .object(object)
    }

    private static func json(
        _ message: ExchangeMessage, _ decoded: DiagnosticMessage?, _ exchange: Exchange
    ) -> [String: JSONValue] {
        var object: [String: JSONValue] = [
            "address": .string("\(message.address)"),
            "data": .string(message.payload.map(\.hexadecimal).joined()),
            "length": .count(UInt64(message.length)),
            "time": .seconds(message.firstTime),
            "frames": .frames(message.firstFrame...max(message.firstFrame, message.lastFrame)),
        ]
        if let transport = message.transport, transport.frames > 1 {
            object["transport"] = .object([
                "frames": .count(UInt64(transport.frames)),
                "blockSize": transport.blockSize.map { .count(UInt64($0)) } ?? .null,
                "stMinMs": transport.separationTime.map {
                    .milliseconds(Double($0.nanoseconds))
                } ?? .null,
                "smallestGapMs": .milliseconds(transport.smallestGap.map(Double.init)),
                "largestGapMs": .milliseconds(transport.largestGap.map(Double.init)),
                "nBsMs": .milliseconds(transport.largestFlowControlDelay.map(Double.init)),
                "nCrMs": .milliseconds(transport.largestConsecutiveDelay.map(Double.init)),
                "waits": .count(UInt64(transport.waits)),
            ])
        }
        guard let decoded else { return object }
        object["service"] = .string(decoded.service.rawValue.hexadecimal)
        object["name"] = .string(decoded.service.name)
        object["words"] = .string(decoded.summary)
        if let subFunction = decoded.subFunction {
            object["subFunction"] = .string(subFunction.hexadecimal)
        }
        object["fields"] = .array(decoded.fields.map(\.json))
        if !decoded.troubleCodes.isEmpty {
            object["troubleCodes"] = .array(decoded.troubleCodes.map(\.json))
        }
        if !decoded.remarks.isEmpty {
            object["remarks"] = .array(decoded.remarks.map { .string("\($0)") })
        }
        return object
    }
}

extension DiagnosticField {
    fileprivate var json: JSONValue {
        var object: [String: JSONValue] = [
            "name": .string(name), "text": .string(text),
            "bytes": .array([
                .count(UInt64(range.lowerBound)), .count(UInt64(range.upperBound)),
            ]),
        ]
        if let identifierText { object["identifier"] = .string(identifierText) }
        if let number { object["value"] = .decimal(number) }
        if !unit.isEmpty { object["unit"] = .string(unit) }
        return .object(object)
    }
}

extension ReportedTroubleCode {
    fileprivate var json: JSONValue {
        var object: [String: JSONValue] = ["code": .string(text)]
        if let status {
            object["status"] = .string(status.rawValue.hexadecimal)
            object["statusBits"] = .array(status.setNames.map { .string($0) })
        }
        if let severity {
            object["severity"] = .string(severity.rawValue.hexadecimal)
            object["severityBits"] = .array(severity.setNames.map { .string($0) })
        }
        if let functionalUnit { object["functionalUnit"] = .string(functionalUnit.hexadecimal) }
        if let snapshotRecord { object["snapshotRecord"] = .string(snapshotRecord.hexadecimal) }
        if let faultDetectionCounter {
            object["faultDetectionCounter"] = .integer(Int64(faultDetectionCounter))
        }
        return .object(object)
    }
}

extension J1939Diagnostic {
    fileprivate var json: JSONValue {
        var object: [String: JSONValue] = ["name": .string(kind.name)]
        if let lamps {
            object["lampsOn"] = .array(lamps.lit.map { .string("\($0)") })
            object["lamps"] = .array(
                J1939Lamps.Lamp.allCases.map { lamp in
                    [
                        "lamp": .string("\(lamp)"), "state": .string("\(lamps[lamp])"),
                        "flash": .string("\(lamps.flash(of: lamp))"),
                    ]
                })
        }
        if kind.listsCodes { object["troubleCodes"] = .array(codes.map(\.json)) }
        if let readiness {
            object["readiness"] = [
                "activeCodes": readiness.activeCodes.map { .count(UInt64($0)) } ?? .null,
                "previouslyActiveCodes": readiness.previouslyActiveCodes.map {
                    .count(UInt64($0))
                } ?? .null,
                "requirements": .string(readiness.requirements.hexadecimal),
            ]
        }
        if !surplus.isEmpty {
            object["surplus"] = .string(surplus.map(\.hexadecimal).joined())
        }
        return .object(object)
    }
}

extension J1939TroubleCode {
    fileprivate var json: JSONValue {
        [
            "spn": .count(UInt64(parameter)), "fmi": .count(UInt64(failureMode)),
            "failureMode": .string(failureModeName),
            "occurrences": occurrenceCount.map { .count(UInt64($0)) } ?? .null,
            "oldConversion": .bool(hasOldConversion),
        ]
    }
}

extension JSONValue {
    /// Nanoseconds as seconds.
    static func seconds(_ nanoseconds: Int64) -> JSONValue {
        .number(Double(nanoseconds) / 1e9, decimals: 9)
    }

    /// The numbers of the first and the last frame.
    static func frames(_ range: ClosedRange<UInt64>) -> JSONValue {
        .array([.count(range.lowerBound), .count(range.upperBound)])
    }

    /// A time with its limit, and who says so if that is known.
    static func measured(
        _ time: MeasuredTime, _ origin: DiagnosticTiming.Origin? = nil
    ) -> JSONValue {
        var object: [String: JSONValue] = [
            "ms": .milliseconds(Double(time.time)), "limitMs": .milliseconds(Double(time.limit)),
            "marginMs": .milliseconds(Double(time.margin)),
        ]
        if let origin { object["limitBy"] = .string("\(origin)") }
        return .object(object)
    }
}
