import CANFrame
import SocketCAN

/// What is to be said of each interface of a station.
struct InterfaceFindings {
    private let links: [Link]?
    private let setup: StationSetup

    /// `links` are the CAN interfaces there are; `nil` where the kernel did not tell.
    init(_ links: [Link]?, _ setup: StationSetup) {
        self.links = links
        self.setup = setup
    }

    var all: [Finding] {
        guard let links else {
            return [Finding("interfaces", .notMeasured, "the kernel does not tell of its devices")]
        }
        guard setup.interfaces.contains("any") else {
            return setup.interfaces.map { name in
                links.first { $0.name == name }.map(finding) ?? absent(name, links)
            }
        }
        guard !links.isEmpty else {
            return [
                Finding(
                    "interfaces", setup.waits ? .warn : .fail, "there is no CAN interface",
                    remedy: "plug one in; `dmesg | grep -i can` tells what the kernel made of it")
            ]
        }
        return links.map(finding)
    }

    private func absent(_ name: String, _ links: [Link]) -> Finding {
        let names = links.map(\.name).joined(separator: ", ")
        return Finding(
            name, setup.waits ? .warn : .fail,
            "is not there" + (setup.waits ? "; the recorder waits for it" : "")
                + (names.isEmpty ? "; there is no CAN interface" : "; there are \(names)"),
            remedy: name.hasPrefix("vcan")
                ? "sudo ip link add \(name) type vcan && sudo ip link set \(name) up"
                : "plug it in, or take it out of \(setup.file)")
    }

    private func finding(_ link: Link) -> Finding {
        var words = [
            link.kind == "can"
                ? "\(link.bitRate.map { "\($0) bit/s" } ?? "no bit rate")" : link.kind
        ]
        .compactMap { $0 }
        if let rate = link.dataBitRate { words.append("data \(rate) bit/s") }
        if let controller = link.controller, controller.modes.contains(.listenOnly) {
            words.append("listen-only")
        }
        let said = words.joined(separator: ", ")
        let rate =
            link.controller != nil ? " --bitrate \(link.bitRate ?? BusLoad.usualBitRate)" : ""
        let setUp = "sudo canlog interface up \(link.name)\(rate)"
        if !link.isUp {
            if setup.setsBitRates {
                return Finding(link.name, .ok, "is down; the recorder sets it up")
            }
            return Finding(link.name, .fail, "is down (\(said))", remedy: setUp)
        }
        guard let controller = link.controller else {
            return Finding(link.name, .ok, "up, \(said)")
        }
        let counters = controller.errorCounters.map {
            ", error counters \($0.transmit) and \($0.receive)"
        }
        let state = "\(controller.state.map { $0.words } ?? "state unknown")\(counters ?? "")"
        switch controller.state {
        case .busOff:
            return Finding(
                link.name, .fail, "\(state) (\(said))",
                remedy:
                    "check wiring, termination and bit rate, then: sudo canlog interface down \(link.name) && \(setUp)"
            )
        case .errorPassive, .errorWarning:
            return Finding(
                link.name, .warn, "\(state) (\(said))",
                remedy:
                    "check wiring, termination (60 ohms) and bit rate; canlog interface show \(link.name)"
            )
        case .errorActive, nil: return Finding(link.name, .ok, "up, \(said), \(state)")
        case .stopped, .sleeping:
            return Finding(link.name, .fail, "\(state) (\(said))", remedy: setUp)
        }
    }
}

extension ControllerState {
    fileprivate var words: String {
        switch self {
        case .errorActive: "error active"
        case .errorWarning: "error warning"
        case .errorPassive: "error passive"
        case .busOff: "bus-off"
        case .stopped: "stopped"
        case .sleeping: "sleeping"
        }
    }
}
