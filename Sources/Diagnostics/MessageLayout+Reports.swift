extension MessageLayout {
    /// The reports of service 19, ReadDTCInformation.
    static let reports: [UInt8: MessageLayout] = {
        let available = FieldRule.flags("DTCStatusAvailabilityMask", TroubleCodeStatus.names)
        let mask = FieldRule.flags("DTCStatusMask", TroubleCodeStatus.names)
        let severityMask = FieldRule.flags("DTCSeverityMask", TroubleCodeSeverity.names)
        let group = FieldRule.named("functionalGroupIdentifier", functionalGroups)
        let memory = FieldRule.digits("memorySelection", bytes: 1)
        let code = FieldRule.troubleCode([.code])
        let record = FieldRule.troubleCode([.code, .status])
        let severe = FieldRule.troubleCode([.severity, .functionalUnit, .code, .status])
        let snapshotNumber = FieldRule.number("DTCSnapshotRecordNumber", bytes: 1)
        let extendedNumber = FieldRule.number("DTCExtDataRecordNumber", bytes: 1)
        let readiness = FieldRule.number("DTCReadinessGroupIdentifier", bytes: 1)

        let count = MessageLayout(
            request: [mask], response: [available, .format, .number("DTCCount", bytes: 2)])
        let byStatus = MessageLayout(request: [mask], response: [available, .repeated([record])])
        let all = MessageLayout(response: [available, .repeated([record])])
        let extended = MessageLayout(
            request: [code, extendedNumber], response: [record, .special(.extendedData)])
        return [
            0x01: count, 0x02: byStatus,
            0x03: MessageLayout(response: [.repeated([.troubleCode([.code, .snapshotRecord])])]),
            0x04: MessageLayout(
                request: [code, snapshotNumber], response: [record, .special(.snapshots)]),
            0x05: MessageLayout(
                request: [.number("DTCStoredDataRecordNumber", bytes: 1)],
                response: [.special(.storedData)]),
            0x06: extended,
            0x07: MessageLayout(request: [severityMask, mask], response: count.response),
            0x08: MessageLayout(
                request: [severityMask, mask], response: [available, .repeated([severe])]),
            0x09: MessageLayout(request: [code], response: [available, .repeated([severe])]),
            0x0A: all, 0x0B: all, 0x0C: all, 0x0D: all, 0x0E: all, 0x0F: byStatus,
            0x10: extended, 0x11: count, 0x12: count, 0x13: byStatus,
            0x14: MessageLayout(response: [.repeated([.troubleCode([.code, .counter])])]),
            0x15: all,
            0x16: MessageLayout(
                request: [extendedNumber],
                response: [.optional([extendedNumber, .special(.extendedDataByNumber)])]),
            0x17: MessageLayout(
                request: [mask, memory], response: [memory, available, .repeated([record])]),
            0x18: MessageLayout(
                request: [code, snapshotNumber, memory],
                response: [memory, record, .special(.snapshots)]),
            0x19: MessageLayout(
                request: [code, extendedNumber, memory],
                response: [memory, record, .special(.extendedData)]),
            0x1A: MessageLayout(
                request: [extendedNumber],
                response: [available, .optional([extendedNumber, .repeated([record])])]),
            0x42: MessageLayout(
                request: [group, mask, severityMask],
                response: [
                    group, available,
                    .flags("DTCSeverityAvailabilityMask", TroubleCodeSeverity.names), .format,
                    .repeated([.troubleCode([.severity, .code, .status])]),
                ]),
            0x55: MessageLayout(
                request: [group], response: [group, available, .format, .repeated([record])]),
            0x56: MessageLayout(
                request: [group, readiness],
                response: [group, available, .format, readiness, .repeated([record])]),
        ]
    }()

    /// Service 29; lengths have two bytes, and what has the length zero is left out.
    static let authentication: [UInt8: MessageLayout] = {
        func counted(_ names: String...) -> [FieldRule] {
            names.map { .counted($0, lengthBytes: 2) }
        }
        let configuration = [FieldRule.number("communicationConfiguration", bytes: 1)]
        let algorithm = [FieldRule.bytes("algorithmIndicator", 16)]
        let result = [FieldRule.named("authenticationReturnParameter", authenticationResults)]
        return [
            0x00: MessageLayout(response: result),
            0x01: MessageLayout(
                request: configuration + counted("certificateClient", "challengeClient"),
                response: result + counted("challengeServer", "ephemeralPublicKeyServer")),
            0x02: MessageLayout(
                request: configuration + counted("certificateClient", "challengeClient"),
                response: result
                    + counted(
                        "challengeServer", "certificateServer", "proofOfOwnershipServer",
                        "ephemeralPublicKeyServer")),
            0x03: MessageLayout(
                request: counted("proofOfOwnershipClient", "ephemeralPublicKeyClient"),
                response: result + counted("sessionKeyInfo")),
            0x04: MessageLayout(
                request: [.number("certificateEvaluationId", bytes: 2)]
                    + counted("certificateData"), response: result),
            0x05: MessageLayout(
                request: configuration + algorithm,
                response: result + algorithm
                    + counted("challengeServer", "neededAdditionalParameter")),
            0x06: MessageLayout(
                request: algorithm
                    + counted("proofOfOwnershipClient", "challengeClient", "additionalParameter"),
                response: result + algorithm + counted("sessionKeyInfo")),
            0x07: MessageLayout(
                request: algorithm
                    + counted("proofOfOwnershipClient", "challengeClient", "additionalParameter"),
                response: result + algorithm + counted("proofOfOwnershipServer", "sessionKeyInfo")),
            0x08: MessageLayout(response: result),
        ]
    }()

    /// Service 86, by event type without its bit of storage.
    static let events: [UInt8: MessageLayout] = {
        let window = FieldRule.named("eventWindowTime", windowTimes)
        let number = FieldRule.number("numberOfIdentifiedEvents", bytes: 1)
        let mask = FieldRule.flags("DTCStatusMask", TroubleCodeStatus.names)
        func event(_ record: FieldRule..., responds: Bool = true) -> MessageLayout {
            let end: [FieldRule] = responds ? [.special(.serviceToRespond)] : []
            return MessageLayout(
                request: [window] + record + end, response: [number, window] + record + end)
        }
        return [
            0x00: event(responds: false), 0x01: event(mask),
            0x02: event(.number("timerRate", bytes: 1)), 0x03: event(.identifier),
            0x04: MessageLayout(
                request: [window],
                response: [
                    .number("numberOfActivatedEvents", bytes: 1),
                    // Of each its type, window, record and service: lengths as its request has them.
                    .rest("activatedEvents"),
                ]),
            0x05: event(responds: false), 0x06: event(responds: false),
            // ISO 14229-1 B.2: compared with 32 bits, a hysteresis, and where the value is in the data.
            0x07: event(
                .identifier, .named("comparisonLogic", comparisons),
                .number("rawReferenceValue", bytes: 4), .number("hysteresisValue", bytes: 1),
                .number("localization", bytes: 2)),
            0x08: event(.number("reportType", bytes: 1), responds: false),
            0x09: event(
                mask, .number("reportType", bytes: 1), .optional([.rest("reportParameters")]),
                responds: false),
        ]
    }()
}
