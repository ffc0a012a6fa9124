import CANFrame
import LocalFiles
import RecorderControl
import YAMLText

/// A unit of systemd, as systemctl tells of it.
struct ServiceState {
    let unit: String
    /// What was asked for, by its name; `nil` where there is no systemctl to ask.
    private let properties: [String: String]?

    init(unit: String) {
        self.unit = unit
        let asked =
            "LoadState,ActiveState,UnitFileState,User,AmbientCapabilities,CapabilityBoundingSet,NRestarts"
        guard
            let output = CommandOutput.of(["systemctl", "show", "--property", asked, "--", unit]),
            output.status == 0
        else {
            properties = nil
            return
        }
        properties = Self.properties(output.text)
    }

    /// The state that `text`, of `systemctl show`, tells of.
    init(unit: String, text: String) {
        self.unit = unit
        properties = Self.properties(text)
    }

    private static func properties(_ text: String) -> [String: String] {
        Dictionary(
            text.split(separator: "\n").compactMap { line in
                line.firstIndex(of: "=").map {
                    (String(line[..<$0]), String(line[line.index(after: $0)...]))
                }
            }
        ) { $1 }
    }

    var isKnown: Bool { properties != nil }
    var isThere: Bool { properties?["LoadState"] == "loaded" }
    var activity: String { properties?["ActiveState"] ?? "unknown" }
    var isEnabled: Bool { properties?["UnitFileState"]?.hasPrefix("enabled") == true }
    var restarts: Int { properties?["NRestarts"].flatMap { Int($0) } ?? 0 }
    /// Whom it runs as.
    var user: String? {
        guard isThere, let user = properties?["User"], !user.isEmpty else { return nil }
        return user
    }
    /// The names of its capabilities, in small letters; `nil` where there is no such unit.
    var capabilities: Set<String>? {
        guard isThere, let names = properties?["AmbientCapabilities"] else { return nil }
        return Set(names.lowercased().split(separator: " ").map(String.init))
    }
}

/// What a running recorder answers when it is asked how it does.
struct RecorderAnswer: Sendable {
    var name: String
    /// `nil` where it does not answer.
    var status: YAMLNode?
    /// Why not.
    var reason: String?

    /// Asks all that run.
    static func all() -> [RecorderAnswer] {
        RecorderSocket.running().map { recorder in
            do throws(SystemError) {
                let request = ControlRequest("status", ["json": "yes"])
                let reply = try RecorderSocket.ask(request, at: recorder.path, waiting: .seconds(3))
                guard let reply else {
                    return RecorderAnswer(name: recorder.name, reason: "no answer within 3 s")
                }
                // JSON is YAML.
                return RecorderAnswer(
                    name: recorder.name, status: try? YAMLDocument(reply.text).root,
                    reason: "it answers what is not understood")
            } catch {
                return RecorderAnswer(name: recorder.name, reason: error.reason)
            }
        }
    }

    func text(_ key: String) -> String { status?[key]?.scalar?.text ?? "?" }

    /// The interfaces that it records.
    var interfaces: [String] {
        (status?["channels"]?.sequence ?? []).compactMap { $0["interface"]?.scalar?.text }
    }
}

/// What is to be said of the service and of recorders that run.
struct ServiceFindings {
    private let service: ServiceState
    private let setup: StationSetup
    private let recorders: [RecorderAnswer]

    init(_ service: ServiceState, _ setup: StationSetup, _ recorders: [RecorderAnswer]) {
        self.service = service
        self.setup = setup
        self.recorders = recorders
    }

    var all: [Finding] { [unit] + recorders.map(finding) }

    private var unit: Finding {
        let unit = service.unit
        guard service.isKnown else {
            return Finding("service", .notMeasured, "there is no systemd to ask for \(unit)")
        }
        guard service.isThere else {
            return Finding(
                "service", .warn, "\(unit) is not installed: nobody starts the recorder",
                remedy: "install canlog's Debian package")
        }
        switch service.activity {
        case "active":
            guard service.isEnabled else {
                return Finding(
                    "service", .warn, "\(unit) runs, and will not after the next boot",
                    remedy: "sudo systemctl enable \(unit)")
            }
            guard service.restarts == 0 else {
                return Finding(
                    "service", .warn, "\(unit) runs, restarted \(service.restarts) times",
                    remedy: "journalctl -u \(unit)")
            }
            return Finding("service", .ok, "\(unit) is enabled and runs")
        case "failed":
            return Finding(
                "service", .fail, "\(unit) failed",
                remedy: "journalctl -u \(unit) -n 20; then: sudo systemctl restart \(unit)")
        default:
            return Finding(
                "service", service.isEnabled ? .fail : .warn,
                "\(unit) is \(service.activity)" + (service.isEnabled ? "" : " and not enabled"),
                remedy: "sudo systemctl enable --now \(unit)")
        }
    }

    private func finding(_ recorder: RecorderAnswer) -> Finding {
        let subject = "recorder \(recorder.name)"
        guard recorder.status != nil else {
            return Finding(
                subject, .notMeasured, "it runs: \(recorder.reason ?? "no answer")",
                remedy: "sudo usermod -aG canlog $USER, and log in again")
        }
        if recorder.name != RecorderSocket.fileName(setup.name) {
            let shared = recorder.interfaces.filter {
                setup.interfaces.contains($0) || setup.interfaces.contains("any")
            }
            guard shared.isEmpty else {
                return Finding(
                    subject, .warn,
                    "it records \(shared.joined(separator: ", ")) too, process \(recorder.text("process"))",
                    remedy: "end it if that is not meant: kill \(recorder.text("process"))")
            }
        }
        let words =
            "\(recorder.text("frames")) frames, \(recorder.text("lost")) lost, in \(recorder.text("seconds")) s"
        guard recorder.text("isGood") == "true" else {
            return Finding(
                subject, .warn, "it records with trouble: \(words)",
                remedy: "canlog status --name \(recorder.name)")
        }
        return Finding(subject, .ok, "it records: \(words)")
    }
}
