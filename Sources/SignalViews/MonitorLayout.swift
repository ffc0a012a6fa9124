import CANFrame
import SignalDatabase

/// Where the columns of a monitor's list are, by what is in it and how wide the screen is.
struct MonitorLayout: Sendable {
    /// The column of the interfaces; 0 where there is only one.
    let interfaceWidth: Int
    let idWidth: Int
    /// Bytes of a payload in one line.
    let bytesPerLine: Int
    /// Whether some payloads need more than a line, so that a line says how many bytes it leaves out.
    let hasLongerPayloads: Bool
    /// The message's name of each stream, with its sender where J1939 has several; else empty.
    let names: [String]

    static let countWidth = 9
    static let timeWidth = 8

    init(_ model: MonitorModel, columns: Int) {
        let traffic = model.traffic
        let widest = traffic.channels.map(\.interface.columns).max() ?? 0
        interfaceWidth = traffic.channels.count > 1 ? min(10, widest) : 0
        idWidth = traffic.streams.contains { $0.identifier.isExtended } ? 8 : 3
        let longest = traffic.streams.map(\.longestPayload).max() ?? 0
        let rest = columns - 2 - interfaceWidth - idWidth - 34 - 26
        bytesPerLine =
            longest <= 8 || rest < 48 ? 8 : longest <= 16 || rest < 96 ? 16 : 32
        hasLongerPayloads = longest > bytesPerLine
        names = traffic.streams.map { stream in
            guard let message = model.message(of: stream) else { return "" }
            guard message.format == .j1939 else { return message.longName }
            let source = UInt8(truncatingIfNeeded: stream.identifier.number)
            return message.longName + " @" + source.hexadecimal
        }
    }

    /// The column at which payloads begin.
    var dataColumn: Int {
        2 + (interfaceWidth > 0 ? interfaceWidth + 1 : 0) + idWidth + 1 + Self.countWidth + 1
            + Self.timeWidth + 1 + Self.timeWidth + 2
    }

    /// The column at which names begin.
    var nameColumn: Int { dataColumn + bytesPerLine * 3 + (hasLongerPayloads ? 5 : 1) }
}
