import CANFrame
import CANTransport

/// An exchange with its messages understood.
public struct DecodedExchange: Sendable {
    public let exchange: Exchange
    /// What was asked; `nil` if nobody saw it, or in J1939.
    public let request: DiagnosticMessage?
    /// What each control unit answered; one for each of the exchange's responses.
    public let answers: [Answer]

    /// What one control unit answered, in one of two languages, or nothing.
    public enum Answer: Sendable {
        case message(DiagnosticMessage)
        case j1939(J1939Diagnostic)
        /// An acknowledgment of J1939-21, or a message that did not come whole.
        case none
    }

    public init(_ exchange: Exchange, identifiers: DataIdentifierTable = .standard) {
        self.exchange = exchange
        switch exchange.family {
        case .service:
            let request = (exchange.request ?? exchange.givenUpRequest).map {
                DiagnosticMessage(
                    $0.payload, isResponse: false, identifiers: identifiers,
                    keepsHighBit: exchange.keepsHighBit)
            }
            self.request = exchange.request == nil ? nil : request
            answers = exchange.responses.map { response in
                guard let message = response.message else { return .none }
                return .message(
                    DiagnosticMessage(
                        exchange.servicePayload(of: message), isResponse: true, request: request,
                        identifiers: identifiers))
            }
        case .j1939(let group):
            request = nil
            answers = exchange.responses.map { response in
                guard let message = response.message, !message.isAcknowledgment,
                    let diagnostic = J1939Diagnostic(
                        group: group, payload: message.payload.span)
                else { return .none }
                return .j1939(diagnostic)
            }
        }
    }
}

extension Exchange {
    /// The bytes of an answer, the service first: periodic data may be sent without it.
    fileprivate func servicePayload(of message: ExchangeMessage) -> [UInt8] {
        guard outcome == .periodic, message.transport == nil || message.service != 0x6A else {
            return message.payload
        }
        return [0x6A] + message.payload
    }
}

extension ExchangeMessage {
    /// Whether it is an acknowledgment of J1939-21.
    var isAcknowledgment: Bool {
        J1939Request.group(of: address.identifier) == J1939Request.acknowledgment
    }
}

/// A control unit as people call it: by its address where identifiers hold one, else by the identifier
/// of its answers.
public struct ControlUnitName: Sendable, Hashable {
    public let channel: UInt8
    public let text: String

    /// The sender of an answer.
    public init(_ response: ExchangeResponse, in exchange: Exchange) {
        self.init(
            response.address, channel: exchange.channel,
            isJ1939: exchange.family != .service)
    }

    /// The tester who sent a request.
    public init(senderOf message: ExchangeMessage, in exchange: Exchange) {
        self.init(
            message.address, channel: exchange.channel, isJ1939: exchange.family != .service)
    }

    /// The control unit that was asked alone; `nil` where all were, or nobody saw the request.
    public init?(addresseeOf exchange: Exchange) {
        guard let address = exchange.addressee else { return nil }
        self.init(address, channel: exchange.channel)
    }

    /// Whoever sends at `address`.
    init(_ address: ISOTPAddress, channel: UInt8, isJ1939: Bool = false) {
        self.channel = channel
        if isJ1939 {
            text = address.j1939Source.hexadecimal
        } else if let source = address.source, address.addressing == .normalFixed {
            text = source.hexadecimal
        } else {
            text = address.description
        }
    }
}
