import CANFrame
public import CANTransport

/// Two addresses that talk to one another: where a tester's requests are, and where one control unit's
/// answers are.
public struct AddressPair: Sendable, Hashable {
    public var request: ISOTPAddress
    public var response: ISOTPAddress

    public init(request: ISOTPAddress, response: ISOTPAddress) {
        self.request = request
        self.response = response
    }
}

extension AddressPair: CustomStringConvertible {
    /// `7E0:7E8`
    public var description: String { "\(request):\(response)" }

    /// Reads `7E0:7E8`, `18DA10F1:18DAF110`, or `6F1/12:612/F1` with address bytes: identifiers as
    /// candump prints them, the request's first.
    ///
    /// Address bytes that differ are target addresses (extended addressing); one and the same is an
    /// address extension (mixed addressing).
    public init?(_ text: String) {
        let sides = text.split(separator: ":", omittingEmptySubsequences: false)
        guard sides.count == 2, let first = Self.side(sides[0]), let second = Self.side(sides[1]),
            (first.byte == nil) == (second.byte == nil), first.identifier != second.identifier
        else { return nil }
        guard let byte = first.byte, let other = second.byte else {
            self.init(
                request: Self.address(first.identifier), response: Self.address(second.identifier))
            return
        }
        if byte == other {
            self.init(
                request: .mixed(first.identifier, extension: byte),
                response: .mixed(second.identifier, extension: byte))
        } else {
            self.init(
                request: .extended(first.identifier, target: byte),
                response: .extended(second.identifier, target: other))
        }
    }

    private static func address(_ identifier: ArbitrationID) -> ISOTPAddress {
        ISOTPAddress(normalFixed: PackedID(identifier)) ?? ISOTPAddress(identifier)
    }

    private static func side(_ text: Substring) -> (identifier: ArbitrationID, byte: UInt8?)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let identifier = ArbitrationID(candump: parts[0])
        else { return nil }
        guard parts.count == 2 else { return (identifier, nil) }
        guard (1...2).contains(parts[1].utf8.count), let byte = UInt8(parts[1], radix: 16) else {
            return nil
        }
        return (identifier, byte)
    }
}
