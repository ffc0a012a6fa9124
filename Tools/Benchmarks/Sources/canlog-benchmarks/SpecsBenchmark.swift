import FirmwareSpecs
import Glibc

/// What reading, resolving and looking through a folder with 100 firmware versions costs, beside
/// PyYAML with libyaml's parser, which reads the same files and does no more.
enum SpecsBenchmark {
    private static let roles = 25

    static func run(_ options: Options) throws {
        let folder = try written()
        defer { _ = try? output(of: "rm -rf '\(folder)'") }
        print("specs: milliseconds to load and lint a folder of specs, from the disk's cache;")
        print("median of \(options.rounds) rounds\n")
        var ours: [Double] = []
        var wall: [Double] = []
        var theirs: [Double] = []
        var name = ""
        var versions = 0
        var mistakes = 0
        for _ in 0..<options.rounds {
            let start = Moment()
            let catalog = try SpecCatalog(folder: folder)
            let elapsed = start.elapsed
            ours.append(elapsed.processor / 1e6)
            wall.append(elapsed.real / 1e6)
            (versions, mistakes) = (catalog.versions.count, catalog.mistakes.count)
            guard options.withPeers, let figure = try peer(folder) else { continue }
            name = figure.name
            theirs.append(figure.milliseconds)
        }
        print("\(versions) firmware versions, \(mistakes) mistakes")
        let own = median(ours)
        print(
            "  " + "canlog, load and lint".padded(28) + own.text(2, width: 10) + " ms CPU, "
                + median(wall).text(2, width: 1) + " ms")
        guard !theirs.isEmpty else { return }
        let other = median(theirs)
        print(
            "  " + "\(name), reading only".padded(28) + other.text(2, width: 10) + " ms CPU, "
                + (other / own).text(1, width: 1) + " times as long")
    }

    private static func peer(
        _ folder: String
    ) throws -> (name: String, milliseconds: Double)? {
        let cache = environment("XDG_CACHE_HOME") ?? (environment("HOME") ?? "") + "/.cache"
        let text = try output(
            of:
                "'\(cache)/canlog/peers/bin/python3' -B Tools/Benchmarks/Peers/yaml_reader.py '\(folder)'"
        )
        let words = String(decoding: text, as: UTF8.self).split(separator: " ")
        guard words.count == 5, let time = Double(words[2]) else { return nil }
        return ("\(words[0]) \(words[1])", time)
    }

    // MARK: The folder

    private static func written() throws -> String {
        let folder =
            String(decoding: try output(of: "mktemp -d"), as: UTF8.self)
            .split(separator: "\n").first.map(String.init) ?? ""
        _ = try output(of: "cd '\(folder)' && mkdir profiles dbc ecus vehicles plans rules")
        for (path, text) in files {
            let file = unsafe fopen("\(folder)/\(path)", "w")
            guard let file = unsafe file else { throw SpecsBenchmarkError() }
            // The string lives for the call; the stream is ours.
            _ = unsafe fputs(text, file)
            _ = unsafe fclose(file)
        }
        return folder
    }

    private struct SpecsBenchmarkError: Error {}

    private static var files: [String: String] {
        var files = ["profiles/ident.yaml": profile]
        var slots = ""
        var database = "VERSION \"\"\nBU_: A\n"
        var steps = ""
        var rules = ""
        for role in 0..<roles {
            var units: [String] = []
            for supplier in ["orlin", "kestrel"] {
                files["ecus/r\(role)-\(supplier).yaml"] = unit(role, supplier)
                units.append("r\(role)-\(supplier)")
            }
            slots += "      R\(role): [\(units.joined(separator: ", "))]\n"
            database += "BO_ \(256 + role) Message\(role): 8 R\(role)\n"
            for signal in 0..<8 {
                database +=
                    " SG_ Signal\(signal) : \(signal * 8)|8@1+ (0.5,-40) [-40|87] \"degC\" A\n"
            }
            steps += "  - {id: step-\(role), read: R\(role).value_3, limits: [1, 20], unit: V}\n"
            rules +=
                "  - {id: rule-\(role), when: \"Message\(role).Signal1 - Message\(role).Signal2 > 5\", "
                + "for: 500ms, severity: rework}\n"
        }
        files["vehicles/car.yaml"] = """
            spec: canlog/vehicle@1
            id: car
            vin: "LRK2*"
            buses: {PT: {bit-rate: 500k}}
            variants:
              petrol:
                when: {vin: "LRK2P*"}
                dbc: {PT: dbc/car.dbc}
                plan: plans/car.yaml
                rules: [rules/car.yaml]
                released: [{ecu: "r*-orlin"}, {ecu: "r*-kestrel@2", from: 2026-01-01}]
                slots:

            """ + slots
        files["plans/car.yaml"] = "spec: canlog/plan@1\nid: car\nsteps:\n" + steps
        files["rules/car.yaml"] = "spec: canlog/rules@1\nid: car\nrules:\n" + rules
        files["dbc/car.dbc"] = database
        return files
    }

    private static let profile = """
        spec: canlog/profile@1
        id: ident
        identifiers:
          F187: {name: part_number, type: ascii, length: 10}
          F18A: {name: supplier_id, type: ascii, length: 6}
          F18C: {name: serial_number, type: ascii, length: 16, trace: true}
          F190: {name: vin, type: ascii, length: 17}
          F195: {name: firmware, type: ascii, length: 8}
        sessions: {default: "01", extended: "03"}

        """

    private static func unit(_ role: Int, _ supplier: String) -> String {
        let isFirst = supplier == "orlin"
        let request = String(0x600 + role * 2, radix: 16, uppercase: true)
        let response = String(0x601 + role * 2, radix: 16, uppercase: true)
        var text = """
            spec: canlog/ecu@1
            id: r\(role)-\(supplier)
            role: R\(role)
            supplier: \(supplier)
            uses: [ident]
            bus: PT
            transport: {request: "\(request)", response: "\(response)", functional: 7DF}
            timing: {p2: 50ms, p2-star: 5s}
            identify: {F187: "LK\(100 + role)\(isFirst ? 1 : 2)*", F18A: "\(isFirst ? "ORLIN " : "KESTRE")"}
            identifiers:

            """
        for value in 0..<12 {
            text +=
                "  \"\(isFirst ? "01" : "B0")\(value < 10 ? "0" : "1")\(value % 10)\": "
                + "{name: value_\(value), type: u16, scale: 0.001, unit: V, valid: [0, 60]}\n"
        }
        text += "trouble-codes:\n"
        for code in 0..<8 {
            text +=
                "  P0\(1 + code)18-\(isFirst ? 17 : 11): {text: Sensor \(code) high, severity: rework}\n"
        }
        return text + """
            versions:
              - {id: "1", match: {F195: "01.0[1-4].*"}}
              - {id: "2", match: {F195: ["01.05.*", "/02\\\\.[0-9]{2}\\\\..*/"]}, timing: {p2: 30ms}}

            """
    }
}
