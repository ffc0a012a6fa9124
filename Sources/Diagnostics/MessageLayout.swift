/// The layouts of ISO 14229-1's messages, after service identifier and sub-function.
struct MessageLayout: Sendable {
    var request: [FieldRule]
    var response: [FieldRule]

    init(request: [FieldRule] = [], response: [FieldRule] = []) {
        self.request = request
        self.response = response
    }

    /// The rules of a message; `nil` where the standard has no such sub-function.
    static func rules(service: UInt8, subFunction: UInt8?, isResponse: Bool) -> [FieldRule]? {
        var layout = layouts[Int(service)]
        if let subFunction, let special = bySubFunction[service] {
            layout = special[group(of: subFunction, service: service)] ?? layout
        }
        return isResponse ? layout?.response : layout?.request
    }

    /// By service; each message asks for its own.
    private static let layouts: [MessageLayout?] = (UInt8.min...UInt8.max).map { service in
        (0xBA...0xBE).contains(service)
            ? MessageLayout(request: [.rest("data")], response: [.rest("data")])
            : byService[service]
    }

    /// Sub-functions that are laid out alike are looked up under the first of them.
    private static func group(of subFunction: UInt8, service: UInt8) -> UInt8 {
        switch service {
        case 0x27: subFunction % 2 == 1 ? 1 : 2
        // The bit of storage changes nothing.
        case 0x86: subFunction & 0xBF
        default: subFunction
        }
    }

    /// Services whose messages do not depend on a sub-function, and what those have that do.
    private static let byService: [UInt8: MessageLayout] = [
        0x10: MessageLayout(response: [
            .optional([
                .quantity("P2ServerMax", bytes: 2, factor: 1, unit: "ms"),
                .quantity("P2*ServerMax", bytes: 2, factor: 10, unit: "ms"),
            ])
        ]),
        0x11: MessageLayout(),
        0x14: MessageLayout(request: [
            .special(.groupOfCodes), .optional([.digits("memorySelection", bytes: 1)]),
        ]),
        0x22: MessageLayout(
            request: [.identifier, .repeated([.identifier])], response: [.special(.dataRecords)]),
        0x23: MessageLayout(request: [.special(.memory)], response: [.rest("dataRecord")]),
        0x24: MessageLayout(request: [.identifier], response: [.identifier, .special(.scaling)]),
        0x28: MessageLayout(request: [.special(.communicationType)]),
        0x2A: MessageLayout(
            request: [
                .named("transmissionMode", transmissionModes),
                .repeated([.digits("periodicDataIdentifier", bytes: 1)]),
            ],
            response: [
                .optional([.digits("periodicDataIdentifier", bytes: 1), .rest("dataRecord")])
            ]),
        0x2C: MessageLayout(),
        0x2E: MessageLayout(
            request: [.identifier, .rest("dataRecord")], response: [.identifier]),
        0x2F: MessageLayout(
            request: [
                .identifier, .named("inputOutputControlParameter", controlParameters),
                .rest("controlState"),
            ],
            response: [
                .identifier, .named("inputOutputControlParameter", controlParameters),
                .rest("controlState"),
            ]),
        0x31: MessageLayout(
            request: [.routine, .rest("routineControlOptionRecord")],
            response: [.routine, .rest("routineStatusRecord")]),
        0x34: transferRequest, 0x35: transferRequest,
        0x36: MessageLayout(
            request: [
                .number("blockSequenceCounter", bytes: 1), .rest("transferRequestParameterRecord"),
            ],
            response: [
                .number("blockSequenceCounter", bytes: 1), .rest("transferResponseParameterRecord"),
            ]),
        0x37: MessageLayout(
            request: [.rest("transferRequestParameterRecord")],
            response: [.rest("transferResponseParameterRecord")]),
        0x38: fileTransfer,
        0x3D: MessageLayout(
            request: [.special(.memory), .rest("dataRecord")], response: [.special(.memory)]),
        0x3E: MessageLayout(),
        0x83: MessageLayout(),
        0x84: MessageLayout(
            request: secured("internalMessageServiceRequestId"),
            response: secured("internalMessageServiceResponseId")),
        0x85: MessageLayout(request: [.rest("DTCSettingControlOptionRecord")]),
        0x87: MessageLayout(),
    ]

    private static let bySubFunction: [UInt8: [UInt8: MessageLayout]] = [
        0x11: [0x04: MessageLayout(response: [.named("powerDownTime", [0xFF: "notAvailable"])])],
        0x19: reports,
        0x27: [
            1: MessageLayout(
                request: [.rest("securityAccessDataRecord")], response: [.rest("securitySeed")]),
            2: MessageLayout(request: [.rest("securityKey")]),
        ],
        0x28: [4: enhancedCommunication, 5: enhancedCommunication],
        0x29: authentication,
        0x2C: [
            0x01: MessageLayout(
                request: [
                    .identifier,
                    .repeated([
                        .identifier, .number("positionInSourceDataRecord", bytes: 1),
                        .number("memorySize", bytes: 1),
                    ]),
                ], response: [.optional([.identifier])]),
            0x02: MessageLayout(
                request: [.identifier, .special(.memoryDefinitions)],
                response: [.optional([.identifier])]),
            0x03: MessageLayout(
                request: [.optional([.identifier])], response: [.optional([.identifier])]),
        ],
        0x83: [
            0x03: MessageLayout(response: [.rest("timingParameterResponseRecord")]),
            0x01: MessageLayout(response: [.rest("timingParameterResponseRecord")]),
            0x04: MessageLayout(request: [.rest("timingParameterRequestRecord")]),
        ],
        0x86: events,
        0x87: [
            0x01: MessageLayout(request: [.named("linkControlModeIdentifier", linkModes)]),
            0x02: MessageLayout(request: [.number("linkRecord", bytes: 3)]),
        ],
    ]

    private static let transferRequest = MessageLayout(
        request: [.nibbles("compressionMethod", "encryptingMethod"), .special(.memory)],
        response: [.special(.blockLength)])

    private static let enhancedCommunication = MessageLayout(request: [
        .special(.communicationType), .number("nodeIdentificationNumber", bytes: 2),
    ])

    /// Service 84, edition of 2020; `administrativeParameter` is 16 bits, of which the low 7 are used.
    private static func secured(_ service: String) -> [FieldRule] {
        [
            .number("reserved", bytes: 1), .flags("administrativeParameter", securedBits),
            .number("signatureEncryptionCalculation", bytes: 1),
            .number("signatureLength", bytes: 2), .number("antiReplayCounter", bytes: 2),
            .number(service, bytes: 1), .rest("protectedData"),
        ]
    }

    private static let fileTransfer: MessageLayout = {
        let path = FieldRule.text("filePathAndName", lengthBytes: 2)
        let format = FieldRule.nibbles("compressionMethod", "encryptingMethod")
        let sizes = FieldRule.sizes(["fileSizeUncompressed", "fileSizeCompressed"], lengthBytes: 1)
        let written = [path, format, sizes]
        let block = FieldRule.counted("maxNumberOfBlockLength", lengthBytes: 1)
        return MessageLayout(
            request: [
                .chosen(
                    "modeOfOperation", fileModes,
                    [
                        1: written, 2: [path], 3: written, 4: [path, format], 5: [path],
                        6: written,
                    ])
            ],
            response: [
                .chosen(
                    "modeOfOperation", fileModes,
                    [
                        1: [block, format], 2: [], 3: [block, format],
                        4: [
                            block, format,
                            .sizes(
                                ["fileSizeUncompressed", "fileSizeCompressed"], lengthBytes: 2),
                        ],
                        5: [
                            block, format,
                            .sizes(["fileSizeUncompressedOrDirInfo"], lengthBytes: 2),
                        ],
                        6: [block, format, .number("filePosition", bytes: 8)],
                    ])
            ])
    }()
}
