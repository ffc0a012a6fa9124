/// A small car of two control units as files: its specs, and logs of it with one thing wrong.
enum MadeCar {
    static let database = """
        VERSION ""
        BU_: ECM ESC Tester
        BO_ 256 Engine: 8 ECM
         SG_ Alive : 8|4@1+ (1,0) [0|14] "" ESC
         SG_ Speed : 16|16@1+ (0.25,0) [0|8000] "rpm" ESC
         SG_ Coolant : 32|8@1+ (1,-40) [-40|130] "degC" ESC
        BO_ 512 Wheels: 8 ESC
         SG_ FrontLeft : 7|16@0+ (0.01,0) [0|300] "km/h" ECM
         SG_ Counter : 35|4@0+ (1,0) [0|15] "" ECM
        BA_DEF_ BO_ "GenMsgCycleTime" INT 0 10000;
        BA_DEF_DEF_ "GenMsgCycleTime" 0;
        BA_ "GenMsgCycleTime" BO_ 256 10;
        BA_ "GenMsgCycleTime" BO_ 512 20;

        """

    private static let profile = """
        spec: canlog/profile@1
        id: ident
        identifiers:
          F187: {name: part_number, type: ascii, length: 9}
          F190: {name: vin, type: ascii, length: 17}
        timing: {p2: 50ms, p2-star: 5s, s3: 5s}
        sessions: {default: "01", extended: "03"}

        """

    private static let engine = """
        spec: canlog/ecu@1
        id: ecm-vireo-m3
        role: ECM
        supplier: Vireo
        uses: [ident]
        bus: PT
        transport: {addressing: normal, request: 7E0, response: 7E8, functional: 7DF}
        identify: {F187: "20L90601*"}
        trouble-codes:
          P0118-17: {text: coolant temperature sensor circuit high, severity: rework}
        versions:
          - {id: "8", match: {F187: "20L906018"}}

        """

    private static let brakes = """
        spec: canlog/ecu@1
        id: esc-kestrin-b2
        role: ESC
        supplier: Kestrin
        uses: [ident]
        bus: PT
        transport: {addressing: normal, request: 7E2, response: 7EA, functional: 7DF}
        identify: {F187: "35B*"}
        trouble-codes:
          C0035-13: {text: left front wheel speed sensor open, severity: block}
        versions:
          - {id: "1", match: {F187: "35B100001"}}

        """

    private static let rules = """
        spec: canlog/rules@1
        id: common
        rules:
          - {id: ect-range, when: "Engine.Coolant > 90", for: 500ms, finding: P0118, severity: rework, text: engine too hot}

        """

    private static let vehicle = """
        spec: canlog/vehicle@1
        id: five
        vin: "XBL5*"
        buses:
          PT: {bit-rate: 500k, sample-point: 0.8}
        variants:
          petrol:
            dbc: {PT: dbc/pt.dbc}
            rules: [rules/common.yaml]
            slots: {ECM: [ecm-vireo-m3], ESC: [esc-kestrin-b2]}
            released: [{ecu: "*"}]

        """

    /// The same vehicle with an electric variant, whose VINs have an E.
    static let vehicleOfTwo = """
        spec: canlog/vehicle@1
        id: five
        vin: "XBL5*"
        buses:
          PT: {bit-rate: 500k, sample-point: 0.8}
        variants:
          petrol:
            when: {vin: "XBL5P*"}
            dbc: {PT: dbc/pt.dbc}
            rules: [rules/common.yaml]
            slots: {ECM: [ecm-vireo-m3], ESC: [esc-kestrin-b2]}
            released: [{ecu: "*"}]
          electric:
            when: {vin: "XBL5E*"}
            dbc: {PT: dbc/pt.dbc}
            rules: [rules/common.yaml]
            slots: {ECM: [ecm-vireo-m3], ESC: [esc-kestrin-b2]}
            released: [{ecu: "*"}]

        """

    /// The specs' files below `Firmware-Specs`.
    static let specs: [String: String] = [
        "Firmware-Specs/dbc/pt.dbc": database,
        "Firmware-Specs/profiles/ident.yaml": profile,
        "Firmware-Specs/ecus/ecm/vireo-m3.yaml": engine,
        "Firmware-Specs/ecus/esc/kestrin-b2.yaml": brakes,
        "Firmware-Specs/rules/common.yaml": rules,
        "Firmware-Specs/vehicles/five.yaml": vehicle,
    ]

    /// What is wrong with a car.
    enum Fault: String, CaseIterable {
        case none, hot, silentECM, frozenCounter, unknownPart, troubleCode, codesNotRead, foreign
        case cutInConversation, switchedOff
    }

    /// 20 s of traffic, as candump -L writes it.
    static func log(_ fault: Fault = .none) -> String {
        var frames = cyclic(fault)
        var time = 3_000
        let part = fault == .unknownPart ? "20L906999" : "20L906018"
        for (request, response, number) in [
            ("7E0", "7E8", part), ("7E2", "7EA", "35B100001"),
        ] {
            add(&frames, &time, request, response, "22F187", "62F187" + hexadecimal(number))
            add(&frames, &time, request, response, "22F190", "62F190" + hexadecimal(vin))
            let codes = fault == .troubleCode && request == "7E2" ? "4035132F" : ""
            guard fault != .codesNotRead || request == "7E0" else { continue }
            add(&frames, &time, request, response, "1902FF", "5902FF" + codes)
        }
        if fault == .foreign {
            add(&frames, &time, "7E5", "7ED", "22F190", "62F190" + hexadecimal(vin))
        }
        let end = fault == .cutInConversation ? 3_061 : fault == .switchedOff ? 9_000 : 20_000
        return frames.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
            .map(\.element).filter { $0.0 < end }
            .map { "(\(1_790_000_000 + $0.0 / 1_000).\(pad($0.0 % 1_000))000) can0 \($0.1)\n" }
            .joined()
    }

    static let vin = "XBL5PA1KX00000421"

    /// A message each 10 ms and one each 20 ms.
    private static func cyclic(_ fault: Fault) -> [(Int, String)] {
        var frames: [(Int, String)] = []
        for step in 0..<2_000 {
            let time = step * 10
            if fault != .silentECM || time < 8_000 {
                let isHot = fault == .hot && (5_000..<9_000).contains(time)
                frames.append(
                    (
                        time,
                        "100#000\(hexadecimal(step % 15))800C\(isHot ? "8C" : "78")000000"
                    ))
            }
            guard step.isMultiple(of: 2) else { continue }
            let isFrozen = fault == .frozenCounter && (6_000..<7_000).contains(time)
            let count = isFrozen ? 3 : step / 2 % 16
            frames.append((time + 3, "200#03E803E80\(hexadecimal(count))000000"))
        }
        return frames
    }

    /// A request and its answer 8 ms later, both in as many frames as they need.
    private static func add(
        _ frames: inout [(Int, String)], _ time: inout Int, _ request: String, _ response: String,
        _ question: String, _ answer: String
    ) {
        frames.append((time, "\(request)#0\(question.count / 2)\(question)"))
        let length = answer.count / 2
        var rest = answer[...]
        if length <= 7 {
            frames.append((time + 8, "\(response)#0\(length)\(rest)"))
        } else {
            frames.append(
                (
                    time + 8,
                    "\(response)#10\(hexadecimal(length / 16, length % 16))\(rest.prefix(12))"
                ))
            frames.append((time + 9, "\(request)#300000"))
            rest = rest.dropFirst(12)
            var sequence = 1
            while !rest.isEmpty {
                frames.append(
                    (time + 9 + sequence, "\(response)#2\(hexadecimal(sequence))\(rest.prefix(14))")
                )
                rest = rest.dropFirst(14)
                sequence += 1
            }
        }
        time += 50
    }

    private static func hexadecimal(_ digits: Int...) -> String {
        digits.map { String($0, radix: 16, uppercase: true) }.joined()
    }

    private static func hexadecimal(_ text: String) -> String {
        text.utf8.map { String($0, radix: 16, uppercase: true) }.joined()
    }

    private static func pad(_ number: Int) -> String {
        String(repeating: "0", count: 3 - "\(number)".count) + "\(number)"
    }
}
